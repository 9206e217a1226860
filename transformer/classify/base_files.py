"""What the base image has itself in directories that are carried over it: COPY takes none of it away."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from transformer.classify.state import State
from transformer.ir.effects import Path, Step
from transformer.knowledge.images import BaseImage
from transformer.knowledge.programs import programs

_WRITTEN = -1
"""The mark of a directory that installations write into: of it only what is named is the image's own."""


def takes_of_base(state: State, step: Step, removed: Path) -> bool:
    """Whether what is removed may be the base image's own in a directory that is carried over it: COPY takes nothing
    away. What an earlier step surely made is none of it.
    """
    base = state.known.base
    if base is None or not (_in_filled(base, removed) or may_be_own(base, removed)):
        return False
    writes = (w for s in state.steps[: step.index] for w in s.effects.writes)
    return not any(w.path == Path(removed.path) for w in writes)


def thins_base(state: State, step: Step) -> bool:
    """Whether the step may take files of the base image away, by what it removes or by what it looks for in trees."""
    base = state.known.base
    found = any(takes_of_base(state, step, removed) for removed in step.effects.removes)
    return found or (base is not None and any(may_be_own(base, place) for place in step.effects.thins))


def _in_filled(base: BaseImage, removed: Path) -> bool:
    return any(Path(folder, tree=True).overlaps(removed) for folder in programs().filled.get(base.family, {}))


def may_be_own(base: BaseImage, path: Path) -> bool:
    """Whether a path, which may hold shell patterns, may be a file that images of a language have of their own."""
    version = base.config.version if base.config is not None else ""
    minor = int(version.split(".")[1]) if "." in version else 0
    wanted = [part for part in path.path.split("/") if part]
    around: dict[int, bool] = {}
    for pattern, before in programs().own.get(base.family, {}).items():
        own, parts = before != _WRITTEN and (not before or minor < before), pattern.strip("/").split("/")
        if not _may_meet(parts, wanted):
            continue
        if len(parts) > len(wanted) and own:
            return True
        if len(parts) <= len(wanted):
            around[len(parts)] = around.get(len(parts), False) or own
    return bool(around) and around[max(around)]


def _may_meet(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two patterns may name the same path, or one a directory above the other."""
    return all(_may_be_same(a, b) for a, b in zip(one, other, strict=False))


def _may_be_same(one: str, other: str) -> bool:
    if fnmatchcase(one, other) or fnmatchcase(other, one):
        return True
    first, second = (name.split("*", 1)[0] if "*" in name else "" for name in (one, other))
    both = "*" in one and "*" in other
    return both and (first.startswith(second) or second.startswith(first))
