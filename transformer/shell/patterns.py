"""What ``${name<operator>argument}`` makes of a known value."""

from __future__ import annotations

import re

from transformer.ir.script import Literal
from transformer.shell.lexer import Lexer, no_scripts

_LONGEST = 4096
_MOST_STARS = 3
_REPLACEMENT = re.compile(r"""([^\\'"`$*?\[/&#%][^\\'"`$*?\[/]*)(?:/([^\\'"`$&]*))?""", re.DOTALL)
_SLICE = re.compile(r"(\d+)(?::(\d+))?")
_GLOB = re.compile(r"\*|\?|\[(!?)([\w.-]+)\]|(.)", re.DOTALL)


class Unknown(Exception):
    """A value is not known."""


def operate(text: str, operator: str, argument: str) -> str:
    """Return the value after the operator; raises ``Unknown`` for what is not simple."""
    match operator:
        case "":
            return text
        case "length":
            return str(len(text))
        case "#" | "##" | "%" | "%%":
            return _stripped(text, operator, _pattern(argument))
        case "/" | "//":
            return _replaced(text, operator, argument)
        case ":":
            return _sliced(text, argument)
        case "^" | "^^" | "," | ",," if not argument:
            return _cased(text, operator)
    raise Unknown


def _stripped(text: str, operator: str, pattern: re.Pattern[str]) -> str:
    if len(text) > _LONGEST:
        raise Unknown
    cuts = range(len(text) + 1) if operator in ("#", "%%") else range(len(text), -1, -1)
    if operator[0] == "#":
        return next((text[cut:] for cut in cuts if pattern.fullmatch(text, 0, cut)), text)
    return next((text[:cut] for cut in cuts if pattern.fullmatch(text, cut)), text)


def _pattern(argument: str) -> re.Pattern[str]:
    pieces = list[str]()
    for part in Lexer(argument, argument, no_scripts).argument(quoted=False):
        if not isinstance(part, Literal):
            raise Unknown
        pieces.append(re.escape(part.text) if part.quoted else _GLOB.sub(_piece, part.text))
    pattern = "".join(pieces)
    if pattern.count(".*") > _MOST_STARS:
        raise Unknown
    return re.compile(pattern, re.DOTALL)


def _piece(found: re.Match[str]) -> str:
    if found[3] == "[":
        raise Unknown
    if found[3]:
        return re.escape(found[3])
    if found[2]:
        return f"[{'^' if found[1] else ''}{_checked(found[2])}]"
    return ".*" if found[0] == "*" else "."


def _checked(content: str) -> str:
    """Return the content of ``[…]`` if it is one for ``re`` as well."""
    try:
        re.compile(f"[{content}]")
    except re.error as error:
        raise Unknown from error
    return content


def _replaced(text: str, operator: str, argument: str) -> str:
    found = _REPLACEMENT.fullmatch(argument)
    if not found:
        raise Unknown
    return text.replace(found[1], found[2] or "", 1 if operator == "/" else -1)


def _sliced(text: str, argument: str) -> str:
    found = _SLICE.fullmatch(argument)
    if not found:
        raise Unknown
    rest = text[int(found[1]) :]
    return rest if found[2] is None else rest[: int(found[2])]


def _cased(text: str, operator: str) -> str:
    count = len(text) if len(operator) > 1 else 1
    head = text[:count].upper() if operator[0] == "^" else text[:count].lower()
    return head + text[count:]
