"""Variables that the Makefile sets and exports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transformer.context.makefile.expansion import expand, value_of
from transformer.context.makefile.shell import is_shell, output
from transformer.context.makefile.text import UNKNOWN, Unclear, quoted
from transformer.context.makefile.variables import Variables, unset

_NOT_SET = frozenset({"MAKE", "MAKE_COMMAND", "CURDIR", "VPATH", "MAKEFILES", "GPATH"})
_FLAGS = frozenset({"--no-print-directory", "-s", "--silent", "-j", "--warn-undefined-variables"})


def assign(values: Variables, name: str, operator: str, text: str, *, override: bool = False) -> None:
    """Take one assignment."""
    if not _is_plain(name, text):
        raise Unclear
    if name in values.overrides and override and operator == "+=":
        values.defined[name] = (values.overrides[name], UNKNOWN not in values.overrides[name])
    if override:
        values.overrides.pop(name, None)
    if name not in values.overrides:
        _set(values, name, operator, text)


def exports(values: Variables) -> Iterator[str]:
    """Yield the commands that give recipes their environment."""
    redefined = [name for name in values.defined if name in values.environment or values.everything]
    for name in sorted({*values.overrides, *values.exported, *redefined} - {"SHELL", "MAKEFLAGS"}):
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            yield f"export {name}={quoted(value_of(values, name))}"


def _is_plain(name: str, text: str) -> bool:
    """Whether the assignment changes nothing of make itself."""
    if name in _NOT_SET or (name.startswith(".") and name != ".DEFAULT_GOAL") or UNKNOWN in name:
        return False
    if name == "SHELL":
        return is_shell(text.strip())
    return name != "MAKEFLAGS" or set(text.split()) <= _FLAGS


def _set(values: Variables, name: str, operator: str, text: str) -> None:
    old = values.defined.get(name)
    if operator == "?=":
        if old is None and name not in values.environment:
            values.defined[name] = (text, True)
    elif operator == "+=" and (old is not None or name in values.environment or name in values.built_in):
        before, late = old or (unset(values, name), name in values.built_in)
        values.defined[name] = (f"{before} {text if late else expand(values, text)}".lstrip(" "), late)
    elif operator == "!=":
        values.defined[name] = (output(expand(values, text), values.directory), False)
    else:
        late = operator in ("=", "+=")
        values.defined[name] = (text if late else expand(values, text), late)
