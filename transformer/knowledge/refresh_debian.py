"""The package tables: roles, -dev to runtime, sonames, commands, dependencies, bare images."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from transformer.knowledge import releases, roles
from transformer.knowledge.closure import Dependencies, Resolver
from transformer.knowledge.loader import rows
from transformer.knowledge.refresh_roles import fields, role_rows, sound_roles, stem_rows

_POPULAR = 3
_COMPONENTS = ("main", "contrib", "non-free")
type_table = tuple[str, str, list[str]]


class Stanza(Struct, frozen=True):
    """What the tables need of one binary package of apt's ``Packages``."""

    needs: Dependencies
    provides: tuple[str, ...]
    versioned: frozenset[str]
    size: int
    base: bool


def tables(facts: Path, apt: Path) -> Iterator[type_table]:
    """Yield (file name, header, rows) of every package table."""
    suites = releases.suites()
    stanzas = {suite: packages(apt, suite) for suite in suites}
    known = {suite: sound_roles(facts, suite, _needs(stanzas[suite])) for suite in suites}
    header = f"package TAB role letters for {' '.join(suites)}; from Packages, Sources, Contents"
    yield roles.TABLE, header, role_rows(known)
    yield "stems.tsv", "name with numbers blanked TAB role that all versions in the tables share", stem_rows(known)
    yield "measured-sonames.tsv", "release soname TAB packages; from chisel-releases", _measured_rows(facts)
    for suite in suites:
        yield from _suite_tables(facts, suite, stanzas[suite])


def _suite_tables(facts: Path, suite: str, stanzas: dict[str, Stanza]) -> Iterator[type_table]:
    popular = _popular(facts, stanzas)
    base = _base(stanzas)
    wanted = reachable(stanzas, [*popular, *base])
    yield f"{suite}-dev.tsv.z", "-dev TAB how TAB runtime packages; from Contents and Depends", _dev_rows(facts, suite)
    yield f"{suite}-sonames.tsv.z", "soname TAB package; from Contents", _soname_rows(facts, suite)
    yield f"{suite}-commands.tsv.z", "command TAB packages; from Contents", _command_rows(facts, suite, wanted)
    header = "package TAB KiB TAB Depends TAB Recommends, or =virtual TAB providers; from Packages"
    yield f"{suite}-depends.tsv.z", header, _depends_rows(stanzas, wanted, popular)
    header = "Essential, Priority: required and apt, and their dependencies; from Packages"
    yield f"{suite}-base.tsv", header, [f"{name}\t" for name in base]


def _popular(facts: Path, stanzas: dict[str, Stanza]) -> list[str]:
    """Return the packages that people install, and all versions of those that have a version in their name."""
    rows = fields(facts / "stage-evidence.tsv")
    named = {row[1] for row in rows if row[0] == "apt" and int(row[2]) >= _POPULAR}
    stems = {roles.stem(name) for name in named if roles.stem(name) != name}
    return sorted(named | {name for name in stanzas if roles.stem(name) in stems})


def _needs(stanzas: dict[str, Stanza]) -> dict[str, Dependencies]:
    return {name: stanza.needs for name, stanza in stanzas.items()}


def _dev_rows(facts: Path, suite: str) -> list[str]:
    found = list(fields(facts / f"debian-{suite}-dev-runtime.tsv"))
    how = {row[0]: row[1] for row in found}
    letters = {word: letter for letter, word, _ in rows("how.tsv")}
    out = []
    for name, method, runtime, *_ in found:
        real = how[method.partition(":")[2]] if method.startswith("provided-by:") else method
        out.append(f"{name}\t{letters[real]}\t{runtime}")
    return out


def _soname_rows(facts: Path, suite: str) -> list[str]:
    return [f"{row[0]}\t{row[1].split(' ')[0]}" for row in fields(facts / f"debian-{suite}-soname.tsv") if row[1]]


