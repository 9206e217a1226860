"""What an install line brings: a small model of apt's resolver over the tables' Depends, Recommends and Provides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from msgspec import Struct


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
        todo = [start]
        while todo:
            needs = self._lookup(todo.pop())
            if needs is None:
                continue
            new = [name for clause in self._clauses(needs) if (name := self._missing(clause))]
            todo += reversed(new)

    def _clauses(self, needs: Dependencies) -> tuple[str, ...]:
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

    def _is_there(self, name: str) -> bool:
        return any(one in self.marked or one in self._installed for one in (name, *self._virtual(name)))

    def _choose(self, name: str) -> str | None:
        """Return the real package for ``name``: itself, or the first that provides it."""
        if self._lookup(name) is not None:
            return name
        return next(iter(self._virtual(name)), None)
