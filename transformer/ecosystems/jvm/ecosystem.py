"""The ecosystem of programs for the Java virtual machine."""

from __future__ import annotations

from transformer.ecosystems.call import Call, World
from transformer.ecosystems.ecosystem import Ecosystem
from transformer.ecosystems.jvm.gradle import gradle
from transformer.ecosystems.jvm.jdk import jar, java, javac, keytool
from transformer.ecosystems.jvm.launching import started
from transformer.ecosystems.jvm.maven import maven
from transformer.ecosystems.jvm.places import NAME
from transformer.ir.effects import Effects, Path


def _prepared(call: Call, world: World) -> Effects:
    return Effects(reads=(Path(world.cwd, tree=True),), toolchain=NAME)


ECOSYSTEM = Ecosystem(
    NAME,
    {
        "javac": javac,
        "jar": jar,
        "java": java,
        "keytool": keytool,
        "maven": maven,
        "gradle": gradle,
        "prepare": _prepared,
    },
    started,
    calls_itself=True,
    embeds=True,
)
