"""Command lines that stand as text in a program's code."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise

from transformer.context.native_source import MANAGERS, RUNNERS
from transformer.context.python_calls import within
from transformer.knowledge.programs import PYTHON, context_patterns, programs

_PYTHON = "python"
"""The ecosystem whose interpreters have their versions in their names."""
_AWK = "awk"
_SHELLS = re.compile(r"\bsystem\b|\bgetline\b|\|")
"""What lets a program of awk run others (POSIX awk, "Input/Output and General Functions")."""
_INLINE = frozenset({"-c", "-e", "-p", "--eval", "--print"})
"""Options of interpreters that are followed by code (python(1), node(1), ruby(1))."""
_OPEN = re.compile(r"[$`()<{}]|(?<!2)>(?!&1)")
"""What makes a shell do more than start commands one after the other."""


def commands_of(script: str, own: str = "") -> tuple[str, ...] | None:
    """Return the programs of a script for a shell: plain commands, pipes and lists of them; None for any other. ``own``
    is the ecosystem whose code is read, which its interpreter runs.
    """
    found = []
    for part in re.split(r"\|\||&&|[;|\n]", script.strip()):
        try:
            words = shlex.split(part)
        except ValueError:
            return None
        if not words or _OPEN.search(part) or "=" in words[0] or runs_another(tuple(words), own):
            return None
        found.append(words[0])
    return tuple(found)


def _works_on_project(words: tuple[str, ...], own: str) -> bool:
    """Whether an interpreter runs a module that compiles or installs (``python -m pip``), or a recipe, which is not
    among the code that is read (``python setup.py build_ext``).
    """
    recipes = frozenset(context_patterns()[own]["recipes"]) if own in context_patterns() else frozenset()
    modules = {module for option, module in pairwise(words) if option == "-m"}
    compiling = any(within(module, programs().python_runners) for module in modules)
    return compiling or any(word.rpartition("/")[2] in recipes for word in words[1:])


def runs_another(words: tuple[str, ...], own: str = "") -> bool:
    """Whether a program runs what its arguments say, or code that is not read: an interpreter of the code that is runs
    files of it, unless the code stands on its command line.
    """
    base = words[0].rpartition("/")[2]
    interpreters = programs().prompts.intersection(programs().interpreters.get(own, ()))
    if base in interpreters or (own == _PYTHON and PYTHON.fullmatch(base)):
        return not _INLINE.isdisjoint(words[1:]) or _works_on_project(words, own)
    if words[1:2] and words[1] in MANAGERS.get(base, ()):
        return False
    shelling = base.endswith(_AWK) and _SHELLS.search(" ".join(words[1:]))
    return base in RUNNERS or "-exec" in words or bool(shelling)
