"""The emitted file read afresh, next to the original and to what the analysis says of it."""

from __future__ import annotations

import posixpath
from functools import cached_property

from msgspec.structs import replace

from transformer.effects.interpreter import interpret
from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.ir.effects import Interpretation, Path, Step
from transformer.ir.plan import Plan
from transformer.ir.verdict import Analysis, Phase
from transformer.knowledge import BaseImage, ImageConfig, image
from transformer.knowledge.programs import programs
from transformer.parse.variables import scope_at_from
from transformer.validate.states import State, first_state, states

MOVABLE = frozenset({"CMD", "ENTRYPOINT", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "STOPSIGNAL", "VOLUME"})
"""Instructions that nothing reads while the image is built, so that they need not stand in the builder."""


class Case:
    """What the laws judge. Both files are split into what stands before the stage, its FROM and its body."""

    def __init__(
        self,
        old: Dockerfile,
        new: Dockerfile,
        analysis: Analysis,
        plan: Plan,
        bases: tuple[ImageConfig | None, ImageConfig | None],
    ) -> None:
        self.old, self.new, self.analysis, self.plan = old, new, analysis, plan
        self.base_before, self.base_after = bases
        starts = [i.index for i in new.instructions if i.keyword == "FROM"]
        self.origin = next(i for i in old.instructions if i.keyword == "FROM")
        self.body = old.instructions[self.origin.index + 1 :]
        self.builder = new.instructions[starts[0] + 1 : starts[-1]]
        self.from_builder, self.from_final = new.instructions[starts[0]], new.instructions[starts[-1]]
        self.final = new.instructions[starts[-1] + 1 :]
        self.stage = self.from_builder.args[2] if len(self.from_builder.args) > 2 else ""  # noqa: PLR2004
        self.phases = {v.step: v.phase for v in analysis.verdicts}

    @cached_property
    def alone(self) -> Dockerfile:
        """The final stage as a file of its own, with the ARGs that stand before the first FROM."""
        heads = self.new.instructions[: self.from_builder.index]
        chosen = (*heads, self.from_final, *self.final)
        return replace(self.new, instructions=tuple(replace(i, index=n) for n, i in enumerate(chosen)))

    @property
    def shift(self) -> int:
        """The index in ``alone`` of the first instruction of ``final``."""
        return self.from_builder.index + 1

    @cached_property
    def walk(self) -> Interpretation:
        """The final stage, interpreted without the context."""
        return interpret(self.alone, None, self.base_after)

    @cached_property
    def old_walk(self) -> Interpretation:
        """The original, interpreted without the context."""
        return interpret(self.old, None, self.base_before)

    @cached_property
    def old_states(self) -> tuple[State, ...]:
        """The state before each instruction of ``body``."""
        return states(first_state(self.old, self.base_before), self.body)

    @cached_property
    def new_states(self) -> tuple[State, ...]:
        """The state before each instruction of ``final``."""
        return states(first_state(self.alone, self.base_after), self.final)

    @cached_property
    def image_before(self) -> BaseImage | None:
        """The image that the original names."""
        return _image(self.old, self.origin)

    @cached_property
    def image_after(self) -> BaseImage | None:
        """The image that the final stage names."""
        return _image(self.new, self.from_final)

    @cached_property
    def repeated_copies(self) -> frozenset[int]:
        """The places of the final stage's copies from the context, as instructions of the original."""
        targets = {c.target.rstrip("/") for c in self.walk.copies}
        return frozenset(c.instruction for c in self.old_walk.copies if c.target.rstrip("/") in targets)

    @property
    def base_changed(self) -> bool:
        """Whether the final stage stands on another image than the original."""
        return self.from_final.args[0] != self.origin.args[0]

    @cached_property
    def _steps(self) -> dict[int, tuple[Step, ...]]:
        return _by_instruction(self.analysis.steps)

    @cached_property
    def _new_steps(self) -> dict[int, tuple[Step, ...]]:
        return _by_instruction(self.walk.steps)

    def steps(self, instruction: Instruction) -> tuple[Step, ...]:
        """Return the steps of an instruction of the original."""
        return self._steps.get(instruction.index, ())

    def new_steps(self, at: int) -> tuple[Step, ...]:
        """Return the steps of the instruction ``final[at]``."""
        return self._new_steps.get(at + self.shift, ())

    def runs_in_final(self, instruction: Instruction) -> bool:
        """Whether the analysis wants a step of the instruction repeated in the final stage."""
        return any(self.phases.get(s.index) is Phase.RUNTIME for s in self.steps(instruction))

    @cached_property
    def installed(self) -> frozenset[str]:
        """The packages that the final stage names for installation."""
        return frozenset(w.name for s in self.walk.steps for i in s.effects.installs for w in i.packages)

    @cached_property
    def carried(self) -> dict[str, tuple[Path, Step]]:
        """The artifacts of the analysis by resolved path, with the step that made each last."""
        return {resolved(path.path): (path, self.analysis.steps[at]) for path, at in self.analysis.carried}

    @cached_property
    def lost_variables(self) -> frozenset[str]:
        """The variables that the report says are left behind. PATH is judged by its entries."""
        return frozenset(x.name for x in self.plan.left_behind if x.kind == "variable" and x.name != "PATH")


def resolved(path: str) -> str:
    """Return the path without a merged-/usr link at its start."""
    for link, target in programs().links.items():
        if path == link or path.startswith(link + "/"):
            return target + path[len(link) :]
    return path


def below(path: str, folder: str) -> bool:
    """Whether the path is ``folder`` or lies in it."""
    return path == folder or path.startswith(folder + "/")


def is_library(path: Path) -> bool:
    """Whether the path is, or may hold, a shared library in a directory of the loader."""
    folders = {resolved(f) for f in programs().library_directories}
    place = resolved(path.path)
    if path.tree and any(below(folder, place) for folder in folders):
        return True
    return ".so" in posixpath.basename(place) and posixpath.dirname(place) in folders


def _image(dockerfile: Dockerfile, origin: Instruction) -> BaseImage | None:
    name = scope_at_from(dockerfile).expand(origin.args[0])
    return image(name.text) if name.known else None


def _by_instruction(steps: tuple[Step, ...]) -> dict[int, tuple[Step, ...]]:
    found: dict[int, list[Step]] = {}
    for step in steps:
        found.setdefault(step.instruction, []).append(step)
    return {index: tuple(own) for index, own in found.items()}
