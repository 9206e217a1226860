"""Which files a run is about: the given ones, and those that a search of the given directories finds."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from transformer.cache import Cache
    from transformer.context.build_context import BuildContext

STDIN = "-"
MAX_BYTES = 1 << 20
"""What is read of a file at most, and one byte more, by which the parser sees that it is too large."""
MAX_DEPTH = 40
MAX_FILES = 100_000
_DOCKERFILE = re.compile(r"dockerfile.*|.+\.dockerfile|containerfile", re.IGNORECASE)
_OTHER = re.compile(
    r".*(?:\.(?:dockerignore|orig|rej|bak|sw[op]|md|rst|txt|j2|jinja2?|tmpl|tpl|template|erb|ejs|mustache|hbs)|~)",
    re.IGNORECASE,
)
"""Names that begin like a Dockerfile's and belong to something else: backups, templates, descriptions."""
_NOT_ENTERED = frozenset({"node_modules"})


class UnreadableError(Exception):
    """A file cannot be read; the text says why."""


class Input(Struct, frozen=True):
    """One file of a run and the argument that led to it. ``problem`` is why there is no such file."""

    path: str
    given: str
    problem: str = ""


def find(paths: Iterable[str]) -> Iterator[Input]:
    """Yield the files in the order of the arguments, those of a directory by name, each one once."""
    seen: set[str] = set()
    for given in paths:
        for item in _below(given):
            key = item.path if item.path == STDIN else str(Path(item.path).absolute())
            if key not in seen:
                seen.add(key)
                yield item
            if len(seen) > MAX_FILES:
                yield Input(given, given, f"it holds more than {MAX_FILES} Dockerfiles: give smaller directories")
                return


def is_dockerfile(name: str) -> bool:
    """Return whether a file of this name is taken for a Dockerfile where nobody names it."""
    return _DOCKERFILE.fullmatch(name) is not None and _OTHER.fullmatch(name) is None


def read(path: str) -> bytes:
    """Return the bytes of a file or of standard input; UnreadableError says why not."""
    if path == STDIN:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise UnreadableError("it is not a regular file")
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from None
    except ValueError as error:
        raise UnreadableError(str(error)) from None


def context_root(file: Path, given: str | None) -> Path:
    """Return the build context of a Dockerfile: the one that was given, the one that Compose files build it in, or its
    own directory.
    """
    from transformer.context.consumers import context_of

    return Path(given) if given is not None else context_of(file) or file.parent


def build_context(file: Path, given: str | None, cache: Cache | None = None) -> BuildContext:
    """Return the build context of a Dockerfile, as ``context_root`` finds it."""
    from transformer.context.build_context import BuildContext

    root = context_root(file, given)
    if file.absolute().is_relative_to(root.absolute()):
        return BuildContext(root, str(file.absolute().relative_to(root.absolute())), cache=cache)
    return BuildContext(root, file.name, file, cache)


def _below(given: str) -> Iterator[Input]:
    if given == STDIN or not _is_directory(given):
        yield Input(given if given == STDIN else str(Path(given)), given)
        return
    for path, problem in _search(Path(given), MAX_DEPTH):
        yield Input(str(path), given, problem)


def _is_directory(given: str) -> bool:
    try:
        return Path(given).is_dir()
    except (OSError, ValueError):
        return False


def _search(folder: Path, depth: int) -> Iterator[tuple[Path, str]]:
    """Yield the Dockerfiles of a folder, then those below it. Links to directories are not followed."""
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError as error:
        yield folder, error.strerror or str(error)
        return
    for entry in entries:
        if is_dockerfile(entry.name) and entry.is_file():
            yield folder / entry.name, ""
    for entry in entries:
        if depth and _is_entered(entry):
            yield from _search(folder / entry.name, depth - 1)


def _is_entered(entry: os.DirEntry[str]) -> bool:
    hidden = entry.name.startswith(".") or entry.name in _NOT_ENTERED
    return not hidden and entry.is_dir(follow_symlinks=False)
