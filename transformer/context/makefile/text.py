"""Text as make reads it: brackets, separators, and what stands for text that is not known."""

from __future__ import annotations

import re

from transformer.ir.script import UNKNOWN_VARIABLE

UNKNOWN = f"${{{UNKNOWN_VARIABLE}}}"
"""Stands for text that only a run of make knows."""
MAX_TEXT = 400_000
MAX_STEPS = 40_000
MAX_DEPTH = 40
_MAX_VALUE = 100_000


class Unclear(Exception):
    """The Makefile is not surely understood."""


def bounded(text: str) -> str:
    """Return the text, unless it is too long."""
    if len(text) > _MAX_VALUE:
        raise Unclear
    return text


def is_unknown(text: str) -> bool:
    """Whether only a run of make, or a shell, knows all of the text."""
    return UNKNOWN in text or "${HOME}" in text or "${PATH}" in text


def quoted(value: str) -> str:
    """Return a shell word whose value is ``value``; what stands for an unknown stays one."""
    if re.fullmatch(r"[\w./:=@%+,-]*", value):
        return value
    pieces = re.split(r"(\$\{(?:__unknown|HOME|PATH)\})", value)
    return '"' + "".join(p if i % 2 else re.sub(r'(["\\$`])', r"\\\1", p) for i, p in enumerate(pieces)) + '"'


def closing(text: str, at: int) -> int:
    """Return where the bracket at ``at`` is closed; only its own kind counts, as in make."""
    opening, closed, depth = text[at], ")" if text[at] == "(" else "}", 0
    for found in re.compile(r"[(){}]").finditer(text, at):
        depth += {opening: 1, closed: -1}.get(found[0], 0)
        if depth == 0:
            return found.start()
    raise Unclear


def split(text: str, separator: str, limit: int = 0) -> list[str]:
    """Split at separators outside of brackets, ``limit`` parts at most (0: no limit)."""
    parts, start, depth = list[str](), 0, 0
    for found in re.finditer(rf"[(){{}}{re.escape(separator)}]", text):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(found[0], 0)
        if found[0] == separator and depth == 0 and len(parts) != limit - 1:
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]


def split_once(text: str, separator: str) -> tuple[str, str, str]:
    """Split at the first separator outside of brackets, like ``str.partition``."""
    parts = split(text, separator, 2)
    return (parts[0], separator, parts[1]) if len(parts) > 1 else (text, "", "")


def clean(name: str) -> str:
    """Return a file name as make keeps it."""
    while name.startswith("./") and name != "./":
        name = name[2:].lstrip("/")
    return name