def _command_rows(facts: Path, suite: str, wanted: set[str]) -> list[str]:
    out = []
    for command, owners in fields(facts / f"debian-{suite}-cmd.tsv"):
        kept = [name for name in owners.split(" ") if name in wanted]
        if kept:
            out.append(f"{command}\t{' '.join(kept)}")
    return out


def _measured_rows(facts: Path) -> list[str]:
    found = fields(facts / "ubuntu-soname.tsv")
    return [f"{place.rpartition('-')[2]} {soname}\t{names}" for place, soname, names in found]


def packages(apt: Path, suite: str) -> dict[str, Stanza]:
    """Return the binary packages of a suite; the first component that has a name wins."""
    found: dict[str, Stanza] = {}
    for component in _COMPONENTS:
        for path in sorted((apt / suite / "lists").glob(f"*_dists_{suite}_{component}_binary-amd64_Packages")):
            for block in path.read_text(encoding="utf-8").split("\n\n"):
                if block.strip():
                    name, stanza = _stanza(block)
                    found.setdefault(name, stanza)
    if not found:
        raise SystemExit(f"no Packages files for {suite} below {apt}")
    return found


def _stanza(block: str) -> tuple[str, Stanza]:
    field: dict[str, str] = dict(re.findall(r"^([A-Z][A-Za-z-]*): *(.*)$", block, re.MULTILINE))
    name = field["Package"]
    depends = clauses(f"{field.get('Pre-Depends', '')},{field.get('Depends', '')}")
    base = field.get("Essential") == "yes" or field.get("Priority") == "required" or name == "apt"
    needs = Dependencies(depends, clauses(field.get("Recommends", "")))
    provides = field.get("Provides", "")
    versioned = frozenset(re.findall(r"([a-z0-9][a-z0-9+.-]*) \(=", provides))
    return name, Stanza(needs, clauses(provides), versioned, int(field.get("Installed-Size", "0")), base)


def clauses(text: str) -> tuple[str, ...]:
    """Return the clauses of a dependency field, alternatives joined by ``|``, versions and architectures dropped."""
    found = []
    for clause in text.split(","):
        names = re.findall(r"(?:^|\|)\s*([a-z0-9][a-z0-9+.-]*)", clause)
        if names:
            found.append("|".join(dict.fromkeys(names)))
    return tuple(dict.fromkeys(found))


def providers(stanzas: dict[str, Stanza]) -> dict[str, tuple[str, ...]]:
    """Return virtual name -> packages that provide it; a real package is only stood in for with a version."""
    virtual: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for name in sorted(stanzas):
        for provided in stanzas[name].provides:
            if provided not in stanzas or provided in stanzas[name].versioned:
                virtual[provided] += (name,)
    return virtual


def _base(stanzas: dict[str, Stanza]) -> list[str]:
    virtual = providers(stanzas)
    resolver = Resolver(_needs(stanzas).get, lambda name: virtual.get(name, ()), frozenset(), recommends=False)
    return sorted(resolver.install([name for name, stanza in sorted(stanzas.items()) if stanza.base]))


def reachable(stanzas: dict[str, Stanza], start: Iterable[str]) -> set[str]:
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


def _concrete(name: str, stanzas: dict[str, Stanza], virtual: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return (name,) if name in stanzas else virtual.get(name, ())[:2]


def _depends_rows(stanzas: dict[str, Stanza], wanted: set[str], popular: list[str]) -> list[str]:
    out, named = [], set(popular)
    for name in wanted:
        needs = stanzas[name].needs
        named.update(option for clause in (*needs.depends, *needs.recommends) for option in clause.split("|"))
        out.append(f"{name}\t{stanzas[name].size}\t{' '.join(needs.depends)}\t{' '.join(needs.recommends)}")
    for name, owners in providers(stanzas).items():
        kept = [owner for owner in owners if owner in wanted]
        if kept and name in named:
            out.append(f"={name}\t{' '.join(kept)}")
    return out
