"""A printable form of scripts, so that a table of cases can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from transformer.ir.script import (
    Assignment,
    Command,
    Conditional,
    FunctionDefinition,
    Group,
    Item,
    Literal,
    OpaqueCommand,
    Parameter,
    Part,
    Pipeline,
    Redirect,
    Script,
    SimpleCommand,
    Word,
)


def _outline(script: Script) -> str:
    return " ".join(_item(item) for item in script.items)


def _item(item: Item) -> str:
    operator = item.operator.replace("\n", "NL")
    return " ".join(filter(None, [operator, "!" if item.negated else "", _command(item.command)]))


def _command(command: Command) -> str:
    match command:
        case SimpleCommand():
            parts = [
                *map(_assignment, command.assignments),
                *map(_word, command.words),
                *map(_redirect, command.redirects),
            ]
            return "[" + " ".join(parts) + "]"
        case Pipeline():
            return "<" + " | ".join(map(_command, command.commands)) + ">"
        case Group():
            opening, closing = "()" if command.subshell else "{}"
            return f"{opening}{_outline(command.body)}{closing}{_redirects(command.redirects)}"
        case Conditional():
            head = [command.kind, command.variable, *map(_word, command.words)]
            return " ".join(filter(None, head)) + _bodies(command.bodies) + _redirects(command.redirects)
        case FunctionDefinition():
            return f"{command.name}(){{{_outline(command.body)}}}"
        case OpaqueCommand():
            return "OPAQUE"


def _bodies(scripts: Iterable[Script]) -> str:
    return "".join(f"{{{_outline(script)}}}" for script in scripts)


def _redirects(redirects: Iterable[Redirect]) -> str:
    return "".join(" " + _redirect(redirect) for redirect in redirects)


def _redirect(redirect: Redirect) -> str:
    return redirect.operator + (_word(redirect.target) if redirect.target else "")


def _assignment(assignment: Assignment) -> str:
    operator = "+=" if assignment.append else "="
    return f"{assignment.name}{operator}{_word(assignment.value) if assignment.value else ''};"


def _word(word: Word) -> str:
    return "".join(map(_part, word.parts))


def _part(part: Part) -> str:
    match part:
        case Literal(text, quoted):
            return repr(text) if quoted else text
        case Parameter(name, operator, argument, quoted):
            return f"{'Q' if quoted else ''}${{{name}{operator}{argument}}}"
        case _:
            inner = f"<{_outline(part.script)}>" if part.script else f"?{part.raw}?"
            return f"{'Q' if part.quoted else ''}{inner}"


@pytest.fixture(scope="session")
def outline() -> Callable[[Script], str]:
    """Return the function that prints a script: quoted text in '', commands in [], unknown text in ??."""
    return _outline
