"""Commands of a Dockerfile replaced by one that nobody knows, and what that may do to the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.cases import Solved
from transformer.classify.pragmas import BUILD, marked
from transformer.ir.diagnostic import Diagnostic, Status
from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.ir.effects import Step
from transformer.ir.plan import Outcome
from transformer.ir.script import (
    Command,
    Conditional,
    FunctionDefinition,
    Group,
    Pipeline,
    Script,
    SimpleCommand,
    Substitution,
    Word,
)
from transformer.ir.source import Span
from transformer.ir.verdict import Phase

UNKNOWN = "frobnicate"


@dataclass(frozen=True, slots=True)
class Replacement:
    """The file with one command name replaced; ``place`` is where the name stands in the original."""

    instruction: int
    place: Span
    name: str
    text: str

    def moved(self, offset: int) -> int:
        """Return the new offset of a character of the original."""
        grown = len(UNKNOWN) - (self.place.end - self.place.start)
        return offset if offset <= self.place.start else offset + grown


@dataclass(frozen=True, slots=True)
class Known:
    """A step with its place in the source and its phase.

    ``there`` is whether what it does is in the final image without it: carried over whole, said by the image's
    configuration, or only for the build as its author says, who is believed of a command that nobody knows.
    """

    place: Span
    text: str
    phase: Phase | None
    there: bool


def replacements(before: Solved) -> Iterator[Replacement]:
    """Yield the file once for each command name that is written in a RUN, nested ones included."""
    walk = before.values.get("effects")
    file = before.values.get("parse")
    if walk is None or not isinstance(file, Dockerfile):
        return
    for index, script in walk.scripts.items():
        for word in _names(script):
            place = source_span(file.instructions[index], word.span)
            if place is not None and place.slice(file.source.text) == word.raw:
                text = file.source.text
                yield Replacement(index, place, word.raw, text[: place.start] + UNKNOWN + text[place.end :])


def source_span(instruction: Instruction, span: Span) -> Span | None:
    """Return where a span of an instruction's script stands in the source; the exec form has no such place."""
    if instruction.heredocs:
        start = instruction.heredocs[0].span.start
        return Span(start + span.start, start + span.end)
    if instruction.exec_form:
        return None
    return instruction.offsets.shifted(instruction.body).span_to_source(span)


def _names(script: Script) -> Iterator[Word]:
    for item in script.items:
        yield from _names_of(item.command)


def _names_of(command: Command) -> Iterator[Word]:
    match command:
        case SimpleCommand(words=words):
            yield from words[:1]
            yield from (name for word in words for name in _names_inside(word))
        case Pipeline(commands=commands):
            yield from (name for one in commands for name in _names_of(one))
        case Group(body=body) | FunctionDefinition(body=body):
            yield from _names(body)
        case Conditional(bodies=bodies):
            yield from (name for body in bodies for name in _names(body))


def _names_inside(word: Word) -> Iterator[Word]:
    for part in word.parts:
        if isinstance(part, Substitution) and part.script is not None:
            yield from _names(part.script)


def steps(solved: Solved) -> list[Known]:
    """Return the steps of the RUNs with the phases that they got; none if the file was left alone before that."""
    file = solved.values.get("parse")
    if not isinstance(file, Dockerfile):
        return []
    phases = {verdict.step: verdict.phase for verdict in solved.outcome.verdicts}
    found = []
    for step in solved.outcome.steps:
        instruction = file.instructions[step.instruction]
        place = source_span(instruction, step.span) if step.span is not None else None
        said = step.instruction in marked(file, BUILD)
        there = said or step.keyword == "WORKDIR" or _is_carried(step, solved.outcome)
        found.append(Known(place or instruction.span, step.text, phases.get(step.index), there))
    return found


def _is_carried(step: Step, outcome: Outcome) -> bool:
    """Whether all that the step writes lies in what is copied from the builder."""
    artifacts = [artifact.path for artifact in outcome.plan.artifacts] if outcome.plan else []
    written = [write.path.path for write in step.effects.writes]
    return bool(written) and all(any(path == a or path.startswith(a + "/") for a in artifacts) for path in written)


def broken_laws(before: Solved, replaced: Replacement, after: Solved) -> list[str]:
    """Return what got worse by knowing less: a step that left runtime, a package, a refusal that was overcome."""
    found: list[str] = []
    if after.outcome.rewritten is not None and before.outcome.rewritten is not None:
        found += _left_runtime(steps(before), replaced, steps(after))
        found += _lost_packages(before.outcome, after.outcome)
    if _is_overcome(before.outcome, replaced, after.outcome):
        found.append(f"{_answer(before.outcome)} became {_answer(after.outcome)}")
    return found


def _is_overcome(before: Outcome, replaced: Replacement, after: Outcome) -> bool:
    """Whether an answer got safer. A file in which nothing was build-only may gain something by losing a command."""
    if before.status is Status.UNCHANGED or after.rewritten is None:
        return False
    if before.rewritten is None:
        return not any(_is_excused(diagnostic, before, replaced) for diagnostic in before.diagnostics)
    return after.applicability < before.applicability


def _is_excused(diagnostic: Diagnostic, before: Outcome, replaced: Replacement) -> bool:
    """Whether a refusal may go: it is about the replaced command, or about a file that an unknown one may bring."""
    first, last = (before.source.position(offset).line for offset in (replaced.place.start, replaced.place.end))
    here = diagnostic.position is not None and first <= diagnostic.position.line <= last
    return here or diagnostic.code in {"DF412", "DF416"}


def _answer(outcome: Outcome) -> str:
    codes = ", ".join(diagnostic.code for diagnostic in outcome.diagnostics)
    return f"{outcome.status.value} ({outcome.applicability.label}; {codes})"


def _left_runtime(before: list[Known], replaced: Replacement, after: list[Known]) -> Iterator[str]:
    for step in before:
        here = step.place.start <= replaced.place.start < step.place.end
        if step.phase is Phase.BUILD and not here:
            continue
        at = replaced.moved(step.place.start)
        now = [one for one in after if one.place.start <= at < one.place.end]
        if now and all(one.phase is Phase.BUILD and not one.there for one in now):
            yield f"`{now[0].text}` is build-only" + ("" if here else ", and was not")


def _lost_packages(before: Outcome, after: Outcome) -> Iterator[str]:
    """A package that was kept and that is still installed is kept."""
    assert before.plan is not None
    assert after.plan is not None
    fates = {fate.name: fate.kept for fate in after.plan.packages}
    for fate in before.plan.packages:
        if fate.kept and not fates.get(fate.name, True):
            yield f"package {fate.name} is left behind, and was not"


def changed_verdicts(before: Solved, replaced: Replacement, after: Solved) -> int:
    """Return how many steps got another phase, counting a plan that is gone as a change of each of its steps."""
    now = {one.place.start: one.phase for one in steps(after)}
    return sum(one.phase is not now.get(replaced.moved(one.place.start)) for one in steps(before) if one.phase)
