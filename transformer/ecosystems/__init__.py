"""One module for each ecosystem: which tools it has, what they read and write, what their products need."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol

from transformer.ecosystems.call import Call, Project, World
from transformer.ir.effects import Effects
from transformer.ir.verdict import ProgramFacts, Started

_MODULES = ("native", "go", "python", "node", "ruby", "php", "rust", "jvm")


class Ecosystem(Protocol):
    """What an ecosystem module offers. ``name`` is the ``toolchain`` of its rows in ``commands.toml``."""

    name: str
    calls_itself: bool
    """Whether programs of this ecosystem often run its toolchain (``ProgramFacts.calls_itself``)."""

    interpreted: bool
    """Whether its sources are what runs, so that the project's directory stays (a compiler's sources do not)."""

    links: bool
    """Whether its programs, where they were not read, may be linked with any library of the system."""

    exact: bool
    """Whether the effects of its tools name each program that they make, and the C library where that is linked."""

    embeds: bool
    """Whether its modules may use its compiler as a library (``ProgramFacts.embeds``)."""

    def effects(self, call: Call, world: World) -> Effects | None:
        """Return what a call of one of its tools does; None if the ecosystem does not know that call."""
        ...

    def starts(self, words: tuple[str, ...], cwd: str, read: Callable[[str], str | None]) -> Started:
        """Return what a command line of the running image starts; ``read`` gives the text of a file of the image."""
        ...

    def facts(self, project: Project) -> ProgramFacts:
        """Return what a project's sources, and what is known of the packages that it installs, say about run time."""
        ...


def load(name: str) -> Ecosystem | None:
    """Return the ecosystem called ``name``, or None."""
    if name not in _MODULES:
        return None
    ecosystem: Ecosystem = import_module(f"transformer.ecosystems.{name}").ECOSYSTEM
    return ecosystem


def interpreted(name: str) -> bool:
    """Whether ``name`` is an ecosystem whose sources are what runs."""
    found = load(name)
    return found is not None and found.interpreted
