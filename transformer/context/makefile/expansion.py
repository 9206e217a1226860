"""Text with its references to variables and functions replaced."""

from __future__ import annotations

import re

from transformer.context.makefile.shell import output
from transformer.context.makefile.text import (
    MAX_DEPTH,
    MAX_STEPS,
    UNKNOWN,
    Unclear,
    bounded,
    clean,
    closing,
    is_unknown,
    split,
    split_once,
)
from transformer.context.makefile.variables import Variables, text_of
from transformer.context.makefile.words import ARITY, FUNCTIONS, NAMES, each, substituted


def expand(values: Variables, text: str) -> str:
    """Return ``text`` expanded."""
    if "$" not in text:
        return text
    values.depth += 1
    pieces, at = list[str](), 0
    while (found := text.find("$", at)) >= 0:
        pieces.append(text[at:found])
        piece, at = _reference(values, text, found + 1)
        pieces.append(piece)
    values.depth -= 1
    return bounded("".join([*pieces, text[at:]]))


def value_of(values: Variables, name: str) -> str:
    """Return the value of a variable."""
    if name in values.automatic:
        return values.automatic[name]
    if name in values.open or re.fullmatch(r"[@<^?+*|%][DF]?", name) or UNKNOWN in name:
        raise Unclear
    text, late = text_of(values, name)
    if not late:
        return text
    values.open.add(name)
    expanded = expand(values, text)
    values.open.discard(name)
    return expanded


def file_names(values: Variables, text: str) -> list[str]:
    """Return the file names in ``text``: expanded, globbed, without a leading ``./``."""
    expanded = expand(values, text)
    if any(c in expanded for c in "~\\()&"):
        raise Unclear
    words = list[str]()
    for word in expanded.split():
        words += sorted(values.glob(word)) or [word] if is_glob(word) else [word]
    return [clean(word) for word in words]


def is_glob(word: str) -> bool:
    """Whether a word may stand for several file names."""
    return any(c in word for c in "*?[")


def _reference(values: Variables, text: str, at: int) -> tuple[str, int]:
    """Return the value of the reference whose ``$`` stands before ``at``, and where it ends."""
    values.steps += 1
    if at >= len(text) or values.steps > MAX_STEPS or values.depth > MAX_DEPTH:
        raise Unclear
    if text[at] == "$":
        return "$", at + 1
    if text.startswith("{__unknown}", at):
        return UNKNOWN, at + len(UNKNOWN) - 1
    if text[at] not in "({":
        return value_of(values, text[at]), at + 1
    end = closing(text, at)
    return _inside(values, text[at + 1 : end]), end + 1


def _inside(values: Variables, text: str) -> str:
    function = re.match(r"([a-z-]+)[ \t]+", text)
    if function and function[1] in NAMES:
        return _function(values, function[1], text[function.end() :])
    name, colon, change = split_once(text, ":")
    if not colon:
        return value_of(values, expand(values, text).strip())
    return _substituted(values, name, change)


def _substituted(values: Variables, name: str, change: str) -> str:
    """Return the value of ``$(name:old=new)``."""
    old, equals, new = split_once(change, "=")
    if not equals:
        raise Unclear
    old, new = expand(values, old), expand(values, new)
    if "%" not in old:
        old, new = "%" + old, "%" + new
    return each(value_of(values, expand(values, name)), lambda word: substituted(word, old, new))


def _function(values: Variables, name: str, text: str) -> str:
    most = ARITY.get(name, 1)
    arguments = [expand(values, part) for part in split(text, ",", most)]
    if name == "shell":
        return output(arguments[0], values.directory)
    if name in ("strip", "info", "warning"):
        return " ".join(arguments[0].split()) if name == "strip" else ""
    if len(arguments) < (2 if name == "if" else most) or any(map(is_unknown, arguments)):
        raise Unclear
    if name == "wildcard":
        return " ".join(found for word in arguments[0].split() for found in _wildcard(values, word))
    if name not in FUNCTIONS:
        raise Unclear
    return FUNCTIONS[name](*arguments)


def _wildcard(values: Variables, word: str) -> list[str]:
    if "~" in word or "\\" in word:
        raise Unclear
    return sorted(values.glob(word))
