"""What GitHub shows beside the lines: annotations from the log of a workflow, and a review with suggested changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from transformer.report.diff import Change, changes
from transformer.report.documents import Document, shown_path
from transformer.report.json_v1 import printable
from transformer.report.remarks import offer, remarks, sentence

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_FENCE = "`````"


def workflow(documents: Iterable[Document]) -> Iterator[str]:
    """Yield a workflow command per remark; what a file says cannot end the command or start another."""
    for document in documents:
        for remark in remarks(document):
            finding = remark.finding
            place = {"file": finding.path, "line": finding.line, "col": finding.column}
            named = {key: value for key, value in place.items() if value}
            named["title"] = f"dockerfix {finding.code} {finding.name}"
            words = ",".join(f"{key}={_property(str(value))}" for key, value in named.items())
            yield f"::{_COMMANDS[remark.level]} {words}::{_data(sentence(finding))}\n"


def review(documents: Iterable[Document]) -> Iterator[str]:
    """Yield the body of ``POST /repos/{owner}/{repo}/pulls/{number}/reviews``: the splits as suggested changes."""
    comments: list[dict[str, Any]] = []
    for document in documents:
        if document.diff:
            comments += _comments(document)
    yield json.dumps(printable({"event": "COMMENT", "body": _body(comments), "comments": comments}), indent=1) + "\n"


def _comments(document: Document) -> Iterator[dict[str, Any]]:
    lines = document.before.split("\n")
    for number, change in enumerate(changes(document.before, document.after)):
        first, last, text = _suggested(change, lines)
        told = "The same split: apply all of its suggestions together."
        if number == 0:
            told = sentence(offer(document))
        comment = {
            "path": shown_path(document.path),
            "side": "RIGHT",
            "line": last,
            "body": f"{told}\n\n{_FENCE}suggestion\n{text}{_FENCE}\n",
        }
        yield comment if first == last else {**comment, "start_line": first, "start_side": "RIGHT"}


def _suggested(change: Change, lines: list[str]) -> tuple[int, int, str]:
    """Return the lines that a suggestion replaces, of which there must be one: text put in front takes it along."""
    if change.last >= change.first:
        text = change.text if change.text.endswith("\n") or not change.text else change.text + "\n"
        return change.first, change.last, text
    line = min(change.first, len(lines) - (not lines[-1]))
    kept = lines[line - 1] + "\n"
    return line, line, change.text + kept if line == change.first else kept + change.text


def _body(comments: list[dict[str, Any]]) -> str:
    files = len({comment["path"] for comment in comments})
    what = "1 file" if files == 1 else f"{files} files"
    return f"dockerfix: {what} can be split into a build stage and a final image." if files else "dockerfix: no change."


def _data(text: str) -> str:
    """Return the message of a workflow command, escaped as the toolkit does (actions/toolkit, core/command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
