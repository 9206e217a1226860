"""What a package is for, from the role table, from other versions of the package, or from the form of its name."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache

from msgspec import Struct

from transformer.knowledge import releases
from transformer.knowledge.loader import rows, table
from transformer.knowledge.releases import Coverage, ReleaseName
from transformer.knowledge.tables import KnowledgeError

TABLE = "roles.tsv.z"
ABSENT = "."
_ROLES: dict[tuple[str, str], Role] = {}


class Group(Enum):
    """What becomes of a package: left in the builder, left unless something live calls it, kept."""

    BUILD = "build"
    CONDITIONAL = "conditional"
    RUNTIME = "runtime"


class Role(Struct, frozen=True):
    """What a package is for. ``kind`` is the finer word (toolchain, dev, fetch, lib …) and ``how`` where it comes from.

    ``table``: this release's own indexes; ``neighbour``: those of other releases, proven if all that have the package
    agree on the group, and never across distributions; ``recipe``: a -dev package of the distribution's build recipes;
    ``version``: all other versions of the package agree (gcc-7 from gcc-10 and gcc-12);
    ``convention``: the form of the name, never proof; ``exception``: by hand; ``overlay``: the user's own row.
    """

    kind: str
    group: Group
    how: str
    proven: bool


def find(release: ReleaseName, package: str) -> Role | None:
    """Return the role of a package in a release that has a neighbour with tables, or None for an unknown name."""
    letters = table(TABLE).get(package)
    if letters is None:
        return _by_version(package) or by_convention(package)
    known = _ROLES.get((release.name, letters))
    return known or _ROLES.setdefault((release.name, letters), _from_letters(release, letters))


@cache
def kind_role(kind: str, how: str, proven: bool = True) -> Role:
    """Return the role of that kind; its group is in ``kinds.tsv``."""
    groups = {name: group for name, group in _kinds().values()}
    if kind not in groups:
        raise KnowledgeError("kinds.tsv", f"no kind {kind}")
    return Role(kind, groups[kind], how, proven)


def group_of(letter: str) -> Group:
    """Return the group of a role letter of the table."""
    return _letter(letter)[1]


def kind_of(letter: str) -> str:
    """Return the kind that a letter of the role table stands for."""
    return _kind(letter)


def letter_of(kind: str) -> str:
    """Return the letter under which the role table keeps a kind."""
    return next(letter for letter, (name, _) in _kinds().items() if name == kind)


def stem(package: str) -> str:
    """Return a package name with its version numbers blanked: gcc-7 and gcc-12 have the same stem."""
    return re.sub(r"\d+(\.\d+)*", "#", package)


def _from_letters(release: ReleaseName, letters: str) -> Role:
    if len(letters) != len(releases.suites()) or not letters.strip(ABSENT):
        raise KnowledgeError(TABLE, f"role letters {letters!r}")
    own = letters[releases.suites().index(release.tables)]
    if release.coverage is Coverage.EXACT and own != ABSENT:
        return kind_role(_kind(own), "table")
    return _from_neighbours(release, letters)


def _from_neighbours(release: ReleaseName, letters: str) -> Role:
    """Take the role of the nearest release that has the package."""
    here = releases.suites().index(release.tables)
    order = sorted(range(len(letters)), key=lambda column: abs(column - here))
    nearest = next(letters[column] for column in order if letters[column] != ABSENT)
    agreed = {group_of(letter) for letter in letters if letter != ABSENT}
    return kind_role(_kind(nearest), "neighbour", len(agreed) == 1)


def _by_version(package: str) -> Role | None:
    kind = table("stems.tsv").get(stem(package))
    return kind_role(kind, "version") if kind else None


def elsewhere(package: str) -> Role | None:
    """Return the role that a package of that name has in all releases with tables, if they agree; never proof."""
    letters = (table(TABLE).get(package) or "").replace(ABSENT, "")
    agreed = {group_of(letter) for letter in letters}
    return kind_role(_kind(letters[-1]), "neighbour", False) if len(agreed) == 1 else None


def by_convention(package: str) -> Role | None:
    """Return the role that the form of a name stands for, never proof; None without one."""
    for suffix, kind in rows("conventions.tsv"):
        if package.endswith(suffix):
            return kind_role(kind, "convention", False)
    return None


def _kind(letter: str) -> str:
    return _letter(letter)[0]


def _letter(letter: str) -> tuple[str, Group]:
    try:
        return _kinds()[letter]
    except KeyError as error:
        raise KnowledgeError(TABLE, f"unknown role letter {letter}") from error


@cache
def _kinds() -> dict[str, tuple[str, Group]]:
    try:
        return {letter: (kind, Group(group)) for letter, kind, group in rows("kinds.tsv")}
    except ValueError as error:
        raise KnowledgeError("kinds.tsv", str(error)) from error
