"""OS packages of a distribution release: roles, what a -dev package leaves behind, dependencies, sizes.

Every answer says ``how`` it is known and whether that is proof. A name that no table has is None: the caller keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from functools import cache, cached_property, lru_cache
from itertools import accumulate

from msgspec import Struct

from transformer.knowledge import exceptions, measured, overlay, recipes, releases, roles
from transformer.knowledge.closure import Dependencies, Resolver, plain
from transformer.knowledge.loader import rows, table
from transformer.knowledge.releases import Coverage, ReleaseName
from transformer.knowledge.roles import Group, Role
from transformer.knowledge.tables import KnowledgeError, PackedTable, Table


class Runtime(Struct, frozen=True):
    """What programs built with a -dev package need at run time; no packages means headers or static code only.

    ``how``: ``contents`` (the libraries that its linker names lead to), ``deps`` (its pinned dependencies),
    ``header-only``, ``static``, ``static-language``, ``recipe`` (the distribution's build recipes), ``convention`` (the
    form of names) and ``none`` (nothing was found), which are no proof, ``exception`` (by hand),
    ``neighbour`` (another release's answer: proven if every name was measured here), ``overlay`` (the user's own row).
    """

    packages: tuple[str, ...]
    how: str
    proven: bool


LIBRARY_FILE = re.compile(r"lib[\w.+-]+?\.so(?P<version>\.[0-9][\w.]*)?")
"""The file name of a shared library, with its version or without."""
_PART = re.compile(r"[a-z+]+[^a-z+]*|[^a-z+]+")
"""A part of a package name: letters with the number after them, ``gvc6-`` in ``libgvc6-plugins-gtk``."""
_LIBRARY = "lib"
"""The kind of packages of libraries, and of what they load."""
_CLOSURES = 2048
"""How many closures are remembered, of some hundred names each: one file asks for the same many times."""


class Release:
    """The packages of one release, answered from its own tables or from those of its nearest neighbour with tables."""

    def __init__(self, name: ReleaseName) -> None:
        """Answer for ``name``; no data file is read before the first question."""
        self.name = name.name
        self.distribution = name.distribution
        self.coverage = name.coverage
        self._known = name
        self._suite = name.tables
        self._roles: dict[str, Role | None] = {}
        self._overlay = overlay.current()

    def role(self, package: str) -> Role | None:
        """Return what ``package`` is for, or None if no table and no convention knows the name."""
        try:
            return self._roles[package]
        except KeyError:
            return self._roles.setdefault(package, self._find_role(package))

    def builds_only(self, package: str) -> bool:
        """Return whether a package is known to serve building alone."""
        role = self.role(package)
        return role is not None and role.group is Group.BUILD

    def knows(self, package: str) -> bool:
        """Return whether this release's own or neighbouring table has the name."""
        letters = table(roles.TABLE).get(package) if self._suite else None
        return letters is not None and letters[releases.suites().index(self._suite)] != roles.ABSENT

    def runtime_of(self, dev_package: str) -> Runtime | None:
        """Return what stays needed when the -dev package is left behind, or None if that is not known."""
        own = self._overlay.of("runtime", self.name, self.distribution).get(dev_package)
        if own is not None:
            return Runtime(tuple(own.split()), "overlay", True)
        if self.coverage is Coverage.NONE:
            return None
        exception = exceptions.of("runtime", self.name, self.distribution).get(dev_package)
        if exception is not None:
            return Runtime(tuple(exception.split()), "exception", True)
        match self.coverage:
            case Coverage.EXACT:
                return _runtime_in(self._suite, dev_package)
            case Coverage.NAMES:
                return self._translated(_runtime_in(self._suite, dev_package))
            case Coverage.RECIPES:
                found = recipes.runtime(self._known, dev_package)
                return _runtime(found[0], found[1], f"{self._known.recipes}-dev.tsv.z") if found else None
            case _:
                return _headers_everywhere(dev_package)

    def providers(self, command: str) -> tuple[str, ...]:
        """Return the packages that ship the command (popular ones and what they bring) or link it as an alternative."""
        own = self._overlay.of("command", self.name, self.distribution).get(command, "").split()
        if not self._suite:
            return tuple(own)
        shipped = (self._table("commands").get(command) or "").split()
        linked = exceptions.of("command", self.name, self.distribution).get(command, "").split()
        return tuple(dict.fromkeys(own + shipped + linked))

    def programs_of(self, package: str) -> frozenset[str]:
        """Return the programs that a package brings, as far as the release's Contents tell."""
        return self._shipped.get(package, frozenset())

    @cached_property
    def _shipped(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for command, packages in self._table("commands").rows() if self._suite else ():
            for package in packages.split():
                found.setdefault(package, set()).add(command)
        return {package: frozenset(commands) for package, commands in found.items()}

    def library_package(self, soname: str) -> str | None:
        """Return the package that ships the shared library, or None; without own tables only where it was measured."""
        if self.coverage is Coverage.EXACT:
            return self._table("sonames").get(soname)
        return measured.library_package(self._known.number, soname) if self.coverage is Coverage.NAMES else None

    def libraries(self, name: str) -> frozenset[str]:
        """Return the packages that ship a library of that name (``libcurl.so``), whatever its version: all rows are
        read. Empty without own tables.
        """
        return self._libraries(name) if self.coverage is Coverage.EXACT else frozenset()

    def _libraries(self, name: str) -> frozenset[str]:
        rows = self._table("sonames").rows() if self._suite else ()
        return frozenset(row[1] for row in rows if row[0] == name or row[0].startswith(name + "."))

    def extensions(self, there: Iterable[str], kept: Set[str]) -> tuple[str, ...]:
        """Return the packages of ``there`` that extend a library of a package of ``kept``, which loads them by their
        place: they are named after it and ship no library that a linker finds (ImageMagick's coders, formats of SoX).
        """
        hosts = {_stem(name) for name in kept - self.base_packages if name.startswith("lib")} - {""}
        found = [p for p in sorted(there) if p not in kept and self._extends(p, hosts)] if hosts else []
        return tuple(p for p in found if p not in self._linked) if found else ()

    def _extends(self, package: str, hosts: Set[str]) -> bool:
        """Whether a package is named after one of ``hosts``, and has the role of a library, or an unknown one."""
        if hosts.isdisjoint(_stems(package)):
            return False
        role = self.role(package)
        return role is None or (role.kind == _LIBRARY and role.group is Group.RUNTIME)

    @cached_property
    def _linked(self) -> frozenset[str]:
        """The packages that ship a shared library where a linker finds it: all rows are read."""
        return frozenset(row[1] for row in self._table("sonames").rows())

    def holders(self, file: str, among: Iterable[str]) -> tuple[str, ...]:
        """Return which packages have a library of that file name: ``libz.so.1`` is the library's own, ``libz.so`` a
        link that its -dev package has (Debian policy 8.4). Where the names are those of a neighbour that has such a
        library, any -dev package may be the one.
        """
        found = LIBRARY_FILE.fullmatch(file)
        if found is None:
            return ()
        if found["version"]:
            return tuple(p for p in among if p == self.library_package(file))
        own = self._libraries(file)
        exact = self.coverage is Coverage.EXACT
        runtime = ((p, self.runtime_of(p)) for p in among if own)
        return tuple(p for p, r in runtime if r is not None and (not exact or own.intersection(r.packages)))

    def closure(
        self, packages: Iterable[str], *, recommends: bool, installed: Set[str] | None = None
    ) -> frozenset[str]:
        """Return those of ``packages`` that the tables know, with all that apt adds when ``installed`` is there.

        ``installed`` is the bare image's packages if not given. A package outside the tables brings nothing.
        """
        if not self._suite:
            return frozenset()
        present = None if installed is None else frozenset(installed)
        return _closure(self, tuple(packages), present, recommends)

    def resolved(self, packages: tuple[str, ...], present: frozenset[str] | None, recommends: bool) -> frozenset[str]:
        """Return what ``closure`` does, worked out anew; without ``present`` over the bare image's packages."""
        there = self._assumed_base if present is None else present
        return Resolver(self._dependencies, self._providing, there, recommends=recommends).install(packages)

    def dependencies(self, package: str) -> tuple[str, ...] | None:
        """Return what the package itself depends on, without what it recommends; None without tables of the release."""
        if self.coverage is not Coverage.EXACT or not self.resolves(package):
            return None
        needs = self._dependencies(package)
        known = self.closure((package,), recommends=False)
        clauses = [[plain(o) for o in c.split("|")] for c in (needs.depends if needs else ())]
        first = [next((o for o in options if o in known), options[0]) for options in clauses]
        return tuple(dict.fromkeys(first))

    def recommends(self, package: str) -> tuple[str, ...]:
        """Return what the package recommends, the first of each choice: what it may load or call besides."""
        needs = self._dependencies(package) if self._suite else None
        return tuple(dict.fromkeys(plain(clause.split("|")[0]) for clause in (needs.recommends if needs else ())))

    def may_want(self, package: str) -> frozenset[str]:
        """Return every package that it recommends, all of each choice."""
        needs = self._dependencies(package) if self._suite else None
        clauses = needs.recommends if needs else ()
        return frozenset(plain(option) for clause in clauses for option in clause.split("|"))

    def resolves(self, package: str) -> bool:
        """Return whether ``closure`` can follow the package: its dependencies are in the tables."""
        return bool(self._suite) and self._table("depends").get(package) is not None

    def installed_size(self, package: str) -> int | None:
        """Return the installed size in bytes that the index states, or None."""
        row = self._table("depends").get(package) if self._suite else None
        return int(row.split("\t")[0]) * 1024 if row else None

    @cached_property
    def base_packages(self) -> frozenset[str]:
        """What the release's bare image surely holds: Essential, required and apt, with what these depend on.

        A release without tables of its own gets what all tables agree on, less what is known to be missing there.
        """
        if not self._suite:
            return frozenset()
        if self.coverage is Coverage.EXACT:
            return _base(self._suite)
        older = exceptions.of("not-in-old-base").keys() if self.coverage is Coverage.ROLES else frozenset()
        return self._assumed_base - older

    @cached_property
    def _assumed_base(self) -> frozenset[str]:
        """The base as the tables know it: an older release has some of it under former names."""
        if self.coverage is Coverage.EXACT:
            return _base(self._suite)
        common = frozenset.intersection(*(_base(suite) for suite in releases.suites()))
        return common - exceptions.of("not-in-base", self.name, self.distribution).keys()

    @cached_property
    def _role_exceptions(self) -> Mapping[str, str]:
        return exceptions.of("role", self.name, self.distribution)

    @cached_property
    def _own_roles(self) -> Mapping[str, str]:
        return self._overlay.of("role", self.name, self.distribution)

    def _find_role(self, package: str) -> Role | None:
        own = self._own_roles.get(package)
        if own is not None:
            return roles.kind_role(own, "overlay")
        if self.coverage is Coverage.RECIPES:
            return recipes.role(self._known, package)
        if not self._suite:
            return None
        kind = self._role_exceptions.get(package)
        return roles.kind_role(kind, "exception") if kind else roles.find(self._known, package)

    def _translated(self, runtime: Runtime | None) -> Runtime | None:
        """Check a neighbour's answer against the names that were measured in this release."""
        if runtime is None:
            return None
        same = exceptions.of("same-name", self.name, self.distribution)
        names = [
            (package, True) if package in same else measured.name_of(self._known.number, self._suite, package)
            for package in runtime.packages
        ]
        proven = runtime.proven and all(seen for _, seen in names)
        return Runtime(tuple(dict.fromkeys(name for name, _ in names)), "neighbour", proven)

    def _dependencies(self, package: str) -> Dependencies | None:
        row = self._table("depends").get(package)
        if row is None:
            return None
        try:
            _, depends, recommends = row.split("\t")
        except ValueError as error:
            raise KnowledgeError(self._table("depends").name, f"{package}\t{row}") from error
        return Dependencies(tuple(depends.split()), tuple(recommends.split()))

    def _providing(self, name: str) -> tuple[str, ...]:
        return tuple((self._table("depends").get(f"={name}") or "").split())

    def _table(self, kind: str) -> Table | PackedTable:
        return table(f"{self._suite}-{kind}.tsv.z")


@lru_cache(_CLOSURES)
def _closure(
    here: Release, packages: tuple[str, ...], present: frozenset[str] | None, recommends: bool
) -> frozenset[str]:
    return here.resolved(packages, present, recommends)


@overlay.remembered(256)
def release(name: str) -> Release:
    """Return the release called e.g. ``debian:bookworm`` or ``ubuntu:22.04``; without data it knows nothing."""
    return Release(releases.find(name))


def _runtime_in(suite: str, package: str) -> Runtime | None:
    name = f"{suite}-dev.tsv.z"
    row = table(name).get(package)
    if row is None:
        return None
    letter, _, names = row.partition("\t")
    return _runtime(letter, tuple(names.split()), name)


def _runtime(letter: str, packages: tuple[str, ...], file: str) -> Runtime:
    how = {one: (word, proven) for one, word, proven in rows("how.tsv")}.get(letter)
    if how is None:
        raise KnowledgeError(file, f"unknown letter {letter}")
    return Runtime(packages, how[0], how[1] == "proven")


def _headers_everywhere(package: str) -> Runtime | None:
    """For a release without tables: nothing is needed if nothing is needed in any release that has the package."""
    found = [runtime for suite in releases.suites() if (runtime := _runtime_in(suite, package))]
    if found and not any(runtime.packages for runtime in found):
        return Runtime((), "neighbour", len(found) > 1 and all(runtime.proven for runtime in found))
    return None


@cache
def _base(suite: str) -> frozenset[str]:
    return frozenset(row[0] for row in rows(f"{suite}-base.tsv"))


@lru_cache(maxsize=4096)
def _stems(package: str) -> frozenset[str]:
    """Return the names of libraries that a package may be named after: those that it begins with."""
    return frozenset(map(_stem, accumulate(m[0] for m in _PART.finditer(package))))


def _stem(package: str) -> str:
    """Return a library's name without its number: ``sox`` of ``libsox3``, ``magickcore-6.q`` of its package."""
    return package.removeprefix("lib").removesuffix("t64").rstrip("0123456789.-")


@lru_cache(maxsize=256)
def lasting(package: str) -> bool:
    """Whether every release that has tables of its own has a package of this name: its number is no version that moves
    from release to release, as that of ``libssl3`` is.
    """
    return all(release(f"debian:{suite}").resolves(package) for suite in releases.suites())
