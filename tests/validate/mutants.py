"""Ways to break a split, by name: what all mutators share.

Each mutator yields texts or plans that are wrong, and that validate must not let pass. A mutant that means the same as
the original is not yielded, and the reason stands beside the condition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tests.validate.solved import Solved
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.ir.plan import Added, FinalLine, Plan
from transformer.ir.source import Source
from transformer.parse.parser import parse

TextMutator = Callable[[Solved], Iterator[str]]
PlanMutator = Callable[[Solved], Iterator[Plan]]

TEXT: dict[str, TextMutator] = {}
PLAN: dict[str, PlanMutator] = {}


def text(function: TextMutator) -> TextMutator:
    TEXT[function.__name__] = function
    return function


def plan(function: PlanMutator) -> PlanMutator:
    PLAN[function.__name__] = function
    return function


def read(emitted: str) -> Dockerfile:
    found = parse(Source.from_bytes("Dockerfile", emitted.encode("utf-8", "surrogateescape")))
    assert not isinstance(found, Diagnostic)
    return found


def stages(solved: Solved) -> tuple[list[Instruction], list[Instruction]]:
    """Return the instructions of the builder and of the final stage, FROM included."""
    found = read(solved.emitted).instructions
    cut = max(i.index for i in found if i.keyword == "FROM")
    return list(found[:cut]), list(found[cut:])


def final(solved: Solved, *keywords: str) -> list[Instruction]:
    return [i for i in stages(solved)[1][1:] if not keywords or i.keyword in keywords]


def carries(solved: Solved) -> list[Instruction]:
    return [i for i in final(solved, "COPY") if i.flag("from") == solved.plan.stage]


def put(solved: Solved, instruction: Instruction, new: str) -> str:
    """Return the emitted text with another text in place of the instruction's."""
    return solved.emitted[: instruction.span.start] + new + solved.emitted[instruction.span.end :]


def without(solved: Solved, instruction: Instruction) -> str:
    end = instruction.span.end
    after = solved.emitted[end:]
    return solved.emitted[: instruction.span.start] + re.sub(r"\A\r?\n", "", after)


def swapped(solved: Solved, first: Instruction, second: Instruction) -> str:
    source = solved.emitted
    between = source[first.span.end : second.span.start]
    return source[: first.span.start] + second.text + between + first.text + source[second.span.end :]


def appended(solved: Solved, line: str) -> str:
    """Return the emitted text with a line more at the end of the final stage."""
    last = stages(solved)[1][-1]
    end = solved.dockerfile.newline
    return solved.emitted[: last.span.end] + end + line + solved.emitted[last.span.end :]


def first_line(solved: Solved, line: str) -> str:
    """Return the emitted text with a line more at the beginning of the final stage."""
    origin = stages(solved)[1][0]
    return solved.emitted[: origin.span.end] + solved.dockerfile.newline + line + solved.emitted[origin.span.end :]


def origin(solved: Solved, item: Instruction) -> int:
    return origin_of(solved.plan.final[item.index - final(solved)[0].index])


def origin_of(line: FinalLine) -> int:
    return line.origin if isinstance(line, Added) else line.instruction
