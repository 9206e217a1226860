"""Go: modules, GOPATH projects and the old dependency tools."""

from __future__ import annotations

from transformer.ecosystems.go.ecosystem import ECOSYSTEM

__all__ = ["ECOSYSTEM"]
