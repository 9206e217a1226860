"""What an install line brings: a small model of apt's resolver over the tables' Depends, Recommends and Provides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from msgspec import Struct

VERSIONED, ITSELF = "=", "!"
"""Ends of an alternative that asks for a version of a name that others provide, and of a provider that states one; the
second for a version that no provider states: only the package itself will do."""


def plain(option: str) -> str:
    """Return the name in an alternative or a provider."""
    return option.rstrip(VERSIONED + ITSELF)


class Dependencies(Struct, frozen=True):
    """The clauses of one package; the alternatives of a clause are joined by ``|`` as in Packages."""

    depends: tuple[str, ...]
    recommends: tuple[str, ...]


type_lookup = Callable[[str], Dependencies | None]
type_providers = Callable[[str], tuple[str, ...]]


class Resolver:
    """Marks packages for installation depth first, as apt does; an alternative that is there wins, else the first."""

    def __init__(self, lookup: type_lookup, virtual: type_providers, installed: Set[str], *, recommends: bool) -> None:
        """Resolve over ``lookup`` and ``virtual`` (virtual name to providers), with ``installed`` packages in place."""
        self._lookup = lookup
        self._virtual = virtual
        self._installed = installed
        self._recommends = recommends
        self.marked: set[str] = set()

    def install(self, names: Iterable[str]) -> frozenset[str]:
        """Return ``names``, as far as they are known, with everything that apt would install along with them."""
        known = [name for asked in names if (name := self._choose(asked))]
        for name in known:
            self.marked.add(name)
        for name in known:
            self._follow(name)
        return frozenset(self.marked)

    def _follow(self, start: str) -> None:
        """Go through the clauses of a package in order, each with all that it brings before the next one."""
        todo = [iter(self._clauses(start))]
        while todo:
            clause = next(todo[-1], None)
            if clause is None:
                todo.pop()
            elif name := self._missing(clause):
                todo.append(iter(self._clauses(name)))

    def _clauses(self, name: str) -> tuple[str, ...]:
        needs = self._lookup(name)
        if needs is None:
            return ()
        return needs.depends + needs.recommends if self._recommends else needs.depends

    def _missing(self, clause: str) -> str | None:
        """Mark and return the package that satisfies ``clause``, or None if nothing has to be installed for it."""
        options = clause.split("|")
        if any(self._is_there(option) for option in options):
            return None
        for option in options:
            name = self._choose(option)
            if name:
                self.marked.add(name)
                return name
        return None

    def _is_there(self, option: str) -> bool:
        return any(one in self.marked or one in self._installed for one in self._meanings(option))

    def _choose(self, option: str) -> str | None:
        """Return the real package for an alternative: itself, or the first that provides it."""
        return next((name for name in self._meanings(option) if self._lookup(name) is not None), None)

    def _meanings(self, option: str) -> list[str]:
        """Return the packages that an alternative may mean: only a stated version answers for a version."""
        name = plain(option)
        if option.endswith(ITSELF):
            return [name]
        providers = self._virtual(name)
        if option.endswith(VERSIONED):
            providers = tuple(one for one in providers if one.endswith(VERSIONED))
        return [name, *map(plain, providers)]
