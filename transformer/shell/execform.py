"""Commands that come as a list of arguments."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePosixPath

from transformer.ir.script import Item, Literal, Script, SimpleCommand, Word
from transformer.ir.source import Span
from transformer.shell.script import parse_script

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_COMMAND_FLAG = re.compile(r"-[a-zA-Z]*c[a-zA-Z]*")
_FLAG = re.compile(r"[-+][a-zA-Z]+|--[a-z-]+")


def exec_form(args: tuple[str, ...]) -> Script:
    """Return an exec-form command as one simple command of quoted words.

    ``text`` is a made one, the arguments quoted for a shell and joined by blanks; the spans refer to it, not to the
    Dockerfile.
    """
    text = shlex.join(args)
    span = Span(0, len(text))
    if not args:
        return Script(text, (), span)
    words, place = [], 0
    for argument in args:
        raw = shlex.quote(argument)
        words.append(Word((Literal(argument, True),), raw, Span(place, place + len(raw))))
        place += len(raw) + 1
    return Script(text, (Item("", SimpleCommand((), tuple(words), (), span), False, span),), span)


def unwrap(args: tuple[str, ...]) -> Script | None:
    """Return the script of ``["/bin/sh", "-c", "…"]`` (bash, ash, dash; with other flags too), else ``None``.

    Spans refer to the argument after ``-c``. Arguments after that are its ``$0``, ``$1`` … and not known to it.
    """
    if not args or PurePosixPath(args[0]).name not in _SHELLS:
        return None
    position, command = 1, False
    while position < len(args) and _FLAG.fullmatch(args[position]):
        flag = args[position]
        command = command or bool(_COMMAND_FLAG.fullmatch(flag))
        position += 2 if flag[:2] != "--" and flag[-1] in "oO" else 1
    position += args[position : position + 1] == ("--",)
    if not command or position >= len(args):
        return None
    return parse_script(args[position])
