"""The headers that a source includes: the language's, the project's, or those of others."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from transformer.context.literals import Code, pattern
from transformer.context.native_source.tables import standard_headers

_INCLUDE = r"#[ \t]*(?:include|include_next|import)\b[ \t]*"
QUOTED = _INCLUDE + '"'
_ANGLED = _INCLUDE + r"<([^>\n]+)>"
_COMPUTED = _INCLUDE + r"([A-Za-z_]\w*)"


def included(source: Code) -> Iterator[str]:
    """Yield the names of the headers that a source includes; of one that a macro names, the macro."""
    for found in pattern(QUOTED).finditer(source.code):
        literal = source.literals.get(found.end() - 1)
        if literal is not None:
            yield literal[1]
    for angled in (_ANGLED, _COMPUTED):
        yield from (found[1].strip() for found in pattern(angled).finditer(source.code))


def standard(names: set[str]) -> set[str]:
    """Return those that are headers of the languages or the system (``headers.tsv``)."""
    known, folders = standard_headers()
    return {name for name in names if name in known or name.startswith(folders)}


def projects(names: set[str], own: frozenset[str]) -> set[str]:
    """Return those that are files of the project, wherever its include path begins."""
    ends = {path[at:] for path in own for at in (0, *_after_slashes(path))}
    return {name for name in names if posixpath.normpath("/" + name.lstrip("./")).lstrip("/") in ends}


def _after_slashes(path: str) -> Iterator[int]:
    yield from (at + 1 for at, character in enumerate(path) if character == "/")
