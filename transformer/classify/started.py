"""What the image starts: the modules of a language (a web server beside them runs none), interpreters, machines."""

from __future__ import annotations

import posixpath

from transformer.classify.state import State
from transformer.ecosystems import interpreted, load
from transformer.ir.effects import Effects, context_path
from transformer.knowledge.commands import command
from transformer.knowledge.programs import programs, runtime_ecosystem

_FOLLOWED = "python"
"""The ecosystem whose scripts are followed from those that are started, where nothing else of it is there."""
_SERVICE = "interpreter-service"
"""The effect of programs that run code of a language, and that are also started by their names as services."""


def started(state: State, ecosystem: str) -> frozenset[str] | None:
    """Return the modules that are started, each of which loads only what it depends on; None if any may be.

    A server of files is started, and nothing else but what every image of the distribution has. An image that starts
    nothing of its own (``true``, ``sleep infinity``) is there for what people run in it.
    """
    if not interpreted(ecosystem) or state.roots.unread or any(_runs_code(s.effects) for s in state.steps):
        return None
    commands = frozenset(name.rpartition("/")[2] for name in state.roots.commands())
    servers = commands & programs().file_servers
    others = commands - servers - _starters(ecosystem) - programs().builtins
    plain = all(set(state.known.release.providers(name)) & state.known.release.base_packages for name in others)
    return servers if servers and plain and all(_is_script(state, path) for path in state.roots.run) else None


def interpreters(state: State) -> frozenset[str]:
    """Return the ecosystems whose interpreter the base image brings, or the image starts."""
    base = state.known.base
    brought = {base.family} if base is not None and base.family in programs().interpreters else set()
    specs = {name: command(posixpath.basename(name)) for name in (*state.roots.commands(), *state.roots.run)}
    services = {name: command(name) for name in state.roots.named}
    called = {s.ecosystem for s in specs.values() if s is not None and s.ecosystem}
    called |= {s.ecosystem for s in services.values() if s is not None and s.effect == _SERVICE}
    return frozenset(brought | {name for name in called if interpreted(name) and name != _FOLLOWED})


def machines(state: State) -> frozenset[str]:
    """Return the ecosystems whose virtual machine the base image brings, or that is started: what it runs is judged,
    whoever made it, since modules may use the toolchain that goes.
    """
    base = state.known.base
    names = {runtime_ecosystem(base.family) if base is not None else ""}
    names = names if any(s.effects.toolchain for s in state.steps) else set()
    specs = (command(posixpath.basename(name)) for name in (*state.roots.commands(), *state.roots.run))
    embedding = ((spec.ecosystem, load(spec.ecosystem)) for spec in specs if spec is not None)
    names |= {name for name, found in embedding if found is not None and found.embeds}
    return frozenset(names - {""})


def _runs_code(effects: Effects) -> bool:
    """Whether a step runs code of the project, is not understood, or compiles: a program may start anything."""
    return bool(effects.application or effects.opaque) or bool(effects.toolchain and not interpreted(effects.toolchain))


def _starters(ecosystem: str) -> frozenset[str]:
    """Return the programs of the ecosystem that start what was followed (``npm start``)."""
    return frozenset(n for n in programs().interpreters.get(ecosystem, ()) if _effect(n) in {"npm", "npx"})


def _effect(name: str) -> str:
    spec = command(name)
    return spec.effect if spec is not None else ""


def _is_script(state: State, path: str) -> bool:
    """Whether a program that is run by its path is a shell script of the context, which was followed."""
    source = context_path(path, state.walk.copies)
    context = state.known.context
    text = context.read(source) if source is not None and context is not None else None
    return text is not None and text.startswith("#!") and "sh" in text.partition("\n")[0]
