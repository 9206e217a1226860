"""What tools that show one remark per line are told of a file: its findings, and that it can be split."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from transformer.report.diff import changes
from transformer.report.documents import Document, Finding, shown_path
from transformer.rules import RULES

_SPLIT = "DF400"
_MEGABYTE = 1_000_000


class Remark(Struct, frozen=True):
    """One thing to say of a file. ``level`` is error, warning or note; ``split`` tells that the file's change mends it.

    ``fingerprint`` stays the same while the rule, the file and the text of the step do: a step that has moved to
    another line is no new remark.
    """

    finding: Finding
    level: str
    fingerprint: str
    split: bool = False


def remarks(document: Document) -> Iterator[Remark]:
    """Yield what is to be said of a file; notes on one that is well as it is are left out."""
    told = [one for one in document.findings if document.status != "unchanged" or one.severity != "note"]
    if document.diff:
        yield _remark(document, offer(document), "warning", 0, split=True)
    seen = Counter[tuple[str, str]]()
    for finding in told:
        key = (finding.code, _text(document, finding))
        yield _remark(document, finding, _level(document), seen[key])
        seen[key] += 1


def offer(document: Document) -> Finding:
    """Return the finding that a file can be split, on the first line that changes."""
    rule = RULES[_SPLIT]
    parts = [rule.summary]
    if document.base is not None and document.base.before != document.base.after:
        parts.append(f"{document.base.before} can become {document.base.after}")
    if document.saving:
        parts.append(f"about {document.saving / _MEGABYTE:.0f} MB less would be installed")
    cure = "`dockerfix --write` applies the change"
    if document.status == "refused":
        cure = "look at what is not proven; `dockerfix --write --unsafe` applies the change"
    line = next(changes(document.before, document.after)).first
    return Finding(rule.code, rule.name, rule.severity.value, "; ".join(parts), rule.why, cure, document.path, line, 1)


def sentence(finding: Finding) -> str:
    """Return a finding in one paragraph: what, why, and what to do next."""
    cure = f" Next: {finding.cure}." if finding.cure else ""
    return f"{finding.message}. {finding.why}{cure}"


def _remark(document: Document, finding: Finding, level: str, number: int, *, split: bool = False) -> Remark:
    path = shown_path(finding.path)
    key = "\0".join((finding.code, path, "" if split else _text(document, finding), str(number)))
    print_ = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
    return Remark(replace(finding, path=path), level, print_, split)


def _level(document: Document) -> str:
    """Return how loud a finding is: a refusal is no fault of the file, only what cannot be read is an error."""
    if document.status == "error":
        return "error"
    return "note" if document.diff or document.status == "unchanged" else "warning"


def _text(document: Document, finding: Finding) -> str:
    """Return the text of the step that a finding is about, or its message where it is about none."""
    here = (step.command for step in document.steps if finding.path == document.path and step.line == finding.line)
    return next(here, finding.message)
