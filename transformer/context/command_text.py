"""Command lines that stand as text in a program's code."""

from __future__ import annotations

import re
import shlex

from transformer.context.native_source import RUNNERS

_OPEN = re.compile(r"[$`()<{}]|(?<!2)>(?!&1)")
"""What makes a shell do more than start commands one after the other."""


def commands_of(script: str) -> tuple[str, ...] | None:
    """Return the programs of a script for a shell: plain commands, pipes and lists of them; None for any other."""
    found = []
    for part in re.split(r"\|\||&&|[;|\n]", script.strip()):
        try:
            words = shlex.split(part)
        except ValueError:
            return None
        if not words or _OPEN.search(part) or "=" in words[0] or runs_another(tuple(words)):
            return None
        found.append(words[0])
    return tuple(found)


def runs_another(words: tuple[str, ...]) -> bool:
    """Whether a program runs what its arguments say."""
    return words[0].rpartition("/")[2] in RUNNERS or "-exec" in words
