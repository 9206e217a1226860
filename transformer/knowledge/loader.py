"""Reading the data files of ``data/``: sorted tables of tab-separated rows, plain or zlib-compressed.

A table is kept as one string. A question bisects the first keys of its blocks and searches one block, so nothing has
to be parsed before the first answer: with the role table that took 10 ms instead of the 26 ms of filling a dict.
"""

from __future__ import annotations

import json
import zlib
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
_BLOCK = 1024


class KnowledgeError(Exception):
    """A data file is missing or damaged: ``file`` names it and ``row`` is the text that could not be used."""

    def __init__(self, file: str, row: str) -> None:
        super().__init__(f"{file}: {row}")
        self.file = file
        self.row = row


class Table:
    """Rows ``key<TAB>value`` in ascending order of key; lines that begin with ``#`` and stand first are its header."""

    def __init__(self, name: str, text: str) -> None:
        """Index ``text``, the content of the file ``name``, without parsing its rows."""
        self.name = name
        self._text = "\n" + text if text.endswith("\n") else f"\n{text}\n"
        self._starts = self._block_starts()
        self._keys = [self._key_at(start) for start in self._starts]

    def get(self, key: str) -> str | None:
        """Return what stands after the key and its tab, or None if there is no such row."""
        at = bisect_right(self._keys, key) - 1
        if at < 0 or "\n" in key or "\t" in key:
            return None
        end = self._starts[at + 1] + 1 if at + 1 < len(self._starts) else len(self._text)
        found = self._text.find(f"\n{key}\t", self._starts[at], end)
        if found < 0:
            return None
        begin = found + len(key) + 2
        return self._text[begin : self._text.index("\n", begin)]

    def rows(self) -> list[list[str]]:
        """Return every row as its fields, header and empty lines left out."""
        return [line.split("\t") for line in self._text.split("\n") if line and not line.startswith("#")]

    def _block_starts(self) -> list[int]:
        """Return the offsets of the line ends after which a block begins."""
        if not self._text.strip("\n"):
            return []
        starts, at = [], self._after_header()
        while at < len(self._text) - 1:
            starts.append(at)
            at = self._text.find("\n", at + _BLOCK)
            if at < 0:
                break
        return starts

    def _after_header(self) -> int:
        at = 0
        while self._text.startswith("\n#", at):
            at = self._text.index("\n", at + 1)
        return at

    def _key_at(self, start: int) -> str:
        tab = self._text.find("\t", start)
        line = self._text[start + 1 : self._text.index("\n", start + 1)]
        if tab < 0 or "\t" not in line:
            raise KnowledgeError(self.name, line)
        return self._text[start + 1 : tab]


def read_text(name: str) -> str:
    """Return the content of a data file; files whose name ends in ``.z`` are decompressed."""
    try:
        raw = (DATA / name).read_bytes()
        return (zlib.decompress(raw) if name.endswith(".z") else raw).decode("utf-8")
    except (OSError, zlib.error, UnicodeDecodeError) as error:
        raise KnowledgeError(name, str(error)) from error


@cache
def table(name: str) -> Table:
    """Return the table in the data file ``name``, read at most once."""
    return Table(name, read_text(name))


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """Return all rows of a small hand-written table."""
    return tuple(tuple(fields) for fields in table_of_any_order(name))


def table_of_any_order(name: str) -> list[list[str]]:
    """Return the rows of a table that is read whole and therefore need not be sorted."""
    lines = read_text(name).split("\n")
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


@cache
def document(name: str) -> Any:
    """Return the content of a JSON data file."""
    text = read_text(name)
    try:
        return json.loads(text)
    except ValueError as error:
        raise KnowledgeError(name, str(error)) from error
