"""What needs no step of its own in the final stage, because it comes with a tree that is carried over."""

from __future__ import annotations

from collections.abc import Sequence

from transformer.classify.base_files import thins_base
from transformer.classify.carrying import carriable, carried
from transformer.classify.state import State, reaches
from transformer.classify.survival import must_be_there
from transformer.ecosystems import interpreted
from transformer.ir.effects import Account, Nature, Path, Step, Write
from transformer.ir.verdict import Phase
from transformer.knowledge.programs import programs


def tree_of_edit(state: State, step: Step) -> Path | None:
    """Return the tree that a small edit comes with: done again, it may fail or do more (ln, mv, >>); None without one.

    Not if a repeated step works there before it: chown takes the setuid bit that a chmod gave (chown(2)).
    """
    effects = step.effects
    if step.keyword != "RUN" or step.user not in {"root", "0"}:
        return None
    if effects.installs or effects.uninstalls or any(isinstance(r, Account) for r in effects.reads):
        return None
    if thins_base(state, step):
        return None
    surviving = [w for w in effects.writes if must_be_there(state, w, step)]
    trees = [c for c, _ in carried(state) if c.tree and _made_before(state, c, step)]
    places = [*(w.path for w in surviving), *effects.removes]
    if not places or not all(any(_comes_with(c, p) for c in trees) for p in places):
        return None
    earlier = [s for s in state.steps[: step.index] if state.phase.get(s.index) is Phase.RUNTIME and s.keyword == "RUN"]
    edits = [w for s in earlier for w in s.effects.writes if w.nature is not Nature.DIRECTORY]
    if any(c.overlaps(w.path) for c in trees for w in edits if w.path.path not in programs().populated):
        return None
    return next(c for c in trees if _comes_with(c, places[0]))


def _made_before(state: State, tree: Path, step: Step) -> bool:
    """Whether a step of the build made the tree, or some of it, before the given one."""
    earlier = (s for s in state.steps[: step.index] if state.phase.get(s.index) is Phase.BUILD)
    made = (w for s in earlier for w in s.effects.writes if w.nature not in {Nature.DIRECTORY, Nature.CACHE})
    return any(tree.overlaps(w.path) for w in made)


def _comes_with(tree: Path, path: Path) -> bool:
    """Whether COPY brings what was done there with the tree: links and capabilities too, not the mode of its top."""
    return tree.covers(path) and tree.path != path.path


def made_by_copy(state: State, write: Write, step: Step) -> bool:
    """Whether a directory comes with what is carried into it, before a repeated step needs it: COPY makes it as root
    with the same mode.
    """
    if write.nature is not Nature.DIRECTORY or step.user not in {"root", "0"} or step.keyword != "RUN":
        return False
    first = min((at for p, at in carried(state) if p.path.startswith(write.path.path + "/")), default=-1)
    between = state.steps[step.index + 1 : max(first, 0)]
    return first >= 0 and not any(state.phase.get(s.index) is Phase.RUNTIME and _uses(s, write.path) for s in between)


def _uses(step: Step, path: Path) -> bool:
    """Whether the step reads the directory, or writes into it."""
    there = Path(path.path, tree=True)
    read = [r for r in step.effects.reads if isinstance(r, Path)]
    return bool(step.effects.opaque) or any(there.covers(p) for p in (*read, *(w.path for w in step.effects.writes)))


def before_modules(state: State, step: Step) -> bool:
    """Whether a step runs code of the project between installations: the final stage has the modules only later."""
    later = (at for _, at in carried(state) if at > step.index)
    return bool(step.effects.application) and any(interpreted(_toolchain(state, at)) for at in later)


def comes_along(state: State, step: Step, surviving: list[Write]) -> bool:
    """Whether a tree of modules, carried later, brings all that remains; nothing repeated needs it before."""
    later = [(c, at) for c, at in carried(state) if c.tree and at > step.index and interpreted(_toolchain(state, at))]
    inside = {w: [at for c, at in later if c.covers(w.path) and c.path != w.path.path] for w in surviving}
    if step.keyword != "RUN" or not all(inside.values()):
        return False
    last = max(at for found in inside.values() for at in found)
    between = (s for s in state.steps[step.index + 1 : last] if state.phase.get(s.index) is Phase.RUNTIME)
    return not any(s.keyword == "RUN" and (s.effects.opaque or s.effects.application) for s in between)


def fetched(state: State, step: Step, surviving: Sequence[Write]) -> bool:
    """Whether all that remains of the step is a download at a place that COPY can carry from."""
    downloads = bool(surviving) and all(
        w.nature is Nature.DOWNLOAD and w.carriable and carriable(state, w.path) for w in surviving
    )
    return downloads and step.keyword == "RUN" and step.user in {"root", "0"}


def read_early(state: State, step: Step) -> bool:
    """Whether a repeated step reads, or may read, what the given one writes before the tree arrives that it would come
    with.
    """
    for write in step.effects.writes:
        last = min((at for c, at in carried(state) if c.covers(write.path)), default=-1)
        for other in state.steps[step.index + 1 : max(last, 0)]:
            repeated = other.keyword == "RUN" and state.phase.get(other.index) is Phase.RUNTIME
            reads = any(isinstance(r, Path) and reaches(r, write.path) for r in other.effects.reads)
            if repeated and (reads or other.effects.opaque):
                return True
    return False


def _toolchain(state: State, at: int) -> str:
    return state.steps[at].effects.toolchain
