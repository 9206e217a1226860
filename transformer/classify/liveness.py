"""Backward liveness over the steps, to a fixed point: which side of the cut each step serves.

Every written path that is still there at the end must be in the final image, unless it is proven to serve only the
build (docs/analysis.md). It gets there by repeating the step that writes it, or, when that step needs what stays
behind, by being carried over the cut. Phases only ever move from build to runtime, so the iteration ends.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from transformer.classify.called import follow_programs
from transformer.classify.coming_along import fetched
from transformer.classify.copies import divided
from transformer.classify.judging import judged
from transformer.classify.packages import PackageJudge
from transformer.classify.program_facts import facts_of_programs
from transformer.classify.root_set import Roots
from transformer.classify.state import State
from transformer.classify.survival import must_be_there
from transformer.classify.uses import Uses
from transformer.context.facts import Facts
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.effects import Interpretation, Nature, Path, Step
from transformer.ir.verdict import Live, Phase, Reason
from transformer.knowledge.programs import programs

_ROUNDS = 50


def settle(dockerfile: Dockerfile, walk: Interpretation, roots: Roots, known: Facts) -> State:
    """Return the state of liveness at its fixed point: every step has its phase."""
    state = State(dockerfile, walk, roots, known)
    state.live = [*roots.live, *configured(state)]
    state.facts = facts_of_programs(state)
    follow_programs(state)  # what their scripts run is as live
    state.live = [*roots.live, *configured(state)]
    state.divisions = divided(state)
    uses = Uses(walk, roots, state.facts, lambda: runtime_programs(state), lambda: writing_steps(state))
    state.judge = PackageJudge(walk, uses, known)
    for step in state.steps:
        # what only runs the toolchain or fetches is taken for the build's until something shows that it is repeated
        if step.effects.toolchain or fetched(state, step, step.effects.writes):
            state.put(step, Phase.BUILD, ())
    for _ in range(_ROUNDS):
        before = dict(state.phase)
        for step in reversed(state.steps):
            _decide(state, step)
        if not _read_more(state) and before == state.phase:
            break
    return state


def _read_more(state: State) -> bool:
    """Whether steps that are repeated read more of the context than was known: the copies are divided anew then."""
    steps = [s for s in state.steps if s.keyword == "RUN" and state.phase.get(s.index) is Phase.RUNTIME]
    read = frozenset(path for s in steps for path in _touched(s))
    if read <= state.read:
        return False
    state.read |= read
    divisions = divided(state)
    if divisions == state.divisions:
        return False
    state.divisions = divisions
    state.memo.clear()
    state.cut = None
    for step in state.steps:
        if step.keyword in {"COPY", "ADD"} and state.phase.get(step.index) is Phase.BUILD:
            del state.phase[step.index]
    return True


def _touched(step: Step) -> Iterator[Path]:
    """Yield the paths that must be there before a command: what it reads, changes in place, moves away or
    links to.
    """
    effects = step.effects
    written = frozenset(w.path for w in effects.writes)
    reads = frozenset(r for r in effects.reads if isinstance(r, Path))
    yield from reads - written
    # chown -R and the like change what is there: only the directory itself must be
    yield from (replace(path, tree=False) for path in written)
    yield from (n.resource for n in effects.needs if isinstance(n.resource, Path))
    if effects.writes:
        yield from effects.removes


def configured(state: State) -> list[Live]:
    """Return the paths that the final configuration names: VOLUME, and ENV apart from the toolchain's own."""
    found: list[Live] = []
    for instruction in state.dockerfile.instructions:
        if instruction.keyword == "VOLUME":
            reason = (Reason("VOLUME names it", instruction.position),)
            words = instruction.args if instruction.exec_form else tuple(instruction.argument_text.split())
            found += [Live(Path(w.rstrip("/"), tree=True), reason) for w in words if w.startswith("/") and w != "/"]
    for name, value in state.walk.env.items():
        if name in programs().toolchain_variables or name == "PATH" or name in state.walk.inherited or value is None:
            continue
        reason = (Reason(f"ENV {name} names it"),)
        found += [
            Live(Path(w.rstrip("/"), tree=True), reason) for w in value.split(":") if w.startswith("/") and len(w) > 1
        ]
    return found


def runtime_programs(state: State) -> dict[str, Step]:
    """Return the programs that the steps of the final stage call."""
    return {
        name: step
        for step in state.steps
        if state.phase.get(step.index) is Phase.RUNTIME
        for name in step.effects.programs
    }


def writing_steps(state: State) -> list[Step]:
    """Return the commands that are no work of a package manager and of which something is in the final image: those
    that it repeats, and file tools of the build whose files are carried over (``ln -s /usr/bin/git /opt/g``).
    """
    runs = (s for s in state.steps if s.keyword == "RUN" and (_is_repeated(state, s) or _is_carried(state, s)))
    return [s for s in runs if not (s.effects.installs or s.effects.uninstalls)]


def _is_repeated(state: State, step: Step) -> bool:
    return state.phase.get(step.index) is Phase.RUNTIME


def _is_carried(state: State, step: Step) -> bool:
    effects = step.effects
    by_hand = not (effects.toolchain or effects.application or effects.opaque)
    written = [w for w in effects.writes if w.nature is Nature.DATA] if by_hand else []
    return any(must_be_there(state, w, step) for w in written)


def _decide(state: State, step: Step) -> None:
    if state.phase.get(step.index) is not Phase.RUNTIME and not step.effects.config:
        state.put(step, *judged(state, step))
