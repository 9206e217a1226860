"""The names of distribution releases: number, code name, and which tables answer for them (``data/releases.tsv``)."""

from __future__ import annotations

from enum import Enum
from functools import cache

from msgspec import Struct

from transformer.knowledge.loader import rows
from transformer.knowledge.tables import KnowledgeError


class Coverage(Enum):
    """How much the tables know of a release."""

    EXACT = "exact"
    """Its own indexes were read."""
    NAMES = "names"
    """A Debian neighbour's names, checked against what was measured of this release."""
    ROLES = "roles"
    """Roles carry over from the nearest release; names of runtime libraries do not."""
    RECIPES = "recipes"
    """Roles by hand and -dev packages from build recipes; nothing of what packages hold or depend on."""
    NONE = "none"
    """Nothing is known."""


class ReleaseName(Struct, frozen=True):
    """One release: ``name`` as in ``debian:bookworm`` or ``ubuntu:22.04``, and the suite whose tables answer for it, or
    the family of distributions whose ``recipes`` do.
    """

    name: str
    distribution: str
    codename: str
    number: str
    coverage: Coverage
    tables: str
    recipes: str = ""


def find(name: str) -> ReleaseName:
    """Return the release of that name, number or code name; an unknown one has coverage NONE."""
    known = _by_any_name().get(name)
    if known:
        return known
    distribution, _, number = name.partition(":")
    family = _recipes().get(distribution)
    if family:
        return ReleaseName(name, distribution, "", number, Coverage.RECIPES, "", family)
    return ReleaseName(name, distribution, "", number, Coverage.NONE, "")


def by_codename(codename: str) -> ReleaseName | None:
    """Return the release with that code name (``bookworm``, ``jammy``), or None."""
    return _by_any_name().get(codename)


@cache
def moved_to(name: str) -> str:
    """Return the archive that a release's packages have moved to; "" while the mirrors of its images have them."""
    return dict((release, where) for release, where in rows("archived.tsv")).get(find(name).name, "")


@cache
def suites() -> tuple[str, ...]:
    """Return the suites that have tables, oldest first: the columns of the role table."""
    return tuple(one.codename for one in _all() if one.coverage is Coverage.EXACT)


@cache
def codenames() -> frozenset[str]:
    """Return the code names of all releases that are known by name."""
    return frozenset(one.codename for one in _all() if one.codename)


@cache
def _recipes() -> dict[str, str]:
    """Return the families of distributions, by distribution."""
    return {distribution: family for distribution, family in rows("recipes.tsv")}


@cache
def _by_any_name() -> dict[str, ReleaseName]:
    names: dict[str, ReleaseName] = {}
    for one in _all():
        names[one.name] = names[one.codename] = one
        names[f"{one.distribution}:{one.codename}"] = one
        if one.number:
            names[f"{one.distribution}:{one.number}"] = one
    return names


@cache
def _all() -> tuple[ReleaseName, ...]:
    try:
        return tuple(_release(row) for row in rows("releases.tsv"))
    except ValueError as error:
        raise KnowledgeError("releases.tsv", str(error)) from error


def _release(row: tuple[str, ...]) -> ReleaseName:
    name, distribution, number, codename, coverage, tables = row
    return ReleaseName(name, distribution, codename, number, Coverage(coverage), tables)
