"""The build context as the builder sees it: the tree below one directory, minus what .dockerignore names."""

from __future__ import annotations

import codecs
import fnmatch
import os
import stat
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from e2b_dockerfile_utils import PatternMatcher

    from transformer.cache import Cache

MAX_FILES = 100_000
"""How many files are looked at; a larger context counts as not read completely."""
MAX_BYTES = 1_000_000
"""How much of one file is read; a larger one counts as unreadable."""
_VERSION_CONTROL = frozenset({".git", ".hg", ".svn"})
_UNLISTED = frozenset({"node_modules"})
"""Too large to look at: a context that has one was not seen completely."""


@dataclass(frozen=True)
class BuildContext:
    """A context directory. Symbolic links are listed but never followed; nothing outside of ``root`` is read."""

    root: Path
    dockerfile: str = "Dockerfile"
    """Its path in the context; its name if it lies elsewhere."""
    elsewhere: Path | None = None
    """Where the Dockerfile lies if it is not in the context."""
    cache: Cache | None = None
    """Where what was read of the files is remembered."""
    changed: frozenset[str] = frozenset()
    """Files whose text is another one in the image: it is not read."""

    @property
    def dockerfile_path(self) -> Path:
        """Where the Dockerfile lies."""
        return self.elsewhere or self.root / self.dockerfile

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Paths of all files and links relative to the root, sorted, without ignored ones."""
        return self._walked[0]

    @property
    def complete(self) -> bool:
        """Whether every file was seen (false when the context is larger than ``MAX_FILES`` or partly unreadable)."""
        return self._walked[1]

    @cached_property
    def _file_set(self) -> frozenset[str]:
        return frozenset(self.files)

    @cached_property
    def names(self) -> frozenset[str]:
        """The last parts of all paths: what the files are called, wherever they lie."""
        return frozenset(name.rpartition("/")[2] for name in self.files)

    @cached_property
    def directories(self) -> frozenset[str]:
        """Paths of all directories that hold a file."""
        found: set[str] = set()
        for name in self.files:
            parent = name.rpartition("/")[0]
            while parent and parent not in found:
                found.add(parent)
                parent = parent.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def _walked(self) -> tuple[tuple[str, ...], bool]:
        found: list[str] = []
        matcher, readable = self._ignored
        problems: list[OSError] = [] if readable else [OSError("the ignore file cannot be read")]
        for folder, folders, names in os.walk(self.root, onerror=problems.append, followlinks=False):
            base = os.path.relpath(folder, self.root)
            prefix = "" if base == "." else base + "/"
            links = [n for n in folders if os.path.islink(os.path.join(folder, n))]  # noqa: PTH114, PTH118 hot loop
            entered = [d for d in folders if d not in links and _entered(matcher, prefix + d)]
            problems += [OSError(d) for d in entered if d in _UNLISTED]
            folders[:] = sorted(d for d in entered if d not in _UNLISTED and d not in _VERSION_CONTROL)
            found += [prefix + n for n in (*names, *links) if matcher is None or not matcher.matches(prefix + n)]
            if len(found) > MAX_FILES:
                problems.append(OSError("too many files"))
                break
        return tuple(sorted(found)), not problems

    @cached_property
    def _ignored(self) -> tuple[PatternMatcher | None, bool]:
        """Return the ignore patterns, and whether they could be read."""
        for name in (f"{self.dockerfile}.dockerignore", ".dockerignore"):
            if (self.root / name).exists():
                text = self._text(name)
                matcher = _matcher(text) if text is not None else None
                return matcher, matcher is not None
        return None, True

    def excludes(self, path: str) -> bool:
        """Whether .dockerignore keeps a path out of the context, be there such a file or not."""
        matcher, _ = self._ignored
        return matcher is not None and matcher.matches(normal(path))

    def is_file(self, path: str) -> bool:
        """Whether ``path`` is a file of the context."""
        return path in self._file_set or normal(path) in self._file_set

    def is_directory(self, path: str) -> bool:
        """Whether ``path`` is a directory of the context that holds a file."""
        return path in ("", ".") or normal(path) in self.directories

    def under(self, path: str) -> tuple[str, ...]:
        """Return the files at and below ``path`` ("" or "." is all)."""
        path = normal(path) if path else "."
        if path == ".":
            return self.files
        if path in self._file_set:
            return (path,)
        start = bisect_left(self.files, path + "/")
        return self.files[start : bisect_left(self.files, path + "0", start)]

    def match(self, pattern: str) -> tuple[str, ...]:
        """Return the files and directories that a COPY source names, as filepath.Match does it."""
        cleaned = normal(pattern).replace("[^", "[!")
        if not any(c in cleaned for c in "*?["):
            return (cleaned,) if self.is_file(cleaned) or self.is_directory(cleaned) else ()
        depth = cleaned.count("/")
        names = (n for n in (*self.files, *sorted(self.directories)) if n.count("/") == depth)
        parts = cleaned.split("/")
        return tuple(n for n in names if all(map(fnmatch.fnmatchcase, n.split("/"), parts)))

    def read(self, path: str) -> str | None:
        """Return the text of a file of the context; None if it is not one, too large, or not UTF-8."""
        name = path if path in self._file_set else normal(path)
        return self._text(name) if name in self._file_set and name not in self.changed else None

    def _text(self, path: str) -> str | None:
        folder = os.path.dirname(path)  # noqa: PTH120 hot loop
        if folder not in self._inside:
            self._inside[folder] = _is_below(self.root, folder)
        return regular_text(f"{self.root}/{path}") if self._inside[folder] else None

    @cached_property
    def _inside(self) -> dict[str, bool]:
        """Whether the directories that were asked for lie below the root, links resolved."""
        return {}


def text_below(root: Path, path: str) -> str | None:
    """Return the text of a file below ``root``; None if it is none, a link, too large, elsewhere, or not UTF-8."""
    inside = _is_below(root, os.path.dirname(path))  # noqa: PTH120 hot loop
    return regular_text(f"{root}/{path}") if inside else None


def _is_below(root: Path, folder: str) -> bool:
    try:
        return (root / folder).resolve().is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):
        return False


def regular_text(path: str) -> str | None:
    """Return the text of a file that is no link and no device; a pipe is not waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_BYTES:
                return None
            raw = os.read(handle, found.st_size + 1)
            while len(raw) <= MAX_BYTES and len(raw) != found.st_size and (more := os.read(handle, MAX_BYTES)):
                raw += more
        finally:
            os.close(handle)
        if len(raw) > MAX_BYTES:
            return None
        return raw.decode("utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        return None


def normal(path: str) -> str:
    """Return a context path without leading slash, ``./`` and trailing slash; ``..`` never leaves the root."""
    cleaned = os.path.normpath("/" + path.lstrip("/")).lstrip("/")
    return cleaned or "."


def _entered(matcher: PatternMatcher | None, path: str) -> bool:
    return matcher is None or not matcher.matches(path) or matcher.may_match_under(path)


def _matcher(text: str) -> PatternMatcher | None:
    from e2b_dockerfile_utils import PatternMatcher

    try:
        return PatternMatcher(text.removeprefix("\ufeff").splitlines())
    except ValueError:
        return None
