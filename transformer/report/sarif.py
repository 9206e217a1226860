"""SARIF 2.1.0 (OASIS standard), which code scanning of forges and editors read; a split is a result with its fix."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from transformer import __version__
from transformer.report.diff import Change, changes
from transformer.report.documents import Document, Finding, shown_path
from transformer.report.json_v1 import printable
from transformer.report.remarks import Remark, remarks, sentence
from transformer.rules import RULES, Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "note": "note"}


def render(documents: Iterable[Document]) -> Iterator[str]:
    """Yield the log piece by piece: one run with all rules and one result per remark."""
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": _driver()}, "results": []}]}
    log["runs"][0]["columnKind"] = "unicodeCodePoints"  # type: ignore[index]
    head, _, tail = json.dumps(log).partition('"results": []')
    yield head + '"results": ['
    separator = "\n"
    for document in documents:
        for remark in remarks(document):
            yield separator + json.dumps(printable(_result(document, remark)))
            separator = ",\n"
    yield f"\n]{tail}\n"


def _driver() -> dict[str, Any]:
    rules = [_rule(rule) for rule in RULES.values()]
    return {"name": "dockerfix", "version": __version__, "semanticVersion": _semantic(__version__), "rules": rules}


def _semantic(version: str) -> str:
    """Return our version as semver.org writes it: ``0.1.0.dev0`` is ``0.1.0-dev0``."""
    release, _, rest = version.partition(".dev")
    return f"{release}-dev{rest}" if rest else release


def _rule(rule: Rule) -> dict[str, Any]:
    text = f"{_capital(rule.summary)}. {rule.why}"
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": f"{_capital(rule.summary)}."},
        "fullDescription": {"text": text},
        "help": {
            "text": f"{text} `dockerfix explain {rule.code}` prints this.",
            "markdown": f"**{rule.code} {rule.name}**: {text}",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity.value]},
    }


def _result(document: Document, remark: Remark) -> dict[str, Any]:
    finding = remark.finding
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": list(RULES).index(finding.code),
        "level": remark.level,
        "message": {"text": _capital(sentence(finding))},
        "locations": [{"physicalLocation": _location(finding)}],
        "partialFingerprints": {"dockerfix/v1": remark.fingerprint},
    }
    if remark.split and document.status == "rewritten" and not document.others:
        result["fixes"] = [_fix(document)]
    return result


def _location(finding: Finding) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.path)}}
    if finding.line:
        region = {"startLine": finding.line}
        place["region"] = region | ({"startColumn": finding.column} if finding.column else {})
    return place


def _fix(document: Document) -> dict[str, Any]:
    """Return the change as replacements of whole lines (3.57: a region without extent is where text is inserted)."""
    replacements = [_replacement(change) for change in changes(document.before, document.after)]
    change = {"artifactLocation": {"uri": _uri(shown_path(document.path))}, "replacements": replacements}
    return {"description": {"text": "Split into a build stage and a final image"}, "artifactChanges": [change]}


def _replacement(change: Change) -> dict[str, Any]:
    region = {"startLine": change.first, "startColumn": 1, "endLine": change.last + 1, "endColumn": 1}
    return {"deletedRegion": region, "insertedContent": {"text": change.text}}


def _uri(path: str) -> str:
    """Return a path as a URI reference (RFC 3986), relative to the root that the reader knows."""
    quoted = quote(path.encode("utf-8", "surrogateescape"))
    return f"file://{quoted}" if path.startswith("/") else quoted


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
