"""A file as blocks: each instruction with the comments and blank lines above it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from transformer.emit.edits import apply_edits
from transformer.emit.physical import Shape
from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.ir.plan import TextEdit
from transformer.ir.source import Span


class Block(Struct, frozen=True):
    """An instruction with the whole lines above it, back to the instruction before.

    ``loose`` and ``attached`` are those lines: ``attached`` the comments directly over the instruction. ``end`` is its
    line end.
    """

    instruction: Instruction
    loose: str
    attached: str
    end: str


def blocks(dockerfile: Dockerfile) -> tuple[Block, ...]:
    """Return the blocks of the file in order. Parser directives are never attached: they stay at the top."""
    text, at, result = dockerfile.source.text, 0, []
    top = max((directive.span.end for directive in dockerfile.directives), default=int(text.startswith("\ufeff")))
    for instruction in dockerfile.instructions:
        middle = _attached_from(text, Span(at, instruction.span.start), top)
        end = text.find("\n", instruction.span.end) + 1 or len(text)
        newline = _line_end(text[instruction.span.end : end])
        result.append(Block(instruction, text[at:middle], text[middle : instruction.span.start], newline))
        at = end
    return tuple(result)


def rest(dockerfile: Dockerfile) -> str:
    """Return what follows the last instruction, its line end included, but no continuation that leads nowhere."""
    tail = dockerfile.source.text[dockerfile.instructions[-1].span.end :]
    line, newline, below = tail.partition("\n")
    return _line_end(line + newline) + below


def edited(dockerfile: Dockerfile, instruction: Instruction, edits: Iterable[TextEdit]) -> str:
    """Return the instruction's text with ``edits`` applied, which are offsets in the source and must lie in it."""
    by = -instruction.span.start
    mine = [TextEdit(Span(edit.span.start + by, edit.span.end + by), edit.text) for edit in edits]
    return apply_edits(instruction.text, mine, _shape(dockerfile, instruction))


def lines(text: str) -> list[str]:
    """Return the lines of a gap with their ends; only a line feed ends one."""
    return [line + "\n" for line in text.split("\n")[:-1]] + [last for last in text.split("\n")[-1:] if last]


def is_blank(line: str) -> bool:
    """Whether a line of a gap is empty; a byte order mark is nothing that is seen."""
    return not line.strip().strip("\ufeff")


def _shape(dockerfile: Dockerfile, instruction: Instruction) -> Shape:
    start = instruction.span.start
    known = instruction.body < len(instruction.logical)
    return Shape(
        escape=dockerfile.escape,
        newline=dockerfile.newline,
        body=instruction.offsets.to_source(instruction.body) - start if known else len(instruction.text),
        heredocs=tuple(Span(doc.span.start - start, doc.span.end - start) for doc in instruction.heredocs),
    )


def _attached_from(text: str, above: Span, floor: int) -> int:
    start = above.end
    for line in reversed(lines(above.slice(text))):
        if is_blank(line) or start - len(line) < floor:
            break
        start -= len(line)
    return start


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
