"""Python: pip and its kin, virtual environments, setup.py, and code of the project that the interpreter runs."""

from __future__ import annotations

from transformer.ecosystems.python.ecosystem import ECOSYSTEM

__all__ = ["ECOSYSTEM"]
