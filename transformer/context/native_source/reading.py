"""The sources of a program in C or C++, read as a whole: macros and file streams are known only after the last one."""

from __future__ import annotations

from collections.abc import Iterable

from transformer.context.build_context import BuildContext
from transformer.context.literals import Code, by_kind, conceal, pattern, texts, unescape
from transformer.context.native_source.calls import Findings, search
from transformer.context.native_source.headers import QUOTED, projects, standard
from transformer.context.native_source.headers import included as _included
from transformer.context.native_source.macros import define
from transformer.context.native_source.program import NativeProgram
from transformer.context.native_source.tables import (
    MAX_MENTIONS,
    OTHER_LANGUAGES,
    STREAM,
    SUFFIXES,
    TOKENS,
    path_headers,
)


def read_files(context: BuildContext, roots: tuple[str, ...]) -> NativeProgram:
    """Return what the C and C++ files at and below the given context paths say."""
    found = sorted({name for root in roots for name in context.under(root)})
    names = [name for name in found if pattern(SUFFIXES).fullmatch(name)]
    read = not any(pattern(OTHER_LANGUAGES).fullmatch(name) for name in found)
    complete = read and context.complete and all(map(context.under, roots))
    return read_texts(texts(context, names), own=frozenset(found), complete=complete)


def read_texts(
    named: Iterable[tuple[str, str | None]], *, own: frozenset[str] = frozenset(), complete: bool = True
) -> NativeProgram:
    """Return what sources say; None is one that cannot be read. ``own`` are the project's files."""
    every = [_source(path, text) if text is not None else None for path, text in named]
    sources = [source for source in every if source is not None]
    streams = sorted({m[1] for s in sources for m in pattern(STREAM).finditer(s.code) if m[1] and m[2] == ";"})
    whole = len(sources) == len(every) and all(source.whole for source in sources) and len(streams) < MAX_MENTIONS
    included = {name for source in sources for name in _included(source)}
    for source in sources:
        for quoted in pattern(QUOTED).finditer(source.code):
            source.literals.pop(quoted.end() - 1, None)
    findings = Findings(complete=complete and whole)
    for source in sources:
        define(findings.macros, source)
    for source in sources:
        search(findings, source, streams[:MAX_MENTIONS])
    strings = frozenset(value for source in sources for _, value in source.literals.values())
    foreign = tuple(sorted(included - standard(included) - projects(included, own)))
    roams = not path_headers().isdisjoint(included)
    kinds = by_kind(findings.found)
    return NativeProgram(**kinds, strings=strings, foreign=foreign, roams=roams, complete=findings.complete)


def _source(path: str, text: str) -> Code:
    return conceal(path, text, TOKENS, _value)


def _value(token: str) -> str:
    if not token.startswith("R"):
        return unescape(token[1:-1])
    start = token.index("(") + 1
    return token[start : len(token) - start + 1]
