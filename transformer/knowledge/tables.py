"""The tables of ``data/``: rows ``key<TAB>value`` in ascending order of key, as text or in compressed blocks.

A table is kept as one string. A question bisects the first keys of its blocks and searches one block, so nothing has
to be parsed before the first answer: with the role table that took 10 ms instead of the 26 ms of filling a dict.

A compressed table (``.z``) is zlib streams of whole lines below one line of JSON that lists them, ``[[first key,
bytes], ...]``. A question opens one of them: opening whole tables was 21 ms of a dry run of one Python project, for
some dozen rows. Streams of 128 KiB make the files 6% larger, of 64 KiB 11%.
"""

from __future__ import annotations

import json
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

_BLOCK = 1024
"""Characters that are searched for one row."""
_STREAM = 131_072
"""Characters that are opened for one row."""


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


class PackedTable:
    """A :class:`Table` whose streams are opened when a question needs them, each once."""

    def __init__(self, name: str, raw: bytes) -> None:
        """Read the index of ``raw``, the content of the file ``name``; raise KnowledgeError if it has none."""
        self.name = name
        head, _, self._raw = raw.partition(b"\n")
        try:
            index = [(str(key), int(size)) for key, size in json.loads(head)]
        except (ValueError, TypeError) as error:
            raise KnowledgeError(name, f"no index of its streams: {error}") from error
        self._keys = [key for key, _ in index]
        self._ends = list(accumulate((size for _, size in index), initial=0))
        self._opened: dict[int, Table] = {}

    def get(self, key: str) -> str | None:
        """Return what stands after the key and its tab, or None if there is no such row."""
        at = bisect_right(self._keys, key) - 1
        return self._part(at).get(key) if at >= 0 else None

    def rows(self) -> list[list[str]]:
        """Return every row as its fields, header and empty lines left out."""
        return [row for at in range(len(self._keys)) for row in self._part(at).rows()]

    def _part(self, at: int) -> Table:
        if at not in self._opened:
            try:
                text = zlib.decompress(self._raw[self._ends[at] : self._ends[at + 1]]).decode("utf-8")
            except (zlib.error, UnicodeDecodeError) as error:
                raise KnowledgeError(self.name, str(error)) from error
            self._opened[at] = Table(self.name, text)
        return self._opened[at]


def pack(lines: Iterable[str]) -> bytes:
    """Return the content of a compressed table that has the lines, which are in order, the header first."""
    streams = [(_key(part), zlib.compress("".join(part).encode("utf-8"), 9)) for part in _parts(lines)]
    index = json.dumps([[key, len(stream)] for key, stream in streams], separators=(",", ":"))
    return b"\n".join((index.encode("utf-8"), b"".join(stream for _, stream in streams)))


def _parts(lines: Iterable[str]) -> Iterator[list[str]]:
    part: list[str] = []
    size = 0
    for line in lines:
        part.append(f"{line}\n")
        size += len(line)
        if size > _STREAM:
            yield part
            part, size = [], 0
    if part:
        yield part


def _key(part: list[str]) -> str:
    """Return the key of the first row; a header has no key, it belongs to what follows."""
    return next((line.rstrip("\n").partition("\t")[0] for line in part if not line.startswith("#")), "")
