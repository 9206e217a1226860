"""The plan as it grows: the classified file, the cut, and the lines of the final stage so far."""

from __future__ import annotations

from msgspec import Struct, field

from transformer.config import Options
from transformer.context.facts import Facts
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.ir.effects import Interpretation, Step
from transformer.ir.plan import Artifact, FinalLine
from transformer.ir.verdict import Analysis, CopyFate, PackageFate, Phase, Verdict
from transformer.plan.runs import RunPart


class Refused(Exception):
    """Raised where the split turns out to be impossible."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Draft(Struct):
    """The state of planning one file; it lives only while ``plan`` runs.

    ``origin`` is FROM, ``body`` what follows it, ``end`` the last instruction of the builder. ``runs`` are the runtime
    parts of the RUNs; ``lines``, ``cwd`` and ``user`` the final stage so far, and where it stands.
    """

    dockerfile: Dockerfile
    walk: Interpretation
    analysis: Analysis
    facts: Facts
    options: Options
    stage: str
    origin: Instruction
    body: tuple[Instruction, ...]
    verdicts: dict[int, Verdict]
    fates: dict[str, PackageFate]
    narrowed: dict[int, CopyFate]
    end: int = 0
    runs: dict[int, RunPart | None] = field(default_factory=dict)
    installed: set[str] = field(default_factory=set)
    artifacts: list[Artifact] = field(default_factory=list)
    lines: list[FinalLine] = field(default_factory=list)
    cwd: str = "/"
    user: str = "root"

    def keyword(self, name: str) -> str:
        """Return an instruction's name as the file writes them: in lower case if its FROM is."""
        return name.lower() if self.origin.text[:4].islower() else name


def steps_of(draft: Draft, instruction: Instruction) -> tuple[Step, ...]:
    """Return the steps of one instruction."""
    return tuple(s for s in draft.analysis.steps if s.instruction == instruction.index)


def copy_is_kept(draft: Draft, instruction: Instruction) -> bool:
    """Whether the final stage repeats a COPY or ADD, whole or in part."""
    return any(
        draft.verdicts[s.index].phase is Phase.RUNTIME
        for s in steps_of(draft, instruction)
        if s.index in draft.verdicts
    )
