"""Which side of the cut one step serves, as things stand: the answer of the first rule that has one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from transformer.classify.carrying import carriable, carried
from transformer.classify.copies import brings, left_of_copy
from transformer.classify.reasons import why_needed
from transformer.classify.state import State, reaches, sdk
from transformer.classify.survival import must_be_there, removes, survives
from transformer.ecosystems import interpreted
from transformer.ir.effects import Account, Nature, Path, Step, Write
from transformer.ir.verdict import Phase, Reason
from transformer.knowledge.commands import programs

Judgement = tuple[Phase, tuple[Reason, ...]]


def judged(state: State, step: Step) -> Judgement:
    """Return the phase of a step, with the reasons."""
    return next(found for rule in _RULES if (found := rule(state, step)) is not None)


def _build(why: str) -> Judgement:
    return Phase.BUILD, (Reason(why),)


def _runtime(why: str, *reasons: Reason) -> Judgement:
    return Phase.RUNTIME, (Reason(why), *reasons)


def _by_toolchain(state: State, step: Step) -> Judgement | None:
    tool = step.effects.toolchain
    return _build(f"it runs the {tool} toolchain") if tool else None


def _by_ignorance(state: State, step: Step) -> Judgement | None:
    unread = step.effects.opaque
    return _runtime(f"not understood ({unread}), so it stays") if unread else None


def _by_application(state: State, step: Step) -> Judgement | None:
    """Code of the project may write anywhere: only a script that is run in its own directory is taken to stay there."""
    if not step.effects.application or (step.effects.writes and runs_script(step)):
        return None
    return _runtime("it runs code of the project, so it stays")


def runs_script(step: Step) -> bool:
    """Whether the step names the script of the project that it runs."""
    return any(isinstance(r, Path) and not r.tree for r in step.effects.reads)


def _by_copy(state: State, step: Step) -> Judgement | None:
    if step.keyword not in {"COPY", "ADD"} or step.instruction not in state.divisions:
        return None
    divisions = state.divisions[step.instruction]
    if not any(d.kept for d in divisions):
        return _build("only build steps read it, and nothing live names it")
    if all(not survives(state, w, step) and not must_be_there(state, w, step) for w in step.effects.writes):
        return _build("only build steps read it, and it is removed again")
    if all(_subsumed(state, Path(d.copied.target, d.copied.directory), step) for d in divisions):
        return _build("a later build step works in it, so it is carried over whole")
    whole = all(d.whole for d in divisions)
    return _runtime("the program may read it at run time" if whole else "the program may read some of it")


def _by_shell_state(state: State, step: Step) -> Judgement | None:
    return _build("it only prepares the shell for other commands") if step.effects.shell_state else None


def _by_installs(state: State, step: Step) -> Judgement | None:
    kept = state.judge.kept(step.effects.installs)
    if not kept:
        return None
    fates = {f.name: f for f in state.judge.fates()}
    fated = [fates[w.name] for i in step.effects.installs for w in i.packages]
    reasons = [Reason(f"{f.name}: {f.reason}") for f in fated if f.kept or f.replaced_by]
    return _runtime(f"it installs {', '.join(kept)} for run time", *reasons)


def _by_accounts(state: State, step: Step) -> Judgement | None:
    made = step.effects.accounts
    return _runtime(f"it makes the account {', '.join(made)}") if made else None


def _by_uninstalls(state: State, step: Step) -> Judgement | None:
    gone = [u.name for u in step.effects.uninstalls if state.judge.removal_matters(u.name)]
    return _runtime(f"it removes {', '.join(gone)}, which the final image would have") if gone else None


def _by_paths(state: State, step: Step) -> Judgement | None:
    """By what it reads, removes, and writes for run time."""
    behind = _reads_left_behind(state, step)
    removal = _needed_removal(state, step)
    writes = step.effects.writes
    surviving = [w for w in writes if must_be_there(state, w, step) and not _made_by_copy(state, w, step)]
    if behind and all(w.carriable and carriable(state, w.path) for w in surviving) and not removal:
        return _build(f"it reads {behind}, which stays behind")
    if before_modules(state, step) and all(w.carriable and carriable(state, w.path) for w in surviving):
        return _build("it runs before all modules are there, so what it writes is carried")
    if surviving and not removal and _comes_along(state, step, surviving):
        return _build("what it writes comes with a tree that a later build step works in")
    if surviving and not removal and _fetched(state, step, surviving):
        return _build("it is fetched once, and carried over")
    if surviving:
        return _runtime(f"it writes {surviving[0].path} for run time", *why_needed(state, surviving[0], step))
    return _runtime(f"it removes {removal}") if removal else None


def _by_carried_tree(state: State, step: Step) -> Judgement | None:
    """A small edit inside a tree that is carried over comes with it: done again, it may fail or do more (ln, mv, >>).

    Not if a repeated step works there before it: chown takes the setuid bit that a chmod gave (chown(2)).
    """
    effects = step.effects
    if step.keyword != "RUN" or step.user not in {"root", "0"}:
        return None
    if effects.installs or effects.uninstalls or any(isinstance(r, Account) for r in effects.reads):
        return None
    surviving = [w for w in effects.writes if must_be_there(state, w, step)]
    trees = [c for c, _ in carried(state) if c.tree and _made_before(state, c, step)] + _fetched_before(state, step)
    places = [*(w.path for w in surviving), *effects.removes]
    if not places or not all(any(_comes_with(c, p) for c in trees) for p in places):
        return None
    earlier = [s for s in state.steps[: step.index] if state.phase.get(s.index) is Phase.RUNTIME and s.keyword == "RUN"]
    edits = [w for s in earlier for w in s.effects.writes if w.nature is not Nature.DIRECTORY]
    if any(c.overlaps(w.path) for c in trees for w in edits if w.path.path not in programs().populated):
        return None
    tree = next(c for c in trees if _comes_with(c, places[0]))
    return _build(f"it works in {tree}, which is carried over")


def _fetched_before(state: State, step: Step) -> list[Path]:
    """Return the trees that were fetched before, by steps that are not judged yet: they may still be carried."""
    open_ = [
        s for s in state.steps[: step.index] if s.index not in state.phase and _fetched(state, s, s.effects.writes)
    ]
    return [w.path for s in open_ for w in s.effects.writes if w.path.tree]


def _made_before(state: State, tree: Path, step: Step) -> bool:
    """Whether a step of the build made the tree, or some of it, before the given one."""
    earlier = (s for s in state.steps[: step.index] if state.phase.get(s.index) is Phase.BUILD)
    made = (w for s in earlier for w in s.effects.writes if w.nature not in {Nature.DIRECTORY, Nature.CACHE})
    return any(tree.overlaps(w.path) for w in made)


def _comes_with(tree: Path, path: Path) -> bool:
    """Whether COPY brings what was done there with the tree: links and capabilities too, not the mode of its top."""
    return tree.covers(path) and tree.path != path.path


def _by_default(state: State, step: Step) -> Judgement | None:
    if step.effects.installs:
        return _build("what it installs serves only the build")
    return _build("what it writes serves only the build" if step.effects.writes else "it leaves nothing in the image")


_RULES: tuple[Callable[[State, Step], Judgement | None], ...] = (
    _by_toolchain,
    _by_ignorance,
    _by_application,
    _by_copy,
    _by_shell_state,
    _by_installs,
    _by_accounts,
    _by_uninstalls,
    _by_carried_tree,
    _by_paths,
    _by_default,
)
"""In this order: a later rule may rely on what the earlier ones ruled out. The last one always answers."""


def _made_by_copy(state: State, write: Write, step: Step) -> bool:
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


def _comes_along(state: State, step: Step, surviving: list[Write]) -> bool:
    """Whether a tree of modules, carried later, brings all that remains; nothing repeated needs it before."""
    later = [(c, at) for c, at in carried(state) if c.tree and at > step.index and interpreted(_toolchain(state, at))]
    inside = {w: [at for c, at in later if c.covers(w.path) and c.path != w.path.path] for w in surviving}
    if step.keyword != "RUN" or not all(inside.values()):
        return False
    last = max(at for found in inside.values() for at in found)
    between = (s for s in state.steps[step.index + 1 : last] if state.phase.get(s.index) is Phase.RUNTIME)
    return not any(s.keyword == "RUN" and (s.effects.opaque or s.effects.application) for s in between)


def _toolchain(state: State, at: int) -> str:
    return state.steps[at].effects.toolchain


def _fetched(state: State, step: Step, surviving: Sequence[Write]) -> bool:
    """Whether all that remains of the step is a download at a place that COPY can carry from."""
    downloads = bool(surviving) and all(
        w.nature is Nature.DOWNLOAD and w.carriable and carriable(state, w.path) for w in surviving
    )
    return downloads and step.keyword == "RUN" and step.user in {"root", "0"}


def _subsumed(state: State, path: Path, step: Step) -> bool:
    """Whether a carried tree brings all of ``path``."""
    return any(carried.tree and carried.covers(path) for carried, at in carried(state) if at > step.index)


def _reads_left_behind(state: State, step: Step) -> Path | None:
    """Return the first path that the step reads and that will not be in the final image."""
    for read in step.effects.reads:
        if not isinstance(read, Path) or read.path == "/var/lib/apt/lists":
            continue
        in_place = any(w.path == read for w in step.effects.writes)
        if in_place and any(c.covers(read) and at < step.index for c, at in carried(state)):
            continue
        if _changes_what_stays(state, step, read):
            continue
        for other in reversed(state.steps[: step.index]):
            if state.phase.get(other.index) is Phase.RUNTIME and not left_of_copy(state, other, read):
                continue
            for write in other.effects.writes:
                if read.covers(write.path) and must_be_there(state, write, other):
                    continue
                touched = reaches(read, write.path) and write.nature is not Nature.CACHE
                if touched and not (must_be_there(state, write, other) and write.path.covers(read)):
                    return read
    return None


def _changes_what_stays(state: State, step: Step, read: Path) -> bool:
    """Whether the step changes a tree in place (chown -R …) of which the final image has a part: that part is changed
    there.
    """
    if not read.tree or not any(w.path == read for w in step.effects.writes):
        return False
    inside = [c for c, at in carried(state) if at < step.index]
    inside += [
        w.path
        for s in state.steps[: step.index]
        if state.phase.get(s.index) is Phase.RUNTIME
        for w in s.effects.writes
        if not s.effects.installs
    ]
    return any(read.covers(p) for p in inside)


def _needed_removal(state: State, step: Step) -> Path | None:
    """Return a removed path that must be removed in the final image too: the base's own, or what is repeated there."""
    for removed in step.effects.removes:
        written = [
            (s, w)
            for s in state.steps[: step.index]
            for w in s.effects.writes
            if removed.overlaps(w.path) or removes(removed, w.path)
        ]
        if any(s.effects.opaque and state.phase.get(s.index) is Phase.RUNTIME for s in state.steps[: step.index]):
            return removed
        if any(_repeated(state, s, w, removed) for s, w in written):
            return removed
        if not written and _in_base(state, removed):
            return removed
    return None


def _in_base(state: State, removed: Path) -> bool:
    """Whether the base image may have the path."""
    known = programs()
    if any(Path(p, tree=True).covers(Path(removed.path)) for p in known.cleaned):
        return False
    folder, _, name = removed.path.rpartition("/")
    plain = not name.startswith(".") and not any(c in name for c in "*?[")
    own = removed.path in known.populated or removed.path in known.skeleton
    return own or sdk(state.known.base) or (folder or "/") not in known.listed or not plain


def _repeated(state: State, step: Step, write: Write, removed: Path) -> bool:
    """Whether the final stage repeats the step, and with it what is removed."""
    if state.phase.get(step.index) is not Phase.RUNTIME or (write.nature is Nature.DIRECTORY and step.effects.config):
        return False
    return write.nature is not Nature.CONTEXT or brings(state, step, removed)
