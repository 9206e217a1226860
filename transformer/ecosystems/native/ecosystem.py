"""The ecosystem of compiled C, C++ and Fortran programs."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from transformer.ecosystems.call import Call, Project, World
from transformer.ecosystems.native.cmake import cmake
from transformer.ecosystems.native.compilers import archive_library, compiled, edit_last
from transformer.ecosystems.native.configure import configure, meson, prepare
from transformer.ecosystems.native.make import make, make_install
from transformer.ir.effects import Command, Effects, Library, Need
from transformer.ir.source import Position
from transformer.ir.verdict import ProgramFacts, Started

_LISTING = frozenset({"--version", "-v", "--help", "-h", "-V", "-dumpversion", "-dumpmachine", "-n", "--dry-run"})


class Native:
    """The ecosystem of compiled C, C++ and Fortran programs."""

    name = "native"
    calls_itself = False
    interpreted = False
    links = True
    exact = False
    embeds = False

    def effects(self, call: Call, world: World) -> Effects | None:
        """Return what a call of a compiler or build tool does; None for a call that is not known."""
        handler = _HANDLERS.get(call.spec.effect)
        if handler is None:
            return None
        if call.words and all(w.known and w.text in _LISTING for w in call.words):
            return Effects(toolchain=self.name)
        return handler(call, world)

    def starts(self, words: tuple[str, ...], cwd: str, read: Callable[[str], str | None]) -> Started:
        """Return nothing: what its tools start is said by the table of commands."""
        return Started()

    def facts(self, project: Project) -> ProgramFacts:
        """Return what the project's own sources say; system libraries' sources are never read."""
        from transformer.context.native_source import read

        program = read(project.context, project.folders)
        needs = [
            Need(Command(m.text), f"{m.path}:{m.line} runs it", Position(m.line, 1), m.path) for m in program.commands
        ]
        needs += [
            Need(Library(posixpath.basename(m.text)), f"{m.path}:{m.line} loads it", Position(m.line, 1), m.path)
            for m in program.loads
        ]
        runs = bool(program.commands or program.scripts or program.dynamic_commands)
        return ProgramFacts(
            self.name,
            program.complete and not (program.dynamic_opens or program.foreign or runs),
            program.complete and not (program.dynamic_commands or program.dynamic_loads or program.scripts),
            frozenset(program.strings),
            frozenset(m.text for m in program.opens),
            tuple(needs),
            (),
            program.foreign,
            read=program.complete,
            links=bool(program.foreign) or not program.complete,
        )


_HANDLERS = {
    "compile": compiled,
    "archive-library": archive_library,
    "edit-last": edit_last,
    "prepare": prepare,
    "configure": configure,
    "make": make,
    "make-install": make_install,
    "cmake": cmake,
    "meson": meson,
}

ECOSYSTEM = Native()
