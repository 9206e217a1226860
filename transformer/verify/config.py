"""Law E1: the configuration is the same, field by field."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Set
from typing import Any

from transformer.knowledge.programs import programs
from transformer.verify.image import Image
from transformer.verify.verdict import Difference

_FIELDS = (
    "User",
    "Cmd",
    "Entrypoint",
    "WorkingDir",
    "ExposedPorts",
    "Volumes",
    "StopSignal",
    "Healthcheck",
    "Shell",
    "OnBuild",
)
_DEFAULTS = {"WorkingDir": "/"}
"""What an empty field means (OCI image configuration: the runtime starts in the root directory)."""
_OURS = "org.dockerfix."
_LAW = "E1"
_CAUSES = {
    "User": "the final stage has another USER, or none",
    "Cmd": "the runtime base has another CMD, which a stage inherits unless it says its own",
    "Entrypoint": "the runtime base has another ENTRYPOINT, or CMD was given without it",
    "WorkingDir": "the final stage ends in another WORKDIR, or its base has another one",
}

type_config = Mapping[str, Any]


def compare_config(
    old: type_config, new: type_config, image: Image, may_go: Set[str], declared: Set[str] = frozenset()
) -> Iterator[Difference]:
    """Yield each field, label, variable and entry of PATH that differs.

    ``image`` is the new image; ``may_go`` are the variables and PATH entries whose loss is accounted for,
    ``declared`` the labels that the new image is meant to have besides.
    """
    for field in _FIELDS:
        default = _DEFAULTS.get(field)
        if (old.get(field) or default) != (new.get(field) or default):
            cause = _CAUSES.get(field, "the instruction is missing in the final stage, or its base has another one")
            yield Difference(_LAW, field, _text(old.get(field)), _text(new.get(field)), cause)
    for name, value in sorted(_labels(old).items() ^ _labels(new).items()):
        if name in declared and name not in _labels(old):
            continue
        there = "" if _labels(old).get(name) != value else value
        cause = "LABEL is missing in the final stage, or its base has another one"
        yield Difference(_LAW, f"label {name}", there, _labels(new).get(name, ""), cause)
    yield from _compare_env(_env(old), _env(new), image, may_go)


def with_starter(old: type_config, new: type_config) -> type_config:
    """Return the old config with the new entry point, where the old one only runs its arguments, as images of a
    language bring them, and the new one does so or is none.
    """
    before, after = list(old.get("Entrypoint") or ()), list(new.get("Entrypoint") or ())
    same = len(before) == 1 and len(after) <= 1 and programs().starters.issuperset(before + after)
    return {**old, "Entrypoint": after} if same else old


def environment(config: type_config) -> dict[str, str]:
    """Return the variables of a config."""
    return _env(config)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _labels(config: type_config) -> dict[str, str]:
    return {k: v for k, v in (config.get("Labels") or {}).items() if not k.startswith(_OURS)}


def _env(config: type_config) -> dict[str, str]:
    return dict(item.partition("=")[::2] for item in config.get("Env") or ())


def _compare_env(
    old: Mapping[str, str], new: Mapping[str, str], image: Image, may_go: Set[str]
) -> Iterator[Difference]:
    for name in sorted(new.keys() - old.keys()):
        yield Difference(_LAW, f"variable {name}", "", new[name], "the runtime base sets it, or the final stage does")
    for name, value in old.items():
        if name == "PATH" and name in new:
            yield from _compare_path(value.split(":"), new[name].split(":"), image, may_go)
        elif name not in new and name not in may_go:
            cause = "ENV is missing in the final stage, or only the old base set it"
            yield Difference(_LAW, f"variable {name}", value, "", cause)
        elif name in new and new[name] != value:
            cause = "the runtime base has another value, which a stage inherits"
            yield Difference(_LAW, f"variable {name}", value, new[name], cause)


def _compare_path(old: list[str], new: list[str], image: Image, may_go: Set[str]) -> Iterator[Difference]:
    """An entry may go if nothing lies in it and that is accounted for; the others keep their order."""
    lost = [entry for entry in old if entry not in new]
    used = [entry for entry in lost if any(posixpath.dirname(path) == entry for path in image.files)]
    if [entry for entry in old if entry in new] != new or used or not may_go >= set(lost):
        cause = "the runtime base has another PATH, and ENV does not restate it"
        yield Difference(_LAW, "variable PATH", ":".join(old), ":".join(new), cause)
