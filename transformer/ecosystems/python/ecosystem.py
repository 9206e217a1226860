"""The ecosystem of Python programs."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from transformer.ecosystems.call import Call, Project, World
from transformer.ecosystems.python.interpreter import environment_made, python
from transformer.ecosystems.python.pip import NAME, by_names, pip
from transformer.ecosystems.python.projects import managed
from transformer.ir.effects import Effects
from transformer.ir.verdict import ProgramFacts, Started
from transformer.knowledge.commands import command


class Python:
    """The ecosystem of Python programs: the interpreter and the application stay, what builds extensions goes."""

    name = NAME
    calls_itself = False
    interpreted = True
    links = False
    exact = False
    embeds = False

    def effects(self, call: Call, world: World) -> Effects | None:
        """Return what a call of the interpreter or an installer does; None for a call that is not known."""
        handler = _HANDLERS.get(call.spec.effect)
        return handler(call, world) if handler is not None else None

    def starts(self, words: tuple[str, ...], cwd: str, read: Callable[[str], str | None]) -> Started:
        """Return whether the interpreter is asked to build: ``python setup.py …``, ``python -m pip …``."""
        at = next((i for i, w in enumerate(words[1:], 1) if not w.startswith("-") or w == "-m"), len(words))
        module = command(words[at + 1]) if words[at : at + 1] == ("-m",) and len(words) > at + 1 else None
        builds = module is not None and module.toolchain == NAME
        return Started(builds=builds or posixpath.basename("".join(words[at : at + 1])) == "setup.py")

    def facts(self, project: Project) -> ProgramFacts:
        """Return what the project's own sources and the distributions that it installs say."""
        from transformer.ecosystems.python.sources import facts

        return facts(project)


_HANDLERS = {
    "pip": pip,
    "pip-names": by_names,
    "python": python,
    "venv": environment_made,
    "python-project": managed,
}

ECOSYSTEM = Python()
