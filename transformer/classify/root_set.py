"""What is live from the start, collected by whoever follows command lines."""

from __future__ import annotations

import re

from msgspec import Struct, field

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Command, Path
from transformer.ir.verdict import Live, OtherBuild, Reason

_TOKEN = re.compile(r"[\w.+-]+")
"""A word in an argument: ``git`` in ``EXEC:git log`` and ``/usr/bin/git``."""


class Roots(Struct):
    """What is live from the start. ``commands`` are programs found through PATH, ``paths`` those given by their path.

    ``main`` is the program that the image starts; ``shell`` says that it is a shell or somebody is waited for;
    ``unread`` are scripts and programs of unknown content; ``toolchain`` is the first build tool that is run.
    """

    live: list[Live] = field(default_factory=list)
    main: str = ""
    shell: bool = False
    missing: bool = False
    unread: list[Diagnostic] = field(default_factory=list)
    toolchain: Diagnostic | None = None
    development: Diagnostic | None = None
    unsupported: str = ""
    words: set[str] = field(default_factory=set)
    """All words of the scripts that were read: a file that one of them names is live."""
    functions: set[str] = field(default_factory=set)
    """Names that scripts define themselves."""
    guessed: set[str] = field(default_factory=set)
    """Names that are commands if the entry point runs its arguments."""
    vague: bool = False
    """A script names something by a variable."""
    run: set[str] = field(default_factory=set)
    """Programs that are run by their path."""
    named: dict[str, Reason] = field(default_factory=dict)
    """Words in the arguments of what runs, each with where it stands: a program may run what its arguments name."""
    others: list[OtherBuild] = field(default_factory=list)
    """Services that need the build stage."""

    def commands(self) -> dict[str, Live]:
        """Return the live programs by name."""
        return {x.resource.name: x for x in self.live if isinstance(x.resource, Command)}

    def paths(self) -> tuple[Path, ...]:
        """Return the live paths."""
        return tuple(x.resource for x in self.live if isinstance(x.resource, Path))


def merge(roots: Roots, other: Roots) -> None:
    """Add all that makes something live; what the image itself starts stays the main program."""
    roots.live += other.live
    roots.unread += other.unread
    roots.words |= other.words
    roots.functions |= other.functions
    roots.guessed |= other.guessed
    roots.run |= other.run
    roots.named = {**other.named, **roots.named}
    roots.vague = roots.vague or other.vague


def words_of(text: str) -> list[str]:
    """Return the words in an argument or a command that may be names of programs; ``\\n`` stands for a new line."""
    return _TOKEN.findall(text.replace("\\n", " ").replace("\\t", " "))
