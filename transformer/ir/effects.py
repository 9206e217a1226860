"""What one step reads and writes: the resources of the abstract interpretation."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from msgspec import Struct, field

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.script import Script
from transformer.ir.source import Position, Span


class Path(Struct, frozen=True, order=True):
    """A file or, with ``tree``, everything at and below a path. Absolute and normal."""

    path: str
    tree: bool = False

    def covers(self, other: Path) -> bool:
        """Whether everything of ``other`` lies in this resource."""
        if self.path == other.path:
            return self.tree or not other.tree
        return self.tree and (self.path == "/" or other.path.startswith(self.path + "/"))

    def overlaps(self, other: Path) -> bool:
        """Whether the two may name the same file."""
        return self.covers(other) or other.covers(self) or self.path == other.path

    def __str__(self) -> str:
        """Show a tree with a trailing slash."""
        return self.path if not self.tree or self.path == "/" else self.path + "/"


class Command(Struct, frozen=True, order=True):
    """A program found through PATH."""

    name: str

    def __str__(self) -> str:
        """Show the program's name."""
        return self.name


class Library(Struct, frozen=True, order=True):
    """A shared library by soname or linker name (``libpq.so.5``, or ``-lpq`` as ``libpq.so``)."""

    name: str

    def __str__(self) -> str:
        """Show the library's name."""
        return self.name


ANY_LIBRARY = Library("*")
"""Some libraries: which ones is not known."""


class Package(Struct, frozen=True, order=True):
    """An operating system package."""

    name: str

    def __str__(self) -> str:
        """Show the package's name."""
        return self.name


class Account(Struct, frozen=True, order=True):
    """A user or group of /etc/passwd or /etc/group."""

    name: str

    def __str__(self) -> str:
        """Show the account's name."""
        return self.name


class Cache(Struct, frozen=True, order=True):
    """State of a package manager that another step consumes, such as its package lists."""

    kind: str

    def __str__(self) -> str:
        """Show the kind of cache."""
        return self.kind


class Everything(Struct, frozen=True, order=True):
    """Top: anything at all."""

    def __str__(self) -> str:
        """Say so."""
        return "everything"


Resource = Path | Command | Library | Package | Account | Cache | Everything


class Nature(Enum):
    """What a written path is, as far as it is proven. Only the first three are build-only by nature."""

    SOURCE = "source"
    """Source code of a compiled language, build recipes, version control."""
    SCRATCH = "scratch"
    """Object files and other intermediate products."""
    CACHE = "cache"
    """Package lists and download caches: nothing reads them at run time."""
    ARTIFACT = "artifact"
    """A product of a compiler or installer."""
    DOWNLOAD = "download"
    """Fetched from the network or unpacked from an archive."""
    DIRECTORY = "directory"
    """An empty directory."""
    CONTEXT = "context"
    """Copied from the build context."""
    MODULES = "modules"
    """What a language's package manager installs: its interpreter finds it there, the loader does not."""
    DATA = "data"
    """Anything else: written for run time until the opposite is proven."""


class Write(Struct, frozen=True):
    """One write. ``must`` is false for a branch that may not run; ``carriable`` is false where COPY --from cannot
    carry it.
    """

    path: Path
    nature: Nature
    must: bool = True
    carriable: bool = True


class PackageWord(Struct, frozen=True):
    """One package argument. ``name`` is without version, release and architecture.

    ``span`` (script offsets) covers just this name where it is written in the command, None if it comes from a
    variable; ``word`` covers the shell word that it came from.
    """

    name: str
    raw: str
    span: Span | None
    word: Span | None


class Install(Struct, frozen=True):
    """A package installation. ``recommends`` is false with --no-install-recommends; ``assume_yes`` with -y.

    ``release`` is the one that -t asks for, "" without.
    """

    manager: str
    packages: tuple[PackageWord, ...]
    recommends: bool
    assume_yes: bool
    release: str = ""


class Distribution(Struct, frozen=True):
    """A package of a language that a step installs. ``name`` is "" where it could not be read which.

    ``exact`` says that nothing but this version can be meant; ``said`` is where it is named. ``locked``: all that it
    depends on is named beside it. ``extras`` are parts of it that are asked for (PEP 508); ``development`` says that
    only developing needs it.
    """

    ecosystem: str
    name: str
    exact: bool
    said: str
    locked: bool = False
    extras: tuple[str, ...] = ()
    development: bool = False


class Need(Struct, frozen=True):
    """Something that a product needs when it runs, and where that was seen."""

    resource: Resource
    reason: str
    position: Position | None = None
    path: str = ""
    """The context file of ``position``; "" is the Dockerfile."""


