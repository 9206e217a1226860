"""The JSON report, version 1: keys are only ever added. ``schema_v1.json`` beside this file describes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from transformer.report.documents import Carried, Document, Finding, Link, PackageView, StepView


def render(documents: Iterable[Document]) -> Iterator[str]:
    """Yield the report piece by piece, so that ten thousand files need no more memory than one."""
    yield '{"version": 1, "results": ['
    separator = "\n"
    for document in documents:
        yield separator + json.dumps(result(document))
        separator = ",\n"
    yield "\n]}\n"


def result(document: Document) -> dict[str, object]:
    """Return one element of ``results``. Bytes that are no UTF-8 become U+FFFD: ``--format diff`` keeps them."""
    base = document.base
    plain = {
        "path": document.path,
        "status": document.status,
        "applicability": document.applicability,
        "diagnostics": [_finding(finding) for finding in document.findings],
        "steps": [_step(step) for step in document.steps],
        "artifacts": [_artifact(artifact) for artifact in document.artifacts],
        "packages": [_package(package) for package in document.packages],
        "runtime_packages": list(document.runtime_packages),
        "left_behind": [{"kind": x.kind, "name": x.name, "reason": x.reason} for x in document.left_behind],
        "base": {"from": base.before, "to": base.after, "reason": base.reason} if base else None,
        "saving": document.saving,
        "additions": list(document.additions),
        "others": [{"path": one.path, "services": list(one.services)} for one in document.others],
        "diff": document.diff,
    }
    return {key: printable(value) for key, value in plain.items()}


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        "path": finding.path,
        "line": finding.line or None,
        "column": finding.column or None,
        "cure": finding.cure,
    }


def _step(step: StepView) -> dict[str, object]:
    return {
        "line": step.line,
        "command": step.command,
        "phase": step.phase or None,
        "reasons": [_link(link) for link in step.reasons],
    }


def _artifact(artifact: Carried) -> dict[str, object]:
    return {"path": artifact.path, "chown": artifact.chown, "reasons": [_link(link) for link in artifact.reasons]}


def _package(package: PackageView) -> dict[str, object]:
    return {
        "name": package.name,
        "kept": package.kept,
        "replaced_by": list(package.replaced_by),
        "reason": package.reason,
    }


def _link(link: Link) -> dict[str, object]:
    return {"text": link.text, "path": link.path, "line": link.line or None, "column": link.column or None}


def printable(value: object) -> object:
    """Return a value without lone surrogates, which many JSON readers refuse."""
    match value:
        case str():
            return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        case list():
            return [printable(item) for item in value]
        case dict():
            return {key: printable(item) for key, item in value.items()}
    return value
