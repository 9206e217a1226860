"""Effects of shell commands, from ``commands.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct


class CommandSpec(Struct, frozen=True):
    """How one command reads its arguments and what they mean; the fields are those of ``commands.toml``."""

    name: str
    flags: frozenset[str]
    valued: dict[str, str]
    operands: tuple[str, ...]
    effect: str
    toolchain: str
    ecosystem: str
    lenient: bool
    accounts: str
    runtime: str
    modes: dict[str, str]
    style: str
    configs: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


def command(name: str) -> CommandSpec | None:
    """Return what is known of the command ``name`` (a base name); None if it is unknown."""
    table = commands()
    row = table.get(name)
    if row is None:
        return None
    merged: dict[str, Any] = {**table.get(row.get("same", ""), {}), **row}
    if "same" in table.get(row.get("same", ""), {}):
        merged = {**table[table[row["same"]]["same"]], **merged}
    return CommandSpec(
        name,
        frozenset(merged.get("flags", "").split()),
        merged.get("valued", {}),
        tuple(merged.get("operands", "").split()),
        merged.get("effect", "files"),
        merged.get("toolchain", ""),
        merged.get("ecosystem", ""),
        merged.get("lenient", False),
        merged.get("accounts", ""),
        merged.get("runtime", ""),
        merged.get("modes", {}),
        merged.get("style", ""),
        tuple(merged.get("configs", "").split()),
        tuple(merged.get("variables", "").split()),
    )


def toolchains(names: Iterable[str]) -> frozenset[str]:
    """Return the ecosystems whose compilers or build tools are among the programs ``names``. Tools that only drive
    others by recipes (make) say nothing: what their recipes call stands beside them.
    """
    specs = (variant(name) for name in names)
    return frozenset(s.toolchain for s in specs if s is not None and s.toolchain and s.effect != "make")


_VARIANT = re.compile(r"(?:[a-z0-9_]+-linux-[a-z]+-)?(?P<name>.+?)(?:-[0-9]+(?:\.[0-9]+)*)?")
"""``x86_64-linux-gnu-gcc-12`` is gcc (Debian's naming of cross and versioned compilers)."""
_VERSIONED = re.compile(r"(?P<name>[a-z]+[23]?)(?:\.[0-9]+|[23]\.[0-9]+)")
"""``python3.11`` is python3: interpreters and installers have their minor version in their names."""


def variant(name: str) -> CommandSpec | None:
    """Return what is known of the command ``name``, or of the build tool or interpreter that it is a variant of."""
    matches = (_VARIANT.fullmatch(name), _VERSIONED.fullmatch(name))
    specs = (command(name), *(command(m["name"]) for m in matches if m is not None))
    return next((s for s in specs if s is not None and (s.toolchain or s.ecosystem or s.name == name)), None)


@cache
def commands() -> dict[str, dict[str, Any]]:
    """Return the rows of ``commands.toml`` by the names of the commands, those that are only other names included."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    others = {other: {"same": name} for name, row in table.items() for other in row.get("also", "").split()}
    return others | table
