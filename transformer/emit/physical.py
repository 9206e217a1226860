"""The physical lines of one instruction, with what each still says after some edits."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from transformer.ir.plan import TextEdit
from transformer.ir.source import Span


class Shape(Struct, frozen=True):
    """How the text of an instruction is to be read.

    ``body`` is the offset where the arguments start; ``heredocs`` are the bodies of here-documents, in which a
    continuation is the shell's, whatever the file's ``escape`` character is.
    """

    escape: str = "\\"
    newline: str = "\n"
    body: int = 0
    heredocs: tuple[Span, ...] = ()


class Line(Struct, frozen=True):
    """One physical line: ``lead`` + code + ``tail`` + ``end``, where ``tail`` may hold the continuation.

    ``before`` is the code as it was, ``code`` what is left of it, ``removed`` what was taken away. A comment or blank
    line between continuations is a ``note``. Lines of one logical line have the same ``chain``.
    """

    start: int
    chain: int
    note: bool
    lead: str
    before: str
    code: str
    tail: str
    end: str
    removed: str = ""

    @property
    def first(self) -> int:
        """The offset of the code's first character."""
        return self.start + len(self.lead)

    @property
    def last(self) -> int:
        """The offset just after the code's last character."""
        return self.first + len(self.before)

    @property
    def gone(self) -> bool:
        """Whether the edits left nothing of the code."""
        return bool(self.removed) and not self.code

    @property
    def text(self) -> str:
        """The line as it now reads."""
        return self.lead + self.code + self.tail + self.end


def read(text: str, edits: Sequence[TextEdit], shape: Shape) -> list[Line]:
    """Return the lines of ``text``, each with the part of the (ordered) ``edits`` applied that touches its code."""
    lines: list[Line] = []
    start = chain = 0
    for raw in re.findall(r"[^\n]*\n|[^\n]+", text):
        line = _line(raw, start, chain, shape)
        chain += not (line.note or line.tail.strip())
        start += len(raw)
        lines.append(line)
    return _edited(lines, edits)


@cache
def _pattern(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(rf"([ \t]*)(.*?)([ \t]*(?:(?<!{mark}){mark}[ \t]*)?)(\r?\n|\r?)", re.DOTALL)


def _line(raw: str, start: int, chain: int, shape: Shape) -> Line:
    inside = any(body.start <= start < body.end for body in shape.heredocs)
    match = _pattern("\\" if inside else shape.escape).fullmatch(raw)
    assert match is not None, "the pattern matches any line"
    lead, code, tail, end = match.groups()
    if start and (code.startswith("#") or not (code or tail.strip())):
        return Line(start, chain, True, lead, code + tail, code + tail, "", end)
    return Line(start, chain, False, lead, code, code, tail, end)


def line_at(lines: Sequence[Line], offset: int) -> int:
    """Return the index of the line that the character at ``offset`` is on."""
    return bisect_right(lines, offset, key=lambda line: line.start) - 1


def _edited(lines: list[Line], edits: Sequence[TextEdit]) -> list[Line]:
    """Share the edits out: each line gets the deletions within its code; the first code line at hand gets the text."""
    shares: dict[int, list[TextEdit]] = {}
    for edit in edits:
        home = _home(lines, edit)
        for index in range(line_at(lines, edit.span.start), max(line_at(lines, edit.span.end), home) + 1):
            line = lines[index]
            text = edit.text if index == home else ""
            start = min(max(edit.span.start, line.first), line.last)
            end = min(max(edit.span.end, start), line.last)
            if not line.note and (text or end > start):
                shares.setdefault(index, []).append(TextEdit(Span(start, end), text))
    return [_apply(line, shares[index]) if index in shares else line for index, line in enumerate(lines)]


def _home(lines: list[Line], edit: TextEdit) -> int:
    """Return the code line that an edit's text goes to: its own, or the next one, or else the one before."""
    at = line_at(lines, edit.span.start)
    below = (index for index in range(at, len(lines)) if not lines[index].note)
    above = (index for index in range(at, -1, -1) if not lines[index].note)
    return next(below, next(above, 0))


def _apply(line: Line, edits: Sequence[TextEdit]) -> Line:
    code, removed, at, deleted = "", "", line.first, False
    for edit in edits:
        kept = line.before[at - line.first : edit.span.start - line.first] + edit.text
        code = _joined(code, kept, deleted) if kept else code
        removed += line.before[edit.span.start - line.first : edit.span.end - line.first]
        at, deleted = edit.span.end, not edit.text and (deleted or not kept or edit.span.end > edit.span.start)
    return replace(line, code=_joined(code, line.before[at - line.first :], deleted), removed=removed)


def _joined(left: str, right: str, deleted: bool) -> str:
    """Put two pieces side by side; where something between them was deleted, with one space if there was any."""
    if not deleted:
        return left + right
    spaced = left[-1:].isspace() or right[:1].isspace()
    left, right = left.rstrip(), right.lstrip()
    return left + (" " if left and right and spaced else "") + right
