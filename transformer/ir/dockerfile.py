"""The syntax of a Dockerfile, lossless: instructions are slices of the source, and the slices and gaps tile it."""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct

from transformer.ir.source import Position, Source, Span


class OffsetMap(Struct, frozen=True):
    """Where each character of a derived text (a joined instruction, a script) stands in the source.

    ``derived`` and ``source`` are parallel and ascending: from ``derived[i]`` on, characters run in step from
    ``source[i]``.
    """

    derived: tuple[int, ...]
    source: tuple[int, ...]

    def to_source(self, offset: int) -> int:
        """Return the source offset of the character at ``offset`` of the derived text."""
        at = bisect_right(self.derived, offset) - 1
        return self.source[at] + offset - self.derived[at]

    def span_to_source(self, span: Span) -> Span:
        """Return the source span from the first to just after the last character of ``span``."""
        if span.end <= span.start:
            at = self.to_source(span.start)
            return Span(at, at)
        return Span(self.to_source(span.start), self.to_source(span.end - 1) + 1)

    def shifted(self, by: int) -> OffsetMap:
        """Return the map of the derived text without its first ``by`` characters."""
        at = bisect_right(self.derived, by) - 1
        return OffsetMap((0, *(d - by for d in self.derived[at + 1 :])), (self.to_source(by), *self.source[at + 1 :]))


class Flag(Struct, frozen=True):
    """A builder flag such as ``--chown=1:1``; ``value`` is None for a bare one. Quotes are removed, variables are not
    expanded.
    """

    name: str
    value: str | None


class Heredoc(Struct, frozen=True):
    """A here-document of RUN, COPY or ADD. ``span`` covers the body in the source, without the terminator line."""

    name: str
    body: str
    strip_tabs: bool
    expand: bool
    span: Span


class Directive(Struct, frozen=True):
    """A parser directive at the top of the file (``# syntax=``, ``# escape=``, ``# check=``)."""

    name: str
    value: str
    span: Span


class Comment(Struct, frozen=True):
    """A comment line outside of heredocs; ``text`` starts with ``#``. ``span`` is the whole line, line end included."""

    text: str
    span: Span


class Instruction(Struct, frozen=True):
    """One instruction.

    ``span`` covers its physical lines with heredoc bodies, without the last line end; ``text`` is that slice.
    ``logical`` is the line after joining continuations as BuildKit does it, ``offsets`` maps it to the source.
    ``args`` are as BuildKit splits them, unexpanded: for ENV, LABEL and ARG one ``key=value`` pair is two items (ARG
    without a default: one); for FROM the words; for COPY and ADD the sources and the destination; for shell forms one
    string. ``body`` is the offset in ``logical`` where the arguments start, after keyword and flags.
    """

    index: int
    keyword: str
    span: Span
    text: str
    position: Position
    logical: str
    offsets: OffsetMap
    flags: tuple[Flag, ...]
    args: tuple[str, ...]
    exec_form: bool
    heredocs: tuple[Heredoc, ...]
    body: int

    def flag(self, name: str) -> str | None:
        """Return the value of the last flag called ``name``; "" for a bare flag, None if there is none."""
        for flag in reversed(self.flags):
            if flag.name == name:
                return flag.value or ""
        return None

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the (key, raw value) pairs of ENV and LABEL."""
        return tuple(zip(self.args[::2], self.args[1::2], strict=True))

    @property
    def argument_text(self) -> str:
        """The joined text after keyword and flags: the script of a shell-form RUN."""
        return self.logical[self.body :]


class Dockerfile(Struct, frozen=True):
    """A parsed file. ``newline`` is the line end that its first line uses (``\\n`` if it has none)."""

    source: Source
    escape: str
    directives: tuple[Directive, ...]
    comments: tuple[Comment, ...]
    instructions: tuple[Instruction, ...]
    newline: str
