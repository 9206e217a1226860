"""Distributions whose package indexes were not read: roles by hand, and what build recipes say of -dev packages.

Alpine's recipes were read for each release; of the RPM family only names are known, and most of them by convention.
"""

from __future__ import annotations

from functools import cache

from transformer.knowledge import roles
from transformer.knowledge.loader import rows, table
from transformer.knowledge.releases import ReleaseName
from transformer.knowledge.roles import Role
from transformer.knowledge.tables import KnowledgeError

_ALWAYS = "*"
_NEWEST = (1_000_000,)


def role(release: ReleaseName, package: str) -> Role | None:
    """Return the role of a package: by hand, as a -dev package of the recipes, else as a Debian package of that name.

    The last is how="neighbour" and never proof: distributions cut packages in other ways.
    """
    kind = _by_hand(release.recipes).get(package)
    if kind is not None:
        return roles.kind_role(kind, "exception")
    if _segments(release, package):
        return roles.kind_role("dev", "recipe")
    return roles.elsewhere(package) or roles.by_convention(package)


def runtime(release: ReleaseName, package: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the letter of ``how.tsv`` and the packages that stand for a -dev package in the release, or None."""
    for span, letter, *names in _segments(release, package):
        first, _, last = span.partition("-")
        if span == _ALWAYS or _version(first) <= _version(release.number) <= _version(last):
            return letter, tuple(names)
    return None


def _segments(release: ReleaseName, package: str) -> list[list[str]]:
    name = f"{release.recipes}-dev.tsv.z"
    row = table(name).get(package)
    found = [segment.split(" ") for segment in row.split("\t")] if row else []
    if any(len(segment) < 2 for segment in found):  # noqa: PLR2004 the span and the letter
        raise KnowledgeError(name, f"{package}\t{row}")
    return found


def _version(text: str) -> tuple[int, ...]:
    """Return a release number for comparing; what has no number is newest of all."""
    parts = text.split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else _NEWEST


@cache
def _by_hand(recipes: str) -> dict[str, str]:
    name = f"{recipes}-roles.tsv"
    found = {}
    for row in rows(name):
        if len(row) != 2:  # noqa: PLR2004 kind and names
            raise KnowledgeError(name, "\t".join(row))
        found.update(dict.fromkeys(row[1].split(" "), row[0]))
    return found
