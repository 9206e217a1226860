"""The calls in a source of C or C++ that name a command, a library or a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from transformer.context.literals import SHOWN, Code, Mention, pattern
from transformer.context.native_source.macros import Macros, literal
from transformer.context.native_source.scripts import plain_command
from transformer.context.native_source.tables import (
    MAX_MENTIONS,
    METHODS,
    NOTHING,
    SPAWNERS,
    STREAM,
    calls,
    functions,
)


@dataclass(slots=True)
class Findings:
    """What was found, by kind, and the macros that are values."""

    complete: bool
    macros: Macros = field(default_factory=dict)
    found: list[tuple[str, Mention]] = field(default_factory=list)

    def note(self, kind: str, mention: Mention) -> None:
        """Take a mention."""
        self.found.append((kind, mention))


def search(findings: Findings, source: Code, streams: list[str]) -> None:
    """Note the calls in a source; ``streams`` are the names of file streams."""
    for found in _bounded(findings, calls().finditer(source.code)):
        _word(findings, source, found)
    for found in _bounded(findings, pattern(STREAM).finditer(source.code)):
        if found[2] != ";":
            _stream(findings, source, found.end() - 1)
    named = r"\b(" + "|".join(streams) + r")\s*[({]" if streams else r"(?!)"
    for found in _bounded(findings, re.finditer(named, source.code)):
        _call(findings, source, "opens", found.end() - 1)
    for found in pattern(SPAWNERS).finditer(source.code):
        findings.note("dynamic_commands", source.mention(found.start(), found[1]))


def _bounded(findings: Findings, found: Iterator[re.Match[str]]) -> Iterator[re.Match[str]]:
    for one in found:
        if len(findings.found) >= MAX_MENTIONS:
            findings.complete = False
            return
        yield one


def _word(findings: Findings, source: Code, found: re.Match[str]) -> None:
    kind, at = functions()[found[1]]
    before = source.code[max(0, found.start() - 40) : found.start()]
    if pattern(r"(?:\.|->)\s*\Z").search(before) and found[1] not in METHODS:
        return
    if kind.startswith("dynamic_"):
        findings.note(kind, source.mention(found.start(), end=found.end() + SHOWN))
    elif found[2]:
        _call(findings, source, kind, found.end() - 1, at)
    elif pattern(r"[=(),?:&{]\s*\Z").search(before) and pattern(r"\s*[;,)}:]").match(source.code, found.end()):
        findings.note(_dynamic(kind), source.mention(found.start(), found[1]))


def _stream(findings: Findings, source: Code, opening: int) -> None:
    """Note the file of a stream that is declared; which one it is, is not sure where more is declared."""
    arguments = source.arguments(opening)
    if arguments and pattern(r"\s*[)}]\s*,").match(source.code, arguments[-1][1]):
        findings.note("dynamic_opens", source.mention(opening, end=opening + SHOWN))
    _call(findings, source, "opens", opening)


def _call(findings: Findings, source: Code, kind: str, opening: int, at: int = 0) -> None:
    arguments = source.arguments(opening)
    if arguments is None:
        findings.note(_dynamic(kind), source.mention(opening, end=opening + SHOWN))
    elif at < len(arguments):
        _argument(findings, source, kind, *arguments[at])


def _argument(findings: Findings, source: Code, kind: str, start: int, end: int) -> None:
    value = literal(findings.macros, source, start, end)
    if value is None:
        if source.code[start:end] not in NOTHING:
            findings.note(_dynamic(kind), source.mention(start, end=end))
        return
    plain = plain_command(value) if kind == "scripts" else None
    if plain is None:
        findings.note(kind, source.mention(start, value))
    else:
        findings.note("commands", source.mention(start, plain))


def _dynamic(kind: str) -> str:
    return "dynamic_commands" if kind == "scripts" else "dynamic_" + kind
