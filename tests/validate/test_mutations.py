"""Every way to break a split is caught, on every fixture that it applies to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import pytest

from tests.validate import mutants_files, mutants_plans, mutants_settings, mutants_steps
from tests.validate.mutants import PLAN, TEXT
from tests.validate.solved import split

_FAMILIES = (mutants_files, mutants_plans, mutants_settings, mutants_steps)
"""They enter their mutators into the two tables when they are imported."""
_EACH = 3
"""How many mutants of one kind are tried on one fixture: its first, its last, and some between."""

Mutant = TypeVar("Mutant")


def _some(mutants: Sequence[Mutant]) -> list[Mutant]:
    step = max(1, -(-len(mutants) // _EACH))
    return [*mutants[:-1:step], *mutants[-1:]]


def test_there_are_enough_mutators_and_fixtures() -> None:
    assert len(_FAMILIES) == 4
    assert len(TEXT) + len(PLAN) >= 25
    assert len(split()) >= 20


@pytest.mark.parametrize("mutator", TEXT)
def test_each_broken_text_is_caught(mutator: str) -> None:
    tried = 0
    for solved in split():
        for mutant in _some([m for m in TEXT[mutator](solved) if m != solved.emitted]):
            tried += 1
            assert set(solved.judge(mutant)) - solved.findings, f"{solved.name}:\n{mutant}"
    assert tried, "no fixture meets it, so it proves nothing"


@pytest.mark.parametrize("mutator", PLAN)
def test_each_broken_plan_is_caught(mutator: str) -> None:
    tried = 0
    for solved in split():
        for mutant in _some(list(PLAN[mutator](solved))):
            tried += 1
            assert set(solved.judge_plan(mutant)) - solved.findings, f"{solved.name}: {mutant.final}"
    assert tried, "no fixture meets it, so it proves nothing"
