"""The state of the classification of one file, which lives only while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from transformer.classify.root_set import Roots
from transformer.context.facts import Facts
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.effects import Interpretation, Nature, Path, Step, Write
from transformer.ir.verdict import Live, Phase, ProgramFacts, Reason
from transformer.knowledge.images import BaseImage
from transformer.knowledge.programs import programs

if TYPE_CHECKING:
    from transformer.classify.context_files import Division
    from transformer.classify.packages import PackageJudge


class State(Struct):
    """The phases so far, and all that they are judged by.

    ``divisions`` are the copies from the context by instruction; ``judge`` decides for packages (``settle`` puts it
    in); ``read`` is what repeated commands read. ``memo`` and ``cut`` hold answers that are good until a phase changes.
    """

    dockerfile: Dockerfile
    walk: Interpretation
    roots: Roots
    known: Facts
    phase: dict[int, Phase] = field(default_factory=dict)
    why: dict[int, tuple[Reason, ...]] = field(default_factory=dict)
    live: list[Live] = field(default_factory=list)
    facts: tuple[ProgramFacts, ...] = ()
    divisions: dict[int, list[Division]] = field(default_factory=dict)
    judge: PackageJudge = None  # type: ignore[assignment]
    read: frozenset[Path] = frozenset()
    memo: dict[tuple[Write, int], bool] = field(default_factory=dict)
    cut: list[tuple[Path, int]] | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the file, in order."""
        return self.walk.steps

    def put(self, step: Step, phase: Phase, reasons: tuple[Reason, ...]) -> None:
        """Give a step its phase."""
        self.why[step.index] = reasons
        if self.phase.get(step.index) is not phase:
            self.phase[step.index] = phase
            self.memo.clear()
            self.cut = None


def reaches(read: Path, path: Path) -> bool:
    """Whether reading ``read`` may read ``path``: a directory is read with what is in it."""
    return read.overlaps(path) or path.path.startswith(read.path.rstrip("/") + "/")


def sdk(base: BaseImage | None) -> bool:
    """Whether the base image brings a toolchain of its own, and a smaller image is known."""
    return base is not None and base.parent is not None and base.runtime is not None


def first_build(state: State) -> int:
    """Return the first step from which on build tools or sources are there; -1 with a toolchain in the base image."""
    if sdk(state.known.base):
        return -1
    for step in state.steps:
        if step.effects.toolchain:
            return step.index
        for install in step.effects.installs:
            if any(not state.judge.fate(w.name).kept for w in install.packages):
                return step.index
    return len(state.steps)


def only_in_sdk(state: State, path: Path, before: int) -> bool:
    """Whether a path comes with the toolchain of the base image: nothing of the file wrote there before a step."""
    base = state.known.base
    trees = programs().toolchain_trees.get(base.family, ()) if base is not None and sdk(base) else ()
    if not any(Path(tree, tree=True).covers(path) for tree in trees):
        return False
    writes = ((s, w) for s in state.steps[:before] for w in s.effects.writes)
    own = (w for s, w in writes if w.path not in s.effects.reads and w.nature is not Nature.CACHE)
    return not any(w.path.overlaps(path) for w in own)
