"""Kinds of data (certificates, media types …) that something names by the paths where their packages put them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from transformer.classify.state import State
from transformer.ir.effects import Path
from transformer.ir.verdict import ProgramFacts, Reason
from transformer.knowledge.data_kinds import kinds_of
from transformer.knowledge.programs import programs


def with_named(state: State, facts: tuple[ProgramFacts, ...]) -> tuple[ProgramFacts, ...]:
    """Return the facts with the kinds of data that texts of the program, variables and command lines name. Code that
    was not read may read all kinds already.
    """
    found = {kind: where for text, where in _texts(state, facts) for kind in kinds_of(text)}
    data = tuple((kind, Reason(f"{where} names a file of it")) for kind, where in sorted(found.items()))
    at = next((n for n, f in enumerate(facts) if f.closed_commands or f.data), None)
    if at is None or not data:
        return facts
    own = replace(facts[at], data=(*facts[at].data, *(d for d in data if d[0] not in dict(facts[at].data))))
    return (*facts[:at], own, *facts[at + 1 :])


def _texts(state: State, facts: tuple[ProgramFacts, ...]) -> Iterator[tuple[str, str]]:
    yield from ((text, "the program") for f in facts for text in f.strings)
    words = (*state.walk.entrypoint, *state.walk.cmd, *sorted(state.roots.words))
    yield from ((word, "a command line") for word in words)
    yield from ((live.resource.path, live.reasons[-1].text) for live in state.live if isinstance(live.resource, Path))
    known = {*state.walk.inherited, *programs().toolchain_variables}
    yield from ((value or "", f"ENV {name}") for name, value in state.walk.env.items() if name not in known)
