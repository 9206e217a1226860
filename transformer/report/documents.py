"""An outcome as a plain document: what all formats print, with nothing left to look up."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from transformer.ir.diagnostic import Diagnostic, Status
from transformer.ir.effects import Step
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


class OtherView(Struct, frozen=True):
    """Another file that changes with the Dockerfile, and the services in it that build the build stage."""

    path: str
    services: tuple[str, ...]
    before: str
    after: str


class Document(Struct, frozen=True):
    """The report of one file. ``saving`` is in bytes; ``diff``, ``before`` and ``after`` are "" where there is none."""

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
    before: str = ""
    after: str = ""
    additions: tuple[str, ...] = ()
    others: tuple[OtherView, ...] = ()

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
    others = tuple(
        OtherView(_from_here(one.path, outcome.seen_from, outcome.path), one.services, one.before, one.after)
        for one in outcome.others
    )
    return Document(
        *head,
        artifacts=tuple(Carried(a.path, a.chown, _links(outcome, a.reasons)) for a in plan.artifacts),
        packages=tuple(PackageView(p.name, p.kept, p.replaced_by, p.reason) for p in plan.packages),
        left_behind=tuple(Left(item.kind, item.name, item.reason) for item in plan.left_behind),
        base=Base(plan.base_from, plan.base_to, plan.base_reason),
        saving=plan.saving,
        diff=_diff(outcome.path, outcome.source.text, outcome.rewritten, others),
        before=outcome.source.text if outcome.rewritten is not None else "",
        after=outcome.rewritten or "",
        additions=outcome.additions,
        others=others,
    )


def relative(document: Document, root: Path) -> Document:
    """Return a report whose paths below ``root`` are those from there."""

    def inside(path: str) -> str:
        return Path(path).relative_to(root).as_posix() if path and Path(path).is_relative_to(root) else path

    def links(reasons: tuple[Link, ...]) -> tuple[Link, ...]:
        return tuple(replace(link, path=inside(link.path)) for link in reasons)

    path = inside(document.path)
    others = tuple(replace(one, path=inside(one.path)) for one in document.others)
    return replace(
        document,
        path=path,
        findings=tuple(replace(one, path=inside(one.path)) for one in document.findings),
        steps=tuple(replace(step, reasons=links(step.reasons)) for step in document.steps),
        artifacts=tuple(replace(one, reasons=links(one.reasons)) for one in document.artifacts),
        diff=_diff(path, document.before, document.after if document.diff else None, others),
        others=others,
    )


def _diff(path: str, before: str, after: str | None, others: tuple[OtherView, ...]) -> str:
    """Return the change of the Dockerfile and of what changes with it."""
    if after is None:
        return ""
    diffs = (unified_diff(one.path, one.before, one.after) for one in others)
    return "".join((unified_diff(path, before, after), *diffs))


def _findings(outcome: Outcome) -> tuple[Finding, ...]:
    return tuple(finding(diagnostic, outcome.path, outcome.seen_from) for diagnostic in outcome.diagnostics)


def finding(diagnostic: Diagnostic, path: str, seen_from: str = "") -> Finding:
    """Return a diagnostic about the Dockerfile at ``path`` with the words of its rule.

    Paths of other files are relative to ``seen_from``; readers get them in the way that ``path`` was given.
    """
    rule = RULES[diagnostic.code]
    return Finding(
        rule.code,
        rule.name,
        rule.severity.value,
        diagnostic.message or rule.summary,
        rule.why,
        diagnostic.cure,
        _from_here(diagnostic.path, seen_from, path) or path,
        *_place(diagnostic.position),
    )


def _steps(outcome: Outcome) -> tuple[StepView, ...]:
    verdicts = {verdict.step: verdict for verdict in outcome.verdicts}
    return tuple(_step(outcome, step, verdicts.get(step.index)) for step in outcome.steps)


def _step(outcome: Outcome, step: Step, verdict: Verdict | None) -> StepView:
    line = step.position.line
    if verdict is None:
        return StepView(line, step.text, "config" if step.effects.config else "", (), ())
    carried = tuple(map(str, verdict.carried))
    return StepView(line, step.text, verdict.phase.value, _links(outcome, verdict.reasons), carried)


def _links(outcome: Outcome, reasons: Iterable[Reason]) -> tuple[Link, ...]:
    return tuple(
        Link(r.text, _from_here(r.path, outcome.seen_from, outcome.path), *_place(r.position)) for r in reasons
    )


def _from_here(path: str, seen_from: str, dockerfile: str) -> str:
    """Return another file's path: absolute if the Dockerfile's is, else as seen from the working directory."""
    if not (path and seen_from):
        return path
    whole = os.path.normpath(os.path.join(seen_from, path))  # noqa: PTH118 - text only
    return whole if os.path.isabs(dockerfile) else shown_path(whole)  # noqa: PTH117


def shown_path(path: str) -> str:
    """Return a path as seen from the working directory if it lies there: what tools join with their own root."""
    near = os.path.relpath(path)
    return path if near.startswith(os.pardir) else near


def _place(position: Position | None) -> tuple[int, int]:
    return (position.line, position.column) if position else (0, 0)
