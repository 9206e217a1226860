"""The lines of a Makefile, and what they begin with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transformer.context.makefile.text import Unclear, closing

_DIRECTIVES = (
    r"(?s)\s*(-include|sinclude|include|ifeq|ifneq|ifdef|ifndef|else|endif|define|endef|vpath|undefine|load|-load)"
    r"(?![^\s(\"'])\s*(.*)"
)


def logical_lines(text: str) -> Iterator[str]:
    """Yield the lines, those joined that end with a backslash."""
    line = ""
    for physical in text.split("\n"):
        line += physical
        if (len(line) - len(line.rstrip("\\"))) % 2:
            line += "\n"
            continue
        yield line
        line = ""
    yield line.removesuffix("\n").removesuffix("\\")


def uncommented(line: str) -> str:
    """Return a line without its comment."""
    if "#" not in line:
        return line
    before = line.partition("#")[0]
    inside = before.count("$(") > before.count(")") or before.count("${") > before.count("}")
    if inside or before.endswith("\\") or ";" in before:
        raise Unclear
    return before


def directive_of(line: str) -> tuple[str, str] | None:
    """Return the directive that a line is, and the rest of it; None if it is none."""
    found = re.match(_DIRECTIVES, line)
    return (found[1], found[2]) if found else None


def modifiers_of(line: str) -> tuple[set[str], str]:
    """Return the words that stand before an assignment, and the rest of the line."""
    modifiers = set[str]()
    while found := re.match(r"\s*(export|unexport|override|private)(?:\s+|$)", line):
        if re.match(r"[?+!]?=|:{1,3}=", line[found.end() :].lstrip() or "x"):
            break
        modifiers.add(found[1])
        line = line[found.end() :]
    return modifiers, line


def first_operator(line: str) -> tuple[str, int]:
    """Return the first ``:`` or assignment operator outside of references, and where it is; "" if there is none."""
    at, operator = 0, re.compile(r"(?s)\$.?|[?+!]=|=|:{1,3}=|:")
    while found := operator.search(line, at):
        if found[0].startswith("$"):
            at = closing(line, found.end() - 1) + 1 if found[0][-1] in "({" else found.end()
            continue
        return found[0], found.start()
    return "", 0
