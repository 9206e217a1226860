"""Python scripts of the context that the image runs: what they make live, with the modules of the context they import.

What a script imports beyond the standard library and files of the context is not followed, and said.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from msgspec import Struct, field

from transformer.classify.context_files import build_only_name
from transformer.context.build_context import BuildContext
from transformer.context.command_text import runs_another
from transformer.context.python_files import read_files
from transformer.context.python_said import Mention, PythonSource
from transformer.context.python_source import read
from transformer.context.python_text import is_standard
from transformer.context.python_values import UNKNOWN
from transformer.ecosystems.call import absolute
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Command, Copied, Effects, Interpretation, Path, Resource
from transformer.ir.script import Script
from transformer.ir.source import Position
from transformer.ir.verdict import Live, Reason
from transformer.knowledge.commands import command
from transformer.knowledge.programs import programs
from transformer.shell import parse_script, unwrap
from transformer.shell.command_lines import commands, unwrapped

_MAX_SCRIPTS, _MAX_TOTAL, _MAX_FILES, _MAX_NAMES = 1_000, 500_000, 2_000, 1_000
"""How many scripts and characters are read for one command; how many files and paths may be live one by one."""
_FLAG = re.compile(r"-[bBdEIOPqRsSuvx]+")
_VALUED = re.compile(r"(-[bBdEIOPqRsSuvx]*[WX])(.*)", re.S)
_CERTIFYING = frozenset(
    ("asyncio", "ftplib", "http", "imaplib", "nntplib", "poplib", "smtplib", "ssl", "urllib", "xmlrpc")
)
"""Modules that check certificates (they import ``ssl``, or take an ``ssl`` argument)."""
_CERTIFICATES = "update-ca-certificates"
"""The command that comes with the certificates, and with nothing else."""
_C_LIBRARY = re.compile(r"(lib)?(c|m|dl|rt|pthread|util)(\.so(\.[0-9]+)?)?")
_BUILT = frozenset({"native", "go"})
_KEEPING_TEXT = frozenset({"chmod", "chown", "chgrp", "touch"})
_PATHNAME = re.compile(r"/[^\s:*?\"<>|]+")
_NOT_LITERAL = "$`" + UNKNOWN[0]
_CURE = "name the program as a literal, or check with a real build"


class Found(Struct, frozen=True):
    """What running a Python script makes live: ``runs`` are the programs, each with its place and reason."""

    live: list[Live] = field(default_factory=list)
    runs: list[tuple[tuple[str, ...], Position, str, str]] = field(default_factory=list)
    unread: list[Diagnostic] = field(default_factory=list)


def follow(
    words: tuple[str, ...],
    walk: Interpretation,
    context: BuildContext | None,
    position: Position,
    find: Callable[[str], str | None],
) -> Found | None:
    """Return what ``python [options] script`` or ``python -c code`` does; None if there is nothing that can be read.

    ``find`` gives the path in the context of a path in the image.
    """
    rest = _operands(words[1:])
    if not rest or context is None or any(step.effects.unsupported for step in walk.steps):
        return None
    reader = _Follower(walk, context, position, find)
    done = reader.code(rest[1:]) if rest[0] == "-c" else not rest[0].startswith("-") and reader.script(rest[0])
    return reader.found if done else None


def _operands(words: tuple[str, ...]) -> tuple[str, ...]:
    at = 0
    while at < len(words) and (_FLAG.fullmatch(words[at]) or _VALUED.fullmatch(words[at])):
        valued = _VALUED.fullmatch(words[at])
        at += 2 if valued and not valued[2] else 1
    return words[at + 1 :] if words[at : at + 1] == ("--",) else words[at:]


class _Follower:
    """Reads a script, and the modules of the context that it imports."""

    def __init__(
        self, walk: Interpretation, context: BuildContext, position: Position, find: Callable[[str], str | None]
    ) -> None:
        self.walk, self.context, self.position, self.find = walk, context, position, find
        self.found = Found()
        self.folder = walk.cwd
        self.seen: set[str] = set()
        self.strings: set[str] = set()
        self.named: set[str] = set()
        self.size = 0

    def code(self, arguments: tuple[str, ...]) -> bool:
        """Read the text after ``-c``; false if the shell puts something into it."""
        if not arguments or any(c in arguments[0] for c in "$`"):
            return False
        self._text(arguments[0], "")
        self._files("the Python code")
        return True

    def script(self, name: str) -> bool:
        """Read a file of the image, and what it imports; false if it is not one of the context."""
        target = absolute(name, self.walk.cwd)
        source = self.find(target)
        if source is None or not self.context.is_file(source):
            return False
        self.folder = posixpath.dirname(target)
        self._module(target, source, "Python runs it")
        self._files(source)
        return True

    def _module(self, target: str, source: str, why: str) -> None:
        if target in self.seen:
            return
        self.seen.add(target)
        self._live(Path(target), why, self.position, "")
        changed = next((s for s in self.walk.steps if s.keyword == "RUN" and _changes(s.effects, target)), None)
        text = self.context.read(source)
        if text is None or changed is not None:
            how = "cannot be read" if changed is None else f"is changed by `{changed.text}`"
            place = self.position if changed is None else changed.position
            self.found.unread.append(Diagnostic("DF411", f"{target} {how}", place, "leave it as the context has it"))
            return
        self._text(text, source)

    def _text(self, text: str, source: str) -> None:
        self.size += len(text)
        fits = self.size <= _MAX_TOTAL and len(self.seen) <= _MAX_SCRIPTS
        said = self._said(text, source) if fits else None
        if said is None:
            self._unread("cannot be read as Python 3", 1, source)
            return
        self.strings |= said.strings
        for mention in said.commands:
            for words in (mention.words,) if mention.words else _words_of(parse_script(mention.text)):
                self._run(words, mention, source)
        for mention in (*said.dynamic_commands, *said.dynamic_imports, *said.dynamic_code):
            self._unread(f"has `{mention.text}`: what that runs is not known", mention.line, source)
        self._loads(said, source)
        self._paths(said, source)
        for mention in said.imported:
            self._import(mention, source)

    def _said(self, text: str, source: str) -> PythonSource | None:
        found = read_files(self.context, (source,)) if source else {"": read(text)}
        return (found or {}).get(source)

    # ---------------------------------------------------------------------------------------------------- what it uses
    def _run(self, words: tuple[str, ...], mention: Mention, source: str) -> None:
        """Add a program; what runs other programs has to be understood."""
        words = unwrapped(words)
        script = unwrap(words)
        spec = command(words[0]) if words else None
        if script is not None:
            for inner in _words_of(script):
                self._run(inner, mention, source)
        elif not words or _hides(words):
            self._unread(f"runs `{mention.text}`: which programs those are is not known", mention.line, source)
        elif spec is None or spec.effect != "shell":
            why = f"{self._place(source, mention.line)} runs it"
            self.found.runs.append((words, self._at(source, mention.line), why, source))

    def _import(self, mention: Mention, source: str) -> None:
        """Follow a module of the context; directories of the script and of PYTHONPATH come before the library."""
        more = (self.walk.env.get("PYTHONPATH") or "").split(":")
        for folder in (self.folder, *(f for f in more if f)):
            modules = tuple(self._modules(absolute(f"{folder}/{mention.text}", self.walk.cwd)))
            for target, path in modules:
                self._module(target, path, f"{self._place(source, mention.line)} imports it")
            if modules:
                return
        if not is_standard(mention.text):
            message = f"{source or 'the Python code'} imports {mention.text}: what that runs and loads is not known"
            self.found.unread.append(Diagnostic("DF508", message, self._at(source, mention.line), _CURE, source))
        elif mention.text in _CERTIFYING:
            why = f"{self._place(source, mention.line)} imports {mention.text}, which reads the certificates"
            self._live(Command(_CERTIFICATES), why, self._at(source, mention.line), source)

    def _modules(self, base: str) -> Iterator[tuple[str, str]]:
        """Yield the files of a module or package of the context: image path and context path."""
        source = self.find(f"{base}.py")
        if source is not None and self.context.is_file(source):
            yield f"{base}.py", source
        folder = self.find(base)
        if folder is not None and self.context.is_directory(folder):
            for name in self.context.under(folder):
                if name.endswith(".py"):
                    yield posixpath.join(base, posixpath.relpath(name, folder)), name

    def _loads(self, said: PythonSource, source: str) -> None:
        for mention in said.dynamic_loads:
            self._unread(f"has `{mention.text}`: which library that loads is not known", mention.line, source)
        written = [w.path for s in self.walk.steps for w in s.effects.writes if not w.path.tree]
        for mention in said.loads:
            own = [p for p in written if posixpath.basename(p.path) == mention.text]
            own += [Path(absolute(mention.text, self.walk.cwd))] if "/" in mention.text else []
            for path in own:
                why = f"{self._place(source, mention.line)} loads it"
                self._live(path, why, self._at(source, mention.line), source)
            if not own and not _C_LIBRARY.fullmatch(mention.text):
                self._unread(f"loads {mention.text}: which package brings it is not known", mention.line, source)

    def _paths(self, said: PythonSource, source: str) -> None:
        """Every path that the script opens or names is live, but for directories that its own files are copied to."""
        for mention in said.opens:
            where = self._place(source, mention.line)
            self._names(mention.text, f"{where} opens it", self._at(source, mention.line), source)
        for text in sorted(said.strings)[:_MAX_NAMES]:
            if _PATHNAME.fullmatch(text):
                self._names(text, f"{source or 'the Python code'} names it", self._at(source, 1), source)

    def _names(self, text: str, why: str, position: Position, source: str) -> None:
        path = absolute(text, self.walk.cwd)
        known = programs()
        homes = [self.walk.cwd, *(c.target for c in self.walk.copies if c.directory)]
        home = any(h == path or h.startswith(path.rstrip("/") + "/") for h in homes)
        if text and not home and path not in known.populated and path not in known.skeleton:
            self._live(Path(path, tree=True), why, position, source)

    def _files(self, source: str) -> None:
        """A script may open any file that was copied and that does not serve only the build by its name."""
        names = {posixpath.basename(text.rstrip("/")) for text in self.strings}
        live = 0
        for copied, name, target in _copied(self.walk.copies, self.context):
            built = build_only_name(name, _BUILT)
            if built and posixpath.basename(name) not in names:
                continue
            live += 1
            if live > _MAX_FILES or (built and not copied.directory):
                what = f"may open {target}" if built else "may open any of many files"
                self._unread(f"{what}, which is not followed", 1, source)
                return
            self._live(Path(target), f"{source} may open it", self._at(source, 1), source)

    # ------------------------------------------------------------------------------------------------------ small words
    def _at(self, source: str, line: int) -> Position:
        return Position(line, 1) if source else self.position

    def _place(self, source: str, line: int) -> str:
        return f"{source}:{line}" if source else "the Python code"

    def _live(self, resource: Resource, why: str, position: Position, source: str) -> None:
        name = resource.path if isinstance(resource, Path) else str(resource)
        if name not in self.named:
            self.named.add(name)
            self.found.live.append(Live(resource, (Reason(why, position, source),)))

    def _unread(self, what: str, line: int, source: str) -> None:
        message = f"{source or 'the Python code'} {what}"
        self.found.unread.append(Diagnostic("DF411", message, self._at(source, line), _CURE, source))


def _copied(copies: tuple[Copied, ...], context: BuildContext) -> Iterator[tuple[Copied, str, str]]:
    """Yield each file that was copied from the context: its path below what was copied, and in the image."""
    for copied in copies:
        for name in context.under(copied.source):
            inside = posixpath.relpath(name, copied.source or ".") if copied.directory else ""
            yield copied, inside or name, copied.arrival(name)


def _changes(effects: Effects, target: str) -> bool:
    """Whether a step surely writes the file anew; changes of its mode and owner are none."""
    keeps = bool(effects.programs) and set(effects.programs) <= _KEEPING_TEXT
    return not keeps and any(w.path.path == target and not w.path.tree for w in effects.writes)


def _words_of(script: Script) -> Iterator[tuple[str, ...]]:
    return (line.words or () for line in commands(script))


def _hides(words: tuple[str, ...]) -> bool:
    """Whether a command runs programs that its words do not name for sure."""
    base = posixpath.basename(words[0])
    if base in programs().shells:
        return len(words) == 1 or any("$" in word for word in words)
    runs = runs_another(words, "python") or not {"-execdir", "-ok"}.isdisjoint(words)
    return runs or any(c in words[0] for c in _NOT_LITERAL)
