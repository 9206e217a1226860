"""Conditionals of a Makefile. Of each open one: whether its branch is active, and whether one was before."""

from __future__ import annotations

import re

from transformer.context.makefile.expansion import expand
from transformer.context.makefile.lines import directive_of
from transformer.context.makefile.text import MAX_DEPTH, UNKNOWN, Unclear, closing, is_unknown, split_once
from transformer.context.makefile.variables import Variables, raw

CONDITIONALS = frozenset({"ifeq", "ifneq", "ifdef", "ifndef", "else", "endif"})
_QUOTED = r"\"([^\"]*)\"\s*\"([^\"]*)\"|'([^']*)'\s*'([^']*)'|\"([^\"]*)\"\s*'([^']*)'|'([^']*)'\s*\"([^\"]*)\""

Branches = list[tuple[bool, bool]]


def is_active(branches: Branches) -> bool:
    """Whether the lines that follow count."""
    return all(active for active, _ in branches)


def conditional(branches: Branches, values: Variables, name: str, rest: str) -> None:
    """Take one line of a conditional."""
    if name in ("endif", "else"):
        if not branches:
            raise Unclear
        _, seen = branches.pop()
        if name == "else":
            branches.append(_else(branches, values, rest, seen=seen))
    else:
        holds = is_active(branches) and _holds(values, name, rest)
        branches.append((holds, holds or not is_active(branches)))
    if len(branches) > MAX_DEPTH:
        raise Unclear


def _else(branches: Branches, values: Variables, rest: str, *, seen: bool) -> tuple[bool, bool]:
    nested = directive_of(rest)
    holds = not seen and (_holds(values, *nested) if nested and is_active(branches) else not rest)
    return holds, seen or holds


def _holds(values: Variables, name: str, rest: str) -> bool:
    if name in ("ifdef", "ifndef"):
        return _is_defined(values, expand(values, rest).strip()) == (name == "ifdef")
    left, right = (expand(values, side) for side in _compared(rest))
    if name not in ("ifeq", "ifneq") or is_unknown(left + right):
        raise Unclear
    return (left == right) == (name == "ifeq")


def _is_defined(values: Variables, variable: str) -> bool:
    text = raw(values, variable)
    if is_unknown(variable) or len(variable.split()) != 1 or text == UNKNOWN:
        raise Unclear
    return bool(text)


def _compared(rest: str) -> tuple[str, str]:
    if rest.startswith("("):
        end = closing(rest, 0)
        left, comma, right = split_once(rest[1:end], ",")
        if not comma or rest[end + 1 :].strip():
            raise Unclear
        return left.rstrip(), right.lstrip()
    quoted = re.fullmatch(_QUOTED, rest)
    if quoted is None:
        raise Unclear
    left, right = (text for text in quoted.groups() if text is not None)
    return left, right
