"""The values of arguments."""

from __future__ import annotations

import re
from collections.abc import Sequence

from transformer.context.cmake.language import MAX_TEXT, Argument
from transformer.context.cmake.state import FIXED, State, Values

_MAX_REFERENCES = 60
_LETTERS = {"n": "\n", "t": "\t", "r": "\r"}


def expand(state: State, argument: Argument) -> str | None:
    """Return the value of an argument; None if it is not known."""
    if argument.kind in ("bracket", "round"):
        return argument.text
    text = _referred(state, argument.text) if "$" in argument.text else argument.text
    if text is None or "$<" in text or "${" in text:
        return None
    return re.sub(r"(?s)\\(.)", lambda m: _LETTERS.get(m[1], m[1]), text) if "\\" in text else text


def values_of(state: State, arguments: Sequence[Argument]) -> Values:
    """Return the values of arguments, with lists taken apart."""
    values: Values = []
    for argument in arguments:
        value = expand(state, argument)
        if value is None or argument.kind != "plain":
            values.append(value)
        else:
            values += [part for part in value.split(";") if part]
    return values


def joined(values: Sequence[str | None]) -> str | None:
    """Return the values as a list; None if one is not known."""
    known = [value for value in values if value is not None]
    return ";".join(known) if len(known) == len(values) else None


def forget(state: State, arguments: Sequence[Argument]) -> None:
    """All names among the arguments may be variables that have new values; a name that is not known may be any."""
    for argument in arguments:
        name = expand(state, argument)
        if name and argument.kind == "plain" and re.fullmatch(r"[A-Za-z_][\w.+-]*", name) and name not in FIXED:
            state.variables[name] = None


def _referred(state: State, text: str) -> str | None:
    """Return the text with its references replaced, the innermost first."""
    reference = re.compile(r"\$(ENV|CACHE)?\{([^${}]*)\}")
    for _ in range(_MAX_REFERENCES):
        found = reference.search(text)
        if found is None:
            break
        value = None if found[1] else state.variables.get(found[2])
        if value is None or len(text) + len(value) > MAX_TEXT:
            return None
        text = text[: found.start()] + value + text[found.end() :]
    return text
