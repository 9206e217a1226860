"""Reading derived fact tables: tab-separated rows below a header that begins with ``#``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from transformer.knowledge.loader import table_of_any_order

type_given = Mapping[str, list[str]]
"""Tables that were imported in this run: file name -> rows."""


def fields(path: Path) -> Iterator[list[str]]:
    """Yield the fields of each row of a fact table, header left out."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def rows_of(name: str, given: type_given) -> list[list[str]]:
    """Return the rows of a table: as it was imported in this run, else as it is."""
    return [line.split("\t") for line in given[name]] if name in given else table_of_any_order(name)
