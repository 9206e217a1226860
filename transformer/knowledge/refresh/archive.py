"""The indexes of a package archive as apt keeps them: ``Packages`` and ``Sources`` (deb-control(5))."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

COMPONENTS = ("main", "contrib", "non-free")
_ALTERNATIVE = re.compile(r"\s*([a-z0-9][a-z0-9+.-]*)(?::\w+)?\s*(?:\(([<>=]+)\s*([^)]+)\))?")
_BUILD_FIELDS = ("Build-Depends", "Build-Depends-Arch", "Build-Depends-Indep")

type_clauses = tuple[tuple[tuple[str, str, str], ...], ...]


class Binary(Struct, frozen=True):
    """One binary package. ``depends`` (with Pre-Depends), ``recommends`` and ``provides`` are clauses of alternatives
    ``(name, operator, version)``; ``size`` is in KiB.
    """

    name: str
    source: str
    version: str
    section: str
    depends: type_clauses
    recommends: type_clauses
    provides: type_clauses
    tags: frozenset[str]
    essential: bool
    required: bool
    size: int
    native: bool
    description: str


class Archive(Struct, frozen=True):
    """The binary packages of a suite, who provides each virtual name in which versions, and how often each is used.

    ``needed``: by packages of other sources that depend on it; ``built``: by sources that build with it, which
    ``builds`` lists by source.
    """

    binaries: Mapping[str, Binary]
    providers: Mapping[str, tuple[str, ...]]
    stated: Mapping[str, tuple[str, ...]]
    needed: Mapping[str, int]
    built: Mapping[str, int]
    builds: Mapping[str, frozenset[str]]

    def first(self, package: str) -> list[str]:
        """Return what a package depends on: the first alternative of each clause, virtual names resolved."""
        return [name for clause in self.binaries[package].depends for name in self.options(clause)[:1]]

    def options(self, clause: tuple[tuple[str, str, str], ...]) -> list[str]:
        """Return the real packages that a clause may mean."""
        found: list[str] = []
        for name, _, _ in clause:
            found += [name] if name in self.binaries else self.providers.get(name, ())[:3]
        return found


def read(lists: Path, suite: str) -> Archive:
    """Return the archive of a suite from the folder of apt's lists; raises FileNotFoundError without its Packages."""
    binaries: dict[str, Binary] = {}
    for component in COMPONENTS:
        for path in sorted(lists.glob(f"*_dists_{suite}_{component}_binary-amd64_Packages")):
            for fields in paragraphs(path):
                binary = _binary(fields)
                binaries.setdefault(binary.name, binary)
    if not binaries:
        raise FileNotFoundError(f"no Packages of {suite} in {lists}")
    providers: dict[str, list[str]] = defaultdict(list)
    stated: dict[str, list[str]] = defaultdict(list)
    for binary in binaries.values():
        for name, operator, version in (one for clause in binary.provides for one in clause):
            providers[name].append(binary.name)
            stated[name] += [version] if operator == "=" else []
    builds = _builds(lists, suite)
    built = Counter(name for names in builds.values() for name in names)
    return Archive(binaries, _tuples(providers), _tuples(stated), _needed(binaries), built, builds)


def _tuples(found: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in found.items()}


def paragraphs(path: Path) -> Iterator[dict[str, str]]:
    """Yield the paragraphs of a control file as field -> value, continuation lines joined by line ends."""
    fields: dict[str, str] = {}
    name = ""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line == "\n":
                if fields:
                    yield fields
                fields, name = {}, ""
            elif line[0] in " \t":
                fields[name] = fields.get(name, "") + "\n" + line.strip()
            else:
                name, _, value = line.partition(":")
                fields[name] = value.strip()
    if fields:
        yield fields


def clauses(text: str) -> type_clauses:
    """Return the clauses of a dependency field; architectures and build profiles are dropped."""
    plain = re.sub(r"<!?[a-z][^>]*>|\[[^\]]*\]", "", text.replace("\n", " "))
    found = []
    for clause in plain.split(","):
        names = tuple((m[1], m[2] or "", m[3] or "") for part in clause.split("|") if (m := _ALTERNATIVE.match(part)))
        if names:
            found.append(names)
    return tuple(found)


def _binary(fields: Mapping[str, str]) -> Binary:
    name = fields["Package"]
    priority = fields.get("Priority", "")
    return Binary(
        name=name,
        source=fields.get("Source", name).split(" ")[0],
        version=fields["Version"],
        section=fields.get("Section", "").rpartition("/")[2],
        depends=clauses(f"{fields.get('Pre-Depends', '')},{fields.get('Depends', '')}"),
        recommends=clauses(fields.get("Recommends", "")),
        provides=clauses(fields.get("Provides", "")),
        tags=frozenset(_tags(fields.get("Tag", ""))),
        essential=fields.get("Essential") == "yes",
        required=priority == "required",
        size=int(fields.get("Installed-Size", "0") or 0),
        native=fields.get("Architecture") != "all",
        description=fields.get("Description", "").partition("\n")[0],
    )


def _tags(text: str) -> Iterator[str]:
    """Yield debtags: ``facet::tag``, and those of ``facet::{one,other}``."""
    for facet, names in re.findall(r"([a-z0-9-]+)::\{([^}]*)\}", text):
        yield from (f"{facet}::{name.strip()}" for name in names.split(","))
    yield from (tag for tag in re.split(r"[,\s]+", text) if tag)


def _needed(binaries: Mapping[str, Binary]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for binary in binaries.values():
        first = {clause[0][0] for clause in binary.depends}
        found.update(name for name in first if name in binaries and binaries[name].source != binary.source)
    return found


def _builds(lists: Path, suite: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for path in sorted(lists.glob(f"*_dists_{suite}_main_source_Sources")):
        for fields in paragraphs(path):
            text = ",".join(fields.get(name, "") for name in _BUILD_FIELDS)
            found[fields["Package"]] = frozenset(clause[0][0] for clause in clauses(text))
    return found
