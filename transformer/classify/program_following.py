"""Programs that are started: what they are given, what their ecosystem and their configuration start."""

from __future__ import annotations

import posixpath
import re
import shlex
from functools import partial
from itertools import pairwise, takewhile

from transformer.classify.build_tools import build_at_run_time
from transformer.classify.following import MOST_FILES
from transformer.classify.launchers import launcher_of, told
from transformer.classify.script_following import ScriptFollower
from transformer.ecosystems import load
from transformer.ecosystems.call import absolute
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Command, Path, context_path
from transformer.ir.source import Position
from transformer.ir.verdict import Live, Reason, Started
from transformer.knowledge.commands import command
from transformer.knowledge.programs import Launcher, is_python, programs
from transformer.shell import parse_script

_VARIABLE = re.compile(r"\"?\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?::?-[^{}]*)?\})\"?")
"""A word that is a variable, perhaps with what stands for it where it is not set."""
_NOTEBOOK = ".ipynb"
_SCRIPTS = 20
"""How many Python command lines are followed."""
_INLINE = re.compile(r"-[a-zA-Z0-9.]*[eE]")
"""The option of perl, lua and others that is followed by code (perlrun(1))."""
_CALLS = re.compile(r"\b(?:system|exec|qx|open|require|use|do|fork|eval|popen|execute)\b|`")
"""Words of such code that call, load or open something."""


