"""Files that only a build uses, by their names."""

from __future__ import annotations

import fnmatch
from functools import lru_cache

from transformer.knowledge.programs import context_patterns

NAME = "native"


def build_only_name(name: str) -> bool:
    """Whether a product with this name serves only other builds: a header, an object file, a pkg-config file."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in _patterns())


@lru_cache(maxsize=1)
def _patterns() -> tuple[str, ...]:
    row = context_patterns()["native"]
    return (*row["sources"], *row["products"], "*.pc")
