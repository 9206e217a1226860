"""What a project's JavaScript and its packages run and load, as far as that is known.

A program that stands there as a literal is needed; code that may run or load anything else leaves the facts open.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from transformer.context.build_context import BuildContext
from transformer.context.javascript_source import Mention, read
from transformer.ecosystems.modules import modules_known
from transformer.ecosystems.node.managers import NAME
from transformer.ir.effects import Command, Distribution, Library, Need
from transformer.ir.source import Position
from transformer.ir.verdict import ProgramFacts, Reason
from transformer.knowledge.commands import context_patterns, programs

_MAX_FILES, _MAX_TOTAL = 400, 1_000_000
_TYPED = (".ts", ".mts", ".cts")
_SOURCES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx", ".vue", ".svelte")
_FILES = re.compile(r"(?P<quote>['\"`])(?P<name>/[\w./+-]+|[\w -]+\.(?:ttf|ttc|otf|pfb))(?P=quote)")
"""Literals that may be files of the system."""


def facts(
    context: BuildContext, roots: tuple[str, ...], installed: tuple[Distribution, ...], release: str
) -> ProgramFacts:
    """Return the facts; a package that is not known, or code that may run programs, leaves them open."""
    addons = frozenset(context_patterns()[NAME]["addons"])
    files = sorted({f for root in roots for f in context.under(root) if f.endswith(_SOURCES)})
    texts = {f: context.read(f) for f in files} if len(files) <= _MAX_FILES else {}
    known = {f: t for f, t in texts.items() if t is not None}
    readable = context.complete and bool(known) and len(known) == len(files)
    readable = readable and sum(map(len, known.values())) <= _MAX_TOTAL
    said = {f: read(t, typescript=f.endswith(_TYPED)) for f, t in known.items()} if readable else {}
    vague = [f"{f}:{m.line} (`{m.text}`)" for f, s in said.items() for m in (*s.dynamic, *s.dynamic_code)]
    vague += [f for root in roots for f in context.under(root) if posixpath.basename(f) in addons]
    used = tuple(d for d in installed if not d.development or not readable or _names(known.values(), d.name))
    modules = modules_known(NAME, used, release)
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
    )


def _names(texts: Iterable[str], name: str) -> bool:
    """Whether a text names a package, or a file in it, as a literal."""
    literal = re.compile(rf"['\"`]{re.escape(name)}['\"`/]")
    return any(literal.search(text) for text in texts)


def _linked() -> tuple[str, ...]:
    """Return the libraries that the compilers themselves link native addons with."""
    return programs().extension_libraries


def _need(mention: Mention, path: str) -> Need:
    command = Command(posixpath.basename(mention.text))
    return Need(command, f"{path}:{mention.line} runs it", Position(mention.line, 1), path)
