"""Knowing less of an ecosystem never leads to a split that was not there, and the order of the modules is no secret."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.cases import Case, all_cases, solve, solved
from tests.properties.test_knowledge import assert_no_safer
from transformer import ecosystems
from transformer.ecosystems import modules
from transformer.ecosystems.ecosystem import Ecosystem
from transformer.ir.effects import Effects

NAMES = ecosystems._MODULES


def _known(name: str) -> Ecosystem:
    found = ecosystems.load(name)
    assert found is not None
    return found


def _cases(name: str) -> list[Case]:
    """Return the fixtures in which something of the ecosystem is called."""
    found = []
    for case in all_cases():
        effects = [step.effects for step in solved(case.name).outcome.steps]
        if any(
            name in {e.toolchain, e.application} or any(d.ecosystem == name for d in e.distributions) for e in effects
        ):
            found.append(case)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_an_ecosystem_that_knows_none_of_its_tools(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = _cases(name)
    assert len(cases) >= 2
    monkeypatch.setattr(f"transformer.ecosystems.{name}.ECOSYSTEM", replace(_known(name), handlers={}))
    for case in cases:
        assert_no_safer(solved(case.name).outcome, solve(case).outcome)


@pytest.mark.parametrize("name", NAMES)
def test_an_ecosystem_that_says_its_tools_do_anything(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = _cases(name)
    unknown = Effects(opaque="nothing is known of it", toolchain=name)
    handlers = dict.fromkeys(_known(name).handlers, lambda *_: unknown)
    monkeypatch.setattr(f"transformer.ecosystems.{name}.ECOSYSTEM", replace(_known(name), handlers=handlers))
    for case in cases:
        assert_no_safer(solved(case.name).outcome, solve(case).outcome)


@pytest.mark.parametrize("name", ["python", "node", "ruby", "jvm"])
def test_without_what_modules_use(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = _cases(name)
    monkeypatch.setattr("transformer.knowledge.modules.module", lambda *_: None)
    for case in cases:
        before, after = solved(case.name).outcome, solve(case).outcome
        assert after.rewritten is None or before.rewritten is not None
        assert after.applicability >= before.applicability or after.rewritten is None
    assert modules.modules_known(name, (), "debian:bookworm").unread == ()


def test_the_order_of_the_modules_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    mixed = [c for c in all_cases() if len({s.effects.toolchain for s in solved(c.name).outcome.steps} - {""}) > 1]
    assert len(mixed) >= 2
    monkeypatch.setattr(ecosystems, "_MODULES", tuple(reversed(NAMES)))
    for case in mixed:
        assert solve(case).outcome == solved(case.name).outcome
