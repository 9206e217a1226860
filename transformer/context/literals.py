"""Sources of C and Go taken apart: their comments and strings on one side, what is code on the other."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from transformer.context.build_context import BuildContext

MAX_SOURCES = 20_000
MAX_TOTAL = 64_000_000
"""How many files and characters of one program are read; a larger one is not complete."""
MAX_ARGUMENTS = 2_000
"""How much of a call is looked at."""
SHOWN = 80
"""How much of a source is quoted."""
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ESCAPE = r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|\n|(.))"
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}


@cache
def pattern(text: str) -> re.Pattern[str]:
    """Return a pattern, compiled when it is first used: at the start of the program that would be time for nothing."""
    return re.compile(text)


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """A place in a source that names a command or a file. ``text`` is its value, or its code if not literal."""

    text: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Code:
    """One source. ``code`` is its text with blanks for comments and control characters for what stands in quotes.

    ``literals`` are the strings by their start: end and value; ``comments`` are starts and texts. ``whole`` is false
    when a quote or a comment has no end. ``line_ends`` is filled by the first mention.
    """

    path: str
    text: str
    code: str
    literals: dict[int, tuple[int, str]]
    comments: tuple[tuple[int, str], ...]
    whole: bool
    line_ends: list[int] = field(default_factory=list)

    def mention(self, offset: int, text: str | None = None, end: int | None = None) -> Mention:
        """Return a mention of ``text``, or of the code up to ``end``, at an offset."""
        if not self.line_ends:
            self.line_ends.extend(found.start() for found in re.finditer("\n", self.text))
        shown = " ".join(self.text[offset : min(end or offset, offset + SHOWN)].split()) if text is None else text
        return Mention(shown, self.path, bisect_left(self.line_ends, offset) + 1)

    def arguments(self, opening: int) -> list[tuple[int, int]] | None:
        """Return start and end of each argument of the call that opens at ``opening``; None if they have no end."""
        depth, start, found = 0, opening + 1, list[tuple[int, int]]()
        for bracket in pattern(r"[()\[\]{},]").finditer(self.code, opening, opening + MAX_ARGUMENTS):
            depth += {"(": 1, "[": 1, "{": 1, ",": 0}.get(bracket[0], -1)
            if depth == 0 or (depth == 1 and bracket[0] == ","):
                found.append(self.strip(start, bracket.start()))
                start = bracket.end()
            if depth == 0 and bracket[0] != _CLOSING.get(self.code[opening]):
                return None
            if depth == 0:
                return found if len(found) > 1 or found[0][0] < found[0][1] else []
        return None

    def strip(self, start: int, end: int) -> tuple[int, int]:
        """Return the range without blanks and comments at its ends."""
        piece = self.code[start:end]
        return start + len(piece) - len(piece.lstrip()), max(start, end - len(piece) + len(piece.rstrip()))


def conceal(path: str, text: str, tokens: str, value: Callable[[str], str]) -> Code:
    """Return the source with its comments and strings taken out.

    ``tokens`` is the pattern of both, and has groups without a name in what has no end; ``value`` decodes a string
    with its quotes.
    """
    literals: dict[int, tuple[int, str]] = {}
    comments: list[tuple[int, str]] = []
    broken: list[int] = []

    def replace(found: re.Match[str]) -> str:
        whole = found[0]
        if found.lastindex and not found.lastgroup:
            broken.append(found.start())
        if whole[0] == "/":
            comments.append((found.start(), whole))
            return " " * len(whole) if "\n" not in whole else re.sub(r"[^\n]", " ", whole)
        if whole[0] != "'":
            literals[found.start()] = (found.end(), value(whole))
        quote = "'" if whole[0] == "'" else '"'
        return quote + "\1" * (len(whole) - 2) + quote if len(whole) > 1 else "\1"

    return Code(path, text, pattern(tokens).sub(replace, text), literals, tuple(comments), not broken)


def unescape(text: str) -> str:
    """Return the text of a string of C or Go without its quotes."""
    return pattern(_ESCAPE).sub(_unescaped, text) if "\\" in text else text


def _unescaped(found: re.Match[str]) -> str:
    octal, short, medium, long, letter = found.groups()
    if octal:
        return chr(int(octal, 8))
    number = short or medium or long
    if number:
        return chr(int(number, 16)) if int(number, 16) < 0x110000 else "\ufffd"  # noqa: PLR2004 the end of Unicode
    return _LETTERS.get(letter, letter) if letter else ""


def texts(context: BuildContext, paths: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Yield each path with its text; None for what cannot be read, and once the bounds are reached."""
    total = 0
    for count, path in enumerate(paths):
        text = context.read(path) if count < MAX_SOURCES and total < MAX_TOTAL else None
        total += len(text or "")
        yield path, text


def by_kind(found: Iterable[tuple[str, Mention]]) -> dict[str, tuple[Mention, ...]]:
    """Return the mentions of each kind, in order."""
    kinds: dict[str, set[Mention]] = {}
    for kind, mention in found:
        kinds.setdefault(kind, set()).add(mention)
    return {kind: tuple(sorted(mentions)) for kind, mentions in kinds.items()}
