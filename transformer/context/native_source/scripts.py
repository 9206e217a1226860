"""Command lines that a program hands to a shell."""

from __future__ import annotations

from pathlib import Path

from transformer.context.literals import pattern
from transformer.knowledge.loader import rows

_PLAIN = r"[\w./+-]+(?:[ \t]+[\w./+:=@,%^-]+)*\s*"
RUNNERS = frozenset(name for (name,) in rows(f"{Path(__file__).parent}/runners.tsv"))
"""Programs that run what their arguments say, and words that only a shell knows."""


def plain_command(script: str) -> str | None:
    """Return the program that a script runs, if it is one command that runs nothing else."""
    word = script.split(maxsplit=1)[0] if pattern(_PLAIN).fullmatch(script) and "-exec" not in script else None
    return None if word is None or word == "." or word.rpartition("/")[2] in RUNNERS else word
