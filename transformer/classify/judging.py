"""Which side of the cut one step serves, as things stand: the answer of the first rule that has one."""

from __future__ import annotations

from collections.abc import Callable

from transformer.classify.base_files import takes_of_base
from transformer.classify.carrying import carriable, carried
from transformer.classify.coming_along import (
    before_modules,
    comes_along,
    fetched,
    made_by_copy,
    read_early,
    tree_of_edit,
)
from transformer.classify.copies import brings, left_of_copy
from transformer.classify.reasons import why_needed
from transformer.classify.state import State, only_in_sdk, reaches, sdk
from transformer.classify.survival import is_there_anyway, must_be_there, removes, survives
from transformer.ir.effects import Nature, Path, Step, Write
from transformer.ir.verdict import Phase, Reason
from transformer.knowledge.programs import programs

MOVED = "the build has moved away"
"""Why a command cannot be repeated that moves something out of a carried tree."""
Judgement = tuple[Phase, tuple[Reason, ...]]


def judged(state: State, step: Step) -> Judgement:
    """Return the phase of a step, with the reasons."""
    return next(found for rule in _RULES if (found := rule(state, step)) is not None)


def _build(why: str) -> Judgement:
    return Phase.BUILD, (Reason(why),)


def _runtime(why: str, *reasons: Reason) -> Judgement:
    return Phase.RUNTIME, (Reason(why), *reasons)


def _by_author(state: State, step: Step) -> Judgement | None:
    if step.instruction in state.known.stay:
        return _runtime("a pragma says that it stays")
    return _build("a pragma says that only the build needs it") if step.instruction in state.known.build else None


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
    subsumed = all(_subsumed(state, Path(d.copied.target, d.copied.directory), step) for d in divisions)
    if subsumed and not read_early(state, step):
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


def _by_carried_tree(state: State, step: Step) -> Judgement | None:
    tree = tree_of_edit(state, step)
    if tree is None or read_early(state, step):
        return None
    return _build(f"it works in {tree}, which is carried over")


def _by_paths(state: State, step: Step) -> Judgement | None:
    """By what it reads, removes, and writes for run time."""
    behind = missing_input(state, step)
    removal = _needed_removal(state, step)
    writes = step.effects.writes
    surviving = [w for w in writes if must_be_there(state, w, step) and not made_by_copy(state, w, step)]
    if behind and all(w.carriable and carriable(state, w.path) for w in surviving) and not removal:
        return _build(f"it reads {behind[0]}, which {behind[1]}")
    if before_modules(state, step) and all(w.carriable and carriable(state, w.path) for w in surviving):
        return _build("it runs before all modules are there, so what it writes is carried")
    carried_later = bool(surviving) and not removal and not read_early(state, step)
    if carried_later and comes_along(state, step, surviving):
        return _build("what it writes comes with a tree that a later build step works in")
    if carried_later and fetched(state, step, surviving):
        return _build("it is fetched once, and carried over")
    if surviving:
        return _runtime(f"it writes {surviving[0].path} for run time", *why_needed(state, surviving[0], step))
    return _runtime(f"it removes {removal}") if removal else None


def _by_default(state: State, step: Step) -> Judgement | None:
    if step.effects.installs:
        return _build("what it installs serves only the build")
    return _build("what it writes serves only the build" if step.effects.writes else "it leaves nothing in the image")


_RULES: tuple[Callable[[State, Step], Judgement | None], ...] = (
    _by_author,
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


def _subsumed(state: State, path: Path, step: Step) -> bool:
    """Whether a carried tree brings all of ``path``."""
    return any(carried.tree and carried.covers(path) for carried, at in carried(state) if at > step.index)


def missing_input(state: State, step: Step) -> tuple[Path, str] | None:
    """Return the first path that the step reads and that the final stage does not have by then, with why."""
    for read in step.effects.reads:
        if not isinstance(read, Path) or read.path == "/var/lib/apt/lists":
            continue
        if _moved_away(state, step, read):
            return read, MOVED
        in_place = any(w.path == read for w in step.effects.writes)
        if in_place and not read.tree and is_there_anyway(state, read.path):
            continue
        if in_place and any(c.covers(read) and at < step.index for c, at in carried(state)):
            continue
        if not _changes_what_stays(state, step, read):
            why = _not_there(state, step, read)
            if why:
                return read, why
            if only_in_sdk(state, read, step.index):
                return read, "only the toolchain's image has"
    return None


def _moved_away(state: State, step: Step, read: Path) -> bool:
    """Whether the step takes away what it reads of a tree that is carried: the build stage has done that by then."""
    taken = any(r.covers(read) or removes(r, read) or read.covers(r) for r in step.effects.removes)
    return taken and any(c.tree and c.covers(read) for c, _ in carried(state))


def _not_there(state: State, step: Step, read: Path) -> str:
    """Return why the final stage lacks what earlier steps wrote below a path that the step reads, or ""."""
    for other in reversed(state.steps[: step.index]):
        if state.phase.get(other.index) is Phase.RUNTIME and not left_of_copy(state, other, read):
            continue
        for write in other.effects.writes:
            if _comes_later(state, write, other, step) and reaches(read, write.path):
                return "a later build step works on"
            if read.covers(write.path) and must_be_there(state, write, other):
                continue
            touched = reaches(read, write.path) and write.nature is not Nature.CACHE
            if touched and not (must_be_there(state, write, other) and write.path.covers(read)):
                return "stays behind"
    return ""


def _comes_later(state: State, write: Write, maker: Step, step: Step) -> bool:
    """Whether what a step wrote comes with a tree whose last maker is behind the given step: until then the final stage
    does not have it.
    """
    if state.phase.get(maker.index) is Phase.RUNTIME or write.nature in {Nature.DIRECTORY, Nature.CACHE}:
        return False
    if step.effects.owner and maker.keyword in {"COPY", "ADD"}:
        return False  # both can be repeated, and the tree is then carried into a directory that has its owner
    places = [at for c, at in carried(state) if c.covers(write.path)]
    return bool(places) and min(places) > step.index


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
        if (not written and _in_base(state, removed)) or takes_of_base(state, step, removed):
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
