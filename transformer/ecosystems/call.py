"""One call of a program as an ecosystem sees it: arguments sorted by the command's table, paths resolved, the world
around.
"""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct, field

from transformer.context.build_context import BuildContext
from transformer.ir.effects import Copied, Distribution, Effects, Path, context_path
from transformer.ir.source import Position, Span
from transformer.knowledge import ImageConfig
from transformer.knowledge.commands import CommandSpec
from transformer.knowledge.programs import programs
from transformer.shell import Expanded

_ROOT = frozenset({"root", "0", ""})
"""How USER names root, or nobody."""


class Arguments(Struct, frozen=True):
    """A command line sorted by its table. ``values`` are (option, role, value); ``unknown`` are options not in the
    table.
    """

    flags: frozenset[str]
    values: tuple[tuple[str, str, Expanded], ...]
    operands: tuple[Expanded, ...]
    unknown: tuple[str, ...]

    def value(self, *options: str) -> Expanded | None:
        """Return the value of the last of the given options that is there."""
        for option, _, value in reversed(self.values):
            if option in options:
                return value
        return None


class Project(Struct, frozen=True):
    """What a file builds or installs of one ecosystem. ``roots`` are pairs of context and image directory,
    ``installed`` the packages of the language, ``named`` the words of what the image starts; ``lines`` are the commands
    that write files while it is built, and files that stand in the Dockerfile itself.
    """

    context: BuildContext
    roots: tuple[tuple[str, str], ...]
    installed: tuple[Distribution, ...]
    release: str
    named: frozenset[str] = frozenset()
    lines: tuple[str, ...] = ()

    @property
    def folders(self) -> tuple[str, ...]:
        """The directories of the context."""
        return tuple(folder for folder, _ in self.roots)


class World(Struct):
    """What a call runs in. ``prefixes`` and ``variables`` are the walk's own memory of configured build trees.

    ``run`` gives the effects of a shell text in a directory: for recipes and scripts that were read from the context.
    """

    cwd: str
    env: Mapping[str, str | None]
    user: str
    context: BuildContext | None
    copies: tuple[Copied, ...]
    run: Callable[[str, str, str], Effects]
    position: Position
    prefixes: dict[str, str | None] = field(default_factory=dict)
    downloads: dict[str, str] = field(default_factory=dict)
    """Files that were fetched, with their addresses."""
    fed: str = ""
    """The address whose content a pipeline feeds the call; "" for anything else."""
    definitions: dict[str, dict[str, str] | None] = field(default_factory=dict)
    """The ``-D`` options of a configured CMake build tree; None if one of them is not known."""
    directories: set[str] = field(default_factory=set)
    environments: set[str] = field(default_factory=set)
    """Directories of virtual environments."""
    homes: dict[str, str] = field(default_factory=dict)
    """Home directories of the accounts that the file makes."""
    numbers: dict[str, str] = field(default_factory=dict)
    """Names of the users that the file makes, by the numbers that it gives them."""
    image: ImageConfig | None = None
    """The configuration of the base image; None if it is not known."""
    settings: dict[str, str] = field(default_factory=dict)
    """What package managers were told to remember."""
    trees: set[str] = field(default_factory=set)
    """Directories that source code was fetched or unpacked into."""
    edited: set[Path] = field(default_factory=set)
    """Files, and directories of files, that a step has changed since they were copied."""
    inline: dict[str, str | None] = field(default_factory=dict)
    """The texts of files that stand in the Dockerfile itself; None where a variable in one is not known."""
    packages: set[str] = field(default_factory=set)
    """Packages of the distribution that were installed by their names."""
    profiles: set[str] = field(default_factory=set)
    """Scripts that do no more than put the programs beside them (``bin``) first, for shells that read them."""
    installers: dict[str, str] = field(default_factory=dict)
    """Files that were fetched and are the installer of a toolchain, each with the command that it is."""

    @property
    def is_root(self) -> bool:
        """Whether the call runs as root."""
        return self.user in _ROOT

    def home(self) -> str | None:
        """Return the home directory of the user that the call runs as; None if the file does not say it."""
        if self.is_root:
            return self.env.get("HOME") or "/root"
        return self.homes.get(self.user) or programs().homes.get(self.user)

    def context_path(self, path: str) -> str | None:
        """Return the context file or directory that COPY and ADD brought to an image path."""
        return context_path(path, self.copies)

    def in_source_tree(self, path: str) -> bool:
        """Whether a path lies among sources: fetched, unpacked, or copied as a directory of the context."""
        folders = {*self.trees, *(c.target for c in self.copies if c.directory)}
        return any(path == f or path.startswith(f.rstrip("/") + "/") for f in folders)

    def exists(self, path: str) -> bool:
        """Whether COPY or ADD brought a file or directory of the context to an image path."""
        source = self.context_path(path)
        if source is None:
            return any(c.target.startswith(path.rstrip("/") + "/") for c in self.copies)
        return self.context is not None and (self.context.is_file(source) or self.context.is_directory(source))

    def glob(self, pattern: str) -> tuple[str, ...]:
        """Return the image paths of the context's files that fit a shell pattern, sorted."""
        found: set[str] = set()
        for copied in self.copies if self.context is not None else ():
            if not copied.directory:
                found.add(copied.target)
                continue
            for name in self.context.under(copied.source) if self.context is not None else ():
                inside = posixpath.relpath(name, copied.source or ".")
                found.add(posixpath.normpath(posixpath.join(copied.target, inside)))
        depth = pattern.count("/")
        return tuple(sorted(p for p in found if p.count("/") == depth and fnmatch.fnmatchcase(p, pattern)))

    def read(self, path: str) -> str | None:
        """Return the text of a file that COPY brought to an image path; None if there is none, it was changed since, or
        it cannot be read.
        """
        if any(e.covers(Path(path)) for e in self.edited):
            return None
        source = self.context_path(path)
        if source is None or path in self.inline:
            return self.inline.get(path)
        return self.context.read(source) if self.context is not None else None


