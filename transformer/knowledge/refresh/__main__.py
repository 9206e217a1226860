"""Rebuild ``data/``: ``python -m transformer.knowledge.refresh INDEXES [--labels FILE] [--facts DIR]``.

``INDEXES`` holds one folder a release with the indexes that ``indexes.sh INDEXES`` fetches through the apt of the
machine it runs on; a release without them keeps its tables. ``--facts`` names a folder with what no archive
tells (image tags and configs, recipes, what people install); without it those tables stay. Nothing is written if the
rebuilt tables fail a gate. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from transformer.knowledge import releases
from transformer.knowledge.loader import DATA
from transformer.knowledge.refresh import archive, contents, gates, images, modules, packages, recipes
from transformer.knowledge.refresh.derive import Suite
from transformer.knowledge.tables import pack


def write(name: str, header: str, lines: Iterable[str]) -> None:
    """Write a sorted table with a header line, compressed when its name says so."""
    told = [f"# {header}", *sorted(lines)]
    plain = "".join(f"{line}\n" for line in told).encode("utf-8")
    (DATA / name).write_bytes(pack(told) if name.endswith(".z") else plain)


def main(arguments: list[str]) -> int:
    """Rebuild what can be rebuilt and return 0, or 1 if a gate fails, 2 if there is nothing to rebuild from."""
    parser = argparse.ArgumentParser(prog="python -m transformer.knowledge.refresh", description=__doc__)
    parser.add_argument("indexes", type=Path)
    parser.add_argument("--labels", type=Path, default=Path("tests/knowledge/roles.txt"))
    parser.add_argument("--facts", type=Path)
    asked = parser.parse_args(arguments)
    imported = list(_imported(asked.facts)) if asked.facts else []
    given = {name: lines for name, _, lines in imported}
    archives = _archives(asked.indexes)
    suites = _suites(asked.indexes, archives)
    if not archives:
        print(f"no release below {asked.indexes} has indexes: run indexes.sh {asked.indexes}", file=sys.stderr)
        return 2
    failed = [failure for name, suite in suites.items() for failure in gates.failures(name, suite, asked.labels)]
    for failure in failed:
        print(failure, file=sys.stderr)
    if failed:
        return 1
    made = [*imported, *packages.tables(suites, given), *modules.tables(suites, asked.indexes, given)]
    for name in archives.keys() - suites.keys():
        made += packages.dependency_tables(name, archives[name], given)
    for table in made:
        write(*table)
        print(f"{(DATA / table[0]).stat().st_size:>9} {table[0]}")
    return 0


def _imported(facts: Path) -> Iterable[packages.type_table]:
    yield from packages.imported(facts)
    yield from images.tables(facts)
    yield from recipes.tables(facts)
    yield from modules.imported(facts)


def _archives(indexes: Path) -> dict[str, archive.Archive]:
    """Return the archives of the releases whose indexes are there."""
    found = {}
    for name in releases.suites():
        try:
            found[name] = archive.read(indexes / name / "lists", name)
        except FileNotFoundError as error:
            print(f"{name} keeps its tables: {error}", file=sys.stderr)
    return found


def _suites(indexes: Path, archives: Mapping[str, archive.Archive]) -> dict[str, Suite]:
    """Return the suites of which the contents are there as well."""
    found = {}
    for name, known in archives.items():
        try:
            found[name] = Suite(known, contents.read(indexes / name / "lists", name))
        except FileNotFoundError as error:
            print(f"{name} keeps what its files tell: {error}", file=sys.stderr)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
