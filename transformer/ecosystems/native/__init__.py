"""C and C++: compilers, make, cmake, meson and the autotools."""

from __future__ import annotations

from transformer.ecosystems.native.ecosystem import ECOSYSTEM

__all__ = ["ECOSYSTEM"]
