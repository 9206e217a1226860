"""A fixture directory as the engine tests see it: its ``[engine]`` table and its build context."""

from __future__ import annotations

import os
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cases import FIXTURES, NOT_CONTEXT


@dataclass(frozen=True, slots=True)
class Case:
    """One fixture to build and run. Paths are absolute paths in the image."""

    name: str
    directory: Path
    options: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    port: int | None = None
    paths: tuple[str, ...] = ("/",)
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    commands_absent: tuple[str, ...] = ()

    def copy_context(self, to: Path) -> Path:
        """Copy the build context, Dockerfile included, to the new directory ``to``."""
        shutil.copytree(self.directory, to, symlinks=True, ignore=shutil.ignore_patterns(*NOT_CONTEXT))
        return to


def read(directory: Path) -> Case:
    """Return the case of a fixture, whether it is meant for an engine or not."""
    table = tomllib.loads((directory / "case.toml").read_text(encoding="utf-8"))
    fields: dict[str, Any] = {key: _frozen(value) for key, value in table.get("engine", {}).items() if key != "run"}
    return Case(name=directory.name, directory=directory, options=tuple(table.get("options", ())), **fields)


def load(directory: Path) -> Case | None:
    """Return the case of a fixture, or None if it is not meant for an engine."""
    table = tomllib.loads((directory / "case.toml").read_text(encoding="utf-8"))
    chosen = {True, "all"} if os.environ.get("DOCKERFIX_ENGINE_ALL") == "1" else {True}
    return read(directory) if table.get("engine", {}).get("run", False) in chosen else None


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def all_cases() -> list[Case]:
    """Return the cases of all fixtures, in the order of their names."""
    found = (load(file.parent) for file in sorted(FIXTURES.glob("*/case.toml")))
    return [case for case in found if case is not None]