class Effects(Struct, frozen=True):
    """All that one step does.

    ``requires`` are build-only resources by nature (a toolchain that the step is part of); ``programs`` are the
    commands that it calls; ``needs`` is what its products need at run time; ``assumptions`` are what was taken for
    granted (each makes the plan unsafe); ``opaque`` says why the step is not understood ("" if it is).
    """

    reads: tuple[Resource, ...] = ()
    writes: tuple[Write, ...] = ()
    removes: tuple[Path, ...] = ()
    thins: tuple[Path, ...] = ()
    """Places of which something may be gone afterwards."""
    programs: tuple[str, ...] = ()
    installs: tuple[Install, ...] = ()
    uninstalls: tuple[PackageWord, ...] = ()
    accounts: tuple[str, ...] = ()
    """Users and groups that the step creates."""
    unnumbered: tuple[str, ...] = ()
    """Those of them whose number depends on the accounts that the base image has (system accounts without one)."""
    groups: tuple[tuple[str, str], ...] = ()
    """Users that the step creates, each with the primary group: "" if that is not known."""
    owner: str = ""
    """Whom the step gives what it writes to, as chown is told (``user:group``, ``user``, ``:group``); "" for whoever
    runs it, "?" if that is not known.
    """
    needs: tuple[Need, ...] = ()
    assumptions: tuple[Diagnostic, ...] = ()
    opaque: str = ""
    toolchain: str = ""
    """Name of the ecosystem whose compiler or build tool the step runs; "" if none."""
    application: str = ""
    """Name of the ecosystem whose interpreter runs code of the project; "" if none does."""
    code: str = ""
    """That code, where the command line has it."""
    distributions: tuple[Distribution, ...] = ()
    foreign: tuple[str, ...] = ()
    """Programs that the step makes of code that is not in the context; "*" if it makes code for what is built later."""
    unsupported: str = ""
    """Ecosystem or distribution of a program that is known and not supported yet; "" if none."""
    unpacks: str = ""
    """Directory that an archive of unknown content was unpacked into; "" if none."""
    shell_state: bool = False
    """The step only changes the shell that later commands of its RUN run in (cd, set, export)."""
    config: bool = False
    """An instruction that only configures the image."""


class Step(Struct, frozen=True):
    """One top-level command of a RUN, or one other instruction, with the state it runs in.

    ``command`` counts the separable commands of its RUN from 0; ``span`` is its place in the script (None for other
    instructions); ``text`` is for people; ``group`` is the one that USER names, "" if it names none.
    """

    index: int
    instruction: int
    keyword: str
    command: int
    span: Span | None
    position: Position
    text: str
    cwd: str
    user: str
    group: str = ""
    moved: bool = False
    """It runs in another directory than its RUN starts in, and its effects depend on that."""
    effects: Effects = field(default_factory=Effects)


class Copied(Struct, frozen=True):
    """One source of a COPY or ADD: the context's ``source`` (file or directory) arrives at ``target`` in the image."""

    instruction: int
    source: str
    target: str
    directory: bool

    def arrival(self, name: str) -> str:
        """Return the image path at which a file or directory of the source arrives, by its path in the context."""
        if not self.directory:
            return self.target
        folder = "" if self.source in {"", "."} else f"{self.source}/"
        outside = folder and not name.startswith(folder)
        inside = posixpath.relpath(name or ".", self.source) if outside else name.removeprefix(folder)
        return posixpath.normpath(f"{self.target.rstrip('/')}/{inside}")


def context_path(path: str, copies: tuple[Copied, ...]) -> str | None:
    """Return the context file or directory that the last of ``copies`` brought to an image path; None without one."""
    for copied in reversed(copies):
        if path == copied.target:
            return copied.source
        base = copied.target.rstrip("/") + "/"
        if copied.directory and path.startswith(base):
            return posixpath.normpath(posixpath.join(copied.source, path.removeprefix(base).lstrip("/")))
    return None


class Interpretation(Struct, frozen=True):
    """The walked file: its steps in order, and the state of the image after the last one.

    ``scripts`` are the shell scripts by instruction; ``states`` the (cwd, user) that each instruction runs in;
    ``env`` the final environment (a value is None where it is not known); ``inherited`` the variables of it that come
    from the base; ``rooted`` the WORKDIR, COPY and ADD instructions that lead to the same place from everywhere;
    ``inline`` are the texts of files that stand in the Dockerfile itself, None where one is not known.
    """

    steps: tuple[Step, ...]
    scripts: Mapping[int, Script]
    states: Mapping[int, tuple[str, str]]
    copies: tuple[Copied, ...]
    env: Mapping[str, str | None]
    inherited: frozenset[str]
    cwd: str
    user: str
    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...]
    entry_position: Position | None
    entry_shell_form: bool
    entry_inherited: bool
    rooted: frozenset[int] = frozenset()
    inline: Mapping[str, str | None] = MappingProxyType({})