class ProgramFollower(ScriptFollower):
    """Follows programs: their arguments, and what other files say that they start."""

    def _program(self, words: tuple[str, ...], position: Position, why: str, path: str, *, main: bool) -> None:
        name = words[0]
        reason = (Reason(why, position, path),)
        if main and not self.roots.main:
            self.roots.main = name
        base = posixpath.basename(name)
        if "/" in name:
            target = absolute(name, self.walk.cwd)
            self.roots.live.append(Live(Path(target), reason))
            self.roots.run.add(target)
            self.name((posixpath.basename(name),), Reason(f"{why} by its path", position, path))
            places = self.files.places(name, target)
            if not places:
                self._unreadable(f"`{name}` was not found", position, path)
            for place in places:
                self._read(place, words, position, why)
        else:
            self.roots.live.append(Live(Command(name), reason))
            folders = [absolute(name, folder or "/") for folder in (self.walk.env.get("PATH") or "").split(":")]
            for place in folders if command(name) is not None else (*folders, *self.files.named(name)):
                self._read(place, words, position, why)
        self.roots.toolchain = self.roots.toolchain or build_at_run_time(words, self.walk, position, path, main=main)
        known_shells = programs().shells
        for before, word in pairwise(words):
            value = word.partition("=")[2] if "=" in word else word
            path_of = absolute(value, self.walk.cwd)
            if posixpath.basename(before) in known_shells or self.files.is_shell_script(path_of):
                self._read(path_of, (path_of,), position, why)
            new = all(p.path != path_of for p in self.roots.paths())
            if new and value.startswith(("/", "./", "../")) and len(value) > 1:
                self.roots.live.append(Live(Path(path_of, tree=True), reason))
        for program in (p for word in words[1:3] for p in programs().management.get(word, ())):
            self.roots.live.append(Live(Command(program), (Reason(f"`{' '.join(words)}` runs it", position, path),)))
        printed = base in programs().builtins or base in programs().printers
        self.name(() if printed else words[1:], Reason(f"an argument of `{base}` names it", position, path))
        known = programs()
        kind = known.ecosystems.get(base) or known.ecosystems.get(base.rstrip("0123456789."))
        self.roots.unsupported = self.roots.unsupported or kind or ""
        self._started(words, position, path)
        self._launched(words, position, path)
        self._python(words, position)
        self._foreign(words, position, path)

    def _foreign(self, words: tuple[str, ...], position: Position, path: str) -> None:
        """Note code of a language that is not read; a line of it on the command line may be plain enough."""
        name = posixpath.basename(words[0]).rstrip("0123456789.")
        options = list(takewhile(lambda word: word.startswith("-"), words[1:]))
        inline = any(_INLINE.fullmatch(option) for option in options)
        if any(word.endswith(_NOTEBOOK) for word in words[1:]):
            self._unreadable(f"`{' '.join(words)}` runs a notebook, which is not read", position, path)
        started = next((word for word in words[1:] if not word.startswith("-")), "")
        runs = is_python(words[0]) or any(name in names for names in programs().interpreters.values())
        if runs and self._is_no_source(started):
            self._unreadable(f"`{' '.join(words)}` runs a file that is not read as code", position, path)
        if name in programs().foreign and (not inline or _CALLS.search(" ".join(words[1:]))):
            self._unreadable(f"`{' '.join(words)}` runs code of a language that is not read", position, path)

    def _is_no_source(self, name: str) -> bool:
        """Whether an interpreter is given a file of the context whose name is that of no source (``app.pyz``)."""
        suffix = posixpath.splitext(name)[1]
        if not suffix or suffix in programs().code_suffixes or suffix in programs().compiled_suffixes:
            return False
        source = context_path(absolute(name, self.walk.cwd), self.walk.copies)
        return source is not None and self.context is not None and self.context.is_file(source)

    def _started(self, words: tuple[str, ...], position: Position, path: str) -> None:
        """Follow a program of an ecosystem to what it starts (``npm start``), and judge what it does there."""
        spec = command(posixpath.basename(words[0]))
        ecosystem = load(spec.ecosystem) if spec is not None and spec.ecosystem else None
        line = " ".join(words)
        if ecosystem is None or f"start {line}" in self.seen or len(self.seen) > MOST_FILES:
            return
        self.seen.add(f"start {line}")
        found = ecosystem.starts(self._filled(words), self.walk.cwd, self.files.text)
        if found.builds:
            cure = "start the built program itself"
            what = Diagnostic("DF410", f"`{line}` builds at run time", position, cure, path)
            self.roots.toolchain = self.roots.toolchain or what
        if found.develops:
            what = Diagnostic(
                "DF403", f"`{line}` is a server for development: its tools are the product", position, "", path
            )
            self.roots.development = self.roots.development or what
        if found.unread:
            self._unreadable(f"`{line}` starts what {found.unread} says, which was not read", position, path)
        self._loaded(found, line, position, path)
        source = context_path(found.path, self.walk.copies) or "" if found.path else path
        for text in found.scripts:
            self._script(parse_script(text), position if not source else Position(1, 1), f"`{line}` runs it", source)

    def _filled(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Return a command line with the options that variables of the image hold: those that the program always reads,
        and those that stand there as words of their own (``java $JAVA_OPTS -jar app.jar``).
        """
        always = programs().option_variables.get(posixpath.basename(words[0]), ())
        found = [words[0], *(part for name in always for part in self._value(name) or ())]
        for word in words[1:]:
            variable = _VARIABLE.fullmatch(word)
            value = self._value(variable["plain"] or variable["name"]) if variable is not None else None
            found += [word] if value is None else value
        return tuple(found)

    def _value(self, name: str) -> list[str] | None:
        """Return the words in a variable of the image; None if they are not known."""
        try:
            return shlex.split(self.walk.env.get(name) or "") or None
        except ValueError:
            return None

    def _loaded(self, found: Started, line: str, position: Position, path: str) -> None:
        """Add the files that a program is told to load and to open; relative ones lie where it works."""
        reason = (Reason(f"`{line}` names it", position, path),)
        places = [absolute(name, self.walk.cwd) for name in found.code]
        self.roots.run.update(places)
        places += [absolute(name, self.walk.cwd) for name in found.opens]
        known = self.roots.paths()
        self.roots.live += [
            Live(p, reason) for p in dict.fromkeys(Path(t, tree=True) for t in places) if p not in known
        ]

    def _launched(self, words: tuple[str, ...], position: Position, path: str) -> None:
        """Follow a program that starts what its configuration says."""
        launcher = launcher_of(words)
        if launcher is not None:
            self._told(launcher, words, position, path)

    def _told(self, launcher: Launcher, words: tuple[str, ...], position: Position, path: str) -> None:
        key = f"launch {' '.join(words)} {launcher.places}"
        if key in self.seen:
            return
        self.seen.add(key)
        found = told(launcher, words, self.walk, self.context)
        for message in found.unread:
            self._unreadable(message, position, path)
        for job in found.jobs:
            place = Position(job.line, 1)
            if job.text:
                self._script(parse_script("\n" * (job.line - 1) + job.text), place, f"{job.source} runs it", job.source)
            else:
                self._read(job.target, (job.target,), place, f"{words[0]} runs it")

    def _python(self, words: tuple[str, ...], position: Position) -> None:
        """Follow a script that Python runs."""
        key = " ".join(words)
        if not self.python or key in self.seen or not is_python(words[0]):
            return
        from transformer.classify.python_scripts import follow

        self.seen.add(key)
        self.scripts += 1
        too_many = self.scripts > _SCRIPTS
        find = partial(context_path, copies=self.walk.copies)
        found = None if too_many else follow(words, self.walk, self.context, position, find)
        if found is None:
            why = "too many Python scripts run each other" if too_many else "it is no script of the build context"
            message = f"`{key}` was not read: {why}"
            self.roots.unread.append(Diagnostic("DF411", message, position, "let a script of the context start it"))
            return
        known = {path.path for path in self.roots.paths()}
        self.roots.live += [x for x in found.live if not isinstance(x.resource, Path) or x.resource.path not in known]
        self.roots.unread += found.unread
        for run, place, why, path in found.runs:
            self._nested(run, place, why, path, main=False)
