"""One module for each ecosystem: which tools it has, what they read and write, what their products need."""

from __future__ import annotations

from importlib import import_module

from transformer.ecosystems.ecosystem import Ecosystem

_MODULES = ("native", "go", "python", "node", "ruby", "php", "rust", "jvm")


def load(name: str) -> Ecosystem | None:
    """Return the ecosystem called ``name``, or None."""
    if name not in _MODULES:
        return None
    ecosystem: Ecosystem = import_module(f"transformer.ecosystems.{name}").ECOSYSTEM
    return ecosystem


def interpreted(name: str) -> bool:
    """Whether ``name`` is an ecosystem whose sources are what runs."""
    found = load(name)
    return found is not None and found.interpreted
