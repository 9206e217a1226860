"""Reading the data files of ``data/``: each at most once."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from transformer.knowledge.tables import KnowledgeError, PackedTable, Table

DATA = Path(__file__).parent / "data"


def read_text(name: str) -> str:
    """Return the content of a data file that is not compressed."""
    try:
        return _read(name).decode("utf-8")
    except UnicodeDecodeError as error:
        raise KnowledgeError(name, str(error)) from error


def _read(name: str) -> bytes:
    try:
        return (DATA / name).read_bytes()
    except OSError as error:
        raise KnowledgeError(name, str(error)) from error


@cache
def table(name: str) -> Table | PackedTable:
    """Return the table in the data file ``name``, read at most once; those whose name ends in ``.z`` are compressed."""
    return PackedTable(name, _read(name)) if name.endswith(".z") else Table(name, read_text(name))


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """Return all rows of a small hand-written table."""
    return tuple(tuple(fields) for fields in table_of_any_order(name))


def table_of_any_order(name: str) -> list[list[str]]:
    """Return the rows of a table that is read whole and therefore need not be sorted."""
    lines = read_text(name).split("\n")
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


@cache
def document(name: str) -> Any:
    """Return the content of a JSON data file."""
    text = read_text(name)
    try:
        return json.loads(text)
    except ValueError as error:
        raise KnowledgeError(name, str(error)) from error
