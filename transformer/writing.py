"""Replacing a file in one step, so that a reader sees the old text or the new one and a failure leaves the old one."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


class UnwritableError(Exception):
    """A file was not replaced; the text says why."""


def replace_file(path: str, given: str, old: bytes, new: bytes) -> None:
    """Replace the content ``old`` of ``path``, which was found through the argument ``given``, by ``new``.

    Mode and, if we may, owner stay. A symbolic link stays one and its target is replaced, but only below ``given``.
    """
    target, allowed = Path(path).resolve(), Path(given).resolve()
    if not target.is_relative_to(allowed):
        raise UnwritableError(f"it is a link to {target}, which lies outside of {given}: give that path to rewrite it")
    try:
        if target.read_bytes() != old:
            raise UnwritableError("it was changed while it was being read: run dockerfix again")
        _replace(target, new)
    except OSError as error:
        raise UnwritableError(error.strerror or str(error)) from None


def write_new(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file of our own piece by piece, its directory included; a reader sees all of it or what was there before.

    Raises UnwritableError.
    """
    import tempfile

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(pieces)
                os.fchmod(file.fileno(), 0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UnwritableError(f"{path}: {error.strerror or error}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _replace(target: Path, content: bytes) -> None:
    import tempfile

    before = target.stat()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".dockerfix", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            _keep_owner(file.fileno(), before)
            os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _keep_owner(handle: int, before: os.stat_result) -> None:
    now = os.fstat(handle)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        with suppress(PermissionError):
            os.fchown(handle, before.st_uid, before.st_gid)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable; some file systems cannot sync a directory."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
