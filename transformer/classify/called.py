"""Scripts of the context that the file's own programs run: what they run in turn is live."""

from __future__ import annotations

from transformer.classify.root_set import merge
from transformer.classify.roots import Finder
from transformer.classify.state import State
from transformer.ir.effects import Command


def follow_programs(state: State) -> None:
    """Follow the commands that the sources of the programs name, as those of the entry point are followed."""
    last = state.dockerfile.instructions[-1].position
    for facts in state.facts:
        for need in facts.needs:
            if isinstance(need.resource, Command):
                finder = Finder(state.walk, state.known.context, python=False, origin=need.path)
                finder.command_line((need.resource.name,), need.position or last, need.reason)
                merge(state.roots, finder.roots)
                state.roots.toolchain = state.roots.toolchain or finder.roots.toolchain
