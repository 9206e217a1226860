"""``update-alternatives``: links to programs, which must be there when it is called (update-alternatives(1))."""

from __future__ import annotations

import posixpath

from transformer.ecosystems.call import Call, World
from transformer.effects.combine import opaque
from transformer.effects.packages import repeat
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.knowledge.commands import variant

_TARGETS = {"--install": 3, "--set": 2, "--remove": 2, "--auto": 1, "--config": 1, "--remove-all": 1}
"""Where the program stands after the action, or the name of the group: ``--install LINK NAME PATH PRIORITY``."""
_QUERIES = frozenset({"--display", "--list", "--query", "--get-selections", "--version", "--help"})


def alternatives(call: Call, world: World) -> Effects:
    """Return what the call does: a link to a build tool serves the build; one to another program needs that program."""
    words = [w.text if w.known else "" for w in call.words]
    if any(w in _QUERIES for w in words):
        return Effects()
    at = next((i for i, w in enumerate(words) if w in _TARGETS), None)
    if at is None:
        return repeat(call, world)
    target = words[at + _TARGETS[words[at]]] if at + _TARGETS[words[at]] < len(words) else ""
    name = posixpath.basename(target)
    spec = variant(name)
    if spec is not None and spec.toolchain:
        links = [words[at + 1]] if words[at] == "--install" else []
        scratch = tuple(Write(Path(link), Nature.SCRATCH) for link in links if link.startswith("/"))
        return Effects(toolchain=spec.toolchain, writes=scratch)
    if not name:
        return opaque("a link to a program that is not known")
    made = repeat(call, world)
    return Effects(reads=(*made.reads, Path(target)), writes=made.writes, programs=(name,))
