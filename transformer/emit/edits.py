"""Edits of one instruction that leave it tidy: no empty continuation, no dangling one, no stale comment.

The edits say *what* goes. A person who deletes a command from a long RUN also deletes the line that it stood on, the
comment that was about it, and the backslash that now continues nothing: that is what this module does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, takewhile

from msgspec.structs import replace

from transformer.emit.physical import Line, Shape, line_at, read
from transformer.ir.plan import TextEdit

_CONNECTORS = re.compile(r"(?:&&|\|\||[;|&])?\s*")
_JOINS = re.compile(r"&&|\|\||;")
_DANGLING = re.compile(r"\s*(?<![\\;&])(?:&&|;)$")


def apply_edits(text: str, edits: Sequence[TextEdit], shape: Shape | None = None) -> str:
    """Return the instruction ``text`` with the edits applied, whose spans are offsets in it.

    Edits may touch but not overlap (ValueError). Nothing that no edit touches changes, but for the comments and the
    continuation that belong to what was deleted.
    """
    if not edits:
        return text
    shape = shape or Shape()
    ordered = [TextEdit(edit.span, native(edit.text, shape)) for edit in _ordered(edits, len(text))]
    lines = _undangled(_raised(_rejoined(read(text, ordered, shape), ordered, text)))
    stale = _stale_notes(lines, ordered)
    return _assembled(_headed(lines, stale, shape), stale)


def native(text: str, shape: Shape) -> str:
    """Return ``text``, written with ``\\`` and ``\\n``, with the continuations and line ends of the file."""
    if shape.escape != "\\":
        text = text.replace("\\\n", shape.escape + "\n")
    return text.replace("\n", shape.newline)


def _ordered(edits: Sequence[TextEdit], size: int) -> list[TextEdit]:
    ordered = sorted(edits, key=lambda edit: edit.span)
    at = 0
    for edit in ordered:
        if not at <= edit.span.start <= edit.span.end <= size:
            raise ValueError(f"edit {edit.span} overlaps another one or lies outside of the text")
        at = edit.span.end
    return ordered


def _rejoined(lines: list[Line], edits: Sequence[TextEdit], text: str) -> list[Line]:
    """Put the two halves on one line where a deletion began inside one line and ended inside another."""
    result = list(lines)
    moved = list(range(len(lines)))
    for edit in edits:
        ends = _cut_lines(lines, edit)
        if ends is None or not result[moved[ends[0]]].code or not result[ends[1]].code:
            continue
        head, tail = moved[ends[0]], ends[1]
        spaced = text[edit.span.start - 1].isspace() or text[edit.span.end : edit.span.end + 1].isspace()
        code = result[head].code + (" " if spaced else "") + result[tail].code
        if _is_connector(result[head].code):
            _move(result, head, tail, code)
        elif _is_connector(result[tail].code) or not lines[tail - 1].note:
            _move(result, tail, head, code)
            moved[tail] = head
    return result


def _cut_lines(lines: list[Line], edit: TextEdit) -> tuple[int, int] | None:
    """Return the two code lines that a deletion begins and ends inside of, if they are two."""
    first, last = line_at(lines, edit.span.start), line_at(lines, edit.span.end - 1)
    begins = not lines[first].note and lines[first].first <= edit.span.start < lines[first].last
    ends = not lines[last].note and lines[last].first < edit.span.end <= lines[last].last
    return (first, last) if begins and ends and first != last else None


def _is_connector(code: str) -> bool:
    return _CONNECTORS.fullmatch(code) is not None


def _move(lines: list[Line], source: int, target: int, code: str) -> None:
    lines[target] = replace(lines[target], code=code)
    lines[source] = replace(lines[source], code="", removed=lines[source].before)


def _raised(lines: list[Line]) -> list[Line]:
    """Move a connector that is all that is left of its line up to the end of the command that it follows."""
    result = list(lines)
    for index, line in enumerate(lines):
        if line.note or not line.code or not line.removed or not _is_connector(line.code):
            continue
        above = next((i for i in range(index - 1, -1, -1) if result[i].code and not result[i].note), None)
        if above is not None and result[above].chain == line.chain:
            code = result[above].code
            _move(result, index, above, code + ("" if line.code == ";" else " ") + line.code)
    return result


def _undangled(lines: list[Line]) -> list[Line]:
    """Drop the lines at the end of a chain on which only the connector to what is gone is left, or nothing at all."""
    result = list(lines)
    closed: set[int] = set()
    shortened: set[int] = set()
    for index, line in reversed(list(enumerate(lines))):
        if line.note or line.chain in closed:
            continue
        if line.gone or (line.removed and _DANGLING.fullmatch(line.code)):
            result[index] = replace(line, code="")
            shortened.add(line.chain)
        elif not line.before and line.chain in shortened:
            result[index] = replace(line, removed=line.tail)
        else:
            closed.add(line.chain)
    return result


def _stale_notes(lines: list[Line], edits: Sequence[TextEdit]) -> frozenset[int]:
    """Return the comments and blank lines that go with the code below them."""
    stale: set[int] = set()
    start = 0
    while start < len(lines):
        stop = start + 1
        if lines[start].note:
            while stop < len(lines) and lines[stop].note:
                stop += 1
            if _is_stale(lines, start, stop, edits):
                stale.update(range(start, stop))
        start = stop
    return frozenset(stale)


def _is_stale(lines: list[Line], start: int, stop: int, edits: Sequence[TextEdit]) -> bool:
    """Whether what the notes ``start`` to ``stop`` are about is gone: the next command, or the whole group of words."""
    over = [e for e in edits if e.span.start <= lines[start].first and lines[stop - 1].last <= e.span.end]
    inside = any(_JOINS.search(line.removed) for edit in over for line in _touched(lines, edit))
    if stop == len(lines):
        return bool(over)
    if not lines[stop].gone:
        return False
    group = takewhile(lambda line: not (line.note or _JOINS.match(line.before)), lines[stop:])
    return inside or _began_command(lines, stop) or all(line.gone for line in group)


def _began_command(lines: list[Line], index: int) -> bool:
    """Whether a command began on a line that is gone: behind a connector, or in a heredoc behind a line end."""
    above = next(lines[i] for i in range(index - 1, -1, -1) if not lines[i].note)
    return above.chain != lines[index].chain or _JOINS.search(lines[index].removed) is not None


def _touched(lines: list[Line], edit: TextEdit) -> list[Line]:
    return lines[line_at(lines, edit.span.start) : line_at(lines, edit.span.end - 1) + 1]


def _headed(lines: list[Line], stale: frozenset[int], shape: Shape) -> list[Line]:
    """Move the first command that is left up to the keyword, if the keyword lost the one it had on its line."""
    head = next((i for i, line in enumerate(lines) if not line.note and line.first <= shape.body < line.last), None)
    if head is None or not lines[head].removed:
        return lines
    keyword = lines[head].before[: shape.body - lines[head].first].strip()
    if lines[head].code != keyword:
        return lines
    result = list(lines)
    for below in (i for i in range(head + 1, len(lines)) if not lines[i].gone and i not in stale):
        line = lines[below]
        if line.note or line.before:
            if not line.note and line.chain == lines[head].chain:
                _move(result, below, head, f"{keyword} {line.code}".strip())
            break
        result[below] = replace(line, removed=line.tail)
    return result


def _assembled(lines: list[Line], stale: frozenset[int]) -> str:
    shown = [index for index, line in enumerate(lines) if not line.gone and index not in stale]
    code = [index for index in shown if not lines[index].note]
    below = {one: other for one, other in pairwise(code) if lines[one].chain == lines[other].chain}
    text = "".join(_finished(lines, index, below.get(index)).text for index in shown)
    return text if lines[-1].end else text.removesuffix("\n").removesuffix("\r")


def _finished(lines: list[Line], index: int, below: int | None) -> Line:
    """Return a line with the right end: ``below`` is the code line that continues it, if one is left."""
    line = lines[index]
    if line.note:
        return line
    if below is None:
        rest = takewhile(lambda other: other.chain == line.chain, (lines[i] for i in range(index + 1, len(lines))))
        return _closed(line, any(other.gone for other in rest))
    # a word that goes on in the next line is one word still, unless its end or all that came between is gone
    ends = line.removed and not line.before.endswith(tuple(line.code.split()[-1:]))
    changed = ends or any(other.gone for other in lines[index + 1 : below])
    glued = line.tail and not line.tail[0].isspace() and not lines[below].lead
    return replace(line, tail=" " + line.tail) if changed and glued else line


def _closed(line: Line, shortened: bool) -> Line:
    """Return the last line of its chain without the continuation and connector that led to what is gone."""
    if not shortened and line.before.endswith(line.code[-1:]):
        return line
    return replace(line, code=_DANGLING.sub("", line.code), tail="" if shortened else line.tail)
