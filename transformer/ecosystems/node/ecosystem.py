"""The ecosystem of Node programs."""

from __future__ import annotations

from collections.abc import Callable

from transformer.ecosystems.call import Call, Project, World, absolute
from transformer.ecosystems.node.managers import NAME, manager
from transformer.ecosystems.node.starting import started
from transformer.ecosystems.node.tools import browsers, npx, tool
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.ir.verdict import ProgramFacts, Started


class Node:
    """The ecosystem of Node programs: interpreter and application stay, what builds native addons goes."""

    name = NAME
    calls_itself = False
    interpreted = True
    links = False
    exact = False
    embeds = False

    def effects(self, call: Call, world: World) -> Effects | None:
        """Return what a call of node, a package manager or a build tool does; None for a call that is not known."""
        handler = _HANDLERS.get(call.spec.effect)
        return handler(call, world) if handler is not None else None

    def starts(self, words: tuple[str, ...], cwd: str, read: Callable[[str], str | None]) -> Started:
        """Return what a command line of the running image starts, by way of package.json."""
        return started(words, cwd, read)

    def facts(self, project: Project) -> ProgramFacts:
        """Return what the project's own sources and the packages that it installs say."""
        from transformer.ecosystems.node.sources import facts

        return facts(project)


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


_HANDLERS = {"node": _node, "npm": manager, "npx": npx, "corepack": _corepack, "node-tool": tool, "browsers": browsers}

ECOSYSTEM = Node()
