"""The ecosystem of Python programs."""

from __future__ import annotations

import posixpath

from transformer.ecosystems.ecosystem import Ecosystem, Read
from transformer.ecosystems.python.interpreter import environment_made, python
from transformer.ecosystems.python.pip import NAME, by_names, pip
from transformer.ecosystems.python.projects import managed
from transformer.ir.verdict import Started
from transformer.knowledge.commands import command


def _started(words: tuple[str, ...], cwd: str, read: Read) -> Started:
    """Return whether the interpreter is asked to build: ``python setup.py …``, ``python -m pip …``."""
    at = next((i for i, w in enumerate(words[1:], 1) if not w.startswith("-") or w == "-m"), len(words))
    module = command(words[at + 1]) if words[at : at + 1] == ("-m",) and len(words) > at + 1 else None
    builds = module is not None and module.toolchain == NAME
    return Started(builds=builds or posixpath.basename("".join(words[at : at + 1])) == "setup.py")


ECOSYSTEM = Ecosystem(
    NAME,
    {"pip": pip, "pip-names": by_names, "python": python, "venv": environment_made, "python-project": managed},
    _started,
    interpreted=True,
)
