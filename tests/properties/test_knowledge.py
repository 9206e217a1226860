"""Knowing less about packages never leads to a split that was not there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cases import Case, all_cases, solve, solved
from transformer.ir.diagnostic import Status
from transformer.ir.plan import Outcome
from transformer.knowledge import Release
from transformer.knowledge import release as find_release


@pytest.fixture(params=all_cases(), ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    solved(found.name)  # with all knowledge, before any of it is taken away
    return found


def _packages(outcome: Outcome) -> Iterator[str]:
    if outcome.plan is not None:
        yield from (fate.name for fate in outcome.plan.packages if fate.kept)


def assert_no_safer(before: Outcome, after: Outcome) -> None:
    assert after.status is not Status.REWRITTEN or before.status is Status.REWRITTEN
    assert after.rewritten is None or before.rewritten is not None
    assert after.applicability >= before.applicability or after.rewritten is None
    if before.plan is not None and after.plan is not None:
        kept = set(_packages(after))
        assert set(_packages(before)) <= kept | set(find_release("debian:bookworm").closure(kept, recommends=False))


def test_without_the_roles_of_packages(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Release, "role", lambda _release, _package: None)
    assert_no_safer(solved(case.name).outcome, solve(case).outcome)


def test_without_what_dev_packages_leave_behind(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The -dev package itself stays then; its name is the same in every release, so a floating tag (DF502) may do."""
    monkeypatch.setattr(Release, "runtime_of", lambda _release, _package: None)
    before = solved(case.name).outcome
    if "DF502" not in {diagnostic.code for diagnostic in before.diagnostics}:
        assert_no_safer(before, solve(case).outcome)
