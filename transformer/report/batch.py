"""The answers of a batch: commit messages, bodies of pull requests, and reports over many projects.

Everything here is made of elements of the JSON report (``json_v1``), which is what the ledger keeps.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from transformer import __version__
from transformer.report.documents import Document
from transformer.templating import render, render_text

_SEVERITIES = ("error", "warning", "note")
_STATUSES = ("rewritten", "unchanged", "refused", "error")
_COLUMNS = ("project", "path", "status", "applicability", "code", "message", "from", "to", "saving")
_MEGABYTE = 1_000_000

type_row = tuple[str, Mapping[str, Any]]
"""A project's name and one element of the JSON report."""


def lead(document: Document) -> str:
    """Return the code that says most of an answer: that of the first finding of the gravest severity, or ""."""
    found = sorted(document.findings, key=lambda finding: _SEVERITIES.index(finding.severity))
    return found[0].code if found else ""


def commit_message(reports: Iterable[Mapping[str, Any]], template: str = "") -> str:
    """Return the message of a commit with these rewrites, from a template of the user's own if there is one.

    Raises TemplateError (``transformer.templating``) for one that cannot be rendered.
    """
    context = {"reports": [_facts("", report) for report in reports], "version": __version__}
    text = render_text(template, **context) if template else render("report/commit.j2", **context)
    return text.rstrip() + "\n"


def pull_request(name: str, reports: Iterable[Mapping[str, Any]]) -> str:
    """Return the body of a pull request in Markdown: what changed, why, what to check, how to undo."""
    rows = [_whole(name, report) for report in reports]
    return render("report/pull_request.md.j2", reports=rows, project=name, version=__version__)


def comment(total: str, rows: Iterable[type_row]) -> Iterator[str]:
    """Yield a comment on a pull request in Markdown: ``total`` counts the answers, each has its diff and reasons."""
    yield render("report/comment.md.j2", reports=[_whole(project, report) for project, report in rows], total=total)


def page(rows: Iterable[type_row]) -> Iterator[str]:
    """Yield one HTML page that needs nothing else; what it shows is in it as JSON, so that no text becomes markup."""
    head, _, tail = render("report/page.html.j2", version=__version__).partition("@ROWS@")
    yield head
    separator = ""
    for project, report in rows:
        facts = _whole(project, report)
        facts["left"] = [[x["kind"], x["name"], x["reason"]] for x in report["left_behind"]]
        yield separator + json.dumps(facts).replace("<", "\\u003c").replace("\u2028", " ").replace("\u2029", " ")
        separator = ",\n"
    yield tail


def summary(statuses: Mapping[str, int], reasons: Mapping[tuple[str, str], int], states: Mapping[str, int]) -> str:
    """Return the table that ends a run, by status and reason."""
    from transformer.rules import RULES

    rows = [
        (status, code, RULES[code].name if code in RULES else "", reasons[status, code])
        for status, code in sorted(reasons, key=lambda key: (_STATUSES.index(key[0]), -reasons[key], key[1]))
    ]
    return render("report/batch.j2", statuses=_ordered(statuses), rows=rows, states=states)


def reports(suffix: str) -> Callable[[Iterable[type_row]], Iterator[str]]:
    """Return what renders a report, by the suffix of its file. Raises ValueError for an unknown one."""
    known = {".jsonl": _jsonl, ".csv": _csv, ".md": _markdown, ".html": page}
    if suffix not in known:
        raise ValueError(f"a report ends in one of {', '.join(known)}; got {suffix or 'nothing'}")
    return known[suffix]


def _jsonl(rows: Iterable[type_row]) -> Iterator[str]:
    for project, report in rows:
        yield json.dumps({"project": project, **report}) + "\n"


def _csv(rows: Iterable[type_row]) -> Iterator[str]:
    yield _line(_COLUMNS)
    for project, report in rows:
        facts = _facts(project, report)
        yield _line([_cell(facts[column]) for column in _COLUMNS])


def _line(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(list(cells))
    return text.getvalue()


def _cell(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula (CWE-1236)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _markdown(rows: Iterable[type_row]) -> Iterator[str]:
    whole = (_facts(project, report) for project, report in rows)
    facts = [{column: one[column] for column in _COLUMNS} for one in whole]  # without the diffs, which are large
    yield render("report/batch.md.j2", rows=facts, counts=_counts(facts), version=__version__)


def _whole(project: str, report: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that is shown of an answer: its steps as (line, command, phase, reasons), what is carried as (path,
    reasons), the packages of the final stage as (name, reason).
    """
    steps = [[s["line"], s["command"], s["phase"], _chain(s["reasons"])] for s in report["steps"]]
    return {
        **_facts(project, report),
        "findings": report["diagnostics"],
        "steps": steps,
        "because": report["base"]["reason"] if report["base"] else "",
        "carried": [[one["path"], _chain(one["reasons"])] for one in report["artifacts"]],
        "packages": [[_stays(one), one["reason"]] for one in _packages(report)],
    }


def _packages(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the packages of the final image; none where a ledger is older than that key."""
    return [one for one in report.get("packages", ()) if one["kept"] or one["replaced_by"]]


def _stays(package: Mapping[str, Any]) -> str:
    return str(package["name"]) + "".join(f" → {name}" for name in (" ".join(package["replaced_by"]),) if name)


def _chain(reasons: Iterable[Mapping[str, Any]]) -> str:
    return " <- ".join(str(reason["text"]) for reason in reasons)


def _facts(project: str, report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the tables show of an answer. ``saving`` is in MB, None where it is not known."""
    found = sorted(report["diagnostics"], key=lambda one: _SEVERITIES.index(one["severity"]))
    first = found[0] if found else {"code": "", "message": ""}
    base = report["base"] or {"from": "", "to": ""}
    saving = report["saving"]
    return {
        "project": project,
        "path": report["path"],
        "status": report["status"],
        "applicability": report["applicability"] if report["diff"] else "",
        "code": first["code"],
        "message": " ".join(str(first["message"]).split()),
        "from": base["from"],
        "to": base["to"],
        "saving": round(saving / _MEGABYTE) if saving is not None else None,
        "left": report["left_behind"],
        "diff": report["diff"],
        "notes": [one["message"] for one in found],
    }


def _counts(facts: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, int]]:
    counted = Counter((str(one["status"]), str(one["code"])) for one in facts)
    return [(status, code, counted[status, code]) for status, code in sorted(counted)]


def _ordered(statuses: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(status, statuses[status]) for status in _STATUSES if statuses.get(status)]
