"""The variables of a Makefile, and what they are before it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from transformer.context.makefile import built_in
from transformer.context.makefile.text import UNKNOWN, Unclear, quoted

_NOT_READ = frozenset({"MAKEFILE_LIST", "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", ".VARIABLES", ".INCLUDE_DIRS"})
_AMBIENT = {name: "${" + name + "}" for name in ("HOME", "PATH")} | dict.fromkeys(
    ("USER", "LOGNAME", "HOSTNAME", "TERM", "PWD", "OLDPWD", "LANG", "SHLVL", "MAKE_VERSION"), UNKNOWN
)
"""Variables that an environment has without being told; a shell knows the first ones as well as we do."""


@dataclass(slots=True)
class Variables:
    """The variables so far. ``defined`` holds text and whether it expands only when used.

    ``overrides`` are those of the command line; ``open`` are those that are being expanded.
    """

    overrides: dict[str, str]
    environment: dict[str, str]
    glob: Callable[[str], tuple[str, ...]]
    directory: str
    goals: str
    defined: dict[str, tuple[str, bool]] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    everything: bool = False
    """All variables are exported."""
    steps: int = 0
    depth: int = 0
    open: set[str] = field(default_factory=set)
    automatic: dict[str, str] = field(default_factory=dict)
    built_in: dict[str, str] = field(default_factory=lambda: dict(built_in.variables()))


def raw(values: Variables, name: str) -> str:
    """Return the text of a variable before it is expanded."""
    if name in values.overrides:
        return values.overrides[name]
    return values.defined[name][0] if name in values.defined else unset(values, name)


def unset(values: Variables, name: str) -> str:
    """Return the text of a variable that the Makefile does not define."""
    if name == "MAKE":
        return "".join(["make", *(f" {key}={quoted(value)}" for key, value in values.overrides.items())])
    if name in _NOT_READ or (name == "CURDIR" and not values.directory):
        raise Unclear
    known = {"CURDIR": values.directory, "MAKECMDGOALS": values.goals, "MAKE_COMMAND": "make"}
    return next((row[name] for row in (known, values.environment, values.built_in, _AMBIENT) if name in row), "")


def text_of(values: Variables, name: str) -> tuple[str, bool]:
    """Return the text of a variable, and whether it is still to be expanded."""
    if name in values.overrides:
        return values.overrides[name], UNKNOWN not in values.overrides[name]
    if name in values.defined:
        return values.defined[name]
    return unset(values, name), name in values.built_in and name not in values.environment
