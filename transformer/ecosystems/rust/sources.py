"""What a project's own Rust, and the packages that it depends on, do when the programs run."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator

from msgspec import Struct

from transformer.context.build_context import BuildContext
from transformer.context.cargo import Locked, Manifest, lock, manifest
from transformer.context.literals import MAX_SOURCES, MAX_TOTAL
from transformer.context.native_source import NativeProgram
from transformer.context.native_source import read as read_native
from transformer.context.rust_source import Mention, RustProgram, read
from transformer.ecosystems.call import Project
from transformer.ecosystems.rust.cargo import NAME
from transformer.ecosystems.rust.crates import KnownCrates, known, used
from transformer.ir.effects import Command, Library, Need
from transformer.ir.source import Position
from transformer.ir.verdict import ProgramFacts, Reason
from transformer.knowledge import release
from transformer.knowledge.commands import programs

_LOCK = "Cargo.lock"
_VENDORED = ".cargo-checksum.json"
"""What cargo vendor puts beside each package."""
_APART = frozenset({"tests", "benches", "examples"})
"""Directories of a package whose sources are programs of their own (The Cargo Book, "Package Layout")."""
_LOOKS = re.compile(r"rustc-link-lib|rustc-flags|rustc-link-arg|pkg_config|system_deps|vcpkg|cmake::|\bcmake\b")
"""Words of a build script that links with libraries of the system."""
_COMPILED = ("*.c", "*.cc", "*.cpp", "*.cxx")


class Code(Struct, frozen=True):
    """The project's own code in the context: its manifests by their directory, the sources that become part of
    programs, and the packages that the lock files name.
    """

    manifests: dict[str, Manifest]
    sources: dict[str, str]
    scripts: dict[str, str]
    locked: tuple[Locked, ...]
    complete: bool
    missing: tuple[str, ...]


def facts(project: Project) -> ProgramFacts:
    """Return the facts; a package that is not known, or code that may run or load anything, leaves them open."""
    context = project.context
    code = _code(project)
    said, native = read(code.sources), _native(project, code)
    crates = known(one for one in _packages(code) if one.source)
    links = _links(code, said) or not code.complete
    libraries, lost = _libraries(crates, project)
    unread = {*crates.unread, *code.missing, *lost, *(d.name or f"what {d.said} brings" for d in project.installed)}
    runs_open = said.dynamic_commands or native.dynamic_commands or native.dynamic_loads or native.scripts
    closed = code.complete and not unread and not runs_open
    named = bool(said.commands or crates.commands or native.commands or said.libraries)
    opens_known = closed and not (named or crates.files or said.dynamic_opens or native.dynamic_opens or native.foreign)
    vague = [f"{m.path}:{m.line} (`{m.text}`)" for m in (*said.dynamic_commands, *native.dynamic_commands)]
    return ProgramFacts(
        NAME,
        opens_known,
        closed,
        said.strings | native.strings,
        frozenset(m.text for m in (*said.opens, *native.opens)),
        tuple(_needs(said, native, crates)),
        tuple(_data(crates, closed=closed)),
        tuple(sorted(unread)) or tuple(vague),
        libraries,
        read=code.complete and bool(code.sources) and context.complete,
        calls_itself=True,
        links=links or not closed,
    )


def _code(project: Project) -> Code:
    """Return the project's own code, without what was vendored."""
    context = project.context
    files = sorted({f for folder in project.folders for f in context.under(folder)})
    vendored = {posixpath.dirname(f) for f in files if posixpath.basename(f) == _VENDORED}
    files = [f for f in files if not any(f.startswith(folder + "/") for folder in _tops(vendored))]
    manifests, complete = _manifests(context, files)
    scripts = {posixpath.normpath(posixpath.join(folder, m.script)) for folder, m in manifests.items() if m.script}
    names = [f for f in files if f.endswith(".rs") and f not in scripts and not _apart(f, manifests, project.named)]
    sources, whole = _texts(context, names)
    locked, missing = _locked(context, files, manifests)
    local = {m.name for m in manifests.values()}
    missing += [f"{one.name} (it is not in the context)" for one in locked if not one.source and one.name not in local]
    built, _ = _texts(context, [f for f in files if f in scripts])
    complete = complete and whole and context.complete and bool(sources)
    return Code(manifests, sources, built, locked, complete, tuple(missing))


