"""Getting documents and packages of an index: bounded, kept in a folder, never unpacked to disk."""

from __future__ import annotations

import hashlib
import io
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

_MOST_BYTES = 80_000_000
_MOST_MEMBERS, _MOST_MEMBER, _MOST_LIBRARY = 100_000, 30_000_000, 300_000_000
_MOST_UNPACKED = 1_000_000_000
_TIMEOUT = 60.0
_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


class Fetcher:
    """Fetches by URL and keeps what came in ``cache``."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    def get(self, url: str, accept: str = "*/*") -> bytes | None:
        """Return what is at ``url``; None if it is not there or larger than 80 MB."""
        kept = self.cache / hashlib.sha256(f"{accept} {url}".encode()).hexdigest()
        if kept.exists():
            return kept.read_bytes()
        request = urllib.request.Request(url, headers={"Accept": accept})
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
                content: bytes = answer.read(_MOST_BYTES + 1)
        except (urllib.error.URLError, TimeoutError, OSError):
            return None
        if len(content) > _MOST_BYTES:
            return None
        part = kept.with_suffix(".part")
        part.write_bytes(content)
        part.replace(kept)
        return content


def members(archive: bytes, wanted: tuple[str, ...]) -> Iterator[tuple[str, bytes | None]]:
    """Yield the files of a zip or tar archive by name; the content of those that end in ``wanted``, else None.

    Raises ValueError if the archive is damaged or has more or larger members than a package has.
    """
    try:
        yield from _zipped(archive, wanted) if archive[:2] == b"PK" else _tarred(archive, wanted)
    except _DAMAGED as error:
        raise ValueError(str(error)) from error


def _zipped(archive: bytes, wanted: tuple[str, ...]) -> Iterator[tuple[str, bytes | None]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        if len(opened.infolist()) > _MOST_MEMBERS:
            raise ValueError("too many members")
        for info in opened.infolist():
            if not info.is_dir():
                yield info.filename, _bounded(opened.open(info).read, info.filename, wanted)


def _tarred(archive: bytes, wanted: tuple[str, ...]) -> Iterator[tuple[str, bytes | None]]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        unpacked = 0
        for number, info in enumerate(opened):
            unpacked += info.size
            if number >= _MOST_MEMBERS or unpacked > _MOST_UNPACKED:
                raise ValueError("too many members, or too large ones")
            content = opened.extractfile(info) if info.isfile() else None
            if content is not None:
                yield info.name, _bounded(content.read, info.name, wanted)


def _bounded(read: Callable[[int], bytes], name: str, wanted: tuple[str, ...]) -> bytes | None:
    if not name.endswith(wanted):
        return None
    most = _MOST_LIBRARY if ".so" in name or name.endswith(".node") else _MOST_MEMBER
    content = read(most + 1)
    if len(content) > most:
        raise ValueError(f"{name} is too large")
    return content
