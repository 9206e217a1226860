"""What earlier runs found out, kept in the user's cache folder under the hash of all that it depends on.

Several processes may share the folder; where it cannot be written, or the disk is full, everything is worked out anew.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from transformer.writing import UnwritableError, write_new

MAX_BYTES = 256_000_000
MAX_AGE = 30 * 86_400
"""How large the folder may grow, and how many seconds an entry may lie there unused."""
_DAY = 86_400
_CHECK = 16
"""How many bytes of an entry tell whether the rest is whole."""
_CLEANED = "cleaned"


def key_of(*parts: bytes) -> str:
    """Return the name of an entry that depends on these parts, each with its length."""
    digest = blake2b(digest_size=20)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


@dataclass(frozen=True)
class Cache:
    """A folder of entries; ``given`` is another one than the user's."""

    given: Path | None = None

    @cached_property
    def folder(self) -> Path:
        """The folder, which need not exist."""
        from platformdirs import user_cache_path

        return self.given or user_cache_path("dockerfix", appauthor=False)

    def get(self, key: str) -> bytes | None:
        """Return an entry; None if there is none, or a damaged one."""
        path = self._path(key)
        try:
            raw = path.read_bytes()
            if time.time() - path.stat().st_mtime > _DAY:
                os.utime(path)
        except OSError:
            return None
        return raw[_CHECK:] if raw[:_CHECK] == _checksum(raw[_CHECK:]) else None

    def put(self, key: str, value: bytes) -> None:
        """Keep an entry, if that can be done; once a day what is old or too much is thrown away."""
        with suppress(UnwritableError, OSError):
            write_new(self._path(key), (_checksum(value), value))
            self._clean()

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]

    def _clean(self) -> None:
        marker = self.folder / _CLEANED
        if marker.exists() and time.time() - marker.stat().st_mtime < _DAY:
            return
        marker.touch()
        total = 0
        for age, size, path in sorted(_entries(self.folder)):
            total += size
            if age > MAX_AGE or total > MAX_BYTES:
                path.unlink(missing_ok=True)


def _entries(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Yield age in seconds, size and path of each entry."""
    now = time.time()
    for path in folder.glob("??/*"):
        with suppress(OSError):
            found = path.stat()
            yield now - found.st_mtime, found.st_size, path


def _checksum(value: bytes) -> bytes:
    return blake2b(value, digest_size=_CHECK).digest()
