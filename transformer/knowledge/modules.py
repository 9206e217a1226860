"""Packages of a language's index (PyPI, npm): what each needs of the operating system when it runs.

What is known comes from the Debian package of the same module (``deps``), was written by hand (``exception``) or is a
row of the user's own (``overlay``). A module that no table has is unknown: never "needs nothing".
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from transformer.knowledge import exceptions, overlay, releases
from transformer.knowledge.loader import KnowledgeError, rows, table
from transformer.knowledge.releases import Coverage


class Module(Struct, frozen=True):
    """What one module needs: other modules, and packages of the distribution (libraries, programs, data).

    ``optional`` are packages for what it can do besides. ``proven``: the names are those of the release asked for.
    """

    name: str
    modules: tuple[str, ...]
    packages: tuple[str, ...]
    optional: tuple[str, ...]
    how: str
    proven: bool
    data: bool = False
    """It brings files that are neither modules nor programs."""


class Closure(Struct, frozen=True):
    """Modules with all that they depend on: ``packages`` with the module that needs each, ``unknown`` modules,
    ``modules`` that are known, and whether all names are proven for the release; ``data`` are modules that bring other
    files than modules and programs.
    """

    modules: frozenset[str]
    packages: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    proven: bool
    data: tuple[str, ...]


def ecosystem_of(index: str) -> str | None:
    """Return the ecosystem whose packages come from an index (``pypi``), or None."""
    return next((ecosystem for ecosystem, where in rows("module-indexes.tsv") if where == index), None)


def module(ecosystem: str, name: str, release: str) -> Module | None:
    """Return what is known of a module for a release (``debian:bookworm``); None if nothing is."""
    index = dict((name, where) for name, where in rows("module-indexes.tsv")).get(ecosystem)
    known = releases.find(release)
    if index is None or not known.tables:
        return None
    for how, stated in (("overlay", overlay.current().of("module")), ("exception", exceptions.of("module"))):
        words = stated.get(f"{index}:{name}")
        if words is not None:
            needed = tuple(w[1:] for w in words.split() if w.startswith("+"))
            return Module(name, needed, tuple(w for w in words.split() if w[0] != "+"), (), how, True)
    row = table(f"{known.tables}-modules.tsv.z").get(f"{index}:{name}")
    if row is None:
        return None
    parts = row.split("\t")
    if len(parts) != 4:  # noqa: PLR2004
        raise KnowledgeError(f"{known.tables}-modules.tsv.z", f"{name}\t{row}")
    modules, packages, optional, data = (tuple(part.split()) for part in parts)
    exact = known.coverage is Coverage.EXACT
    return Module(
        name, modules, packages, optional, "deps" if exact else "neighbour", exact or not packages, bool(data)
    )


def closure(ecosystem: str, names: Iterable[str], release: str, *, follow: bool = True) -> Closure:
    """Return what modules need together; with ``follow`` also what the modules that they depend on need."""
    seen: dict[str, Module] = {}
    unknown: list[str] = []
    todo = list(names)
    while todo:
        name = todo.pop()
        if name in seen or name in unknown:
            continue
        found = module(ecosystem, name, release)
        if found is None:
            unknown.append(name)
            continue
        seen[name] = found
        todo += found.modules if follow else ()
    packages = {p: name for name in sorted(seen) for p in (*seen[name].packages, *seen[name].optional)}
    proven = all(m.proven for m in seen.values())
    data = tuple(sorted(name for name, found in seen.items() if found.data))
    return Closure(frozenset(seen), tuple(sorted(packages.items())), tuple(sorted(unknown)), proven, data)
