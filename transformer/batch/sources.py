"""Which projects a batch is about: work trees, plain folders, bare repositories and remotes."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator
from enum import Enum, StrEnum
from pathlib import Path

from msgspec import Struct

_DEPTH = 6
_GIT = ".git"
_BARE = frozenset({"HEAD", "objects", "refs"})
"""What a bare repository holds (gitrepository-layout(5))."""
_NOT_ENTERED = frozenset({"node_modules", _GIT})
_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://.+|[^/\s:]+@[^/\s:]+:.+")
"""A URL, or ``user@host:path`` (git-clone(1), "Git URLs")."""
OPT_OUT = ".dockerfixignore"
"""A file that takes a repository, or the files that its patterns name, out of every batch."""


class Kind(Enum):
    """How a project's files are got at."""

    WORK_TREE = "work tree"
    FOLDER = "folder"
    REMOTE = "remote"


class _Entry(StrEnum):
    """What stands in a directory. ``LINK`` leads to another directory, and is not followed."""

    FOLDER = "folder"
    FILE = "file"
    LINK = "link"


class Project(Struct, frozen=True):
    """One project. ``name`` is what reports call it, ``place`` its directory or, of a remote, what is cloned."""

    name: str
    place: str
    kind: Kind


class Choice(Struct, frozen=True):
    """Which projects and files are taken: shell patterns (``*`` also matches ``/``)."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, *names: str) -> bool:
        """Whether something with these names is asked for by one of them and excluded by none."""
        return (not self.include or _any(names, self.include)) and not _any(names, self.exclude)


def _any(names: Iterable[str], patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in patterns)


def projects(sources: Iterable[str]) -> Iterator[Project]:
    """Yield the projects of directories and URLs in the order that they are given in, each one once."""
    seen: set[str] = set()
    for source in sources:
        for project in _projects(source):
            if project.place not in seen:
                seen.add(project.place)
                yield project


def opted_out(root: Path) -> tuple[str, ...] | None:
    """Return the patterns of a project's opt-out file, () without one; None if all of it is out."""
    file = root / OPT_OUT
    try:
        if not file.is_file():  # a pipe of that name would be waited for
            return ()
        lines = [line.strip() for line in file.read_text("utf-8", "replace").splitlines()]
    except OSError:
        return ()
    patterns = tuple(line for line in lines if line and not line.startswith("#"))
    return patterns or None


def _projects(source: str) -> Iterator[Project]:
    if _REMOTE.fullmatch(source):
        yield Project(source, source, Kind.REMOTE)
        return
    root = Path(os.path.abspath(source))  # noqa: PTH100 the name as it was given: resolve() would follow links
    if _is_bare(root):
        yield Project(source, str(root), Kind.REMOTE)
    elif (root / _GIT).exists() or not root.is_dir():
        yield Project(source, str(root), Kind.WORK_TREE if root.is_dir() else Kind.FOLDER)
    else:
        yield from _below(source, root)


def _below(source: str, root: Path) -> Iterator[Project]:
    """Yield the projects in a directory: repositories at any depth, and the folders just in it that hold none."""
    loose = False
    for name, kind in _entries(root):
        if name in _NOT_ENTERED:
            continue
        found = list(_repositories(root / name, _DEPTH)) if kind is _Entry.FOLDER else []
        prefix = f"{source.rstrip('/')}/"
        if found:
            for place, how in found:
                yield Project(prefix + place.relative_to(root).as_posix(), str(place), how)
        elif kind is _Entry.FOLDER:
            yield Project(prefix + name, str(root / name), Kind.FOLDER)
        elif kind is _Entry.FILE:
            loose = True
    if loose:
        yield Project(source, str(root), Kind.FOLDER)


def _repositories(folder: Path, depth: int) -> Iterator[tuple[Path, Kind]]:
    entries = _entries(folder)
    names = {name for name, _ in entries}
    if _GIT in names:
        yield folder, Kind.WORK_TREE
    elif names >= _BARE:
        yield folder, Kind.REMOTE
    elif depth:
        for name, kind in entries:
            if kind is _Entry.FOLDER and name not in _NOT_ENTERED:
                yield from _repositories(folder / name, depth - 1)


def _is_bare(folder: Path) -> bool:
    return {name for name, _ in _entries(folder)} >= _BARE


def _entries(folder: Path) -> list[tuple[str, _Entry]]:
    """Return what is in a directory, by name; nothing if it cannot be read."""
    try:
        with os.scandir(folder) as scan:
            return sorted((entry.name, _kind(entry)) for entry in scan)
    except OSError:
        return []


def _kind(entry: os.DirEntry[str]) -> _Entry:
    try:
        if not entry.is_dir():
            return _Entry.FILE
    except OSError:  # a link that leads to itself
        return _Entry.FILE
    return _Entry.LINK if entry.is_symlink() else _Entry.FOLDER
