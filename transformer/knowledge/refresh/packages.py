"""The package tables: roles, -dev to runtime, sonames, commands, dependencies, bare images."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from transformer.knowledge import releases, roles
from transformer.knowledge.closure import ITSELF, VERSIONED, Dependencies, Resolver, plain
from transformer.knowledge.loader import rows
from transformer.knowledge.refresh.archive import Archive, Binary, type_clauses
from transformer.knowledge.refresh.derive import Suite
from transformer.knowledge.refresh.facts import fields, rows_of, type_given
from transformer.knowledge.refresh.roles import known_roles, role_rows, sound_roles, stem_rows
from transformer.knowledge.refresh.versions import satisfies

POPULAR = "popular.tsv.z"
_OFTEN = 3
_INSTALLER = "apt"
type_table = tuple[str, str, list[str]]


class Stanza(Struct, frozen=True):
    """What apt's resolver looks at in one binary package; ``versioned`` are the names it provides with a version."""

    needs: Dependencies
    provides: tuple[str, ...]
    versioned: frozenset[str]
    size: int
    base: bool


def imported(facts: Path) -> Iterator[type_table]:
    """Yield the tables that no archive tells: what people install, and libraries of releases that were not read."""
    counted = {row[1] for row in fields(facts / "stage-evidence.tsv") if row[0] == _INSTALLER and int(row[2]) >= _OFTEN}
    header = f"package that at least {_OFTEN} of 96,155 public Dockerfiles install TAB"
    yield POPULAR, header, [f"{name}\t" for name in counted]
    found = fields(facts / "ubuntu-soname.tsv")
    measured = [f"{place.rpartition('-')[2]} {soname}\t{names}" for place, soname, names in found]
    yield "measured-sonames.tsv", "release soname TAB packages; from chisel-releases", measured


def tables(suites: Mapping[str, Suite], given: type_given) -> Iterator[type_table]:
    """Yield (file name, header, rows) of every package table; roles of suites that are missing stay as they are."""
    known = {n: sound_roles(suites[n]) if n in suites else known_roles(n) for n in releases.suites()}
    header = f"package TAB role letters for {' '.join(known)}; from Packages, Sources, Contents"
    yield roles.TABLE, header, role_rows(known)
    yield "stems.tsv", "name with numbers blanked TAB role that all versions in the tables share", stem_rows(known)
    for name, suite in suites.items():
        yield from _suite_tables(name, suite, given)
        yield from dependency_tables(name, suite.archive, given)


def dependency_tables(name: str, archive: Archive, given: type_given) -> Iterator[type_table]:
    """Yield the tables of a suite for which its ``Packages`` alone are enough: dependencies and the bare image."""
    stanzas = stanzas_of(archive)
    popular, base, wanted = _wanted(stanzas, given)
    header = "package TAB KiB TAB Depends TAB Recommends, or =virtual TAB providers; from Packages"
    yield f"{name}-depends.tsv.z", header, _depends_rows(stanzas, wanted, popular)
    header = "Essential, Priority: required and apt, and their dependencies; from Packages"
    yield f"{name}-base.tsv", header, [f"{package}\t" for package in base]


def _suite_tables(name: str, suite: Suite, given: type_given) -> Iterator[type_table]:
    _, _, wanted = _wanted(stanzas_of(suite.archive), given)
    letters = {word: letter for letter, word, _ in rows("how.tsv")}
    developing = [f"{dev}\t{letters[d.how]}\t{' '.join(d.packages)}" for dev, d in suite.development.items()]
    yield f"{name}-dev.tsv.z", "-dev TAB how TAB runtime packages; from Contents and Depends", developing
    sonames = [f"{soname}\t{packages[0]}" for soname, packages in suite.libraries.items()]
    yield f"{name}-sonames.tsv.z", "soname TAB package; from Contents", sonames
    kept = {command: [p for p in packages if p in wanted] for command, packages in suite.commands.items()}
    commands = [f"{command}\t{' '.join(packages)}" for command, packages in kept.items() if packages]
    yield f"{name}-commands.tsv.z", "command TAB packages; from Contents", commands


def _wanted(stanzas: Mapping[str, Stanza], given: type_given) -> tuple[list[str], list[str], set[str]]:
    """Return what people install, the bare image, and all that these may ever bring."""
    popular = _popular(stanzas, frozenset(row[0] for row in rows_of(POPULAR, given)))
    base = _base(stanzas)
    return popular, base, reachable(stanzas, [*popular, *base])


