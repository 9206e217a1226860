"""What was measured of releases whose indexes were not read: names that exist there, and who ships which library."""

from __future__ import annotations

from functools import cache

from transformer.knowledge.loader import rows, table


def library_package(number: str, soname: str) -> str | None:
    """Return the package that ships a library in the release with that number, if it was measured."""
    names = table("measured-sonames.tsv").get(f"{number} {soname}")
    return names.split(" ")[0] if names else None


def name_of(number: str, suite: str, package: str) -> tuple[str, bool]:
    """Return what a suite's library package is called in a release, and whether that was measured."""
    if package in _seen(number):
        return package, True
    owners = {library_package(number, soname) for soname in _sonames_of(suite).get(package, ())} - {None}
    return (str(owners.pop()), True) if len(owners) == 1 else (package, False)


@cache
def _seen(number: str) -> frozenset[str]:
    """Return the names of packages that were seen in the release."""
    named = [row[1].split(" ") for row in rows("measured-names.tsv") if row[0] == number]
    owners = [row[1].split(" ") for row in rows("measured-sonames.tsv") if row[0].partition(" ")[0] == number]
    return frozenset(name for names in named + owners for name in names)


@cache
def _sonames_of(suite: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in table(f"{suite}-sonames.tsv.z").rows():
        found.setdefault(row[1], []).append(row[0])
    return {package: tuple(sonames) for package, sonames in found.items()}
