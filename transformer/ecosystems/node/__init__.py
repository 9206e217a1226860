"""Node: npm, Yarn and pnpm, the scripts of package.json, and the tools that build web applications."""

from __future__ import annotations

from transformer.ecosystems.node.ecosystem import ECOSYSTEM

__all__ = ["ECOSYSTEM"]
