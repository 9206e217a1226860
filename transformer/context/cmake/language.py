"""The language of CMake: arguments, commands and blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_TEXT = 1_000_000
_TOKENS = (
    r"(?s)(?P<blank>\s+|#\[(?P<comment>=*)\[.*?\](?P=comment)\]|#(?!\[=*\[)[^\n]*)"
    r"|\[(?P<equals>=*)\[\n?(?P<bracket>.*?)\](?P=equals)\]"
    r"|\"(?P<quoted>(?:[^\"\\]|\\.)*+)\""
    r"|(?P<round>[()])"
    r"|(?!\[=*\[)(?P<plain>(?:[^\s()#\"\\]|\\.)(?:[^\s()#\"\\]|\\.|\"[^\"\n]*\")*+)"
)
BLOCKS = {
    "if": "endif",
    "foreach": "endforeach",
    "while": "endwhile",
    "function": "endfunction",
    "macro": "endmacro",
    "block": "endblock",
}
"""The commands that begin and end a block."""


class Unclear(Exception):
    """The project cannot be read."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as written. ``kind``: plain, quoted, bracket or round."""

    text: str
    kind: str


OPEN = Argument("(", "round")


@dataclass(frozen=True, slots=True)
class Command:
    """One command, its name in lower case."""

    name: str
    arguments: tuple[Argument, ...]


Commands = Sequence[Command]


def commands_of(text: str) -> list[Command]:
    """Return the commands of a file."""
    if len(text) > MAX_TEXT:
        raise Unclear
    tokens, found = list(_arguments(text)), list[Command]()
    at = 0
    while at < len(tokens):
        if tokens[at].kind != "plain" or at + 1 >= len(tokens) or tokens[at + 1] != OPEN:
            raise Unclear
        end = _closing(tokens, at + 1)
        found.append(Command(tokens[at].text.lower(), tuple(tokens[at + 2 : end])))
        at = end + 1
    return found


def block_end(commands: Commands, at: int) -> int:
    """Return the place of the command that ends the block which begins at ``at``; ``at`` if there begins none."""
    begin = commands[at].name
    if begin not in BLOCKS:
        return at
    depth, steps = 0, {begin: 1, BLOCKS[begin]: -1}
    for place in range(at, len(commands)):
        depth += steps.get(commands[place].name, 0)
        if depth == 0:
            return place
    raise Unclear


def branches(command: Command, body: Commands) -> Iterator[tuple[tuple[Argument, ...] | None, Commands]]:
    """Yield each branch of an ``if`` with its condition; None for ``else``."""
    condition: tuple[Argument, ...] | None = command.arguments
    start, at = 0, 0
    while at < len(body):
        at = block_end(body, at)
        if body[at].name in ("else", "elseif"):
            yield condition, body[start:at]
            condition, start = (body[at].arguments if body[at].name == "elseif" else None), at + 1
        at += 1
    yield condition, body[start:]


def _arguments(text: str) -> Iterator[Argument]:
    at, tokens = 0, re.compile(_TOKENS)
    while at < len(text):
        found = tokens.match(text, at)
        if found is None:
            raise Unclear
        at = found.end()
        for kind in ("plain", "quoted", "bracket", "round"):
            if found[kind] is not None:
                yield Argument(found[kind], kind)


def _closing(tokens: Sequence[Argument], opening: int) -> int:
    """Return the place of the bracket that closes the one at ``opening``."""
    depth = 0
    for place in range(opening, len(tokens)):
        if tokens[place].kind == "round":
            depth += 1 if tokens[place].text == "(" else -1
        if depth == 0:
            return place
    raise Unclear
