"""Who reads what a step wrote: the steps of the build, and the program if it lies among the project's files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from transformer.classify.context_files import build_only_name
from transformer.classify.copies import consumers, named_files
from transformer.classify.state import State, reaches
from transformer.ecosystems import interpreted
from transformer.ir.effects import Copied, Nature, Path, Step, Write
from transformer.ir.verdict import Phase


def consumed(state: State, write: Write, writer: Step) -> bool:
    """Whether a later step of the build reads what ``writer`` wrote; a step counts until it is known to be repeated."""
    return any(True for _ in _reads(state, write, writer))


def _reads(state: State, write: Write, writer: Step) -> Iterator[Path]:
    for step in builders(state, writer):
        yield from (r for r in step.effects.reads if isinstance(r, Path) and reaches(r, write.path))


def builders(state: State, writer: Step) -> Iterator[Step]:
    """Yield the steps of the build behind ``writer``."""
    for step in state.steps[writer.index + 1 :]:
        if interpreted(step.effects.toolchain) or step.effects.application:
            continue  # what an interpreter's tools read may be what runs
        open_ = state.phase.get(step.index) is not Phase.RUNTIME and step.keyword == "RUN" and not step.effects.opaque
        if step.effects.toolchain or (open_ and not step.effects.shell_state):
            yield step


def stays_beside(state: State, write: Write, writer: Step) -> bool:
    """Whether a command put or made it among the files of the project, and the program may read it there. That the
    tools of the build read all of their directory proves nothing then: it is judged as if COPY had brought it.
    """
    if write.nature is Nature.CONTEXT:
        return False
    closed, _, program = named_files(state)
    if any(write.path.covers(Path(place)) for place in program.explicit):
        return True
    if any(not r.tree or write.path.covers(r) for r in _reads(state, write, writer)):
        return False
    copied = _project(state, write.path)
    inside = posixpath.relpath(write.path.path, copied.target)
    ecosystems = consumers(state, write.path, writer.instruction - 1)
    within = any(write.path.covers(Path(place)) for place in program.places)
    if closed:
        return within or program.mentions(copied, inside) or program.names(copied, inside)
    name = inside + "/_" if write.path.tree else inside
    return not build_only_name(name, ecosystems) or within or program.names(copied, inside)


def _project(state: State, path: Path) -> Copied:
    """Return the copied directory that holds a path; its own directory if none does."""
    folder = posixpath.dirname(path.path)
    holding = [c for c in state.walk.copies if c.directory and Path(c.target, tree=True).covers(path)]
    return max(holding, key=lambda c: len(c.target), default=Copied(-1, folder, folder, True))