def _tops(folders: set[str]) -> tuple[str, ...]:
    return tuple(f for f in folders if posixpath.dirname(f) not in folders)


def _manifests(context: BuildContext, files: list[str]) -> tuple[dict[str, Manifest], bool]:
    found, complete = dict[str, Manifest](), True
    for file in files:
        if posixpath.basename(file) == "Cargo.toml":
            text = context.read(file)
            one = manifest(text) if text is not None else None
            complete = complete and one is not None
            if one is not None:
                found[posixpath.dirname(file)] = one
    return found, complete


def _apart(file: str, manifests: dict[str, Manifest], named: frozenset[str]) -> bool:
    """Whether a source serves tests, is an example that the image does not start, or runs in the compiler alone."""
    folder = posixpath.dirname(file)
    while folder not in manifests and folder:
        folder = posixpath.dirname(folder)
    if folder not in manifests:
        return False
    if "proc-macro" in manifests[folder].kinds:
        return True
    first = posixpath.relpath(file, folder or ".").partition("/")[0]
    return first in _APART and not (first == "examples" and first in named)


def _texts(context: BuildContext, names: list[str]) -> tuple[dict[str, str], bool]:
    """Return the texts of files, and whether all of them could be read."""
    if len(names) > MAX_SOURCES:
        return {}, False
    found, total = dict[str, str](), 0
    for name in names:
        text = context.read(name)
        if text is None or total > MAX_TOTAL:
            return found, False
        found[name] = text
        total += len(text)
    return found, True


def _locked(
    context: BuildContext, files: list[str], manifests: dict[str, Manifest]
) -> tuple[tuple[Locked, ...], list[str]]:
    """Return the packages of all lock files; what has dependencies and no lock file is not known."""
    found: list[Locked] = []
    missing: list[str] = []
    folders = [posixpath.dirname(f) for f in files if posixpath.basename(f) == _LOCK]
    for folder in folders:
        text = context.read(posixpath.join(folder, _LOCK))
        packages = lock(text) if text is not None else None
        missing += [] if packages is not None else [posixpath.join(folder, _LOCK)]
        found += packages or ()
    for folder, one in manifests.items():
        alone = not any(not f or folder == f or folder.startswith(f + "/") for f in folders)
        if alone and any(d.runs and not d.path for d in one.dependencies):
            missing.append(f"what {posixpath.join(folder, 'Cargo.toml')} asks for (it has no lock file)")
    return tuple(found), missing


def _packages(code: Code) -> tuple[Locked, ...]:
    """Return the packages that become part of the programs of the project."""
    shared = {d.key: d.name for m in code.manifests.values() for d in m.shared}
    own: dict[str, frozenset[str]] = {}
    for one in code.manifests.values():
        wanted = {shared.get(d.key, d.name) if d.inherited else d.name for d in one.dependencies if d.runs}
        own[one.name] = own.get(one.name, frozenset()) | wanted
    start = [m.name for m in code.manifests.values() if m.name and "proc-macro" not in m.kinds]
    return used(code.locked, start, own)


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


def _data(crates: KnownCrates, *, closed: bool) -> Iterator[tuple[str, Reason]]:
    """Yield the kinds of data that are read: Rust's own library reads none of them."""
    said = dict(crates.kinds)
    for kind in programs().data_packages:
        if kind in said:
            yield kind, Reason(f"the crate {said[kind]} reads it")
        elif not closed:
            yield kind, Reason("not all code was read that may use it")


def _at(mention: Mention) -> Position:
    return Position(mention.line, 1)
