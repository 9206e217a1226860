"""The re-plan law: an emitted file is left alone, and with its cut taken out again it is planned in the same way."""

from __future__ import annotations

import pytest

from tests.cases import FIXTURES, Case, Solved, load, solve, solved, split_cases
from tests.properties.rejoining import lacking, rejoin, stages
from transformer.ir.diagnostic import Status
from transformer.ir.effects import Nature
from transformer.ir.plan import Kept, Outcome
from transformer.ir.verdict import Phase

NAMES = [case.name for case in split_cases()]


@pytest.fixture(params=NAMES)
def case(request: pytest.FixtureRequest) -> Case:
    return load(FIXTURES / str(request.param))


def _bytes(text: str | None) -> bytes:
    assert text is not None, "it is not split"
    return text.encode("utf-8", "surrogateescape")


def _emitted(case: Case) -> bytes:
    return _bytes(solved(case.name).outcome.rewritten)


def _rejoined(case: Case) -> Solved:
    return solve(case, rejoin(case.data, _emitted(case)))


def test_an_emitted_file_is_left_alone(case: Case) -> None:
    outcome = solve(case, _emitted(case)).outcome
    assert outcome.status is Status.UNCHANGED
    assert [diagnostic.code for diagnostic in outcome.diagnostics] == ["DF404"]


def test_every_instruction_of_the_original_is_in_one_of_the_stages(case: Case) -> None:
    """Or a part of it; but for a RUN that only cleans up behind the build, and a WORKDIR said in another way."""
    outcome = solved(case.name).outcome
    assert outcome.plan is not None
    _, builder, final = stages(_emitted(case))
    in_part = {line.instruction for line in outcome.plan.final if isinstance(line, Kept)}
    for instruction in lacking(case.data, builder + final):
        assert instruction.keyword in {"RUN", "WORKDIR"}
        if instruction.keyword == "RUN" and instruction.index not in in_part:
            assert not _makes_something(outcome, instruction.index), instruction.text


def _makes_something(outcome: Outcome, instruction: int) -> bool:
    """Whether a step of the instruction is live, or writes anything but caches and is not the removal of packages."""
    live = {verdict.step for verdict in outcome.verdicts if verdict.phase is not Phase.BUILD}
    steps = [step for step in outcome.steps if step.instruction == instruction]
    makers = [s for s in steps if any(w.nature is not Nature.CACHE for w in s.effects.writes)]
    return any(s.index in live for s in steps) or not all(s.effects.uninstalls for s in makers)


def test_without_its_cut_it_is_planned_in_the_same_way(case: Case) -> None:
    assert _shape(_rejoined(case).outcome) == _shape(solved(case.name).outcome)


def _shape(outcome: Outcome) -> dict[str, object]:
    """Return what makes the plan, without positions: moved lines stand elsewhere now."""
    assert outcome.plan is not None, outcome.diagnostics
    plan = outcome.plan
    _, builder, final = stages(_bytes(outcome.rewritten))
    return {
        "status": outcome.status,
        "applicability": outcome.applicability,
        "codes": sorted(diagnostic.code for diagnostic in outcome.diagnostics),
        "base": (plan.base_from, plan.base_to),
        "builder": [instruction.text for instruction in builder],
        "final": sorted(instruction.text for instruction in final),
        "artifacts": sorted((artifact.path, artifact.chown) for artifact in plan.artifacts),
        "packages": sorted((fate.name, fate.kept, fate.replaced_by) for fate in plan.packages),
        "left behind": sorted((left.kind, left.name) for left in plan.left_behind),
        "saving": plan.saving,
    }
