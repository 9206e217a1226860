"""An outcome as a plain document: what all formats print, with nothing left to look up."""

from __future__ import annotations

from msgspec import Struct

from transformer.ir.diagnostic import Diagnostic, Status
from transformer.ir.plan import Outcome
from transformer.ir.source import Position
from transformer.ir.verdict import Reason, Verdict
from transformer.report.diff import unified_diff
from transformer.rules import RULES


class Finding(Struct, frozen=True):
    """A diagnostic with the words of its rule. ``path`` is the file that ``line`` is in; line 0 is no place."""

    code: str
    name: str
    severity: str
    message: str
    why: str
    cure: str
    path: str
    line: int
    column: int


class Link(Struct, frozen=True):
    """One reason of a chain; ``path`` is "" for the Dockerfile, line 0 is no place."""

    text: str
    path: str
    line: int
    column: int


class StepView(Struct, frozen=True):
    """One step and which side it serves: build, runtime, both, or "" if that was not decided."""

    line: int
    command: str
    phase: str
    reasons: tuple[Link, ...]
    carried: tuple[str, ...]


class Carried(Struct, frozen=True):
    """A path that COPY --from carries."""

    path: str
    chown: str
    reasons: tuple[Link, ...]


class PackageView(Struct, frozen=True):
    """A package that the old file installs, and what comes in its place if it goes."""

    name: str
    kept: bool
    replaced_by: tuple[str, ...]
    reason: str


class Left(Struct, frozen=True):
    """Something that the new image does not have."""

    kind: str
    name: str
    reason: str


class Base(Struct, frozen=True):
    """The base image before and after."""

    before: str
    after: str
    reason: str


class Document(Struct, frozen=True):
    """The report of one file. ``saving`` is in bytes; ``diff`` is "" where there is none."""

    path: str
    status: str
    applicability: str
    findings: tuple[Finding, ...]
    steps: tuple[StepView, ...]
    artifacts: tuple[Carried, ...] = ()
    packages: tuple[PackageView, ...] = ()
    left_behind: tuple[Left, ...] = ()
    base: Base | None = None
    saving: int | None = None
    diff: str = ""

    @property
    def runtime_packages(self) -> tuple[str, ...]:
        """The packages of the old file that the final stage installs, or those that replace them."""
        names = [(p.name,) if p.kept else p.replaced_by for p in self.packages]
        return tuple(dict.fromkeys(name for group in names for name in group))


def document(outcome: Outcome) -> Document:
    """Return the report of an outcome."""
    head = (outcome.path, outcome.status.value, outcome.applicability.label, _findings(outcome), _steps(outcome))
    plan = outcome.plan
    if plan is None or outcome.status is Status.ERROR:
        return Document(*head)
    return Document(
        *head,
        artifacts=tuple(Carried(a.path, a.chown, tuple(map(_link, a.reasons))) for a in plan.artifacts),
        packages=tuple(PackageView(p.name, p.kept, p.replaced_by, p.reason) for p in plan.packages),
        left_behind=tuple(Left(item.kind, item.name, item.reason) for item in plan.left_behind),
        base=Base(plan.base_from, plan.base_to, plan.base_reason),
        saving=plan.saving,
        diff=_diff(outcome),
    )


def _diff(outcome: Outcome) -> str:
    if outcome.rewritten is None:
        return ""
    return unified_diff(outcome.path, outcome.source.text, outcome.rewritten)


def _findings(outcome: Outcome) -> tuple[Finding, ...]:
    return tuple(finding(diagnostic, outcome.path) for diagnostic in outcome.diagnostics)


def finding(diagnostic: Diagnostic, path: str) -> Finding:
    """Return a diagnostic about the Dockerfile at ``path`` with the words of its rule."""
    rule = RULES[diagnostic.code]
    return Finding(
        rule.code,
        rule.name,
        rule.severity.value,
        diagnostic.message or rule.summary,
        rule.why,
        diagnostic.cure,
        diagnostic.path or path,
        *_place(diagnostic.position),
    )


def _steps(outcome: Outcome) -> tuple[StepView, ...]:
    verdicts = {verdict.step: verdict for verdict in outcome.verdicts}
    return tuple(_step(s.position.line, s.text, verdicts.get(s.index), config=s.effects.config) for s in outcome.steps)


def _step(line: int, text: str, verdict: Verdict | None, *, config: bool) -> StepView:
    if verdict is None:
        return StepView(line, text, "config" if config else "", (), ())
    reasons = tuple(map(_link, verdict.reasons))
    return StepView(line, text, verdict.phase.value, reasons, tuple(map(str, verdict.carried)))


def _link(reason: Reason) -> Link:
    return Link(reason.text, reason.path, *_place(reason.position))


def _place(position: Position | None) -> tuple[int, int]:
    return (position.line, position.column) if position else (0, 0)
