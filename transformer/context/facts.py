"""What is known around one Dockerfile before its steps are judged."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from transformer.context.build_context import BuildContext
from transformer.knowledge import Release
from transformer.knowledge.images import BaseImage


class Facts(Struct, frozen=True):
    """What is known around the file: its base image and release, its context, and what its author asks for: names that
    are kept, and instructions (by index) that only the build needs, or that stay.
    """

    base: BaseImage | None
    release: Release
    context: BuildContext | None
    keep: frozenset[str] = frozenset()
    dockerfile: Path | None = None
    """Where the Dockerfile lies; None where what is around it is not to be read."""
    build: frozenset[int] = frozenset()
    stay: frozenset[int] = frozenset()
