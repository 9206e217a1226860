"""Conditions of ``if``: true, false, or None where that is not known."""

from __future__ import annotations

import re
from collections.abc import Sequence

from transformer.context.cmake.language import OPEN, Argument
from transformer.context.cmake.state import SOME_FILES, State
from transformer.context.cmake.values import expand

_FALSE = r"(?i)0+(?:\.0*)?|OFF|NO|FALSE|N|IGNORE|NOTFOUND|.*-NOTFOUND|"
_TRUE = r"(?i)[1-9]\d*|ON|YES|TRUE|Y"
_UNARY = frozenset(
    {"EXISTS", "COMMAND", "POLICY", "TARGET", "TEST", "DEFINED", "IS_DIRECTORY", "IS_SYMLINK", "IS_ABSOLUTE"}
)
_COMPARISONS = frozenset(
    prefix + operator
    for prefix in ("", "STR", "VERSION_")
    for operator in ("EQUAL", "LESS", "GREATER", "LESS_EQUAL", "GREATER_EQUAL")
) | {"MATCHES", "IN_LIST", "IS_NEWER_THAN", "PATH_EQUAL"}
_SIDES = ("left", "right")

Words = list[tuple[Argument, str | None]]
"""The arguments of a condition with their values."""


def condition(state: State, arguments: Sequence[Argument]) -> bool | None:
    """Return whether a condition holds."""
    words = [(argument, expand(state, argument)) for argument in arguments]
    try:
        value, rest = _either(state, words, 0)
    except RecursionError:
        return None
    return value if rest == len(words) else None


def truth(state: State, argument: Argument, text: str | None) -> bool | None:
    """Return whether a single word holds: a constant, or a variable that is one."""
    if text is None or argument.kind == "round":
        return None
    if re.fullmatch(_TRUE, text):
        return True
    if re.fullmatch(_FALSE, text):
        return False
    if argument.kind != "plain" or text not in state.variables:
        return None
    value = state.variables[text]
    return None if value in (None, SOME_FILES) else not re.fullmatch(_FALSE, value or "")


def _either(state: State, words: Words, at: int) -> tuple[bool | None, int]:
    value, at = _both(state, words, at)
    while at < len(words) and words[at][1] == "OR":
        other, at = _both(state, words, at + 1)
        value = True if value or other else None if value is None or other is None else False
    return value, at


def _both(state: State, words: Words, at: int) -> tuple[bool | None, int]:
    value, at = _not(state, words, at)
    while at < len(words) and words[at][1] == "AND":
        other, at = _not(state, words, at + 1)
        value = False if value is False or other is False else None if value is None or other is None else True
    return value, at


def _not(state: State, words: Words, at: int) -> tuple[bool | None, int]:
    if at >= len(words):
        return None, at + 1
    argument, text = words[at]
    if text == "NOT" and argument.kind == "plain":
        value, end = _not(state, words, at + 1)
        return (None if value is None else not value), end
    if argument == OPEN:
        value, end = _either(state, words, at + 1)
        return value, end + 1
    return _test(state, words, at)


def _test(state: State, words: Words, at: int) -> tuple[bool | None, int]:
    argument, text = words[at]
    if text in _UNARY and at + 1 < len(words) and argument.kind == "plain":
        return _unary(state, text, words[at + 1][1]), at + 2
    if at + 1 < len(words) and words[at + 1][1] in _COMPARISONS:
        return _binary(state, words, at), at + 3
    return truth(state, argument, text), at + 1


def _unary(state: State, operator: str | None, name: str | None) -> bool | None:
    if operator == "TARGET" and name in state.targets and not state.may:
        return True
    if operator == "DEFINED" and name in state.variables:
        return True if state.variables[name or ""] is not None else None
    return None


def _binary(state: State, words: Words, at: int) -> bool | None:
    sides = [_side(state, *words[place]) for place in (at, at + 2) if place < len(words)]
    if words[at + 1][1] not in ("STREQUAL", "EQUAL") or len(sides) != len(_SIDES) or None in sides:
        return None
    return sides[0] == sides[1]


def _side(state: State, argument: Argument, text: str | None) -> str | None:
    if text is None or argument.kind != "plain":
        return text
    value = state.variables.get(text, text)
    return None if value == SOME_FILES else value
