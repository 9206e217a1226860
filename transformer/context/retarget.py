"""How a service of a Compose file is made to build another stage (Compose build specification: target), and how such
changes are made in a file.
"""

from __future__ import annotations

from itertools import groupby
from math import inf
from pathlib import Path
from typing import Any

from msgspec import Struct

from transformer.context.build_context import text_below
from transformer.context.yaml_nodes import Node, documents
from transformer.ir.diagnostic import Status
from transformer.ir.plan import OtherFile, Refusal
from transformer.ir.verdict import Insertion, OtherBuild

STAGE = "\0"
"""Stands for the name of the stage in what is inserted."""
ACTION = "the action"
"""Stands for the service that a Compose file would name."""


class Retarget(Struct, frozen=True):
    """The change of a service that makes it build a stage: insertions with a NUL for the stage's name."""

    service: str
    insertions: tuple[Insertion, ...]


def retarget(name: str, service: Node) -> Retarget | None:
    """Return how a service is made to build another stage; None where that cannot be written into its own lines: it is
    built from what another service or an anchor says, has a target, or stands in braces.
    """
    if service.raw.id != "mapping" or service.raw.flow_style or not service.raw.value:
        return None
    keys = {key.value: (key, value) for key, value in service.raw.value if key.id == "scalar"}
    if {"<<", "extends"} & keys.keys():
        return None
    first = service.raw.value[0][0]
    indent = first.start_mark.column
    if "build" not in keys:
        step = "\n" + " " * indent
        return _put(name, (first.start_mark, f"build:{step}  target: {STAGE}{step}"))
    key, build = keys["build"]
    if build.start_mark.index < key.end_mark.index or build.end_mark.index > service.raw.end_mark.index:
        return None
    return _scalar(name, key, build, indent) if build.id == "scalar" else _mapping(name, build)


def retarget_action(inputs: Node) -> Retarget | None:
    """Return how an action that builds an image is made to build another stage, by its inputs (``with:``); None where
    they have a target, or stand in braces.
    """
    raw = inputs.raw
    if raw.flow_style or not raw.value or any(key.value in {"target", "<<"} for key, _ in raw.value):
        return None
    first = raw.value[0][0].start_mark
    return _put(ACTION, (first, f"target: {STAGE}\n{' ' * first.column}"))


def _scalar(name: str, key: Any, build: Any, indent: int) -> Retarget | None:
    if build.style in {"|", ">"} or not build.value or build.start_mark.line != key.start_mark.line:
        return None
    step = "\n" + " " * (indent + 2)
    after = Insertion(key.end_mark.line, key.end_mark.column + 1, f"{step}context:")
    return Retarget(name, (after, *_put(name, (build.end_mark, f"{step}target: {STAGE}")).insertions))


def _mapping(name: str, build: Any) -> Retarget | None:
    if build.id != "mapping" or not build.value or any(key.value in {"target", "<<"} for key, _ in build.value):
        return None
    first = build.value[0][0].start_mark
    between = ", " if build.flow_style else "\n" + " " * first.column
    return _put(name, (first, f"target: {STAGE}{between}"))


def _put(name: str, *texts: tuple[Any, str]) -> Retarget:
    return Retarget(name, tuple(Insertion(mark.line, mark.column, text) for mark, text in texts))


def other_files(builds: tuple[OtherBuild, ...], stage: str) -> tuple[OtherFile, ...] | Refusal:
    """Return the files in which the services build ``stage``, or a refusal where a file cannot say that."""
    found = []
    for path, group in groupby(sorted(builds, key=lambda build: build.path), lambda build: build.path):
        members = tuple(group)
        before = text_below(Path(path).parent, Path(path).name)
        after = changed(before, members, stage) if before is not None else None
        if before is None or after is None:
            return Refusal(Status.REFUSED, (members[0].diagnostic,))
        found.append(
            OtherFile(path, members[0].diagnostic.path, before, after, tuple(build.service for build in members))
        )
    return tuple(found)


def changed(text: str, builds: tuple[OtherBuild, ...], stage: str) -> str | None:
    """Return a file in which the services build ``stage``; None if it would say anything else than before."""
    lines = text.split("\n")
    end = "\r" if lines[0].endswith("\r") else ""
    for put in sorted((i for b in builds for i in b.insertions), key=lambda i: (i.line, i.column), reverse=True):
        if put.line >= len(lines):
            return None
        line = lines[put.line]
        new = put.text.replace("\n", f"{end}\n").replace(STAGE, stage)
        lines[put.line] = line[: put.column] + new + line[put.column :]
    result = "\n".join(lines)
    return result if _is_meant(text, result, builds, stage) else None


def _is_meant(before: str, after: str, builds: tuple[OtherBuild, ...], stage: str) -> bool:
    from transformer.context.devcontainer import NAME, only_retargeted

    services = {build.service for build in builds}
    if NAME in services and before.lstrip().startswith(("{", "/")):
        return only_retargeted(before, after, stage)
    if services == {ACTION}:
        old, new = ([_plain(node) for node in documents(text)] for text in (before, after))
        return bool(old) and _targeted(old, new, stage) == len(builds)
    return _only(before, after, services, stage)


def _targeted(old: Any, new: Any, stage: str) -> float:
    """Return how many actions have the stage as their target, where that is all that has changed; else infinity."""
    if old == new:
        return 0
    if isinstance(old, dict) and isinstance(new, dict):
        if new == {**old, "target": stage} and "target" not in old:
            return 1
        return sum(_targeted(old[key], new[key], stage) for key in old) if old.keys() == new.keys() else inf
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return sum(_targeted(one, other, stage) for one, other in zip(old, new, strict=True))
    return inf


def _only(before: str, after: str, services: set[str], stage: str) -> bool:
    """Whether the services have the target, and nothing else has changed."""
    old, new = ([_plain(node) for node in documents(text)] for text in (before, after))
    if len(old) != 1 or len(new) != 1:
        return False
    for name in services:
        service = old[0]["services"][name]
        build = service.get("build") or {}
        service["build"] = {**(build if isinstance(build, dict) else {"context": build}), "target": stage}
    same: bool = old == new
    return same


def _plain(node: Node) -> Any:
    """Return a node as dictionaries, lists and texts with their tags."""
    if node.text is not None:
        return node.text if node.raw.tag.endswith(":str") else (node.raw.tag, node.text)
    if node.elements:
        return [_plain(one) for one in node.elements]
    return {name: _plain(one) for name, one in node.members().items()}