class Call(Struct, frozen=True):
    """One call: the program's base name, its table row, and its words after expansion (without the program)."""

    name: str
    spec: CommandSpec
    words: tuple[Expanded, ...]
    arguments: Arguments
    spans: tuple[Span | None, ...] = ()
    program: str = ""
    """The program as it was written, which may be a path."""
    """The script span of the shell word that each of ``words`` came from."""


def resolve(word: Expanded, cwd: str) -> Path | None:
    """Return the path that a word names: exact, or the tree below its longest known part; None if nothing is known."""
    if word.known and not word.glob:
        return None if not word.text else Path(absolute(word.text, cwd))
    text = word.text if word.known else word.prefix
    stable = text[: min((text.find(c) for c in "*?[" if c in text), default=len(text))] if word.glob else text
    if not stable and not word.known:
        return None
    return Path(absolute(stable[: stable.rfind("/") + 1] or ".", cwd), tree=True)


def managed(words: Iterable[Expanded]) -> tuple[str, ...]:
    """Return the programs that a management command of a project runs, whatever program is told to."""
    return tuple(program for word in words for program in programs().management.get(word.text, ()))


def absolute(path: str, cwd: str) -> str:
    """Return ``path`` absolute and normal; one leading slash."""
    return posixpath.normpath("/" + posixpath.join(cwd, path).lstrip("/"))


def parse_arguments(spec: CommandSpec, words: tuple[Expanded, ...]) -> Arguments:
    """Sort words into flags, valued options and operands by the command's table."""
    sorter = _Sorter(spec)
    queue = list(words)
    while queue:
        sorter.take(queue)
    return Arguments(frozenset(sorter.flags), tuple(sorter.values), tuple(sorter.operands), tuple(sorter.unknown))


_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
"""What strconv.ParseBool reads as true (pkg.go.dev/strconv)."""


class _Sorter:
    """The loop state of ``parse_arguments``."""

    def __init__(self, spec: CommandSpec) -> None:
        self.spec = spec
        self.flags: set[str] = set()
        self.values: list[tuple[str, str, Expanded]] = []
        self.operands: list[Expanded] = []
        self.unknown: list[str] = []
        self.only_operands = False

    def take(self, queue: list[Expanded]) -> None:
        word = queue.pop(0)
        text = word.text if word.known else word.prefix
        if self.only_operands or not text.startswith("-") or text == "-":
            self.operands.append(word)
        elif text == "--":
            self.only_operands = True
        elif self.spec.style == "go":
            self._go_flag(word, text, queue)
        elif text in self.spec.valued:
            if queue:
                self.values.append((text, self.spec.valued[text], queue.pop(0)))
        elif text in self.spec.flags:
            self.flags.add(text)
        elif text.startswith("--"):
            self._long(word, text)
        else:
            self._bundle(word, text, queue)

    def _go_flag(self, word: Expanded, text: str, queue: list[Expanded]) -> None:
        """Take a flag as Go's package flag reads it: ``-f``, ``--f``, ``-f=value``, ``-f value``; none is bundled."""
        written, equals, value = text.partition("=")
        name = "-" + written.lstrip("-")
        if name in self.spec.valued:
            if equals:
                self.values.append((name, self.spec.valued[name], tail(word, len(written) + 1)))
            elif queue:
                self.values.append((name, self.spec.valued[name], queue.pop(0)))
        elif name not in self.spec.flags:
            self.unknown.append(text)
        elif not equals or value in _TRUE:
            self.flags.add(name)

    def _long(self, word: Expanded, text: str) -> None:
        name, equals, _ = text.partition("=")
        if equals and name in self.spec.valued:
            self.values.append((name, self.spec.valued[name], tail(word, len(name) + 1)))
        elif equals and name in self.spec.flags:
            self.flags.add(name)
        else:
            self.unknown.append(text)

    def _bundle(self, word: Expanded, text: str, queue: list[Expanded]) -> None:
        for at, letter in enumerate(text[1:], 1):
            option = "-" + letter
            if option in self.spec.valued:
                rest = tail(word, at + 1)
                if rest.text or not rest.known:
                    self.values.append((option, self.spec.valued[option], rest))
                elif queue:
                    self.values.append((option, self.spec.valued[option], queue.pop(0)))
                return
            if option not in self.spec.flags:
                self.unknown.append(text)
                return
            self.flags.add(option)


def tail(word: Expanded, start: int) -> Expanded:
    """Return the word without its first ``start`` characters."""
    return Expanded(word.text[start:], word.known, word.prefix[start:], word.glob)
