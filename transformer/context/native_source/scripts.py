"""Command lines that a program hands to a shell."""

from __future__ import annotations

from pathlib import Path

from transformer.context.literals import pattern
from transformer.knowledge.loader import rows

_PLAIN = r"[\w./+-]+(?:[ \t]+[\w./+:=@,%^-]+)*\s*"
_HERE = Path(__file__).parent
MANAGERS = {name: frozenset(words.split()) for name, words in rows(f"{_HERE}/managers.tsv")}
"""Package managers and task runners, each with the words with which it only says something."""
RUNNERS = frozenset(name for (name,) in rows(f"{_HERE}/runners.tsv")) | MANAGERS.keys()
"""Programs that run what their arguments say, or files of the project, and words that only a shell knows."""


def plain_command(script: str) -> str | None:
    """Return the program that a script runs, if it is one command that runs nothing else."""
    word = script.split(maxsplit=1)[0] if pattern(_PLAIN).fullmatch(script) and "-exec" not in script else None
    return None if word is None or word == "." or word.rpartition("/")[2] in RUNNERS else word
