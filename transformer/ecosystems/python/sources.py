"""What a project's Python sources and its distributions run, load and read, as far as that is known."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from transformer.context.native_source import RUNNERS
from transformer.context.python_files import read_files
from transformer.context.python_said import Mention, PythonSource
from transformer.ecosystems.call import Project
from transformer.ecosystems.modules import modules_known
from transformer.ecosystems.python.pip import NAME
from transformer.ir.effects import Command, Library, Need
from transformer.ir.source import Position
from transformer.ir.verdict import ProgramFacts, Reason
from transformer.knowledge.commands import context_patterns, programs


def facts(project: Project) -> ProgramFacts:
    """Return the facts; a distribution that is not known, or code that cannot be read, leaves them open."""
    context = project.context
    recipes = frozenset(context_patterns()[NAME]["recipes"])
    files = sorted({f for root in project.folders for f in context.under(root) if f.endswith(".py")})
    files = [f for f in files if posixpath.basename(f) not in recipes]
    said = read_files(context, files) or {}
    readable = context.complete and bool(said) and all(s is not None for s in said.values())
    sources = {f: s for f, s in said.items() if s is not None}
    open_ends = ((f, m) for f, s in sources.items() for m in _open_ends(s))
    runners = ((f, m) for f, s in sources.items() for m in s.commands if m.words and _runs_another(m.words))
    vague = [f"{f}:{m.line} (`{m.text}`)" for f, m in (*open_ends, *runners)]
    known = modules_known(NAME, project.installed, project.release)
    closed = readable and not vague and not known.unread
    needs = [_need(m, f) for f, s in sources.items() for m in s.commands if m.words]
    needs += () if closed else (Need(Library(n), "an extension module may be linked with it") for n in _linked())
    scripts = any(not m.words for s in sources.values() for m in s.commands)
    return ProgramFacts(
        NAME,
        False,
        closed and not scripts,
        frozenset(t for s in sources.values() for t in s.strings),
        frozenset(m.text for s in sources.values() for m in s.opens),
        tuple(needs),
        tuple(_data(sources, closed=closed, alone=not project.installed)),
        known.unread or (tuple(vague) if readable else ("the project's own code",)),
        known.packages,
        known.loose,
        read=readable,
    )


def _open_ends(source: PythonSource) -> tuple[Mention, ...]:
    """Return what may run or load anything. What is imported by a computed name is not among it: it is code of the
    project, all of which is read, or a module that is installed, which has its own row.
    """
    return (*source.dynamic_commands, *source.dynamic_code, *source.dynamic_loads, *source.loads)


def _data(sources: dict[str, PythonSource], *, closed: bool, alone: bool) -> Iterator[tuple[str, Reason]]:
    """Yield the kinds of data that the library's modules read; all of them where not all code was read, or modules are
    installed: which of the library they import is in no table (Flask asks mimetypes for what it sends).
    """
    if not closed or not alone:
        why = "a module that is installed may read it" if closed else "not all code was read that may use it"
        yield from ((kind, Reason(why)) for kind in programs().data_packages)
        return
    table = programs().library_data[NAME]
    used = {n: f"{f} imports {n}" for f, s in sources.items() for n in sorted(s.imports)}
    yield from {table[n]: Reason(why) for n, why in used.items() if n in table}.items()


def _linked() -> tuple[str, ...]:
    """Return the libraries that the compilers themselves link extension modules with."""
    return programs().extension_libraries


def _runs_another(words: tuple[str, ...]) -> bool:
    return posixpath.basename(words[0]) in RUNNERS or "-exec" in words


def _need(mention: Mention, path: str) -> Need:
    command = mention.words[0]
    return Need(Command(command), f"{path}:{mention.line} runs it", Position(mention.line, 1), path)
