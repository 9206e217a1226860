"""Where the tools of Java keep what they fetch, and the sources that they read."""

from __future__ import annotations

from transformer.ecosystems.call import World, absolute
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Command, Effects, Nature, Need, Path, Write

NAME = "jvm"
_CACHES = (".m2", ".gradle")
"""Below the home directory (Maven "Settings Reference", Gradle "The Directories and Files")."""
_VARIABLE = "GRADLE_USER_HOME"


def built(
    world: World,
    *writes: Write,
    reads: tuple[Path, ...] = (),
    assumptions: tuple[Diagnostic, ...] = (),
    root: str = "",
) -> Effects:
    """Return the effects that every building call has: it reads its directory, and keeps what it fetches."""
    here = Path(root or world.cwd, tree=True)
    kept = (Write(Path(place, tree=True), Nature.CACHE) for place in _kept(world))
    machine = Need(Command("java"), "what is built runs in it", world.position)
    return Effects((here, *reads), (*writes, *kept), needs=(machine,), assumptions=assumptions, toolchain=NAME)


def _kept(world: World) -> tuple[str, ...]:
    home = world.home() or "/root"
    found = [f"{home}/{name}" for name in _CACHES]
    own = world.env.get(_VARIABLE)
    return (*found, absolute(own, world.cwd)) if own else tuple(found)


def unbounded(world: World, message: str) -> Diagnostic:
    """Return that a step may write where nothing of the build files says so."""
    return Diagnostic("DF414", message, world.position, "check with a real build")
