"""Comparing Debian versions (Debian policy 5.6.12), and what a versioned dependency accepts."""

from __future__ import annotations

import re
from itertools import zip_longest

_PARTS = re.compile(r"([^0-9]*)([0-9]*)")


def satisfies(version: str, operator: str, wanted: str) -> bool:
    """Return whether a version is what ``(operator wanted)`` asks for; no operator accepts every version."""
    order = compare(version, wanted) if operator else 0
    return {"": True, "<<": order < 0, "<=": order <= 0, "=": order == 0, ">=": order >= 0, ">>": order > 0}[
        {"<": "<=", ">": ">="}.get(operator, operator)
    ]


def compare(one: str, other: str) -> int:
    """Return a number below, at or above 0 as ``one`` is earlier than, the same as or later than ``other``."""
    left, right = _split(one), _split(other)
    for a, b in zip(left, right, strict=True):
        if order := _compare(a, b):
            return order
    return 0


def _split(version: str) -> tuple[str, str, str]:
    """Return epoch, upstream version and revision."""
    epoch, colon, rest = version.partition(":")
    upstream, _, revision = (rest if colon else version).rpartition("-")
    return epoch if colon else "0", upstream or revision, revision if upstream else "0"


def _compare(one: str, other: str) -> int:
    for (a, m), (b, n) in zip_longest(_PARTS.findall(one), _PARTS.findall(other), fillvalue=("", "")):
        letters = [_order(text[i : i + 1]) for i in range(max(len(a), len(b)) + 1) for text in (a, b)]
        for left, right in zip(letters[::2], letters[1::2], strict=True):
            if left != right:
                return left - right
        if order := int(m or 0) - int(n or 0):
            return order
    return 0


def _order(character: str) -> int:
    """Return the rank of a character: ~ before the end, the end before letters, letters before all others."""
    if character == "~":
        return -1
    return ord(character) + (0 if character.isalpha() else 256) if character else 0
