"""Pragmas that give an instruction a side on which it cannot be: its author is told, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator

from transformer.classify.carrying import carried
from transformer.classify.judging import missing_input
from transformer.classify.state import State
from transformer.classify.survival import must_be_there
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Nature, Path, Step

_CODE = "DF423"


def disputed(state: State) -> Iterator[Diagnostic]:
    """Yield why a step cannot be on the side that a pragma gives it."""
    for step in state.steps:
        why = ""
        if step.instruction in state.known.stay:
            why = _must_go(state, step)
        elif step.instruction in state.known.build:
            why = _must_stay(state, step)
        if why:
            yield Diagnostic(_CODE, f"`{step.text}` {why}", step.position, "take the pragma above it away")


def _must_go(state: State, step: Step) -> str:
    """Return why a step cannot be repeated in the final stage, or ""."""
    if step.effects.toolchain:
        return "builds: the final stage has nothing to build it with"
    missing = missing_input(state, step)
    return f"cannot stay: it reads {missing[0]}, which {missing[1]}" if missing is not None else ""


def _must_stay(state: State, step: Step) -> str:
    """Return what a step does that the final stage needs and that cannot be carried, or ""."""
    effects = step.effects
    kept = state.judge.kept(effects.installs)
    if kept:
        fates = {fate.name: fate.reason for fate in state.judge.fates()}
        return f"installs {kept[0]}, which stays: {fates.get(kept[0], 'it stands for a package of the build')}"
    if effects.accounts:
        return f"makes the account {effects.accounts[0]}, which may own files or run the image"
    gone = next((u.name for u in effects.uninstalls if state.judge.removal_matters(u.name)), "")
    if gone:
        return f"removes {gone}, which the final image would have"
    if step.keyword in {"COPY", "ADD"}:
        return _used_of_copy(state, step)
    cached = (w.path.path for w in effects.writes if w.nature is Nature.CACHE and must_be_there(state, w, step))
    path = next(cached, "")
    return f"fills {path}, which a command that stays reads" if path else ""


def _used_of_copy(state: State, step: Step) -> str:
    """Return what of a copy the final image needs, or "": a copy is repeated or left, never carried by itself."""
    trees = [path for path, _ in carried(state)]
    for write in step.effects.writes:
        if must_be_there(state, write, step):
            return f"brings {write.path.path}, which a command reads that stays"
        for live in state.live:
            place = live.resource
            if not isinstance(place, Path) or not place.overlaps(write.path):
                continue
            if not any(tree.covers(place) for tree in trees):
                return f"brings {place.path}: {live.reasons[0].text}"
    return ""
