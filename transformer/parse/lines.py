"""The physical layer: what each line of a Dockerfile is, and how BuildKit joins lines into instructions.

Written after BuildKit's ``frontend/dockerfile/parser/parser.go`` (73ed682). Our own, because neither reader says where
a character of a joined line came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum, auto

from e2b_dockerfile_utils import is_space
from msgspec import Struct

from transformer.ir.dockerfile import OffsetMap
from transformer.ir.source import Source

BOM = "\ufeff"
DIRECTIVES = frozenset({"syntax", "escape", "check"})
_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)")


class Kind(Enum):
    """What a physical line is."""

    DIRECTIVE = auto()
    COMMENT = auto()
    BLANK = auto()
    CODE = auto()
    HEREDOC = auto()


class Line(Struct, frozen=True):
    """One physical line: ``text`` is without its line end (and without the BOM), ``start`` its offset in the source."""

    number: int
    start: int
    text: str
    kind: Kind
    continues: bool = False

    @property
    def end(self) -> int:
        """The offset just after ``text``."""
        return self.start + len(self.text)


class Block(Struct, frozen=True):
    """The lines of one instruction: the code that is joined, and the here-document lines after it."""

    code: tuple[Line, ...]
    heredoc: tuple[Line, ...]

    @property
    def first(self) -> int:
        """The number of the first line."""
        return self.code[0].number

    @property
    def last(self) -> int:
        """The number of the last line that is neither blank nor a comment."""
        return (self.heredoc or self.code)[-1].number

    @property
    def dangling(self) -> bool:
        """Whether the file ends before the last continuation is fulfilled."""
        return self.code[-1].continues


class Layout(Struct, frozen=True):
    """A file by lines: ``directives`` are (name, value, line), ``blocks`` the instructions in order."""

    lines: tuple[Line, ...]
    directives: tuple[tuple[str, str, Line], ...]
    blocks: tuple[Block, ...]
    escape: str


def scan(source: Source, heredoc_lines: Mapping[int, int]) -> Layout:
    """Return the layout of ``source``.

    ``heredoc_lines`` says how many here-document lines, terminators included, follow the instruction that starts at a
    line: finding a heredoc takes word splitting, which is the syntax reader's work.
    """
    raw = tuple(_raw_lines(source))
    directives = tuple(_directives(raw))
    escape = next((value for name, value, _ in directives if name == "escape"), "\\")
    lines = [*(line for _, _, line in directives)]
    blocks: list[Block] = []
    while len(lines) < len(raw):
        line = _classified(raw[len(lines)], escape)
        if line.kind is not Kind.CODE:
            lines.append(line)
            continue
        seen = tuple(_instruction(raw, len(lines), escape, heredoc_lines.get(line.number, 0)))
        lines.extend(seen)
        blocks.append(Block(_only(seen, Kind.CODE), _only(seen, Kind.HEREDOC)))
    return Layout(tuple(lines), directives, tuple(blocks), escape)


def join(block: Block, escape: str) -> tuple[str, OffsetMap]:
    """Return the line that BuildKit makes of ``block`` and where its characters stand in the source.

    The first line loses its indentation, each continued line its escape and the blanks after it.
    """
    pieces: list[str] = []
    derived: list[int] = []
    origin: list[int] = []
    length = 0
    for index, line in enumerate(block.code):
        skipped = indentation(line.text) if index == 0 else 0
        piece = line.text[skipped : content_end(line, escape)]
        if piece:
            derived.append(length)
            origin.append(line.start + skipped)
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces), OffsetMap(tuple(derived) or (0,), tuple(origin) or (block.code[0].start,))


def content_end(line: Line, escape: str) -> int:
    """Return the offset in ``line.text`` where the continuation character stands, else its length."""
    return line.text.rstrip(" \t").rindex(escape) if line.continues else len(line.text)


def indentation(text: str) -> int:
    """Return the number of space characters, in Go's sense, that ``text`` starts with."""
    at = len(text) - len(text.lstrip(" \t"))
    while at < len(text) and is_space(text[at]):
        at += 1
    return at


def directive(text: str) -> tuple[str, str] | None:
    """Return name and value if ``text`` is a parser directive of BuildKit's (parser/directives.go)."""
    match = _DIRECTIVE.match(text[indentation(text) :].rstrip())
    if match is None or match[1].lower() not in DIRECTIVES:
        return None
    return match[1].lower(), match[2]


def _raw_lines(source: Source) -> Iterator[Line]:
    text, starts = source.text, source.line_starts
    for number, start in enumerate(starts, 1):
        end = starts[number] if number < len(starts) else len(text)
        begin = start + 1 if start == 0 and text.startswith(BOM) else start
        if start < len(text):
            yield Line(number, begin, text[begin:end].rstrip("\r\n"), Kind.BLANK)


def _directives(raw: tuple[Line, ...]) -> Iterator[tuple[str, str, Line]]:
    for line in raw:
        found = directive(line.text)
        if found is None:
            return
        yield *found, Line(line.number, line.start, line.text, Kind.DIRECTIVE)


def _classified(line: Line, escape: str) -> Line:
    head = line.text[indentation(line.text) :][:1]
    if head == "":
        return line
    if head == "#":
        return Line(line.number, line.start, line.text, Kind.COMMENT)
    kept = line.text.rstrip(" \t")
    # parser.go: ([^\\])\\[ \t]*$|^\\[ \t]*$ - an escaped escape continues nothing
    continues = kept.endswith(escape) and not kept.endswith(escape * 2)
    return Line(line.number, line.start, line.text, Kind.CODE, continues)


def _instruction(raw: tuple[Line, ...], at: int, escape: str, heredoc_lines: int) -> Iterator[Line]:
    continues = True
    while continues and at < len(raw):
        line = _classified(raw[at], escape)
        yield line
        continues = line.continues or line.kind is not Kind.CODE
        at += 1
    for line in raw[at : at + heredoc_lines]:
        yield Line(line.number, line.start, line.text, Kind.HEREDOC)


def _only(lines: tuple[Line, ...], kind: Kind) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.kind is kind)
