"""Commands that come as arguments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from transformer.ir.script import Literal, Script, SimpleCommand
from transformer.shell import exec_form, unwrap


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("sh",),
        ("make",),
        ("/bin/sh", "run.sh"),
        ("python", "-c", "x"),
        ("bash", "-e", "run.sh", "-c", "x"),
        ("sh", "-c"),
        ("bash", "--rcfile", "f", "-c", "x"),
    ],
)
def test_no_script_to_unwrap(args: tuple[str, ...]) -> None:
    assert unwrap(args) is None


@pytest.mark.parametrize(
    "args",
    [
        ("/bin/sh", "-c", "a && b"),
        ("bash", "-ec", "a && b"),
        ("/bin/bash", "-lc", "a && b", "name", "x"),
        ("bash", "-o", "pipefail", "-c", "a && b"),
        ("bash", "-eo", "pipefail", "-c", "a && b"),
        ("bash", "--login", "-c", "a && b"),
        ("ash", "-c", "-e", "a && b"),
        ("sh", "-c", "--", "a && b"),
    ],
)
def test_unwrap(args: tuple[str, ...], outline: Callable[[Script], str]) -> None:
    script = unwrap(args)
    assert script is not None
    assert outline(script) == "[a] && [b]"


def test_exec_form_is_one_command_of_quoted_words() -> None:
    args = ("echo", "$HOME", "a b", "", "*", "it's")
    script = exec_form(args)
    (item,) = script.items
    assert isinstance(item.command, SimpleCommand)
    assert tuple(word.parts for word in item.command.words) == tuple((Literal(text, True),) for text in args)
    assert all(word.span.slice(script.text) == word.raw for word in item.command.words)


def test_empty_exec_form() -> None:
    assert exec_form(()).items == ()
