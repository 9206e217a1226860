"""The ecosystem of cargo: what its tools do, what they start, and what Rust programs need."""

from __future__ import annotations

import posixpath

from transformer.ecosystems.call import Call, World
from transformer.ecosystems.ecosystem import Ecosystem, Read
from transformer.ecosystems.rust.cargo import NAME, cargo
from transformer.ecosystems.rust.toolchains import rustc, rustup, rustup_init
from transformer.ir.effects import Effects, Path
from transformer.ir.verdict import Started
from transformer.knowledge.commands import command

_WATCHING = frozenset({"watch"})
"""Commands of cargo that build again whenever a source changes (cargo-watch's README)."""


def _started(words: tuple[str, ...], cwd: str, read: Read) -> Started:
    """Return whether a command line builds, or watches the sources."""
    spec = command(posixpath.basename(words[0]))
    if spec is None or spec.effect != "cargo":
        return Started()
    verb = next((w for w in words[1:] if not w.startswith(("-", "+"))), "")
    return Started(builds=True, develops=verb in _WATCHING)


def _formatted(call: Call, world: World) -> Effects | None:
    return Effects(reads=(Path(world.cwd, tree=True),), toolchain=NAME)


ECOSYSTEM = Ecosystem(
    NAME,
    {"cargo": cargo, "rustc": rustc, "rustup": rustup, "rustup-init": rustup_init, "rust-tool": _formatted},
    _started,
    calls_itself=True,
    links=True,
    exact=True,
)
