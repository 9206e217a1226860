"""Break a plan, and print it as the tool would."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from tests.validate.mutants import (
    origin_of,
    plan,
)
from tests.validate.solved import Solved
from transformer.ir.plan import Kept, LeftBehind, Plan


@plan
def plan_without_line(solved: Solved) -> Iterator[Plan]:
    lines = solved.plan.final
    for at in range(len(lines)):
        yield replace(solved.plan, final=lines[:at] + lines[at + 1 :])


@plan
def plan_without_edits(solved: Solved) -> Iterator[Plan]:
    lines = solved.plan.final
    for at, line in enumerate(lines):
        if isinstance(line, Kept) and line.edits:
            yield replace(solved.plan, final=(*lines[:at], Kept(line.instruction), *lines[at + 1 :]))


@plan
def plan_with_fewer_edits(solved: Solved) -> Iterator[Plan]:
    lines = solved.plan.final
    for at, line in enumerate(lines):
        edits = line.edits if isinstance(line, Kept) and len(line.edits) > 1 else ()
        for gone, edit in enumerate(edits):
            if re.fullmatch(r"\w+='[^']*'[\s\\&]*", edit.span.slice(solved.dockerfile.source.text)):
                continue  # an assignment that no other command of the shell reads does nothing
            rest = Kept(origin_of(line), edits[:gone] + edits[gone + 1 :])
            yield replace(solved.plan, final=(*lines[:at], rest, *lines[at + 1 :]))


@plan
def plan_with_later_cut(solved: Solved) -> Iterator[Plan]:
    """An instruction more in the builder is harmless, one that only the final stage has a right to is not."""
    end = solved.plan.builder_end + 1
    if end < len(solved.dockerfile.instructions):
        moved = solved.dockerfile.instructions[end]
        lines = tuple(x for x in solved.plan.final if not (isinstance(x, Kept) and x.instruction == end))
        if moved.keyword not in {"USER", "WORKDIR", "ARG"} and len(lines) < len(solved.plan.final):
            yield replace(solved.plan, builder_end=end, final=lines)


@plan
def plan_with_earlier_cut(solved: Solved) -> Iterator[Plan]:
    moved = tuple(m for m in solved.plan.moved if m < solved.plan.builder_end)
    yield replace(solved.plan, builder_end=solved.plan.builder_end - 1, moved=moved)


@plan
def plan_with_more_moved(solved: Solved) -> Iterator[Plan]:
    first = solved.plan.from_instruction + 1
    for index in range(first, solved.plan.builder_end + 1):
        if index not in solved.plan.moved:
            yield replace(solved.plan, moved=tuple(sorted((*solved.plan.moved, index))))


@plan
def plan_with_builder_line(solved: Solved) -> Iterator[Plan]:
    yield replace(solved.plan, builder_lines=("RUN rm -rf /usr/local",))


@plan
def plan_on_another_base(solved: Solved) -> Iterator[Plan]:
    for image in ("debian:buster-slim", "ubuntu:16.04", "alpine:3.19"):
        yield replace(solved.plan, final_from=f"FROM {image}", base_to=image)


@plan
def plan_without_stage_name(solved: Solved) -> Iterator[Plan]:
    if len(solved.dockerfile.instructions[solved.plan.from_instruction].args) == 1:
        yield replace(solved.plan, builder_edits=())


@plan
def plan_leaving_variables(solved: Solved) -> Iterator[Plan]:
    """Drop an ENV and report it as left behind: right only for what the old base set for its toolchain."""
    for at, line in enumerate(solved.plan.final):
        if not isinstance(line, Kept):
            continue
        item = solved.dockerfile.instructions[line.instruction]
        if item.keyword == "ENV":
            names = [k for k, _ in item.pairs()]
            gone = tuple(LeftBehind("variable", n, "dead") for n in names)
            rest = solved.plan.final[:at] + solved.plan.final[at + 1 :]
            yield replace(solved.plan, final=rest, left_behind=(*solved.plan.left_behind, *gone))
