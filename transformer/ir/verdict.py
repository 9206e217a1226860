"""What classification decides: a phase for each step, with the chain of reasons that ends at a root."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Need, Path, Resource, Step
from transformer.ir.source import Position


class Phase(Enum):
    """Which side of the cut a step serves."""

    BUILD = "build"
    RUNTIME = "runtime"
    BOTH = "both"


class Reason(Struct, frozen=True):
    """One link of a chain; ``path`` is the context file that it was seen in, "" the Dockerfile."""

    text: str
    position: Position | None = None
    path: str = ""


class Verdict(Struct, frozen=True):
    """The phase of one step. ``carried`` are its live writes when it is a build step: the artifacts of the cut."""

    step: int
    phase: Phase
    reasons: tuple[Reason, ...]
    carried: tuple[Path, ...] = ()


class PackageFate(Struct, frozen=True):
    """What becomes of one OS package that the file installs: kept, left behind, or replaced by its runtime packages."""

    name: str
    kept: bool
    replaced_by: tuple[str, ...]
    reason: str
    step: int


class Live(Struct, frozen=True):
    """A resource that the running container can reach, and why."""

    resource: Resource
    reasons: tuple[Reason, ...]


class ProgramFacts(Struct, frozen=True):
    """What the sources of the built programs say, as far as they were read.

    ``closed_files``: every file that they open is named by a literal (one of ``opens``; ``strings`` are all
    literals); ``closed_commands``: every program that they run or library that they load is one of ``needs``.
    ``data`` are kinds of data that they use (``certificates`` …), with the reason; ``unread`` are the dependencies
    whose sources could not be read; ``read`` says that the programs' own were read. ``calls_itself``: programs of
    this ecosystem often run its toolchain, so one that was not read may do so.
    """

    ecosystem: str
    closed_files: bool
    closed_commands: bool
    strings: frozenset[str]
    opens: frozenset[str]
    needs: tuple[Need, ...]
    data: tuple[tuple[str, Reason], ...]
    unread: tuple[str, ...]
    packages: tuple[tuple[str, Reason], ...] = ()
    """Packages of the distribution that modules of an interpreter are known to use."""
    loose: tuple[str, ...] = ()
    """Modules of an interpreter whose version is not fixed."""
    read: bool = False
    calls_itself: bool = False
    unused: frozenset[str] = frozenset()
    """Modules that only developing needs and nothing may load, if that is so of all of them."""
    links: bool = False
    """It may be linked with any library of the system whose headers were there."""
    embeds: bool = False
    """Modules of this ecosystem may use its compiler as a library, so one that was not read may do so."""


class Started(Struct, frozen=True):
    """What a command line starts by way of an ecosystem's own files: shell texts that stand in the file ``path``.

    ``builds``: it compiles or installs first; ``develops``: a server that builds as it runs; ``unread`` is what could
    not be read; ``code`` are files and directories that it loads code from, ``opens`` what else it is told to open.
    """

    scripts: tuple[str, ...] = ()
    path: str = ""
    builds: bool = False
    develops: bool = False
    unread: str = ""
    code: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()


class CopyFate(Struct, frozen=True):
    """What becomes of a COPY or ADD that the final stage repeats in part.

    ``entries`` are (context path, image path, is a directory) to copy; ``left`` are the top entries left behind.
    """

    instruction: int
    entries: tuple[tuple[str, str, bool], ...]
    left: tuple[str, ...]


class Insertion(Struct, frozen=True):
    """Text that is put in front of a place: ``line`` and ``column`` are counted from 0; a NUL is the stage's name."""

    line: int
    column: int
    text: str


class OtherBuild(Struct, frozen=True):
    """Somebody else who builds the image and needs its build tools: a service of a Compose file.

    ``insertions`` change the file ``path`` so that the build stage is built for it; ``diagnostic`` says what it needs
    there. ``starts`` says that it has an entry point of its own.
    """

    path: str
    service: str
    insertions: tuple[Insertion, ...]
    diagnostic: Diagnostic
    starts: bool


class Analysis(Struct, frozen=True):
    """The classified file.

    ``carried`` are the artifacts by the step that made them last; ``dropped`` are written paths that stay behind,
    with the reason; ``narrowed`` are the copies that are repeated in part; ``main`` is the program that the image
    starts; ``keep`` are the names that somebody asked to keep. ``unproven`` are the assumptions of the split, each of
    which makes it unsafe; ``notes`` do not. ``others`` need the build stage;
    ``named`` are words that may be names of programs which are run, ``words`` all of scripts and command lines.
    """

    steps: tuple[Step, ...]
    verdicts: tuple[Verdict, ...]
    packages: tuple[PackageFate, ...]
    live: tuple[Live, ...]
    carried: tuple[tuple[Path, int], ...]
    dropped: tuple[tuple[Path, str], ...]
    narrowed: tuple[CopyFate, ...]
    facts: tuple[ProgramFacts, ...]
    main: str
    keep: frozenset[str]
    unproven: tuple[Diagnostic, ...]
    notes: tuple[Diagnostic, ...]
    others: tuple[OtherBuild, ...] = ()
    named: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
