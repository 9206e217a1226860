"""Why a written path has to be in the final image: the chain of reasons from it to a root."""

from __future__ import annotations

from transformer.classify.state import State, reaches
from transformer.ir.effects import Path, Step, Write
from transformer.ir.verdict import Phase, Reason

_LINKS = 6


def why_needed(state: State, write: Write, writer: Step) -> tuple[Reason, ...]:
    """Return the chain: the step that reads the path, what that one is for, and so on to a root."""
    chain: list[Reason] = []
    while len(chain) < _LINKS:
        reader = _reader(state, write.path, writer)
        if reader is None:
            break
        chain.append(Reason(f"`{reader.text}` reads {write.path}", reader.position))
        following = [r for r in state.why.get(reader.index, ()) if r not in chain]
        if following:
            return (*chain, *following[: _LINKS - len(chain)])
        break
    if chain:
        return tuple(chain)
    named = next((x for x in state.live if isinstance(x.resource, Path) and x.resource.overlaps(write.path)), None)
    if named is not None:
        return named.reasons
    if write.path.tree and write.path.covers(Path(state.walk.cwd)):
        return (Reason(f"the program starts in {state.walk.cwd}", state.walk.entry_position),)
    return (Reason("nothing proves that only the build uses it", writer.position),)


def _reader(state: State, path: Path, writer: Step) -> Step | None:
    for step in state.steps[writer.index + 1 :]:
        kept = state.phase.get(step.index) is Phase.RUNTIME and step.keyword == "RUN"
        if kept and any(isinstance(r, Path) and reaches(r, path) for r in step.effects.reads):
            return step
    return None
