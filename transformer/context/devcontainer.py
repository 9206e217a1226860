"""devcontainer.json: which Dockerfile it builds, and how it is made to build a stage (containers.dev, "build")."""

from __future__ import annotations

import json
import re
from typing import Any

from transformer.context.retarget import STAGE, Retarget
from transformer.ir.verdict import Insertion

NAME = "devcontainer"
"""Stands for the service that a Compose file would name."""
_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_BUILD = re.compile(r'"build"\s*:\s*\{')


def settings(text: str) -> dict[str, Any]:
    """Return the object that a devcontainer.json is, comments left out; an empty one if it is none."""
    try:
        table = json.loads(_COMMENT.sub(lambda found: found[1] or "", text))
    except (ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def dockerfile(table: dict[str, Any]) -> str:
    """Return the Dockerfile that it builds, as it is written; "" if none."""
    build = table.get("build")
    named = table.get("dockerFile") or (build.get("dockerfile") if isinstance(build, dict) else None)
    return named if isinstance(named, str) else ""


def retarget(text: str) -> Retarget | None:
    """Return how it is made to build another stage; None where it has a target, or does not build in ``build``."""
    build = settings(text).get("build")
    if not isinstance(build, dict) or "dockerfile" not in build or "target" in build:
        return None
    places = list(_BUILD.finditer(_COMMENT.sub(_blank, text)))
    if len(places) != 1:
        return None
    before = text[: places[0].end()]
    line = before.count("\n")
    put = Insertion(line, len(before) - (before.rfind("\n") + 1), f' "target": "{STAGE}",')
    return Retarget(NAME, (put,))


def only_retargeted(before: str, after: str, stage: str) -> bool:
    """Whether the stage is its target, and nothing else has changed."""
    old, new = settings(before), settings(after)
    return bool(old) and new == {**old, "build": {**old["build"], "target": stage}}


def _blank(found: re.Match[str]) -> str:
    """Return a string as it is, and a comment as so many blanks."""
    return found[1] or re.sub(r"[^\n]", " ", found[0])
