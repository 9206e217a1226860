"""Command lines as lists of words: what stands behind wrappers, and the commands of a shell script."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from msgspec import Struct

from transformer.ir.script import Command as Node
from transformer.ir.script import (
    Conditional,
    FunctionDefinition,
    Group,
    OpaqueCommand,
    Pipeline,
    Redirect,
    Script,
    SimpleCommand,
    Substitution,
)
from transformer.ir.source import Position
from transformer.knowledge.commands import command
from transformer.knowledge.programs import programs
from transformer.shell.expansion import expand

_BUILTIN_EFFECTS = frozenset({"shell", "cd", "popd"})
_WITH_VALUE = re.compile(r"[-+][a-zA-Z]*[oO]|--rcfile|--init-file")
"""The options of a shell that a value follows."""


def unwrapped(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command line behind ``exec``, ``tini --``, ``gosu user`` and the like."""
    known = programs()
    if len(words) > 2 and known.runners.get(posixpath.basename(words[0])) == words[1]:  # noqa: PLR2004
        return unwrapped(words[2:])
    while words and (name := posixpath.basename(words[0])) in known.wrappers:
        rest = list(words[1:])
        if name in known.naming and not known.asking.isdisjoint(rest):
            return ()  # it says what a name means
        while rest and (rest[0].startswith("-") or ("=" in rest[0] and name == "env")):
            rest.pop(0)
        if name in known.wrappers_with_operand and rest:
            rest.pop(0)
        if not rest:
            return ()
        words = tuple(rest)
    return words


def without_options(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return what follows the options of a shell: the script and its arguments (sh(1), bash(1))."""
    at = 0
    while at < len(words) and words[at][:1] in {"-", "+"}:
        at += 2 if _WITH_VALUE.fullmatch(words[at]) else 1
    return words[at:]


class CommandLine(Struct, frozen=True):
    """A simple command: ``words`` (None: something is not understood) and where it stands in the script's text.

    ``reads`` are files that its input is redirected from; ``fed`` says that it reads what does not stand in the script:
    a file, or what another program than a printer writes into a pipe.
    """

    words: tuple[str, ...] | None
    offset: int
    reads: tuple[str, ...] = ()
    fed: bool = False


def commands(script: Script, *, fed: bool = False) -> Iterator[CommandLine]:
    """Yield every simple command below ``script``, those in substitutions as well; ``fed`` says what its input is."""
    for item in script.items:
        yield from _node(item.command, fed)


def functions(script: Script) -> Iterator[str]:
    """Yield the names of the functions that a script defines."""
    for item in script.items:
        match item.command:
            case FunctionDefinition():
                yield item.command.name
                yield from functions(item.command.body)
            case Group():
                yield from functions(item.command.body)
            case Conditional():
                for body in item.command.bodies:
                    yield from functions(body)


def _node(node: Node, fed: bool) -> Iterator[CommandLine]:
    match node:
        case SimpleCommand():
            yield from _simple(node, fed)
        case Pipeline():
            for before, inner in zip((None, *node.commands), node.commands, strict=False):
                yield from _node(inner, fed if before is None else not _prints(before))
        case Group():
            yield from commands(node.body, fed=fed or bool(_inputs(node.redirects)))
        case FunctionDefinition():
            yield from commands(node.body)
        case Conditional():
            for body in node.bodies:
                yield from commands(body, fed=fed or bool(_inputs(node.redirects)))
        case OpaqueCommand():
            yield CommandLine(None, node.span.start)


def _simple(node: SimpleCommand, fed: bool) -> Iterator[CommandLine]:
    """Yield the command itself, and what its words and assignments substitute."""
    words = _words(node)
    reads = _inputs(node.redirects)
    given = any(r.operator.startswith("<<") for r in node.redirects)
    if words:
        yield CommandLine(words, node.span.start, reads, bool(reads) or (fed and not given))
    for word in (*node.words, *(a.value for a in node.assignments if a.value is not None)):
        for part in word.parts:
            if isinstance(part, Substitution) and part.script is not None:
                yield from commands(part.script)


def _words(node: SimpleCommand) -> tuple[str, ...]:
    return tuple(e.text if e.known else w.raw for w in node.words for e in expand(w, {}, unset_is_unknown=True))


def _inputs(redirects: tuple[Redirect, ...]) -> tuple[str, ...]:
    """Return the files that input comes from (POSIX XCU 2.7.1)."""
    return tuple(r.target.raw.strip("\"'") for r in redirects if r.operator == "<" and r.target is not None)


def _prints(node: Node) -> bool:
    """Whether all that a command writes stands in the script: ``echo text``, ``cat <<END``."""
    if not isinstance(node, SimpleCommand):
        return False
    words = _words(node)
    known = not any("$" in word or "`" in word for word in words[1:])
    here = any(r.operator.startswith("<<") for r in node.redirects) and len(words) == 1
    prints = bool(words) and words[0] in programs().printers | programs().builtins
    return here or (prints and known)


def is_silent(line: tuple[str, ...]) -> bool:
    """Whether a command line of a script starts no program: a builtin, or a variable whose value is not known."""
    spec = command(line[0]) if line else None
    return bool(line) and ((spec is not None and spec.effect in _BUILTIN_EFFECTS) or line[0].startswith("$"))


def is_bare_shell(line: tuple[str, ...]) -> bool:
    """Whether a command line starts a shell and gives it nothing to run but what it reads from its input."""
    return bool(line) and posixpath.basename(line[0]) in programs().shells and not without_options(line[1:])


def position_in(text: str, offset: int) -> Position:
    """Return the line and column (from 1) of an offset in a text."""
    line = text.count("\n", 0, offset) + 1
    return Position(line, offset - text.rfind("\n", 0, offset))
