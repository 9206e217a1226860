"""The ecosystem of programs for the Java virtual machine."""

from __future__ import annotations

from collections.abc import Callable

from transformer.ecosystems.call import Call, Project, World
from transformer.ecosystems.jvm.gradle import gradle
from transformer.ecosystems.jvm.jdk import jar, java, javac, keytool
from transformer.ecosystems.jvm.launching import started
from transformer.ecosystems.jvm.maven import maven
from transformer.ecosystems.jvm.places import NAME
from transformer.ir.effects import Effects, Path
from transformer.ir.verdict import ProgramFacts, Started


class Jvm:
    """The ecosystem of Java: compilers and build tools go, the virtual machine and what it loads stay."""

    name = NAME
    calls_itself = True
    interpreted = False
    links = False
    exact = False
    embeds = True

    def effects(self, call: Call, world: World) -> Effects | None:
        """Return what a call of a tool does; None for a call that is not known."""
        if call.spec.effect == "prepare":
            return Effects(reads=(Path(world.cwd, tree=True),), toolchain=self.name)
        handler = _HANDLERS.get(call.spec.effect)
        return handler(call, world) if handler is not None else None

    def starts(self, words: tuple[str, ...], cwd: str, read: Callable[[str], str | None]) -> Started:
        """Return what the virtual machine is told to load."""
        return started(words, cwd, read)

    def facts(self, project: Project) -> ProgramFacts:
        """Return what the project's own sources and the modules that its build files name say."""
        from transformer.ecosystems.jvm.sources import facts

        return facts(project)


_HANDLERS = {"javac": javac, "jar": jar, "java": java, "keytool": keytool, "maven": maven, "gradle": gradle}

ECOSYSTEM = Jvm()
