"""Which files of the context a running program can reach, and which serve only the build."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Callable, Iterator

from msgspec import Struct

from transformer.context.build_context import BuildContext
from transformer.ir.effects import Copied, Path
from transformer.knowledge.programs import context_patterns

_MAX_LINES = 8
"""More COPY lines than this are harder to read than the sources that they would leave behind are worth."""


class Division(Struct, frozen=True):
    """One copied source divided: ``kept`` are the smallest set of entries (files, or directories with a trailing ``/``)
    that hold all live files; ``left`` are the top entries left behind. ``whole`` says that nothing can be left
    behind."""

    copied: Copied
    kept: tuple[str, ...]
    left: tuple[str, ...]
    whole: bool


class Reader(Struct, frozen=True):
    """What the program opens: with ``closed`` it opens only what ``mentions`` says, else any file may be read."""

    closed: bool
    mentions: Callable[[str], bool]
    names: Callable[[str], bool]
    """Whether a file is named exactly: for sources, whose directories are named for other reasons."""
    roots: frozenset[str] = frozenset()
    """Context paths of what the image runs."""
    leads_to: Callable[[str], bool] = lambda _: False
    """Whether a path is named that leads to a file."""
    leads_into: Callable[[str], bool] = lambda _: False
    """Whether a path is named that lies in a directory."""
    absent: tuple[str, ...] = ()
    """Context paths of files that may be read and are not there now: a build elsewhere may have them."""


def build_only_name(path: str, ecosystems: frozenset[str]) -> bool:
    """Whether a context file serves only the build by its name alone, for the ecosystems that consume its tree."""
    table = context_patterns()
    patterns = list(table["never"]["patterns"])
    for name in ecosystems:
        row = table.get(name, {})
        for kind in ("sources", "recipes", "products", "tests", "directories"):
            patterns += row.get(kind, [])
    return _matches(path, patterns)


def _matches(path: str, patterns: list[str]) -> bool:
    parts = path.split("/")
    for pattern in patterns:
        if pattern.endswith("/"):
            if any(fnmatch.fnmatchcase(p, pattern[:-1]) for p in parts[:-1]):
                return True
        elif fnmatch.fnmatchcase(parts[-1], pattern):
            return True
    return False


def divide(copied: Copied, context: BuildContext | None, ecosystems: frozenset[str], reader: Reader) -> Division:
    """Divide one copied source into what the running program can reach and what serves only the build."""
    if not copied.directory:
        name = posixpath.basename(copied.source)
        junk = build_only_name(name, ecosystems) and not (reader.names(copied.source) or _is_placeholder(name))
        return Division(copied, () if junk else (copied.source,), (copied.source,) if junk else (), not junk)
    if context is None or not context.complete or not context.is_directory(copied.source):
        return Division(copied, (copied.source,), (), True)
    files = context.under(copied.source)
    live = frozenset(f for f in files if not _serves_build(f, copied.source, ecosystems, reader))
    live |= frozenset(_places(files, live, copied.source, ecosystems, reader))
    beside = [_beside(path, files, live, ecosystems) for path in reader.absent]
    if len(live) == len(files) or None in beside:
        return Division(copied, (copied.source,), (), True)
    live |= frozenset(name for name in beside if name is not None)
    kept = _cover(live, files, "" if copied.source in {"", "."} else copied.source)
    kept += tuple(p + "*" for p in reader.absent if not any(k.endswith("/") and p.startswith(k) for k in kept))
    if len({k if k.endswith("/") else posixpath.dirname(k) for k in kept}) > _MAX_LINES:
        return Division(copied, (copied.source,), (), True)
    return Division(copied, kept, _left(files, live, copied.source), False)


def may_be_local(path: str) -> bool:
    """Whether a file is of a kind that is often kept out of version control."""
    return _matches(path, context_patterns()["local"]["patterns"])


def _beside(path: str, files: tuple[str, ...], live: frozenset[str], ecosystems: frozenset[str]) -> str | None:
    """Return the file to copy together with a pattern for an absent one; None if its directory has no file.

    Not every builder accepts a COPY that nothing fits (the BuildKit of Docker Engine 26.1.5 does). A live file is
    best, then a recipe or a source: no context that builds lacks it. What else the pattern fits, the old image had too.
    """
    table = context_patterns()
    recipes = [r for name in ecosystems for r in table.get(name, {}).get("recipes", [])]
    near = [f for f in files if posixpath.dirname(f) == posixpath.dirname(path)]
    return min(
        near,
        key=lambda f: (f not in live, not _matches(f, recipes), _matches(f, table["never"]["patterns"]), f),
        default=None,
    )


def _places(
    files: tuple[str, ...], live: frozenset[str], source: str, ecosystems: frozenset[str], reader: Reader
) -> Iterator[str]:
    """Yield files without which a directory would not be there that the program may write into: what git keeps it by
    (``uploads/.gitkeep``), and one of those where all are known and something in it is named.
    """
    table = context_patterns()
    apart = [p for name in ecosystems for p in table.get(name, {}).get("directories", [])]
    below: dict[str, list[str]] = {}
    for path in files:
        folder = posixpath.dirname(path)
        while folder and (source in {"", "."} or Path(source, tree=True).covers(Path(folder))):
            below.setdefault(folder, []).append(path)
            folder = posixpath.dirname(folder)
    for folder, inside in sorted(below.items()):
        if not live.isdisjoint(inside) or _matches(f"{folder}/x", apart):
            continue
        kept = [path for path in inside if _is_placeholder(path)]
        if not reader.closed and len(kept) == len(inside):
            yield from kept
        relative = folder if source in {"", "."} else posixpath.relpath(folder, source)
        if reader.closed and reader.leads_into(relative):
            yield min(inside, key=lambda f: (f not in kept, f.count("/"), f))


def _is_placeholder(path: str) -> bool:
    return _matches(path, context_patterns()["placeholders"]["patterns"])


def _serves_build(path: str, source: str, ecosystems: frozenset[str], reader: Reader) -> bool:
    linked = [p for name in ecosystems for p in context_patterns().get(name, {}).get("linked", [])]
    if path in reader.roots or _matches(path, linked):
        return False
    relative = path if source in {"", "."} else posixpath.relpath(path, source)
    if reader.closed:
        return not reader.mentions(relative)
    trees = [p for name in ecosystems for p in context_patterns().get(name, {}).get("trees", [])]
    if _is_stray(path, ecosystems):
        return False
    in_tree = _matches(path, trees) and not (reader.leads_to(relative) or reader.names(path))
    return (build_only_name(relative, ecosystems) or in_tree) and not reader.names(relative)


def _is_stray(path: str, ecosystems: frozenset[str]) -> bool:
    """Whether a source lies where the build tool looks for none (table ``source_folders``): it is data by its place."""
    rows = [context_patterns().get(name, {}) for name in ecosystems]
    return bool(rows) and all(
        bool(row.get("source_folders"))
        and _matches(path, row["sources"])
        and not _matches(path, [*row["source_folders"], *row["source_names"]])
        for row in rows
    )


def _cover(live: frozenset[str], files: tuple[str, ...], top: str) -> tuple[str, ...]:
    """Return the smallest entries below ``top`` that hold all live files; a directory without anything else goes
    whole.
    """
    prefix = top + "/" if top else ""
    names: dict[str, list[str]] = {}
    for path in files:
        rest = path[len(prefix) :]
        name, slash, _ = rest.partition("/")
        names.setdefault(name + slash, []).append(path)
    kept: list[str] = []
    for name, below in sorted(names.items()):
        inside = [p for p in below if p in live]
        if not inside:
            continue
        if len(inside) == len(below):
            kept.append(prefix + name)
        else:
            kept += _cover(live, tuple(below), prefix + name.rstrip("/"))
    return tuple(kept)


def _left(files: tuple[str, ...], live: frozenset[str], source: str) -> tuple[str, ...]:
    prefix = "" if source in {"", "."} else source + "/"
    tops: dict[str, bool] = {}
    for path in files:
        name, slash, _ = path[len(prefix) :].partition("/")
        tops[name + slash] = tops.get(name + slash, False) or path in live
    return tuple(name for name, kept in sorted(tops.items()) if not kept)
