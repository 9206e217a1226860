"""What an ecosystem declares: its tools, what its command lines start, and what is true of its programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from msgspec import Struct

from transformer.ecosystems.call import Call, Project, World
from transformer.ir.effects import Effects
from transformer.ir.verdict import ProgramFacts, Started

Handler = Callable[[Call, World], Effects | None]
Read = Callable[[str], str | None]
"""The text of a file of the image; None if it is not known."""


def _nothing(words: tuple[str, ...], cwd: str, read: Read) -> Started:
    """Return nothing: what its tools start is said by the table of commands."""
    return Started()


class Ecosystem(Struct, frozen=True):
    """One ecosystem. Its package has a module ``sources``, whose function ``facts`` reads the code of a project."""

    name: str
    """The ``toolchain`` of its rows in ``commands.toml``, and its package."""
    handlers: Mapping[str, Handler]
    """What its tools do, by the ``effect`` of their rows."""
    starting: Callable[[tuple[str, ...], str, Read], Started] = _nothing
    calls_itself: bool = False
    """Whether programs of this ecosystem often run its toolchain (``ProgramFacts.calls_itself``)."""
    interpreted: bool = False
    """Whether its sources are what runs, so that the project's directory stays (a compiler's sources do not)."""
    links: bool = False
    """Whether its programs, where they were not read, may be linked with any library of the system."""
    exact: bool = False
    """Whether the effects of its tools name each program that they make, and the C library where that is linked."""
    embeds: bool = False
    """Whether its modules may use its compiler as a library (``ProgramFacts.embeds``)."""

    def effects(self, call: Call, world: World) -> Effects | None:
        """Return what a call of one of its tools does; None if the ecosystem does not know that call."""
        handler = self.handlers.get(call.spec.effect)
        return handler(call, world) if handler is not None else None

    def starts(self, words: tuple[str, ...], cwd: str, read: Read) -> Started:
        """Return what a command line of the running image starts."""
        return self.starting(words, cwd, read)

    def facts(self, project: Project) -> ProgramFacts:
        """Return what a project's sources, and what is known of the packages that it installs, say about run time."""
        found: ProgramFacts = import_module(f"transformer.ecosystems.{self.name}.sources").facts(project)
        return found
