"""The ecosystem of Node programs."""

from __future__ import annotations

from transformer.ecosystems.call import Call, World, absolute
from transformer.ecosystems.ecosystem import Ecosystem
from transformer.ecosystems.node.managers import NAME, manager
from transformer.ecosystems.node.starting import started
from transformer.ecosystems.node.tools import browsers, npx, tool
from transformer.ir.effects import Effects, Nature, Path, Write


def _node(call: Call, world: World) -> Effects | None:
    """``node FILE``: code of the project; ``node -v`` and ``node -p`` of a constant say something and do nothing."""
    texts = [w.text for w in call.words]
    if not texts or texts[0] in {"-v", "--version", "-h", "--help", "-p", "--print"}:
        return Effects()
    script = next((w for w in call.words if w.known and not w.text.startswith("-")), None)
    reads = (Path(absolute(script.text, world.cwd)),) if script is not None else ()
    if world.cwd == "/":
        return Effects(reads=reads, application=NAME)
    here = Path(world.cwd, tree=True)
    return Effects(reads=(*reads, here), writes=(Write(here, Nature.DATA, must=False),), application=NAME)


def _corepack(call: Call, world: World) -> Effects:
    """``corepack enable`` and ``prepare``: links beside node, and the managers in a cache that is used at run time."""
    links = Write(Path("/usr/local/bin", tree=True), Nature.DATA, carriable=False)
    return Effects(writes=(links,))


ECOSYSTEM = Ecosystem(
    NAME,
    {"node": _node, "npm": manager, "npx": npx, "corepack": _corepack, "node-tool": tool, "browsers": browsers},
    started,
    interpreted=True,
)
