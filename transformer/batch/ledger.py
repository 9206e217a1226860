"""What a batch has done, in an SQLite file: a run that was stopped goes on where it was. One process writes it."""

from __future__ import annotations

import fcntl
import json
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from msgspec import Struct
from msgspec.json import decode, encode

_SCHEMA = """
create table if not exists runs (
    started real not null, sources text not null, version text not null
);
create table if not exists projects (
    project text not null, revision text not null, version text not null, options text not null,
    state text not null, code text not null, reason text not null, made text not null, finished real not null,
    primary key (project, revision, version, options)
) without rowid;
create table if not exists files (
    project text not null, revision text not null, path text not null, digest text not null,
    version text not null, options text not null,
    status text not null, code text not null, seconds real not null, report blob not null,
    primary key (project, revision, path, version, options)
) without rowid;
"""
_LASTING = ("journal_mode = wal", "synchronous = full")
_PASSING = ("journal_mode = memory", "synchronous = off", "locking_mode = exclusive")
_MATCHED = "project = ? and revision = ? and version = ? and options = ?"


class LedgerError(Exception):
    """The ledger cannot be used; the message says why."""


class Key(Struct, frozen=True):
    """What an answer holds for: another revision, version of dockerfix or option is another question."""

    project: str
    revision: str
    version: str
    options: str

    @property
    def values(self) -> tuple[str, str, str, str]:
        """The values in the order of the columns."""
        return _plain(self.project), self.revision, self.version, self.options


class Entry(Struct, frozen=True):
    """How a project ended: ``done``, ``skipped`` or ``failed``, with code and reason; ``made`` is a commit, or ""."""

    state: str
    code: str = ""
    reason: str = ""
    made: str = ""


class FileRow(Struct, frozen=True):
    """The answer for one Dockerfile, with its element of the JSON report in packed form."""

    project: str
    path: str
    status: str
    code: str
    seconds: float
    packed: bytes

    @property
    def report(self) -> dict[str, Any]:
        """The element of the JSON report."""
        return unpacked(self.packed)


class Ledger:
    """A ledger that is open for writing. A second run on the same file is told so (LedgerError).

    One that is not ``lasting`` is for this run alone: nothing has to be on the disk before the next project begins.
    """

    def __init__(self, path: Path, *, lasting: bool = True) -> None:
        self._lock = _locked(path)
        try:
            self._connection = sqlite3.connect(path, isolation_level=None)
            for pragma in _LASTING if lasting else _PASSING:
                self._connection.execute(f"pragma {pragma}")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            self._lock.close()
            raise LedgerError(f"{path}: {error}") from None

    def close(self) -> None:
        """Close the file and let other runs have it."""
        self._connection.close()
        self._lock.close()

    def begin(self, sources: Iterable[str], version: str) -> None:
        """Note what this run is about, for ``sources``."""
        self._write("insert into runs values (?, ?, ?)", (time.time(), json.dumps(list(sources)), version))

    def sources(self) -> tuple[str, ...]:
        """Return what the last run was about; () if there was none."""
        row = self._connection.execute("select sources from runs order by started desc limit 1").fetchone()
        return tuple(json.loads(row[0])) if row else ()

    def entry(self, key: Key) -> Entry | None:
        """Return how a project ended; None if it was not finished."""
        query = f"select state, code, reason, made from projects where {_MATCHED}"
        row = self._connection.execute(query, key.values).fetchone()
        return Entry(*row) if row else None

    def statuses(self, key: Key) -> frozenset[str]:
        """Return the statuses of a project's files."""
        query = f"select distinct status from files where {_MATCHED}"
        return frozenset(row[0] for row in self._connection.execute(query, key.values))

    def finish(self, key: Key, entry: Entry, rows: Iterable[tuple[FileRow, str]]) -> None:
        """Write how a project ended and its files, each with its digest, at once or not at all.

        Raises LedgerError if the file cannot be written.
        """
        made = (entry.state, entry.code, _plain(entry.reason), entry.made, time.time())
        files = [
            (
                *key.values[:2],
                _plain(row.path),
                digest,
                *key.values[2:],
                row.status,
                row.code,
                row.seconds,
                row.packed,
            )
            for row, digest in rows
        ]
        try:
            with self._connection:
                self._connection.execute("begin immediate")
                self._connection.execute(f"delete from files where {_MATCHED}", key.values)
                self._connection.executemany(f"insert into files values ({','.join('?' * 10)})", files)
                self._connection.execute(
                    f"insert or replace into projects values ({','.join('?' * 9)})", (*key.values, *made)
                )
        except sqlite3.Error as error:
            raise LedgerError(f"the ledger cannot be written: {error}") from None

    def files(self, keys: Iterable[Key]) -> Iterator[FileRow]:
        """Yield the files of projects."""
        query = f"select project, path, status, code, seconds, report from files where {_MATCHED} order by path"
        for key in keys:
            for row in self._connection.execute(query, key.values):
                yield FileRow(*row)

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise LedgerError(f"the ledger cannot be written: {error}") from None


def _plain(name: str) -> str:
    """Return a name that need not be UTF-8 as text that is, each name another."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def packed(report: dict[str, object]) -> bytes:
    """Return an element of the JSON report as the ledger keeps it."""
    return zlib.compress(encode(report), 1)


def unpacked(report: bytes) -> dict[str, Any]:
    """Return the element of the JSON report that was packed."""
    element: dict[str, Any] = decode(zlib.decompress(report))
    return element


def _locked(path: Path) -> IO[str]:
    """Return the open lock file beside the ledger; the system lets go of it when the process ends, however it does."""
    try:
        lock = path.with_name(path.name + ".lock").open("w")
    except OSError as error:
        raise LedgerError(f"{path}: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise LedgerError(f"{path} is in use by another run") from None
    return lock
