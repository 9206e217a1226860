"""One Go source: its package, its imports, and whether it is ever built."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from transformer.context.go_source.tables import packages
from transformer.context.literals import Code, conceal, pattern, unescape

_TOKENS = (
    r"(?s)//[^\n]*|/\*(?:.*?\*/|(.*))"
    r"|\"[^\"\\\n]*+(?:\\[^\n][^\"\\\n]*+)*+\"|\"([^\n]*+)"
    r"|`[^`]*`|`(.*)"
    r"|'[^'\\\n]*+(?:\\[^\n][^'\\\n]*+)*+'|'([^\n]*+)"
)
_IMPORT = r"(?m)(?:^|;)[ \t]*import\b\s*(?:\(([^)]*)\)|([^\n;]*))"
_EMBEDDED = r"\"((?:[^\"\\]|\\.)*)\"|`([^`]*)`|(\S+)"
_SYSTEMS = frozenset(
    """
    aix android darwin dragonfly freebsd hurd illumos ios js nacl netbsd openbsd plan9 solaris wasip1 windows zos ignore
    """.split()  # noqa: SIM905 a table
)
"""Build tags that never hold in an image: go/build, syslist.go; `go help buildconstraint` for ``ignore``."""
_HOLDING = frozenset({"linux", "unix", "gc"} | {f"!{name}" for name in _SYSTEMS})
"""Constraints that always hold there."""


@dataclass(frozen=True, slots=True)
class File:
    """One source with its import table."""

    source: Code
    folder: str
    package: str
    imported: tuple[tuple[str, str, int], ...]
    """Local name, path and offset."""
    names: dict[str, str]
    """The packages with functions that take names, by the name that they have here."""
    tagged: bool = False
    """Whether a constraint says that it is built only sometimes: with a tag, for an architecture."""

    @property
    def paths(self) -> frozenset[str]:
        """What the source imports."""
        return frozenset(path for _, path, _ in self.imported if path)


def file_of(path: str, text: str) -> File | None:
    """Return a source; None if it is none of an image's."""
    source = conceal(path, text.removeprefix("\ufeff"), _TOKENS, _value)
    package = pattern(r"(?m)^[ \t;]*package\s+(\w+)").search(source.code)
    begin = package.start() if package else 0
    if _never_built(source, begin):
        return None
    tagged = any(not set(re.split(r"[\s,&|]+", text.strip())) <= _HOLDING for text in _constraints(source, begin))
    imported = tuple(_imports(source))
    names = {name or path.rpartition("/")[2]: path for name, path, _ in imported if path in packages()}
    return File(source, posixpath.dirname(path) or ".", package[1] if package else "", imported, names, tagged)


def embeds(file: File) -> Iterator[str]:
    """Yield the patterns of context paths that a source embeds."""
    for _, text in file.source.comments:
        if text.startswith("//go:embed"):
            for words in pattern(_EMBEDDED).findall(text.removeprefix("//go:embed")):
                yield posixpath.normpath(posixpath.join(file.folder, "".join(words).removeprefix("all:")))


def _value(token: str) -> str:
    return token[1:-1].replace("\r", "") if token[0] == "`" else unescape(token[1:-1])


def _imports(source: Code) -> Iterator[tuple[str, str, int]]:
    declared = pattern(r"(?m)^(?:func|type|var|const)\b").search(source.code)
    one = pattern(r"(?:([\w.]+)\s*)?(\"\x01*\")")
    for block in pattern(_IMPORT).finditer(source.code, 0, declared.start() if declared else len(source.code)):
        for found in one.finditer(source.code, *block.span(1 if block[1] is not None else 2)):
            _, path = source.literals.pop(found.start(2), (0, ""))
            yield found[1] or "", path, found.start()


def _never_built(source: Code, package: int) -> bool:
    """Whether the name or a constraint above the package clause rules the file out on Linux."""
    parts = source.path.rpartition("/")[2].removesuffix(".go").split("_")[1:][-2:]
    never = not _SYSTEMS.isdisjoint(set(parts) - {"ignore"})
    return never or any(map(_unsatisfiable, _constraints(source, package)))


def _constraints(source: Code, package: int) -> Iterator[str]:
    """Yield the build constraints above the package clause (``go help buildconstraint``)."""
    for at, text in source.comments:
        found = pattern(r"(?s)//(?:go:build|[ \t]*\+build)[ \t]+(.*)").match(text) if at < package else None
        if found:
            yield found[1]


def _unsatisfiable(constraint: str) -> bool:
    if "(" in constraint:
        return False
    choices = constraint.split("||") if "&" in constraint or "|" in constraint else constraint.split()
    terms = [choice.replace("&&", ",").split(",") for choice in choices]
    return bool(terms) and all(any(t.strip() in _SYSTEMS | {"!linux", "!unix"} for t in choice) for choice in terms)
