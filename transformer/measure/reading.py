"""What was read of one package of an index, in all versions that were looked at, and its row in the table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from typing import Any

from msgspec import Struct

OPEN = "open"
"""Mark: it runs programs or loads libraries whose names do not stand in its code."""
BUILT = "built"
"""Mark: it is compiled where it is installed, or its installation runs scripts."""
DATA = "data"
"""Mark: it installs files that are neither modules nor programs."""


class Reading(Struct, frozen=True):
    """Facts of one package: ``requires`` are names of its index, with ``EXTRA:`` before those of an extra."""

    versions: frozenset[str] = frozenset()
    requires: frozenset[str] = frozenset()
    commands: frozenset[str] = frozenset()
    libraries: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()

    def with_(self, other: Reading) -> Reading:
        """Return the facts of both: what one version does, another may do."""
        return Reading(
            self.versions | other.versions,
            self.requires | other.requires,
            self.commands | other.commands,
            self.libraries | other.libraries,
            self.marks | other.marks,
        )

    def row(self, name: str) -> str:
        """Return the row of the table."""
        fields = (self.versions, self.requires, self.commands, self.libraries, self.marks)
        return "\t".join((name, *(" ".join(sorted(one)) for one in fields)))


type_reader = Callable[[str], Reading | None]


def package(listing: bytes | None, versions: Callable[[Any], Iterable[Reading]]) -> Reading | None:
    """Return what the versions of a package do; None if the index lacks it (``listing`` is what it answered) or nothing
    of it can be read.
    """
    found = reduce(Reading.with_, versions(json.loads(listing)) if listing is not None else (), Reading())
    return found if found.versions else None


def follow(names: Iterable[str], read: type_reader, *, workers: int, most: int) -> dict[str, Reading]:
    """Return the readings of ``names`` and of all that they require, at most ``most``; a package that cannot be read is
    left out. What only an extra requires is not followed.
    """
    found: dict[str, Reading] = {}
    seen: set[str] = set()
    todo = sorted(set(names))
    with ProcessPoolExecutor(workers) as pool:
        while todo:
            seen.update(todo)
            for name, reading in zip(todo, pool.map(read, todo), strict=True):
                if reading is not None:
                    found[name] = reading
            wanted = {r.partition("[")[0] for n in todo if n in found for r in found[n].requires if ":" not in r}
            todo = sorted(wanted - seen)[: max(0, most - len(seen))]
    return found
