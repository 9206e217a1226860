"""The verdict of ``dockerfix verify`` as text, JSON (version 1) and Markdown for a pull request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from transformer.report.terminal import Painter, one_line, place, printable
from transformer.templating import render

_STYLES = {"equivalent": "green", "differs": "red", "unverifiable": "yellow"}
_MEANING = {
    "equivalent": "both images are the same for their users",
    "differs": "the new image is another one",
    "unverifiable": "nothing can be said",
}
_MEGABYTE = 1_000_000
_SHOWN = 200


def text(path: str, verdict: Mapping[str, Any], *, verbose: bool = False, colour: bool = False) -> str:
    """Return the verdict for a terminal: what differs, then a table before and after."""
    return render("report/verify.j2", paint=Painter(colour).paint, verbose=verbose, **_parts(path, verdict))


def markdown(path: str, verdict: Mapping[str, Any], *, verbose: bool = False, colour: bool = False) -> str:
    """Return the verdict for a comment on a pull request."""
    del colour
    return render("report/verify.md.j2", verbose=verbose, **_parts(path, verdict))


def json_v1(path: str, verdict: Mapping[str, Any], *, verbose: bool = False, colour: bool = False) -> str:
    """Return the verdict as one JSON object; keys are only ever added."""
    del verbose, colour
    return json.dumps({"version": 1, "path": path, **verdict}, ensure_ascii=True) + "\n"


def _parts(path: str, verdict: Mapping[str, Any]) -> dict[str, Any]:
    status = str(verdict["status"])
    left = verdict["left"] or {"packages": (), "directories": (), "variables": ()}
    return {
        "path": printable(path),
        "status": status,
        "style": _STYLES[status],
        "meaning": _MEANING[status],
        "reason": one_line(verdict["reason"], 1000),
        "log": printable(verdict["log"]),
        "differences": [_difference(path, one) for one in verdict["differences"][:_SHOWN]],
        "more": max(len(verdict["differences"]) - _SHOWN, 0),
        "table": list(_table(verdict["before"], verdict["after"])) if verdict["before"] else [],
        "packages": [(printable(one["name"]), one_line(one["reason"])) for one in left["packages"]],
        "directories": [(printable(o["path"]), _size(o["bytes"]), one_line(o["reason"])) for o in left["directories"]],
        "notes": [one_line(note, 1000) for note in verdict["notes"]],
        "ignored": verdict["ignored"],
    }


def _difference(path: str, one: Mapping[str, Any]) -> dict[str, str]:
    return {
        "law": one["law"],
        "what": one_line(one["what"]),
        "old": one_line(one["old"], 400) or "nothing",
        "new": one_line(one["new"], 400) or "nothing",
        "cause": one_line(one["cause"]),
        "place": place(path, one["line"]) if one["line"] else "",
    }


def _table(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, key in (
        ("size of the layers", "layer_bytes"),
        ("size of the files", "file_bytes"),
        ("layers", "layers"),
        ("files", "files"),
        ("packages", "packages"),
        ("setuid and setgid files", "setuid"),
        ("build time", "seconds"),
    ):
        yield name, _value(key, before[key]), _value(key, after[key])


def _value(key: str, value: Any) -> str:
    return _size(value) if key.endswith("bytes") else f"{value:.1f} s" if key == "seconds" else str(value)


def _size(size: int) -> str:
    return f"{size / _MEGABYTE:.1f} MB"
