"""What a project's JavaScript and its packages run and load, as far as that is known.

A program that stands there as a literal is needed; code that may run or load anything else leaves the facts open.
"""

from __future__ import annotations

import posixpath
import re

from transformer.context.build_context import BuildContext
from transformer.context.javascript_source import read
from transformer.context.trees import Mention
from transformer.ecosystems.call import Project
from transformer.ecosystems.modules import modules_known
from transformer.ecosystems.node.developing import divided, fits
from transformer.ecosystems.node.managers import NAME
from transformer.ecosystems.scripts import started_scripts
from transformer.ir.effects import Command, Library, Need
from transformer.ir.source import Position
from transformer.ir.verdict import ProgramFacts, Reason
from transformer.knowledge.programs import context_patterns, programs

_MAX_FILES, _MAX_TOTAL = 400, 1_000_000
_NODE = re.compile(r"node(?:js)?")
_TYPED = (".ts", ".mts", ".cts")
_SOURCES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx", ".vue", ".svelte")
_FILES = re.compile(r"['\"`](?P<name>/[\w./+-]+(?=['\"`$*])|[\w -]+\.(?:ttf|ttc|otf|pfb)(?=['\"`]))")
"""Literals that may be files of the system, or the first part of one."""


def facts(project: Project) -> ProgramFacts:
    """Return the facts; a package that is not known, or code that may run programs, leaves them open."""
    context = project.context
    addons = frozenset(context_patterns()[NAME]["addons"])
    all_files = sorted({f for root in project.folders for f in context.under(root)})
    files = _running([f for f in all_files if f.endswith(_SOURCES)], context, project.named)
    files += started_scripts(all_files, project, _NODE, files[:_MAX_FILES])
    texts = {f: context.read(f) for f in files} if len(files) <= _MAX_FILES else {}
    known = {f: t for f, t in texts.items() if t is not None}
    readable = context.complete and bool(known) and len(known) == len(files)
    readable = readable and sum(map(len, known.values())) <= _MAX_TOTAL
    said = {f: read(t, typescript=f.endswith(_TYPED)) for f, t in known.items()} if readable else {}
    vague = [f"{f}:{m.line} (`{m.text}`)" for f, s in said.items() for m in (*s.dynamic, *s.dynamic_code)]
    vague += [f for root in project.folders for f in context.under(root) if posixpath.basename(f) in addons]
    division = divided(project, all_files, known, tuple(said.values()) if readable else None)
    modules = modules_known(NAME, division.used, project.release)
    closed = readable and not vague and not modules.unread
    needs = [_need(m, f) for f, s in said.items() for m in s.commands]
    needs += () if closed else [Need(Library(n), "a native addon may be linked with it") for n in _linked()]
    why = Reason("not all code was read that may use it")
    data = () if closed and not known else tuple((kind, why) for kind in programs().data_packages)
    return ProgramFacts(
        NAME,
        False,
        closed,
        frozenset(found["name"] for t in known.values() for found in _FILES.finditer(t)),
        frozenset(),
        tuple(needs),
        data,
        modules.unread or (tuple(vague) if readable else ("the project's own code",)),
        modules.packages,
        modules.loose,
        read=readable,
        unused=division.unused,
    )


def _running(files: list[str], context: BuildContext, started: frozenset[str]) -> list[str]:
    """Return the sources without settings of build tools and tests, as long as no other file names one of them, nor the
    words of what is started.
    """
    patterns = (*context_patterns()[NAME]["settings_of_tools"], *context_patterns()[NAME]["test_files"])
    apart = {f for f in files if fits(f, patterns)}
    stems = {posixpath.basename(f).partition(".")[0] for f in apart}
    literal = re.compile(rf"['\"`/](?:{'|'.join(map(re.escape, sorted(stems)))})[\w.-]*['\"`]") if stems else None
    others = (context.read(f) for f in files if f not in apart)
    named = any(not _ways_to_name(f).isdisjoint(started) for f in apart)
    named = named or (literal is not None and any(literal.search(text) for text in others if text is not None))
    return files if named else [f for f in files if f not in apart]


def _ways_to_name(file: str) -> set[str]:
    """Return the words by which a command line may start a file: node finds it without its extension as well, and the
    index of a directory by the directory ("Folders as modules").
    """
    folder, name = posixpath.split(file)
    stem = name.rpartition(".")[0]
    return {name, stem, posixpath.basename(folder)} if stem == "index" else {name, stem}


def _linked() -> tuple[str, ...]:
    """Return the libraries that the compilers themselves link native addons with."""
    return programs().extension_libraries


def _need(mention: Mention, path: str) -> Need:
    return Need(Command(mention.text), f"{path}:{mention.line} runs it", Position(mention.line, 1), path)
