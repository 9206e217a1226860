"""What all share that follow command lines: what was found, what was seen, and what could not be read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from transformer.classify.root_set import Roots, words_of
from transformer.classify.script_files import ScriptFiles
from transformer.context.build_context import BuildContext
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Interpretation
from transformer.ir.script import Script
from transformer.ir.source import Position
from transformer.ir.verdict import Reason

MOST_FILES = 50
"""How many files are looked into before what shell scripts run is no longer followed."""


class Follower(ABC):
    """Follows command lines. ``origin`` is the file that they stand in, "" for the Dockerfile."""

    def __init__(self, walk: Interpretation, context: BuildContext | None, *, python: bool, origin: str = "") -> None:
        self.walk, self.origin = walk, origin
        self.context = context
        self.python, self.scripts = python, 0
        self.files = ScriptFiles(walk, context)
        self.roots = Roots()
        self.seen: set[str] = set()

    @abstractmethod
    def command_line(self, words: tuple[str, ...], position: Position, why: str, *, main: bool = False) -> None:
        """Add what a list of arguments runs."""

    @abstractmethod
    def _program(self, words: tuple[str, ...], position: Position, why: str, path: str, *, main: bool) -> None:
        """Add a program with its arguments."""

    @abstractmethod
    def _script(self, script: Script, position: Position, why: str, path: str, *, main: bool = False) -> None:
        """Add what the commands of a shell script run."""

    @abstractmethod
    def _read(self, target: str, words: tuple[str, ...], position: Position, why: str) -> None:
        """Follow a file of the context that is started."""

    def name(self, words: Iterable[str], reason: Reason) -> None:
        """Note what the arguments of a program name: whether it runs them is known of few programs."""
        for token in (t for word in words for t in words_of(word)):
            self.roots.named.setdefault(token, reason)

    def _unreadable(self, message: str, place: Position, path: str) -> None:
        cure = "write the commands out, or mark what they need with --keep"
        self.roots.unread.append(Diagnostic("DF411", message, place, cure, path))
