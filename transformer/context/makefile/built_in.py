"""What make knows before it reads a Makefile, from ``built_in.mk``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from transformer.knowledge.loader import read_text


@cache
def _lines() -> tuple[str, ...]:
    text = read_text(f"{Path(__file__).parent}/built_in.mk")
    return tuple(line for line in text.split("\n") if line and not line.startswith("#"))


@cache
def variables() -> dict[str, str]:
    """Return the variables, not expanded."""
    pairs = (line.partition(" = ") for line in _lines() if not line.startswith(("\t", "%", ".")))
    return {name: text for name, _, text in pairs}


@cache
def suffixes() -> frozenset[str]:
    """Return the suffixes that old-fashioned rules may have."""
    return frozenset(word for line in _lines() if line.startswith(".SUFFIXES:") for word in line.split()[1:])


@cache
def rules() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return target, need and recipe of each pattern rule; one without a recipe is not understood."""
    found: list[tuple[str, str, list[str]]] = []
    for line in _lines():
        if line.startswith("%"):
            target, _, need = line.partition(": ")
            found.append((target, need, []))
        elif line.startswith("\t"):
            found[-1][2].append(line[1:])
    return tuple((target, need, tuple(recipe)) for target, need, recipe in found)
