"""What the container runs: the entry point and HEALTHCHECK, through wrappers, shells and scripts of the context."""

from __future__ import annotations

import posixpath
import re
from itertools import takewhile

from transformer.classify.program_following import ProgramFollower
from transformer.classify.root_set import Roots
from transformer.context.build_context import BuildContext
from transformer.ecosystems.call import absolute
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.effects import Interpretation, Path
from transformer.ir.source import Position
from transformer.knowledge.commands import command
from transformer.knowledge.programs import Launcher, programs
from transformer.shell import unwrap
from transformer.shell.command_lines import unwrapped, without_options

_LOGIN = re.compile(r"--login|-[a-zA-Z]*[li][a-zA-Z]*")
"""The options of a shell that let it read profiles (POSIX sh, bash(1) INVOCATION)."""


def find_roots(
    dockerfile: Dockerfile, walk: Interpretation, context: BuildContext | None, *, python: bool = False
) -> Roots:
    """Return everything that the image's configuration makes live; ``python`` says that Python scripts are read."""
    finder = Finder(walk, context, python=python)
    position = walk.entry_position or dockerfile.instructions[-1].position
    own = any(i.keyword == "ENTRYPOINT" for i in dockerfile.instructions)
    finder.image(walk.entrypoint, walk.cmd, position, "the image starts it", own=own)
    for instruction in dockerfile.instructions:
        if instruction.keyword == "HEALTHCHECK" and instruction.args and instruction.args[0].upper() != "NONE":
            finder.health(instruction.args, instruction.position)
    finder.written_here(position)
    return finder.roots


def _waits(words: tuple[str, ...]) -> bool:
    """Whether a command line waits for somebody: an interpreter that is given nothing to run, or a job for others."""
    name = posixpath.basename(words[0]) if words else ""
    idle = not programs().idle.isdisjoint({name, " ".join((name, *words[1:2]))})
    return idle or (len(words) == 1 and name in programs().prompts)


class Finder(ProgramFollower):
    """Follows what an image starts."""

    def image(
        self, entrypoint: tuple[str, ...], cmd: tuple[str, ...], position: Position, why: str, *, own: bool
    ) -> None:
        """Add what an entry point and a command run; ``own`` says that the base image did not bring the entry point."""
        starter = not own and entrypoint[:1] and entrypoint[0] in programs().starters
        words = cmd if starter else (*entrypoint, *cmd)
        if entrypoint[:2] == ("/bin/sh", "-c"):
            words = entrypoint
        waiting = not entrypoint or (bool(starter) and _waits(cmd))
        self.roots.missing = not words or (self.walk.entry_inherited and waiting)
        if words:
            self.command_line(words, position, why, main=True)
        script = not starter and entrypoint and words != entrypoint and self.starts_script(entrypoint)
        if script and cmd and not cmd[0].startswith("-"):
            self.roots.guessed.add(cmd[0])
            self.command_line(cmd, position, "the entry point may run it as its argument")

    def starts_script(self, words: tuple[str, ...]) -> bool:
        """Whether a command line starts a script or a program whose content is not known: it may run its arguments. An
        interpreter alone takes them for its own.
        """
        line = unwrapped(words)
        spec = command(posixpath.basename(line[0])) if len(line) == 1 else None
        if spec is not None and spec.ecosystem:
            return False
        target = absolute(line[0], self.walk.cwd) if line else "/"
        made = any(
            s.effects.toolchain and any(w.path.covers(Path(target)) for w in s.effects.writes) for s in self.walk.steps
        )
        return bool(line) and not made

    def health(self, args: tuple[str, ...], position: Position) -> None:
        """Add what HEALTHCHECK runs."""
        words = args[1:] if args[0].upper() in {"CMD", "CMD-SHELL"} else args
        if len(words) == 1:
            words = ("/bin/sh", "-c", words[0])
        self.command_line(words, position, "HEALTHCHECK runs it")

    def command_line(self, words: tuple[str, ...], position: Position, why: str, *, main: bool = False) -> None:
        """Add what a list of arguments runs."""
        words = unwrapped(words)
        if not words:
            return
        self._profiles(words, position)
        script = unwrap(words)
        if script is not None:
            self._script(script, position, why, self.origin, main=main)
            return
        name = posixpath.basename(words[0])
        if name in programs().shells:
            rest = without_options(words[1:])
            if rest:
                self._program((self.files.given(rest[0]), *rest[1:]), position, why, self.origin, main=main)
            elif main:
                self.roots.shell = True
            return
        if main and _waits(words):
            self.roots.shell = True
            return
        self._program(words, position, why, self.origin, main=main)

    def _profiles(self, words: tuple[str, ...], position: Position) -> None:
        """Follow what a shell reads before anything else: profiles (login, interactive), and what BASH_ENV names."""
        if posixpath.basename(words[0]) not in programs().shells:
            return
        login = any(_LOGIN.fullmatch(word) for word in takewhile(lambda w: w.startswith("-"), words[1:]))
        named = self.walk.env.get("BASH_ENV")
        places = (*(programs().profiles if login else ()), *((named,) if named else ()))
        if places:
            self._told(Launcher("shell", frozenset(), places), words[:1], position, self.origin)
