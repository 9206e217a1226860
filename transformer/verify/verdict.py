"""What a comparison of two images says."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Status(Enum):
    """The verdict: the same image for its user, another one, or nothing that can be said."""

    EQUIVALENT = "equivalent"
    DIFFERS = "differs"
    UNVERIFIABLE = "unverifiable"


class Difference(Struct, frozen=True, order=True):
    """One broken law (E1 config, E2 live files, E3 nothing foreign, E4 behaviour, E5 smaller for a reason).

    ``what`` is a path, a field of the config or what was asked; ``line`` is the line of the old Dockerfile that made
    it, 0 if that is not known.
    """

    law: str
    what: str
    old: str
    new: str
    cause: str
    line: int = 0


class Measures(Struct, frozen=True):
    """One image in numbers: bytes of its layers and of its files as one sees them, and seconds of its build."""

    layer_bytes: int
    file_bytes: int
    layers: int
    files: int
    packages: int
    setuid: int
    seconds: float


class Package(Struct, frozen=True):
    """A package that left, and why."""

    name: str
    reason: str


class Directory(Struct, frozen=True):
    """A directory that files left, with their bytes, and why."""

    path: str
    bytes: int
    reason: str


class Left(Struct, frozen=True):
    """What the new image no longer has."""

    packages: tuple[Package, ...]
    directories: tuple[Directory, ...]
    variables: tuple[str, ...]


class Verification(Struct, frozen=True):
    """The verdict with all that it rests on. ``reason`` says why nothing can be said; ``log`` is the end of a log;
    ``notes`` are what could not be observed.
    """

    status: Status
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    log: str = ""
    before: Measures | None = None
    after: Measures | None = None
    left: Left | None = None
    ignored: tuple[tuple[str, int], ...] = ()
    """Kinds of noise with the number of files that were not compared."""
    notes: tuple[str, ...] = ()
