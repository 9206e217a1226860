"""The packages of Cargo's registry that become part of a program, and what is known of them.

``crates-read.tsv.z`` says what the code of a package does; ``crate-libraries.tsv`` with what libraries of the
distribution those are linked that have a build script which looks for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from msgspec import Struct

from transformer.context.cargo import Locked
from transformer.knowledge import exceptions, overlay
from transformer.knowledge.loader import rows, table
from transformer.knowledge.programs import programs
from transformer.knowledge.tables import KnowledgeError

_TABLE, _INDEX = "crates-read.tsv.z", "crates"
_OPEN, _NATIVE, _FILES, _SYSTEM = "open", "native", "files", "system"
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_REGISTRY = "registry+"


class Crate(Struct, frozen=True):
    """One package of the registry: the ``versions`` that were read, what it ``requires``, the programs that it runs,
    and marks of its code.
    """

    versions: tuple[str, ...]
    requires: frozenset[str]
    commands: tuple[str, ...]
    marks: frozenset[str]


class KnownCrates(Struct, frozen=True):
    """What is known of all packages of a program. ``unread`` are those of which nothing is, or whose code does not
    tell; ``commands`` and ``libraries`` (as the linker calls them) are pairs with the package that uses them, ``kinds``
    are kinds of data; ``files``: some open files.
    """

    unread: tuple[str, ...]
    commands: tuple[tuple[str, str], ...]
    libraries: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    files: bool
    packages: tuple[tuple[str, str], ...] = ()
    """Packages of the distribution that the user's own rows name."""


def crate(name: str) -> Crate | None:
    """Return what was read of a package; None if it was not."""
    row = table(_TABLE).get(name)
    if row is None:
        return None
    parts = [tuple(part.split()) for part in row.split("\t")]
    if len(parts) != 5:  # noqa: PLR2004 the columns of the table
        raise KnowledgeError(_TABLE, f"{name}\t{row}")
    return Crate(parts[0], frozenset(parts[1]), parts[2], frozenset(parts[4]))


def used(
    locked: Iterable[Locked], start: Iterable[str], requires: Callable[[Locked], frozenset[str] | None]
) -> tuple[Locked, ...]:
    """Return the packages of a lock file that become part of a program: ``start`` are the local ones that are built;
    ``requires`` says what a package needs when it runs, None if that is not known: it may be all that it depends on.
    """
    by_name: dict[str, list[Locked]] = {}
    for one in locked:
        by_name.setdefault(one.name, []).append(one)
    todo = [one for name in start for one in by_name.get(name, ()) if not one.source]
    found: dict[tuple[str, str, str], Locked] = {}
    while todo:
        one = todo.pop()
        if (one.name, one.version, one.source) in found:
            continue
        found[one.name, one.version, one.source] = one
        wanted = requires(one)
        for words in (dependency.split() for dependency in one.dependencies):
            if wanted is None or words[0] in wanted:
                todo += [d for d in by_name.get(words[0], ()) if words[1:2] in ([], [d.version])]
    return tuple(found.values())


def is_known(one: Locked) -> bool:
    """Whether the table has a package in that version."""
    row = crate(one.name) if one.source.startswith(_REGISTRY) else None
    return row is not None and _covers(row.versions, one.version)


def known(packages: Iterable[Locked]) -> KnownCrates:
    """Return what is known of packages of the registry together."""
    unread: list[str] = []
    commands: dict[str, str] = {}
    libraries: dict[str, str] = {}
    kinds: dict[str, str] = {}
    stating: dict[str, str] = {}
    files = False
    stated = overlay.current().of("module")
    judged, linked = exceptions.of("code"), {row[0]: row[1:] for row in rows("crate-libraries.tsv")}
    for one in packages:
        row, own = crate(one.name), stated.get(f"{_INDEX}:{one.name}")
        if own is not None:
            stating |= dict.fromkeys((word for word in own.split() if word[0] != "+"), one.name)
            files = True
            continue
        if row is None or not is_known(one):
            unread.append(f"{one.name} {one.version}")
            continue
        looked_at = f"{_INDEX}:{one.name}" in judged
        marks = row.marks - ({_OPEN, _SYSTEM} if looked_at else set())
        if marks & {_OPEN, _SYSTEM} or (_NATIVE in marks and one.name not in linked):
            unread.append(one.name)
        commands |= dict.fromkeys(() if looked_at else row.commands, one.name)
        names, data = (*linked.get(one.name, ()), "", "")[:2]
        libraries |= dict.fromkeys(names.split(), one.name)
        kinds |= dict.fromkeys((*(m for m in marks if m in _kinds()), *data.split()), one.name)
        files = files or _FILES in marks
    pairs = (_pairs(commands), _pairs(libraries), _pairs(kinds))
    return KnownCrates(tuple(sorted(set(unread))), *pairs, files, _pairs(stating))


def _pairs(found: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(found.items()))


def _kinds() -> frozenset[str]:
    return frozenset(programs().data_packages)


def _covers(versions: tuple[str, ...], version: str) -> bool:
    """Whether a locked version is none before or behind those that were read; one that was read stands for all that it
    is compatible with (The Cargo Book, "Version requirement syntax").
    """
    numbers = sorted(filter(None, map(_number, versions)))
    found = _number(version)
    return bool(numbers) and bool(found) and _family(numbers[0]) <= _family(found) and found <= numbers[-1]


def _number(version: str) -> tuple[int, ...]:
    found = _VERSION.match(version)
    return tuple(map(int, found.groups())) if found else ()


def _family(number: tuple[int, ...]) -> tuple[int, ...]:
    first = next((at for at, part in enumerate(number) if part), len(number) - 1)
    return number[: first + 1]
