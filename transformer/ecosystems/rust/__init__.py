"""Rust: cargo, rustc, rustup."""

from __future__ import annotations

from transformer.ecosystems.rust.ecosystem import ECOSYSTEM

__all__ = ["ECOSYSTEM"]
