"""The order of the words of an ``apt-get install`` list says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases import FIXTURES, Case, all_cases, load, solve, solved
from tests.properties.replacing import source_span
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.effects import Step
from transformer.ir.plan import Outcome
from transformer.ir.source import Span


def _lists(case: Case) -> Iterator[list[Span]]:
    """Yield where the written package words of each installation of two or more stand."""
    found = solved(case.name)
    file = found.values.get("parse")
    if not isinstance(file, Dockerfile):
        return
    for step in found.outcome.steps:
        places = [place for span in _words(step) if (place := source_span(file.instructions[step.instruction], span))]
        if len(set(places)) == len(places) > 1:
            yield places


def _words(step: Step) -> Iterator[Span]:
    for install in step.effects.installs:
        yield from (word.word for word in install.packages if word.word and word.span)


def _permuted(text: str, places: Sequence[Span], order: Sequence[Span]) -> bytes:
    """Return the text with the word of ``order`` at each of the ``places``."""
    result = text
    for place, other in sorted(zip(places, order, strict=True), reverse=True):
        result = result[: place.start] + other.slice(text) + result[place.end :]
    return result.encode("utf-8", "surrogateescape")


def _answer(outcome: Outcome) -> tuple[object, ...]:
    plan = outcome.plan
    fates = sorted((f.name, f.kept, f.replaced_by) for f in plan.packages) if plan else []
    left = sorted((x.kind, x.name) for x in plan.left_behind) if plan else []
    codes = sorted(diagnostic.code for diagnostic in outcome.diagnostics)
    return outcome.status, outcome.applicability, codes, fates, left, plan and plan.saving


ORDER_DECIDES = {"jvm-debian-gradle", "jvm-debian-maven"}
"""apt takes the first of what such a tool may be run by, unless another one has been marked for installation before."""
WITH_LISTS = [
    case.name
    for case in all_cases()
    if "apt-get" in case.data.decode("utf-8", "replace") and case.name not in ORDER_DECIDES
]


@settings(max_examples=60)
@given(name=st.sampled_from(WITH_LISTS), data=st.data())
def test_a_permuted_install_list_gives_the_same_answer(name: str, data: st.DataObject) -> None:
    case = load(FIXTURES / name)
    before = solved(name).outcome
    for places in _lists(case):
        order = data.draw(st.permutations(places))
        after = solve(case, _permuted(before.source.text, places, order)).outcome
        assert _answer(after) == _answer(before)


def test_reversed_install_lists_give_the_same_answer() -> None:
    tried = 0
    for name in WITH_LISTS:
        before = solved(name).outcome
        for places in _lists(load(FIXTURES / name)):
            tried += 1
            after = solve(load(FIXTURES / name), _permuted(before.source.text, places, places[::-1])).outcome
            assert _answer(after) == _answer(before), name
    assert tried > 20
