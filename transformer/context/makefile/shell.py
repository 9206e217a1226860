"""What ``$(shell …)`` gives, and which commands may stand in it (``shell_commands.tsv``)."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

from transformer.context.makefile.text import UNKNOWN, Unclear
from transformer.knowledge.loader import rows

_KEYWORDS = r"\A(?:(?:if|then|else|elif|fi|!|\{|\}|do|done|while)(?:\s+|$)|\w+=\S*(?:\s+|$))*"
_HARMLESS = r"[12&]?>\s*/dev/null|[12]?>&[12]"


def output(command: str, directory: str) -> str:
    """Return what a command prints, known or not; a command with an effect is not understood."""
    command = " ".join(command.split())
    known = {**_commands("constant"), **({"pwd": directory} if directory else {})}.get(command)
    if known is not None:
        return known
    plain = re.sub(_HARMLESS, " ", command)
    if ">" in plain or not all(map(_is_pure, re.split(r"\|\|?|&&?|;|\$\(|`|\(|\)", plain))):
        raise Unclear
    return UNKNOWN


def is_shell(name: str) -> bool:
    """Whether recipes that run in this shell are understood."""
    return name in _commands("shell")


def _is_pure(command: str) -> bool:
    name, _, rest = re.sub(_KEYWORDS, "", command.strip(), count=1).partition(" ")
    name = posixpath.basename(name) if not name.startswith(".") else name
    if name in _commands("pure"):
        return bool(re.match(_commands("pure")[name], rest))
    return name.endswith("-config") or not name


@cache
def _commands(kind: str) -> dict[str, str]:
    table = rows(f"{Path(__file__).parent}/shell_commands.tsv")
    return {name: "".join(rest) for found, name, *rest in table if found == kind}
