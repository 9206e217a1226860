"""What a project's Ruby and its gems run and load, as far as that is known.

A program that stands there as a literal is needed; code that may run or load anything else leaves the facts open.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re

from transformer.context.gemfile import locked
from transformer.context.ruby_source import RubySource, read, read_markup, read_page
from transformer.context.trees import Mention
from transformer.ecosystems.call import Project
from transformer.ecosystems.modules import modules_known
from transformer.ecosystems.ruby.gems import NAME
from transformer.ecosystems.scripts import started_scripts
from transformer.ir.effects import Command, Library, Need
from transformer.ir.source import Position
from transformer.ir.verdict import ProgramFacts, Reason
from transformer.knowledge.programs import context_patterns, programs

_MAX_FILES, _MAX_TOTAL = 3_000, 8_000_000
_FILES = re.compile(r"['\"(\[](?P<name>/[\w./+-]+(?=['\"#*\])])|[\w -]+\.(?:ttf|ttc|otf|pfb)(?=['\"]))")
"""Literals that may be files of the system, or the first part of one."""
"""Literals that may be files of the system."""
_OF_PAGES = (("pages", read_page), ("markup", read_markup))
_LOCK = "Gemfile.lock"
_RUBY = re.compile(r"ruby[\d.]*|rake|rackup")
_RUN = re.compile(r"\$\(|`")
"""A command in a file of variables (dotenv, "Command Substitution")."""
_TESTED = re.compile(r"['\"/](?:\.\.?/)*(?:spec|test|features)/")


def facts(project: Project) -> ProgramFacts:
    """Return the facts; a gem that is not known, or code that may run programs, leaves them open."""
    context = project.context
    files = sorted({f for folder in project.folders for f in context.under(folder)})
    readers = {f: read for f in _running(files, project)}
    readers |= {f: reader for kind, reader in _OF_PAGES for f in files if _is(f, kind)}
    texts = {f: context.read(f) for f in readers} if len(readers) <= _MAX_FILES else {}
    known = {f: t for f, t in texts.items() if t is not None}
    readable = context.complete and bool(known) and len(known) == len(readers)
    readable = readable and sum(map(len, known.values())) <= _MAX_TOTAL
    said = {f: readers[f](t) for f, t in known.items()} if readable else {}
    vague = [f"{f}:{m.line} (`{m.text}`)" for f, s in said.items() for m in (*s.dynamic, *s.code)]
    vague += [f"{f}:{m.line} (loads {m.text})" for f, s in said.items() for m in s.libraries]
    vague += [f"{f} (compiled)" for f in files if _is(f, "addons")]
    vague += [f"{f} (commands)" for f in files if _is(f, "variables") and _RUN.search(context.read(f) or "")]
    modules = modules_known(NAME, project.installed, project.release)
    closed = readable and not vague and not modules.unread
    needs = [need for f, s in said.items() for need in _needs(f, s)]
    needs += [_asking(f) for f in files if f.endswith(_LOCK) and locked(context.read(f) or "").fetched]
    needs += [] if closed else [Need(Library(n), "an extension may be linked with it") for n in _linked()]
    why = Reason("not all code was read that may use it" if not closed else "a gem may read it")
    return ProgramFacts(
        NAME,
        False,
        closed,
        frozenset(found["name"] for t in known.values() for found in _FILES.finditer(t)),
        frozenset(),
        tuple(needs),
        tuple((kind, why) for kind in programs().data_packages),
        modules.unread or (tuple(vague) if readable else ("the project's own code",)),
        modules.packages,
        modules.loose,
        read=readable,
    )


def _running(files: list[str], project: Project) -> list[str]:
    """Return the code that may be loaded: not the tests, unless something that is no test names their directories; not
    the tasks of rake and other scripts, which only a command line starts.
    """
    code = [f for f in files if _is(f, "code") or (_is(f, "tasks") and _tasks_run(project))]
    code += started_scripts(files, project, _RUBY, code[:_MAX_FILES])
    tests = {f for f in code if _is(f, "test_files")}
    others = (project.context.read(f) for f in code if f not in tests and not _is(f, "tasks"))
    named = any(text is not None and _TESTED.search(text) for text in others)
    return code if named else [f for f in code if f not in tests]


def _tasks_run(project: Project) -> bool:
    """Whether the image starts rake, or what runs its tasks."""
    return not {"rake", "rails"}.isdisjoint(project.named)


def _is(file: str, kind: str) -> bool:
    """Whether a file has such a name, or lies in such a directory (patterns that end in a slash)."""
    parts = file.split("/")
    folders = {f"{part}/" for part in parts[:-1]}
    return any(p in folders or fnmatch.fnmatchcase(parts[-1], p) for p in context_patterns()[NAME][kind])


def _needs(file: str, said: RubySource) -> list[Need]:
    runs = [Need(Command(m.text), f"{file}:{m.line} runs it", _at(m), file) for m in said.commands]
    loads = [Need(Library(_soname(m.text)), f"{file}:{m.line} loads it", _at(m), file) for m in said.libraries]
    return runs + loads


def _asking(lock: str) -> Need:
    """Bundler evaluates the gemspec of a gem from a repository whenever it loads it: most ask git for the files."""
    why = f"{lock} names a gem from a repository, whose gemspec may run it"
    return Need(Command("git"), why, Position(1, 1), lock)


def _at(mention: Mention) -> Position:
    return Position(mention.line, 1)


def _soname(name: str) -> str:
    """Return the file that FFI looks for under a name (FFI.map_library_name)."""
    plain = posixpath.basename(name)
    return plain if ".so" in plain else f"{plain if plain.startswith('lib') else 'lib' + plain}.so"


def _linked() -> tuple[str, ...]:
    """Return the libraries that the compilers themselves link extensions with."""
    return programs().extension_libraries
