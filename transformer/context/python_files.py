"""What the Python files of the context say, each read once: what an earlier run read of the same text is remembered."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Iterable
from functools import cache as once
from itertools import groupby
from pathlib import Path

from msgspec import DecodeError, Struct, msgpack

from transformer.cache import Cache, key_of
from transformer.context.build_context import BuildContext
from transformer.context.python_plain import plain
from transformer.context.python_said import PythonSource
from transformer.context.python_source import parsed
from transformer.knowledge.programs import programs

MAX_FILES, MAX_TOTAL, MAX_PARSED = 5_000, 8_000_000, 500_000
"""How many files and characters are read, and how many characters of them by the slow parser."""
_MANY = 8
"""So many files are remembered even if none of them took the slow parser: reading one file is quicker than eight."""


class _Reading(Struct, frozen=True, array_like=True):
    """What a file says; ``slow`` if that is for the slow parser to find out, or was."""

    said: PythonSource | None = None
    slow: bool = False


_UNREAD = _Reading(slow=True)


def read_files(context: BuildContext, paths: Iterable[str]) -> dict[str, PythonSource | None] | None:
    """Return what each file says (None if it cannot be read); None if they are too many or too large."""
    names = sorted(paths)
    if len(names) > MAX_FILES:
        return None
    texts = {name: context.read(name) for name in names}
    if sum(len(text or "") for text in texts.values()) > MAX_TOTAL:
        return None
    folders = [_Folder(context.cache, [texts[n] for n in group]) for _, group in groupby(names, posixpath.dirname)]
    if sum(folder.effort() for folder in folders) > MAX_PARSED:
        return None
    said = (reading.said for folder in folders for reading in folder.readings())
    return dict(zip(names, said, strict=True))


class _Folder:
    """The files of one directory, which are remembered together: one entry for each file would be slower to find than
    most files are to read.
    """

    def __init__(self, cache: Cache | None, texts: list[str | None]) -> None:
        self.cache, self.texts = cache, texts
        self.key = key_of(_reader(), *(b"-" if t is None else b"+" + _bytes(t) for t in texts)) if cache else ""
        kept = _decoded(cache.get(self.key) or b"") if cache else []
        self.known = len(kept) == len(texts)
        self.found = kept if self.known else [_quick(text) for text in texts]

    def effort(self) -> int:
        """Return how many characters are for the slow parser, whether they are remembered or not."""
        return sum(len(t or "") for t, reading in zip(self.texts, self.found, strict=True) if reading.slow)

    def readings(self) -> list[_Reading]:
        """Return what the files say, and remember it if that took longer than finding it again."""
        if self.known:
            return self.found
        pairs = zip(self.texts, self.found, strict=True)
        found = [_Reading(parsed(t), slow=True) if t is not None and r is _UNREAD else r for t, r in pairs]
        if self.cache and (len(found) >= _MANY or _UNREAD in self.found):
            self.cache.put(self.key, msgpack.encode(found))
        return found


def _quick(text: str | None) -> _Reading:
    said = plain(text) if text is not None else None
    return _UNREAD if text is not None and said is None else _Reading(said)


def _decoded(kept: bytes) -> list[_Reading]:
    try:
        return msgpack.decode(kept, type=list[_Reading])
    except DecodeError:
        return []


@once
def _reader() -> bytes:
    """Return what the readings depend on but for the texts: our own code, its parsers, and the Python that runs it."""
    from importlib.util import find_spec

    own = sorted(Path(__file__).parent.glob("python_*.py"))
    parsers = [find_spec(name) for name in ("libcst", "tree_sitter", "tree_sitter_python")]
    changed = [Path(spec.origin).stat().st_mtime_ns for spec in parsers if spec is not None and spec.origin]
    known = (programs().python_runners, sorted(programs().python_functions))
    return key_of(repr((sys.version_info, changed, known)).encode(), *(path.read_bytes() for path in own)).encode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
