"""Values that are written as strings, as constants of a package, or as sums and paths of them."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from transformer.context.go_source.file import File
from transformer.context.literals import Code, pattern

_MAX_DEPTH = 5
_JOIN = r"(?:filepath|path)\s*\.\s*Join\s*(?=\()"
_CONST = r"const(?<!\wconst)\b(?:\s*\(([^)]*)\)|([^\n;]*))"
_DEFINITION = r"(?m)(?:^|(?<=const)|(?<=[(;]))[ \t]*(\w+)(?:[ \t]+\w+)?[ \t]*=[ \t]*(\"\x01*\"[ \t]*(?:$|(?=[;)])))?"
_BINDING = (
    r"\bfunc\b(?:\b(?:interface|struct)\s*\{[^{}]*\}|[^{]){0,2000}+\{|\bvar\s*\([^)]*\)|\bvar\b[^=\n]*"
    r"|(?<![\w,\s])[\w,\s]++:="
)


@dataclass(slots=True)
class Constants:
    """The files of each package, and what was learnt of a package so far.

    ``values`` are its constants, ``bound`` the names that may be parameters or variables.
    """

    packages: dict[str, list[File]]
    values: dict[str, dict[str, str | None]] = field(default_factory=dict)
    bound: dict[str, frozenset[str]] = field(default_factory=dict)


def constants_of(files: Iterable[File]) -> Constants:
    """Return the constants of all files."""
    packages: dict[str, list[File]] = {}
    for file in files:
        packages.setdefault(file.folder, []).append(file)
    return Constants(packages)


def literal(constants: Constants, file: File, start: int, end: int, depth: int = 0) -> str | None:
    """Return the value of a string, a constant, a sum of them, or a ``filepath.Join`` of them."""
    start, end = file.source.strip(start, end)
    join = pattern(_JOIN).match(file.source.code, start, end)
    if join is not None and depth < _MAX_DEPTH:
        return _joined(constants, file, (join.end(), end), depth)
    return _sum(constants, file, start, end)


def _joined(constants: Constants, file: File, at: tuple[int, int], depth: int) -> str | None:
    opening, end = at
    arguments = file.source.arguments(opening)
    if not arguments or file.source.code[arguments[-1][1] : end].strip(" \t\r\n,") != ")":
        return None
    values = [literal(constants, file, *argument, depth + 1) for argument in arguments]
    known = [value for value in values if value]
    return posixpath.normpath(posixpath.join(*known)) if len(known) == len(values) else None


def _sum(constants: Constants, file: File, start: int, end: int) -> str | None:
    parts, code = list[str](), file.source.code
    while start < end:
        stop, value = file.source.literals.get(start) or _constant(constants, file, start, end)
        plus = pattern(r"\s*(\+?)\s*").match(code, stop, end)
        if value is None or plus is None or (plus.end() < end) != bool(plus[1]):
            return None
        parts.append(value)
        start = plus.end()
    return "".join(parts) if parts else None


def _constant(constants: Constants, file: File, start: int, end: int) -> tuple[int, str | None]:
    """Return where a name ends and its value, if the package has one constant and nothing else of that name."""
    name = pattern(r"[^\W\d]\w*").match(file.source.code, start, end)
    if name is None:
        return 0, None
    value = _values(constants, file.folder).get(name[0])
    return name.end(), None if value is None or name[0] in _bound(constants, file.folder) else value


def _values(constants: Constants, folder: str) -> dict[str, str | None]:
    if folder not in constants.values:
        pairs = [pair for file in constants.packages[folder] for pair in _defined(file.source)]
        count = Counter(name for name, _ in pairs)
        constants.values[folder] = {name: value for name, value in pairs if count[name] == 1}
    return constants.values[folder]


def _defined(source: Code) -> Iterator[tuple[str, str | None]]:
    """Yield the names of constants, each with its value if that is one string."""
    definition = pattern(_DEFINITION)
    for block in pattern(_CONST).finditer(source.code):
        for line in definition.finditer(source.code, *block.span(1 if block[1] is not None else 2)):
            yield line[1], source.literals[line.start(2)][1] if line[2] else None


def _bound(constants: Constants, folder: str) -> frozenset[str]:
    """Return the words in the code that gives names to parameters and variables."""
    if folder not in constants.bound:
        code = (file.source.code for file in constants.packages[folder])
        bindings = (found[0] for one in code for found in pattern(_BINDING).finditer(one))
        constants.bound[folder] = frozenset(word for binding in bindings for word in pattern(r"\w+").findall(binding))
    return constants.bound[folder]
