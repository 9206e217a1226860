"""What the container runs: the entry point and HEALTHCHECK, through wrappers, shells and scripts of the context."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from functools import partial
from itertools import pairwise, takewhile

from transformer.classify.build_tools import build_at_run_time
from transformer.classify.launchers import launcher_of, told
from transformer.classify.root_set import Roots, words_of
from transformer.classify.script_files import ARGUMENTS, ScriptFiles, interpreter_of
from transformer.context.build_context import BuildContext
from transformer.ecosystems import load
from transformer.ecosystems.call import absolute
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.effects import Command, Interpretation, Path, context_path
from transformer.ir.script import Script
from transformer.ir.source import Position
from transformer.ir.verdict import Live, Reason, Started
from transformer.knowledge.commands import Launcher, command, is_python, programs, runtimes
from transformer.shell import parse_script, unwrap
from transformer.shell.command_lines import (
    commands,
    functions,
    is_bare_shell,
    is_silent,
    position_in,
    unwrapped,
    without_options,
)

_NOTEBOOK = ".ipynb"
_MACHINES = frozenset((name,) for row in runtimes().values() for name in row["programs"])
_TRAP = "trap"
"""The shell's word for what is run at a signal (POSIX XCU 2.14)."""
_SET = "set"
"""The one that replaces a script's own arguments, which \"$@\" then runs."""
_SCRIPTS = 20
"""How many Python command lines are followed."""
_FILES = 50
"""How many files are looked into before what shell scripts run is no longer followed."""
_LOGIN = re.compile(r"--login|-[a-zA-Z]*[li][a-zA-Z]*")
"""The options of a shell that let it read profiles (POSIX sh, bash(1) INVOCATION)."""
_INLINE = re.compile(r"-[a-zA-Z0-9.]*[eE]")
"""The option of perl, lua and others that is followed by code (perlrun(1))."""
_CALLS = re.compile(r"\b(?:system|exec|qx|open|require|use|do|fork|eval|popen|execute)\b|`")
"""Words of such code that call, load or open something."""


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


class Finder:
    """Follows command lines. ``origin`` is the file that they stand in, "" for the Dockerfile."""

    def __init__(self, walk: Interpretation, context: BuildContext | None, *, python: bool, origin: str = "") -> None:
        self.walk, self.origin = walk, origin
        self.context = context
        self.python, self.scripts = python, 0
        self.files = ScriptFiles(walk, context)
        self.roots = Roots()
        self.seen: set[str] = set()

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
        """Whether a command line starts a script or a program whose content is not known: it may run its arguments."""
        line = unwrapped(words)
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

    def name(self, words: Iterable[str], reason: Reason) -> None:
        """Note what the arguments of a program name: whether it runs them is known of few programs."""
        for token in (t for word in words for t in words_of(word)):
            self.roots.named.setdefault(token, reason)

    def _foreign(self, words: tuple[str, ...], position: Position, path: str) -> None:
        """Note code of a language that is not read; a line of it on the command line may be plain enough."""
        name = posixpath.basename(words[0]).rstrip("0123456789.")
        options = list(takewhile(lambda word: word.startswith("-"), words[1:]))
        inline = any(_INLINE.fullmatch(option) for option in options)
        if any(word.endswith(_NOTEBOOK) for word in words[1:]):
            self._unreadable(f"`{' '.join(words)}` runs a notebook, which is not read", position, path)
        if name in programs().foreign and (not inline or _CALLS.search(" ".join(words[1:]))):
            self._unreadable(f"`{' '.join(words)}` runs code of a language that is not read", position, path)

    def _started(self, words: tuple[str, ...], position: Position, path: str) -> None:
        """Follow a program of an ecosystem to what it starts (``npm start``), and judge what it does there."""
        spec = command(posixpath.basename(words[0]))
        ecosystem = load(spec.ecosystem) if spec is not None and spec.ecosystem else None
        line = " ".join(words)
        if ecosystem is None or f"start {line}" in self.seen or len(self.seen) > _FILES:
            return
        self.seen.add(f"start {line}")
        found = ecosystem.starts(words, self.walk.cwd, self.files.text)
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
            said = (*found.words[: len(found.words) - len(line)], *line[line[:1] in _MACHINES :], *found.reads)
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
            if len(self.seen) < _FILES:
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

    def _unreadable(self, message: str, place: Position, path: str) -> None:
        cure = "write the commands out, or mark what they need with --keep"
        self.roots.unread.append(Diagnostic("DF411", message, place, cure, path))

    def _nested(self, words: tuple[str, ...], place: Position, why: str, path: str, *, main: bool) -> None:
        if not words:
            return
        if unwrap(words) is not None or posixpath.basename(words[0]) in programs().shells:
            self.command_line(words, place, why, main=main)
        else:
            self._program(words, place, why, path, main=main)
