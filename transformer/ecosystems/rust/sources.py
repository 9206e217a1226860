"""What a project's own Rust, and the packages that it depends on, do when the programs run."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator

from transformer.context.native_source import NativeProgram
from transformer.context.native_source import read as read_native
from transformer.context.rust_source import Mention, RustProgram, read
from transformer.ecosystems.call import Project
from transformer.ecosystems.rust.cargo import NAME
from transformer.ecosystems.rust.code import Code, code_of
from transformer.ecosystems.rust.crates import KnownCrates, known
from transformer.ir.effects import Command, Library, Need
from transformer.ir.source import Position
from transformer.ir.verdict import ProgramFacts, Reason
from transformer.knowledge import release
from transformer.knowledge.programs import context_patterns, programs

_LOOKS = re.compile(r"rustc-link-lib|rustc-flags|rustc-link-arg|pkg_config|system_deps|vcpkg|\b(?:cmake|autotools)\b")
"""Words of a build script that links with libraries of the system."""
_SERVICES = re.compile(r"\bget(?:serv|proto|rpc)(?:by|ent)\w*|\bget(?:name|addr)info\b")
"""Functions of the C library that read names of services and protocols (services(5)); Rust's own calls none of them
with a name.
"""
_NETWORKS = "networks"
_COMPILED = ("*.c", "*.cc", "*.cpp", "*.cxx")


def facts(project: Project) -> ProgramFacts:
    """Return the facts; a package that is not known, or code that may run or load anything, leaves them open."""
    context = project.context
    code = code_of(project)
    said, native = read(code.sources), _native(project, code)
    crates = known(code.crates)
    links = _links(code, said) or not code.complete
    libraries, lost = _libraries(crates, project)
    unread = {*crates.unread, *code.missing, *lost, *(d.name or f"what {d.said} brings" for d in project.installed)}
    loads_open = bool(said.dynamic_loads or native.dynamic_loads)
    runs_open = loads_open or said.dynamic_commands or native.dynamic_commands or native.scripts
    closed = code.complete and not unread and not runs_open
    named = bool(said.commands or crates.commands or native.commands or said.libraries)
    opens_known = closed and not (named or crates.files or said.dynamic_opens or native.dynamic_opens or native.foreign)
    return ProgramFacts(
        NAME,
        opens_known,
        closed,
        said.strings | native.strings | _settings(code),
        frozenset(m.text for m in (*said.opens, *native.opens)),
        tuple(_needs(said, native, crates)),
        tuple(_data(crates, closed=closed, services=native.looks_up_services or _asks_for_services(code))),
        tuple(sorted(unread)),
        libraries,
        read=code.complete and bool(code.sources) and context.complete,
        calls_itself=True,
        links=links or loads_open or bool(unread),
    )


def _settings(code: Code) -> frozenset[str]:
    """Return the files that crates load by themselves: their names need not stand in the program."""
    table = context_patterns()[NAME]
    loading = any(one.name in table["settings_crates"] for one in code.crates)
    return frozenset(table["settings"] if loading else ())


def _native(project: Project, code: Code) -> NativeProgram:
    """Return what C and C++ says that stands beside the Rust: a build script may compile it."""
    built = [f for folder in project.folders for f in project.context.under(folder) if _is_compiled(f)]
    return read_native(project.context, tuple(dict.fromkeys(built)) if code.scripts else ())


def _is_compiled(file: str) -> bool:
    return any(fnmatch.fnmatchcase(posixpath.basename(file), pattern) for pattern in _COMPILED)


def _links(code: Code, said: RustProgram) -> bool:
    """Whether the project's own code is linked with libraries of the system."""
    return bool(said.links) or any(_LOOKS.search(text) for text in code.scripts.values())


def _libraries(crates: KnownCrates, project: Project) -> tuple[tuple[tuple[str, Reason], ...], tuple[str, ...]]:
    """Return the packages of the distribution that have the libraries which packages are linked with, and the packages
    whose libraries no table has for the release.
    """
    here = release(project.release)
    found: dict[str, Reason] = {}
    lost: list[str] = []
    for library, crate in crates.libraries:
        packages = here.libraries(library)
        lost += [] if packages else [f"{crate} (linked with {library})"]
        found |= dict.fromkeys(packages, Reason(f"the crate {crate} is linked with it"))
    found |= {package: Reason(f"the crate {crate} needs it") for package, crate in crates.packages}
    return tuple(sorted(found.items(), key=lambda pair: pair[0])), tuple(lost)


def _needs(said: RustProgram, native: NativeProgram, crates: KnownCrates) -> Iterator[Need]:
    for m in (*said.commands, *native.commands):
        yield Need(Command(m.text), f"{m.path}:{m.line} runs it", _at(m), m.path)
    for m in (*said.libraries, *native.loads):
        yield Need(Library(posixpath.basename(m.text)), f"{m.path}:{m.line} loads it", _at(m), m.path)
    for m in said.links:
        yield Need(Library(f"lib{m.text}.so"), f"{m.path}:{m.line} links it", _at(m), m.path)
    for command, crate in crates.commands:
        yield Need(Command(command), f"the crate {crate} runs it")


def _asks_for_services(code: Code) -> bool:
    return any(_SERVICES.search(text) for text in code.sources.values())


def _data(crates: KnownCrates, *, closed: bool, services: bool) -> Iterator[tuple[str, Reason]]:
    """Yield the kinds of data that are read: Rust's own library reads none of them."""
    said = dict(crates.kinds)
    for kind in programs().data_packages:
        if kind in said:
            yield kind, Reason(f"the crate {said[kind]} reads it")
        elif services and kind == _NETWORKS:
            yield kind, Reason("the program looks up services by name")
        elif not closed:
            yield kind, Reason("not all code was read that may use it")


def _at(mention: Mention) -> Position:
    return Position(mention.line, 1)