def stanzas_of(archive: Archive) -> dict[str, Stanza]:
    """Return what apt's resolver looks at, by package."""
    return {name: _stanza(archive, binary) for name, binary in archive.binaries.items()}


def _stanza(archive: Archive, binary: Binary) -> Stanza:
    provided = [alternative for clause in binary.provides for alternative in clause]
    return Stanza(
        needs=Dependencies(_names(archive, binary.depends), _names(archive, binary.recommends)),
        provides=tuple(dict.fromkeys(name for name, _, _ in provided)),
        versioned=frozenset(name for name, operator, _ in provided if operator == "="),
        size=binary.size,
        base=binary.essential or binary.required or binary.name == _INSTALLER,
    )


def _names(archive: Archive, found: type_clauses) -> tuple[str, ...]:
    """Return clauses with the versions taken out that the release decides; alternatives are joined by ``|``."""
    options = ([option for one in clause if (option := _option(archive, *one)) is not None] for clause in found)
    return tuple(dict.fromkeys("|".join(dict.fromkeys(one)) for one in options if one))


def _option(archive: Archive, name: str, operator: str, version: str) -> str | None:
    """Return how the table writes an alternative, or None if the release has no such version (see closure.py)."""
    if not operator:
        return name
    binary = archive.binaries.get(name)
    stated = [satisfies(v, operator, version) for v in archive.stated.get(name, ())]
    fits = binary is not None and satisfies(binary.version, operator, version)
    if (stated and all(stated)) or (not fits and any(stated)):
        return name + VERSIONED
    if not fits:
        return None if binary is not None else name
    return name + ITSELF if name in archive.providers else name


def _popular(stanzas: Mapping[str, Stanza], named: frozenset[str]) -> list[str]:
    """Return the packages that people install, and all versions of those that have a version in their name."""
    stems = {roles.stem(name) for name in named if roles.stem(name) != name}
    return sorted(named | {name for name in stanzas if roles.stem(name) in stems})


def providers(stanzas: Mapping[str, Stanza]) -> dict[str, tuple[str, ...]]:
    """Return virtual name -> packages that provide it, in the order in which apt tries them; ``package=``: a version.

    apt takes the one that it read last (measured: a terminal for xdg-utils is the last of 27).
    """
    virtual: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for name in reversed(list(stanzas)):
        for provided in stanzas[name].provides:
            virtual[provided] += (name + VERSIONED if provided in stanzas[name].versioned else name,)
    return virtual


def _base(stanzas: Mapping[str, Stanza]) -> list[str]:
    virtual = providers(stanzas)
    needs = {name: one.needs for name, one in stanzas.items()}
    resolver = Resolver(needs.get, lambda name: virtual.get(name, ()), frozenset(), recommends=False)
    return sorted(resolver.install([name for name, one in sorted(stanzas.items()) if one.base]))


def reachable(stanzas: Mapping[str, Stanza], start: Iterable[str]) -> set[str]:
    """Return what apt may ever bring for ``start``, Recommends and two alternatives of each clause included."""
    virtual = providers(stanzas)
    todo = [name for wanted in start for name in _concrete(wanted, stanzas, virtual)]
    seen = set(todo)
    while todo:
        needs = stanzas[todo.pop()].needs
        for clause in (*needs.depends, *needs.recommends):
            new = {name for option in clause.split("|")[:2] for name in _concrete(option, stanzas, virtual)} - seen
            seen |= new
            todo += sorted(new)
    return seen


def _concrete(name: str, stanzas: Mapping[str, Stanza], virtual: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    own = plain(name)
    return (own,) if own in stanzas else tuple(plain(provider) for provider in virtual.get(own, ())[:2])


def _depends_rows(stanzas: Mapping[str, Stanza], wanted: set[str], popular: list[str]) -> list[str]:
    out, named = [], set(popular)
    for name in wanted:
        needs = stanzas[name].needs
        clauses = (*needs.depends, *needs.recommends)
        named.update(plain(option) for clause in clauses for option in clause.split("|"))
        out.append(f"{name}\t{stanzas[name].size}\t{' '.join(needs.depends)}\t{' '.join(needs.recommends)}")
    for name, owners in providers(stanzas).items():
        kept = [owner for owner in owners if plain(owner) in wanted]
        if kept and name in named:
            out.append(f"={name}\t{' '.join(kept)}")
    return out
