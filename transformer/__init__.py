"""dockerfix: turn a single-stage Dockerfile into an equivalent multi-stage one, with reasons."""

__version__ = "0.1.0"
