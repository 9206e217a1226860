"""The bytes of one file as text in which every byte survives, and positions in it."""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct


class Span(Struct, frozen=True, order=True):
    """Half-open range of character offsets."""

    start: int
    end: int

    def slice(self, text: str) -> str:
        """Return the part of ``text`` that the span covers."""
        return text[self.start : self.end]


class Position(Struct, frozen=True, order=True):
    """A place for people: line and column, both from 1, columns in characters."""

    line: int
    column: int


class Source(Struct, frozen=True):
    """One file. ``text`` is UTF-8 with ``surrogateescape``, so that ``to_bytes`` gives back any input bytes."""

    path: str
    text: str
    line_starts: tuple[int, ...]

    @classmethod
    def from_bytes(cls, path: str, data: bytes) -> Source:
        """Return the source of ``data``, whatever its encoding."""
        text = data.decode("utf-8", "surrogateescape")
        starts = [0]
        found = text.find("\n")
        while found != -1:
            starts.append(found + 1)
            found = text.find("\n", found + 1)
        return cls(path, text, tuple(starts))

    def to_bytes(self) -> bytes:
        """Return the bytes that the source was made from."""
        return self.text.encode("utf-8", "surrogateescape")

    def position(self, offset: int) -> Position:
        """Return line and column of a character offset."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def line_span(self, first: int, last: int) -> Span:
        """Return the span of the lines ``first`` to ``last`` (from 1, inclusive), the last line end included."""
        end = self.line_starts[last] if last < len(self.line_starts) else len(self.text)
        return Span(self.line_starts[first - 1], end)
