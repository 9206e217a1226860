"""GitLab's code quality report: a JSON array of remarks (the subset of Code Climate's format that GitLab documents)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from transformer.report.documents import Document
from transformer.report.json_v1 import printable
from transformer.report.remarks import Remark, remarks, sentence

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def render(documents: Iterable[Document]) -> Iterator[str]:
    """Yield the report piece by piece."""
    separator = "["
    for document in documents:
        for remark in remarks(document):
            yield separator + json.dumps(printable(_issue(remark)))
            separator = ",\n"
    yield ("[" if separator == "[" else "") + "]\n"


def _issue(remark: Remark) -> dict[str, Any]:
    finding = remark.finding
    return {
        "description": f"{finding.code} {finding.name}: {sentence(finding)}",
        "check_name": finding.code,
        "fingerprint": remark.fingerprint,
        "severity": _SEVERITIES[remark.level],
        "location": {"path": finding.path, "lines": {"begin": finding.line or 1}},
    }
