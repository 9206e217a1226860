"""The functions of Go packages that take the name of a command or a file (``calls.tsv``)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from transformer.knowledge.loader import rows

METHODS = {"ParseFiles": "*", "ParseGlob": "*", "ListenAndServeTLS": "01", "ServeTLS": "12"}
"""Methods that take file names, and which arguments are it."""


@cache
def packages() -> dict[str, dict[str, tuple[str, str]]]:
    """Return the functions of each package: the kind of name, and which arguments are it."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for package, kind, functions in rows(f"{Path(__file__).parent}/calls.tsv"):
        for name, _, places in (word.partition(":") for word in functions.split()):
            found.setdefault(package, {})[name] = (kind, places)
    return found


@cache
def calls() -> re.Pattern[str]:
    """Return the pattern that finds the name of each function after its dot."""
    names = sorted({name for row in packages().values() for name in row}, key=len, reverse=True)
    return re.compile(r"\.\s*(" + "|".join(names) + r")\b")


@cache
def network_drivers() -> frozenset[str]:
    """Return the database drivers whose data source is no file."""
    return frozenset(name for (name,) in rows(f"{Path(__file__).parent}/drivers.tsv"))
