"""The packages that the steps of a file install and remove, and what comes with them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from transformer.ir.effects import Interpretation, PackageWord, Step
from transformer.knowledge import Release


class Installed:
    """The packages of one file."""

    def __init__(self, walk: Interpretation, release: Release) -> None:
        self.walk, self.release = walk, release

    @cached_property
    def by_name(self) -> dict[str, Step]:
        """Every package that a step names for installation, by its first step."""
        found: dict[str, Step] = {}
        for step in self.walk.steps:
            for word in _words(step):
                found.setdefault(word.name, step)
        return found

    @cached_property
    def removed(self) -> frozenset[str]:
        """Packages that are installed and removed again in the same RUN: only the build used them, and no layer has
        them.
        """
        return frozenset(
            u.name
            for step in self.walk.steps
            for u in step.effects.uninstalls
            if u.name in self.by_name and self.by_name[u.name].instruction == step.instruction
        )

    @cached_property
    def removed_later(self) -> frozenset[str]:
        """Packages that a later RUN removes: the image does not have them, but its layers do."""
        return frozenset(
            u.name
            for step in self.walk.steps
            for u in step.effects.uninstalls
            if u.name in self.by_name and self.by_name[u.name].instruction < step.instruction
        )

    @cached_property
    def brought(self) -> frozenset[str]:
        """What the packages bring, recommended packages included."""
        return self.release.closure(self.by_name, recommends=True)

    def recommends(self, name: str) -> bool:
        """Whether the file installs a package with what it recommends."""
        installs = (i for s in self.walk.steps for i in s.effects.installs)
        return any(i.recommends for i in installs if any(word.name == name for word in i.packages))


def _words(step: Step) -> Iterator[PackageWord]:
    for install in step.effects.installs:
        yield from install.packages
