"""What a project's Python sources and its distributions run, load and read, as far as that is known."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from transformer.context.command_text import commands_of, runs_another
from transformer.context.python_files import read_files
from transformer.context.python_said import Mention, PythonSource
from transformer.ecosystems.call import Project
from transformer.ecosystems.modules import modules_known
from transformer.ecosystems.python.pip import NAME
from transformer.ecosystems.scripts import started_scripts
from transformer.ir.effects import Command, Library, Need
from transformer.ir.source import Position
from transformer.ir.verdict import ProgramFacts, Reason
from transformer.knowledge.programs import PYTHON, context_patterns, programs

_CODE = (".py", ".pyw")


def facts(project: Project) -> ProgramFacts:
    """Return the facts; a distribution that is not known, or code that cannot be read, leaves them open."""
    context = project.context
    recipes = frozenset(context_patterns()[NAME]["recipes"])
    there = sorted({f for root in project.folders for f in context.under(root)})
    files = [f for f in there if f.endswith(_CODE)] + list(started_scripts(there, project, PYTHON))
    files = [f for f in files if posixpath.basename(f) not in recipes]
    said = read_files(context, files) or {}
    readable = context.complete and bool(said) and all(s is not None for s in said.values())
    sources = {f: s for f, s in said.items() if s is not None}
    open_ends = ((f, m) for f, s in sources.items() for m in _open_ends(s))
    runs = [(f, m, _programs(m)) for f, s in sources.items() for m in s.commands]
    vague = [f"{f}:{m.line} (`{m.text}`)" for f, m in (*open_ends, *((f, m) for f, m, names in runs if names is None))]
    known = modules_known(NAME, project.installed, project.release)
    closed = readable and not vague and not known.unread
    needs = [_need(name, m, f) for f, m, names in runs for name in names or ()]
    needs += () if closed else (Need(Library(n), "an extension module may be linked with it") for n in _linked())
    return ProgramFacts(
        NAME,
        False,
        closed,
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


def _programs(mention: Mention) -> tuple[str, ...] | None:
    """Return the programs that a call runs, by words or by a text for a shell; None if it may run others."""
    if mention.words:
        return None if runs_another(mention.words, NAME) else mention.words[:1]
    return commands_of(mention.text, NAME)


def _need(command: str, mention: Mention, path: str) -> Need:
    return Need(Command(command), f"{path}:{mention.line} runs it", Position(mention.line, 1), path)
