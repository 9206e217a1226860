"""Ruby: gem, Bundler, and what runs the project's own code."""

from transformer.ecosystems.ruby.ecosystem import ECOSYSTEM

__all__ = ["ECOSYSTEM"]
