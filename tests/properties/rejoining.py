"""The cut taken out of an emitted file again: one stage, with the lines that had left the builder at its end."""

from __future__ import annotations

from collections import Counter

from tests.properties.images import read
from transformer.ir.dockerfile import Dockerfile, Instruction


def stages(data: bytes) -> tuple[Dockerfile, list[Instruction], list[Instruction]]:
    """Return an emitted file with the instructions of its builder (with what precedes it) and final stage."""
    file = read(data)
    cut = [i.index for i in file.instructions if i.keyword == "FROM"]
    assert len(cut) == 2, "the emitted file has two stages"
    return file, list(file.instructions[: cut[1]]), list(file.instructions[cut[1] + 1 :])


def rejoin(original: bytes, emitted: bytes) -> bytes:
    """Return the builder's bytes with the old FROM, and after them what it lacks of the original's instructions.

    What is added at the builder's end goes with the cut.
    """
    file, builder, _ = stages(emitted)
    own = {i.text for i in read(original).instructions}
    builder = builder[:-1] if builder[-1].text not in own and len(builder) > 1 else builder
    head = file.source.text[: builder[-1].span.end]
    first = next(i for i in builder if i.keyword == "FROM").span
    origin = next(i for i in read(original).instructions if i.keyword == "FROM")
    head = head[: first.start] + origin.text + head[first.end :]
    rest = [_pragma_above(original, i) + i.text for i in lacking(original, builder)]
    return file.newline.join([head, *rest, ""]).encode("utf-8", "surrogateescape")


def _pragma_above(original: bytes, instruction: Instruction) -> str:
    """Return the pragma in the line above an instruction, which goes where it goes, or ""."""
    above = read(original).source.text[: instruction.span.start].splitlines(keepends=True)[-1:]
    return next((line for line in above if line.startswith("# dockerfix:")), "")


def lacking(original: bytes, there: list[Instruction]) -> list[Instruction]:
    """Return the instructions of the original, FROM apart, that are not among ``there``; of equal ones the last."""
    instructions = [i for i in read(original).instructions if i.keyword != "FROM"]
    missing = Counter(i.text for i in instructions) - Counter(i.text for i in there)
    found = []
    for instruction in reversed(instructions):
        if missing[instruction.text] > 0:
            missing[instruction.text] -= 1
            found.append(instruction)
    return found[::-1]
