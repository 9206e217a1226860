"""What COPY brings along because .dockerignore lets it in: version control, installed packages, build output."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from transformer.classify.state import State
from transformer.context.build_context import BuildContext, normal
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Copied, Path
from transformer.knowledge.programs import context_patterns


def cluttered(state: State) -> Iterator[Diagnostic]:
    """Yield a note (DF424) for each COPY of a directory that has such directories right below it."""
    context = state.known.context
    for copied in state.walk.copies if context is not None else ():
        found = sorted(_found(state, context, copied)) if context is not None and copied.directory else []
        if found:
            position = next(s.position for s in state.steps if s.instruction == copied.instruction)
            names = " and ".join(found)
            message = f"COPY brings {names} of the context along: .dockerignore lets that in"
            yield Diagnostic("DF424", message, position, f"add {names} to .dockerignore")


def _found(state: State, context: BuildContext, copied: Copied) -> Iterator[str]:
    table = context_patterns()["clutter"]
    for name in (*table["directories"], *table["outputs"]):
        path = normal(posixpath.join(copied.source, name))
        there = (context.root / path).is_dir() and not context.excludes(path)
        if there and (name in table["directories"] or _made(state, copied, name)):
            yield f"{path}/"


def _made(state: State, copied: Copied, name: str) -> bool:
    """Whether a tool of the build writes there after the copy."""
    place = Path(posixpath.join(copied.target, name.rstrip("/")), tree=True)
    later = (s for s in state.steps if s.effects.toolchain and s.instruction > copied.instruction)
    return any(w.path.covers(place) for s in later for w in s.effects.writes)
