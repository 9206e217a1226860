"""Shell scripts and files of the context that are started: what their commands run."""

from __future__ import annotations

import posixpath

from transformer.classify.following import MOST_FILES, Follower
from transformer.classify.script_files import ARGUMENTS, interpreter_of
from transformer.ecosystems.call import absolute
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import context_path
from transformer.ir.script import Script
from transformer.ir.source import Position
from transformer.ir.verdict import Reason
from transformer.knowledge.commands import command
from transformer.knowledge.programs import machines, programs
from transformer.shell import parse_script, unwrap
from transformer.shell.command_lines import commands, functions, is_bare_shell, is_silent, position_in, unwrapped

_TRAP = "trap"
"""The shell's word for what is run at a signal (POSIX XCU 2.14)."""
_SET = "set"
"""The one that replaces a script's own arguments, which \"$@\" then runs."""


class ScriptFollower(Follower):
    """Follows scripts: their commands, what they source, and what they are changed into."""

    def _read(self, target: str, words: tuple[str, ...], position: Position, why: str) -> None:
        """Follow a script of the context; a file of the context that cannot be read is said.

        One without a first line that names an interpreter is the shell's (POSIX, 2.9.1.6).
        """
        if target in self.seen:
            return
        self.seen.add(target)
        source = context_path(target, self.walk.copies)
        if target in self.walk.inline:
            self._inline(target, position)
            return
        for origin in self.files.origins(target):
            self._read(origin, words, position, why)
        if source is None:
            return
        text = self.context.read(source) if self.context is not None else None
        if text is None:
            if self.context is None or self.context.is_file(source):
                self.roots.unread.append(self._not_read(target, source, position))
            return
        interpreter = interpreter_of(text)
        if interpreter and "sh" not in interpreter:
            self.command_line((*interpreter.split(), target), position, f"{source} is run by it")
            return
        self._script(parse_script(text), position, f"{source} runs it", source)

    def written_here(self, position: Position) -> None:
        """Note the files whose texts stand in the Dockerfile itself: what they name, and code that is not followed."""
        for path, text in self.walk.inline.items():
            self.name((text or "",), Reason(f"{path}, which the Dockerfile writes, names it", position))
            if path not in self.seen and path.endswith(programs().code_suffixes):
                self._inline(path, position)

    def _inline(self, target: str, position: Position) -> None:
        """Follow a script that stands in the Dockerfile itself; code of other languages there is not read."""
        text = self.walk.inline[target]
        if text is not None and text.startswith("#!") and "sh" in text.partition("\n")[0]:
            self._script(parse_script(text), position, f"{target} runs it", self.origin)
            return
        why = "a variable in it is not known" if text is None else "its language is not read there"
        cure = "let COPY bring it from the build context"
        self.roots.unread.append(Diagnostic("DF411", f"{target} was not read: {why}", position, cure))

    def _not_read(self, target: str, source: str, position: Position) -> Diagnostic:
        if self.context is not None and source in self.context.changed:
            cure = "leave it as the context has it"
            return Diagnostic("DF411", f"{target} is changed while the image is built", position, cure)
        return Diagnostic("DF411", f"{target} cannot be read", position, "give the build context that holds it")

    def _script(self, script: Script, position: Position, why: str, path: str, *, main: bool = False) -> None:
        self.roots.functions.update(functions(script))
        for found in commands(script):
            if found.words is None:
                cure = "simplify the script, or mark what it needs with --keep"
                self.roots.unread.append(Diagnostic("DF411", "a shell script is not understood", position, cure, path))
                continue
            place = position_in(script.text, found.offset) if path != self.origin else position
            line = unwrapped(found.words)
            # the virtual machine's own name says nothing of a directory that is called so
            said = (
                *found.words[: len(found.words) - len(line)],
                *line[bool(line) and line[0] in machines() :],
                *found.reads,
            )
            self.roots.words.update(w for w in said if "$" not in w)
            self.roots.vague = self.roots.vague or any("$" in w for w in line[1:])
            if found.words[0] in programs().naming:
                self.name(found.words[1:], Reason(f"`{' '.join(found.words)}` names it", place, path))
            if self._follows(line, place, path):
                continue
            bare = is_bare_shell(line) and (found.fed or not main)
            if bare:
                if found.fed:
                    self._unreadable(f"`{line[0]}` runs what it is fed", place, path)
                self.name((script.text,), Reason("a script that is handed to a shell names it", place, path))
            if is_silent(line) or bare:
                continue
            if len(self.seen) < MOST_FILES:
                self._nested(line, place, why, path, main=main)

    def _follows(self, line: tuple[str, ...], place: Position, path: str) -> bool:
        """Whether the line runs what another text says: a file is followed, what cannot be read is said."""
        name = line[0] if line else ""
        spec = command(name) if name else None
        if name == _SET and "--" in line:
            self._arguments(line[line.index("--") + 1 :], place, path)
            return True
        if name.lstrip('"').startswith("$") or ("$" in name and "/" not in name):
            if name.strip('"') not in ARGUMENTS:
                self._unreadable(f"`{' '.join(line)}` runs what a variable says", place, path)
            return True
        if name == _TRAP:
            self._trap(line[1:], place, path)
            return True
        if spec is None or (spec.effect not in {"source", "xargs"} and name != "eval"):
            return False
        target = absolute(line[1], self.walk.cwd) if spec.effect == "source" and len(line) > 1 else ""
        source = context_path(target, self.walk.copies) if target else None
        if source is None and target.startswith("/etc/"):
            return True  # a file of a package
        text = self.context.read(source) if source is not None and self.context is not None else None
        if text is None:
            self._unreadable(f"`{' '.join(line)}` runs what was not read", place, path)
        elif target not in self.seen:
            self.seen.add(target)
            self._script(parse_script(text), place, f"{source} runs it", source or "")
        return True

    def _arguments(self, words: tuple[str, ...], place: Position, path: str) -> None:
        """Follow what a script makes its own arguments: most run these in the end (`set -- server "$@"`)."""
        own = tuple(word for word in words if word.strip('"') not in ARGUMENTS)
        if own and not own[0].startswith("-"):
            self._nested(own, place, "the script makes it its arguments", path, main=False)

    def _trap(self, words: tuple[str, ...], place: Position, path: str) -> None:
        """Follow what a shell runs when a signal comes, or in the end."""
        action = words[0] if len(words) > 1 else "-"
        if not action.startswith("-"):
            self._script(parse_script(action.strip('"')), place, "a trap runs it", path)

    def _nested(self, words: tuple[str, ...], place: Position, why: str, path: str, *, main: bool) -> None:
        if not words:
            return
        if unwrap(words) is not None or posixpath.basename(words[0]) in programs().shells:
            self.command_line(words, place, why, main=main)
        else:
            self._program(words, place, why, path, main=main)
