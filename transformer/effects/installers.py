"""Installers of toolchains that are fetched and run: by their addresses it is known what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transformer.effects.combine import merged
from transformer.effects.downloads import installer_of
from transformer.ir.effects import Effects
from transformer.ir.script import Pipeline, SimpleCommand
from transformer.ir.source import Span
from transformer.knowledge.commands import command
from transformer.knowledge.programs import programs
from transformer.shell import Expanded

if TYPE_CHECKING:
    from transformer.effects.scripts import Shell

_INPUT = "-s"
"""The option of a shell that reads its script from its input, and takes the operands as the script's (POSIX sh)."""


def piped(pipeline: Pipeline, shell: Shell) -> Effects | None:
    """Return the effects of ``curl ADDRESS | sh -s -- ARGUMENTS`` for an installer; None for any other pipeline."""
    from transformer.effects.commands import expanded

    match pipeline.commands:
        case (SimpleCommand() as first, SimpleCommand() as last) if not (first.redirects or last.redirects):
            pass
        case _:
            return None
    fetch, run = (tuple(e for w in c.words for e in expanded(w, shell)) for c in (first, last))
    if not fetch or not run or not (fetch[0].known and run[0].known):
        return None
    spec = command(fetch[0].text)
    installer = installer_of(fetch[1:]) if spec is not None and spec.effect in {"curl", "wget"} else ""
    given = _given(run)
    if not installer or given is None:
        return None
    fetched = shell.fork().run(first)
    return merged([fetched, _call(installer, given, last, shell)]) if not fetched.opaque else None


def started(path: str, given: tuple[Expanded, ...], node: SimpleCommand | None, shell: Shell) -> Effects:
    """Return the effects of running an installer that was fetched to a file before."""
    return _call(shell.world.installers[path], given, node, shell)


def _call(installer: str, given: tuple[Expanded, ...], node: SimpleCommand | None, shell: Shell) -> Effects:
    from transformer.effects.calls import called

    words = (Expanded(installer, True, installer, False), *given)
    spans: tuple[Span | None, ...] = (None,) * len(words)
    return called(words, spans, node, shell)


def _given(words: tuple[Expanded, ...]) -> tuple[Expanded, ...] | None:
    """Return the arguments that a shell hands to the script that it reads; None if it is none, or reads another one."""
    if words[0].text.rpartition("/")[2] not in programs().shells:
        return None
    rest = words[1:]
    if not rest or (len(rest) == 1 and rest[0].text == "-"):
        return ()
    if rest[0].text != _INPUT:
        return None
    return rest[2:] if rest[1:2] and rest[1].text == "--" else rest[1:]
