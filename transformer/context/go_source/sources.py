"""The Go sources of a program: its own, and those of vendored packages that it needs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from transformer.context.build_context import BuildContext
from transformer.context.go_source.file import File, file_of
from transformer.context.go_source.imports import is_standard
from transformer.context.go_source.modules import Modules, is_apart, join, place_of
from transformer.context.literals import texts


@dataclass(slots=True)
class Sources:
    """What was read. ``third_party`` are the foreign packages that own code imports; ``vendored``: all are there."""

    complete: bool
    own: list[File] = field(default_factory=list)
    foreign: list[File] = field(default_factory=list)
    third_party: frozenset[str] = frozenset()
    vendored: bool = False

    @property
    def every(self) -> tuple[File, ...]:
        """All files, the own ones first."""
        return (*self.own, *self.foreign)


def sources_of(context: BuildContext, modules: Modules, *, complete: bool) -> Sources:
    """Return the sources of the program that stands in the modules."""
    sources = Sources(complete=complete and modules.complete)
    names = [name for name in context.under(modules.top) if _is_source(name) and not is_apart(name, modules.top)]
    sources.own = list(_files(sources, context, names))
    folders = {file.folder for file in sources.own}
    imported = frozenset().union(*(file.paths for file in sources.own)) - {"C"}
    places = {path: place_of(modules, path) for path in imported}
    sources.third_party = frozenset(path for path, at in places.items() if at is None and not is_standard(path))
    sources.complete &= all(at is None or at in folders or at == "" for at in places.values())
    _read_vendored(sources, context, modules)
    return sources


def _is_source(name: str) -> bool:
    return name.endswith(".go") and not name.endswith("_test.go")


def _files(sources: Sources, context: BuildContext, names: Iterable[str]) -> Iterator[File]:
    for path, text in texts(context, names):
        file = None if text is None else file_of(path, text)
        sources.complete &= text is not None and (file is None or bool(file.source.whole and file.package))
        if file is not None:
            yield file


def _read_vendored(sources: Sources, context: BuildContext, modules: Modules) -> None:
    """Read the vendored packages that own code needs, and what they need."""
    packages = _vendored(context, modules.top)
    queue, seen = sorted(sources.third_party), set(sources.third_party)
    sources.vendored = bool(queue)
    for path in queue:
        files = list(_files(sources, context, packages.get(join(modules.top, "vendor/" + path), ())))
        sources.vendored &= bool(files)
        sources.foreign += files
        paths = frozenset().union(*(file.paths for file in files))
        needed = {p for p in paths if not is_standard(p) and place_of(modules, p) is None}
        queue += sorted(needed - seen)
        seen |= needed


def _vendored(context: BuildContext, top: str) -> dict[str, list[str]]:
    """Return the vendored sources of each directory."""
    packages: dict[str, list[str]] = {}
    for name in filter(_is_source, context.under(join(top, "vendor"))):
        packages.setdefault(posixpath.dirname(name), []).append(name)
    return packages
