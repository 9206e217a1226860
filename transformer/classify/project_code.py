"""Steps that run code of the project while the image is built: what is known of them."""

from __future__ import annotations

from collections.abc import Iterator

from transformer.classify.state import State, first_build
from transformer.context.python_source import read
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Path, Step, context_path
from transformer.ir.verdict import Phase


def unread_runs(state: State) -> Iterator[Diagnostic]:
    """Yield the steps that run code of the project of which not all is known: it may build, and write anywhere."""
    after = first_build(state)
    for step in state.steps:
        if step.effects.application and step.index > after and not _is_known(state, step):
            message = f"`{step.text}` runs code of the project: what it writes, and whether it builds, is not known"
            yield Diagnostic("DF301", message, step.position, "check with a real build")


def _is_known(state: State, step: Step) -> bool:
    """Whether a step is as well known as the program that the image starts: all code and all modules were read, and run
    no program that is not kept. It is repeated then, where all of that is there, so where it writes does not matter;
    no later build step may use what it writes.
    """
    effects = step.effects
    closed = any(f.ecosystem == effects.application and f.closed_commands for f in state.facts)
    later = any(s.effects.toolchain for s in state.steps[step.index + 1 :])
    repeated = state.phase.get(step.index) is Phase.RUNTIME
    return closed and repeated and not later and not effects.opaque and _is_own(state, step)


def _is_own(state: State, step: Step) -> bool:
    """Whether what is run is a script of the context, a module, or code on the command line that runs nothing."""
    scripts = [r for r in step.effects.reads if isinstance(r, Path) and not r.tree]
    context = state.known.context
    sources = (context_path(script.path, state.walk.copies) for script in scripts)
    if context is None or not all(source is not None and context.is_file(source) for source in sources):
        return False
    code = step.effects.code
    said = read(code) if code else None
    return not code or (said is not None and not said.runs)
