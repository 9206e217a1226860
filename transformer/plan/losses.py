"""What the new image no longer has, why nothing live needs it, and what that saves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from transformer.ir.plan import LeftBehind
from transformer.ir.verdict import PackageFate
from transformer.knowledge import image
from transformer.knowledge.programs import programs
from transformer.plan.draft import Draft
from transformer.plan.runtime import RuntimeBase


def left_behind(draft: Draft, chosen: RuntimeBase, lines: tuple[str, ...]) -> Iterator[LeftBehind]:
    """Yield everything that stays behind, with the reason; ``lines`` are ours at the end of the build stage."""
    again = _installed(draft, lambda f: (f.name,) if f.kept else f.replaced_by)
    for fate in draft.analysis.packages:
        if not fate.kept and fate.name not in again:
            yield LeftBehind("package", fate.name, fate.reason)
    yield from _pruned(draft) if lines else ()
    for path, reason in draft.analysis.dropped:
        yield LeftBehind("file", str(path), reason)
    for copy in draft.analysis.narrowed:
        for name in copy.left:
            yield LeftBehind("file", name, "only the build reads it, and nothing live names it")
    for name in chosen.lost:
        yield LeftBehind("variable", name, "the toolchain's own; no kept line, script or code names it")
    if chosen.lost_path:
        places = ", ".join(chosen.lost_path)
        yield LeftBehind("variable", "PATH", f"its entries {places}: nothing that the program uses lies there")
    base = draft.facts.base
    if chosen.changed and base is not None:
        gone = sorted(base.packages - _held(chosen))
        if gone:
            yield LeftBehind("package", f"{len(gone)} packages of {base.reference}", "nothing live uses them")
        yield LeftBehind("file", f"the toolchain of {base.reference}", "only the build uses it")


def _pruned(draft: Draft) -> Iterator[LeftBehind]:
    count = sum(len(facts.unused) for facts in draft.analysis.facts)
    yield LeftBehind(
        "package", f"{count} of the project's modules", "only developing needs them, and nothing loads them"
    )


def _held(chosen: RuntimeBase) -> frozenset[str]:
    """Return what the runtime base holds beyond its release's bare image, with what is installed on it."""
    base = image(chosen.reference)
    return (base.packages if base is not None else frozenset()) | frozenset(chosen.packages)


def twice(draft: Draft, chosen: RuntimeBase) -> int:
    """Return the size of the base image's own files in directories that are carried over them: two layers have them."""
    base = draft.facts.base
    sizes = programs().filled.get(base.family, {}) if base is not None and not chosen.changed else {}
    return sum(sizes.get(artifact.path, 0) for artifact in draft.artifacts)


def saving(draft: Draft, chosen: RuntimeBase) -> int | None:
    """Return the installed size of the packages that go; None if no size is known."""
    base = draft.facts.base
    exact = base is not None and twice(draft, chosen) > 0
    there = draft.facts.release.base_packages | base.packages if base is not None and exact else None
    before = _installed(draft, lambda f: (f.name,), there)
    after = _installed(draft, lambda f: (f.name,) if f.kept else f.replaced_by, there)
    gone = set(before - after)
    if chosen.changed and draft.facts.base is not None:
        gone |= draft.facts.base.packages - _held(chosen)
    sizes = [s for s in map(draft.facts.release.installed_size, sorted(gone)) if s is not None]
    return sum(sizes) if sizes else None


def _installed(
    draft: Draft, names: Callable[[PackageFate], tuple[str, ...]], there: frozenset[str] | None = None
) -> frozenset[str]:
    """Return what the file's installations bring, each with its own flags, when ``names`` stands for each package;
    ``there`` is what the image has before, the bare image's packages if it is not given.
    """
    found: set[str] = set()
    for install in (i for s in draft.analysis.steps for i in s.effects.installs):
        wanted = [n for w in install.packages if w.name in draft.fates for n in names(draft.fates[w.name])]
        found |= draft.facts.release.closure(wanted, recommends=install.recommends, installed=there)
    return frozenset(found)
