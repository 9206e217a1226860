"""Kinds of data (certificates, media types …) by the places where packages put them, from ``data-kinds.tsv``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from transformer.knowledge.loader import rows


def kinds_of(text: str) -> Iterator[str]:
    """Yield the kinds of data of which a text names a file, or the directory that holds them."""
    if "/etc" in text or "/usr" in text:
        yield from (kind for pattern, kind in _places() if pattern.search(text))


@cache
def _places() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(rf"(?<![\w./-])(?:{row[0]})(?![\w-]|\.\w)"), row[1]) for row in rows("data-kinds.tsv"))
