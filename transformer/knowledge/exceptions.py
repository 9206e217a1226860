"""Rows checked by hand (``data/exceptions.tsv``): what a table gets wrong or cannot say, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from transformer.knowledge.loader import rows
from transformer.knowledge.tables import KnowledgeError

_FILE = "exceptions.tsv"
_COLUMNS = 5


@lru_cache(maxsize=256)
def of(what: str, *scopes: str) -> Mapping[str, str]:
    """Return package -> value of the rows about ``what`` that hold in any of ``scopes``; the first scope wins."""
    found: dict[str, str] = {}
    for scope in (*scopes, "*"):
        for row in rows(_FILE):
            if len(row) != _COLUMNS:
                raise KnowledgeError(_FILE, "\t".join(row))
            if row[0] == what and row[1] == scope:
                found.setdefault(row[2], row[3])
    return found
