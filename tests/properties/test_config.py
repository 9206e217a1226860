"""E1: the new image has the configuration of the old one, folded over both texts without any code of the tool."""

from __future__ import annotations

from dataclasses import fields

import pytest

from tests.cases import solved, split_cases
from tests.properties.images import Image, last_image
from transformer.ir.plan import Outcome
from transformer.knowledge.programs import programs


@pytest.fixture(params=[case.name for case in split_cases()])
def outcome(request: pytest.FixtureRequest) -> Outcome:
    found: Outcome = solved(request.param).outcome
    return found


def _images(outcome: Outcome) -> tuple[Image, Image]:
    assert outcome.rewritten is not None
    return last_image(outcome.source.to_bytes()), last_image(outcome.rewritten.encode("utf-8", "surrogateescape"))


def _lost(outcome: Outcome) -> set[str]:
    """Return the variables that the report names as left behind."""
    assert outcome.plan is not None
    return {left.name for left in outcome.plan.left_behind if left.kind == "variable"}


def test_the_configuration_is_the_same(outcome: Outcome) -> None:
    old, new = _images(outcome)
    for item in fields(Image):
        if item.name not in {"env", "arguments", "own_cmd"}:
            assert _meant(new, item.name) == _meant(old, item.name), item.name


def _meant(image: Image, name: str) -> object:
    """Return a field; nobody named is root, an entry point of a base image that only runs its arguments is none, and
    volumes of a toolchain's own directories serve the build.
    """
    value = getattr(image, name)
    if name == "volumes":
        trees = [tree for trees in programs().toolchain_trees.values() for tree in trees]
        return {volume for volume in value if not any(f"{volume}/".startswith(f"{tree}/") for tree in trees)}
    if name == "user":
        return value or "root"
    return [] if name == "entrypoint" and value and len(value) == 1 and value[0] in programs().starters else value or []


def test_the_environment_is_the_same_but_for_what_the_report_names(outcome: Outcome) -> None:
    old, new = _images(outcome)
    gone = {name for name in old.env if name not in new.env}
    assert gone <= _lost(outcome)
    changed = {name for name in new.env if old.env.get(name) != new.env[name]}
    assert changed <= {"PATH"} & _lost(outcome)
    assert _path_is_part(old.env.get("PATH", ""), new.env.get("PATH", ""))


def _path_is_part(old: str, new: str) -> bool:
    rest = iter(old.split(":"))
    return all(entry in rest for entry in new.split(":"))


CHANGES = [
    "ENV A=1",
    "CMD x",
    "ENTRYPOINT x",
    "USER 7",
    "EXPOSE 9",
    "LABEL a=b",
    "WORKDIR z",
    "VOLUME /z",
    "STOPSIGNAL 9",
]


@pytest.mark.parametrize("change", [*CHANGES, "HEALTHCHECK CMD x", 'SHELL ["/bin/bash", "-c"]', "ONBUILD RUN x"])
def test_the_fold_sees_each_kind_of_change(change: str) -> None:
    data = b"FROM ubuntu:18.04\n"
    assert last_image(data + change.encode() + b"\n") != last_image(data)
