"""What BuildKit demands of an instruction after its syntax (``frontend/dockerfile/instructions/parse.go``, 73ed682).

Only what later phases rely on: the number and the kind of arguments. Unknown flags are not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from e2b_dockerfile_utils import parse_heredoc

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Instruction
from transformer.parse.readers import printable
from transformer.parse.variables import arg_declarations

_AT_LEAST_ONE = frozenset({"ARG", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "SHELL", "VOLUME"})
_EXACTLY_ONE = frozenset({"MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR"})
_AS = 3
_STAGE_NAME = re.compile(r"[a-z][a-z0-9-_.]*")


def violation(instructions: Iterable[Instruction]) -> Diagnostic | None:
    """Return the first reason for which BuildKit refuses the instructions, or None."""
    in_stage = False
    for instruction in instructions:
        in_stage = in_stage or instruction.keyword == "FROM"
        if not in_stage and instruction.keyword != "ARG":
            message = f"{instruction.keyword} stands before the first FROM"
            return Diagnostic("DF101", message, instruction.position, "put it after FROM")
        message = _complaint(instruction)
        if message:
            return Diagnostic("DF101", printable(message), instruction.position)
    return None


def _complaint(instruction: Instruction) -> str:
    keyword, args = instruction.keyword, instruction.args
    if keyword in _AT_LEAST_ONE and not args:
        return f"{keyword} requires at least one argument"
    if keyword in _EXACTLY_ONE and len(args) != 1:
        return f"{keyword} requires exactly one argument"
    match keyword:
        case "ADD" | "COPY" if len(args) <= 1:
            return f"{keyword} requires at least two arguments"
        case "ADD" | "COPY" if _is_heredoc(args[-1]) and not instruction.exec_form:
            return f"{keyword} cannot accept a heredoc as a destination"
        case "FROM":
            return _from(args)
        case "SHELL" if not instruction.exec_form:
            return "SHELL requires the arguments to be in JSON form"
        case "ARG" | "ENV" | "LABEL" if "" in _names(instruction):
            return f"{keyword} names can not be blank"
        case "HEALTHCHECK":
            return _healthcheck(args)
    return ""


def _is_heredoc(word: str) -> bool:
    try:
        return parse_heredoc(word) is not None
    except ValueError:
        return False


def _names(instruction: Instruction) -> tuple[str, ...]:
    if instruction.keyword == "ARG":
        return tuple(name for name, _ in arg_declarations(instruction))
    return instruction.args[::2]


def _from(args: tuple[str, ...]) -> str:
    if len(args) == 1:
        return ""
    if len(args) != _AS or args[1].lower() != "as":
        return "FROM requires either one or three arguments"
    return "" if _STAGE_NAME.fullmatch(args[2].lower()) else f"{args[2]} is no name for a build stage"


def _healthcheck(args: tuple[str, ...]) -> str:
    match args[0].upper(), len(args):
        case ("NONE", 1):
            return ""
        case ("NONE", _):
            return "HEALTHCHECK NONE takes no arguments"
        case ("CMD", 1):
            return "HEALTHCHECK CMD requires a command"
        case ("CMD", _):
            return ""
    return f"HEALTHCHECK knows CMD and NONE, not {args[0]}"
