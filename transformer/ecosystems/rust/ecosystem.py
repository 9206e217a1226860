"""The ecosystem of cargo: what its tools do, what they start, and what Rust programs need."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from transformer.ecosystems.call import Call, Project, World
from transformer.ecosystems.rust.cargo import NAME, cargo
from transformer.ecosystems.rust.toolchains import rustc, rustup, rustup_init
from transformer.ir.effects import Effects, Path
from transformer.ir.verdict import ProgramFacts, Started
from transformer.knowledge.commands import command

_WATCHING = frozenset({"watch"})
"""Commands of cargo that build again whenever a source changes (cargo-watch's README)."""


class Rust:
    """The ecosystem of cargo, rustc and rustup."""

    name = NAME
    calls_itself = True
    interpreted = False
    links = True
    exact = True
    embeds = False

    def effects(self, call: Call, world: World) -> Effects | None:
        """Return what a call of one of its tools does; None for a call that is not known."""
        handler = _HANDLERS.get(call.spec.effect)
        return handler(call, world) if handler is not None else None

    def starts(self, words: tuple[str, ...], cwd: str, read: Callable[[str], str | None]) -> Started:
        """Return whether a command line builds, or watches the sources."""
        spec = command(posixpath.basename(words[0]))
        if spec is None or spec.effect != "cargo":
            return Started()
        verb = next((w for w in words[1:] if not w.startswith(("-", "+"))), "")
        return Started(builds=True, develops=verb in _WATCHING)

    def facts(self, project: Project) -> ProgramFacts:
        """Return what the project's own sources and the packages that they depend on say."""
        from transformer.ecosystems.rust.sources import facts

        return facts(project)


def _formatted(call: Call, world: World) -> Effects | None:
    return Effects(reads=(Path(world.cwd, tree=True),), toolchain=NAME)


_HANDLERS = {
    "cargo": cargo,
    "rustc": rustc,
    "rustup": rustup,
    "rustup-init": rustup_init,
    "rust-tool": _formatted,
}

ECOSYSTEM = Rust()
