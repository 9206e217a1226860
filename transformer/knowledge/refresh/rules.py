"""The rules of ``role-rules.toml``: from what an index says of a package to what it is for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec import Struct, convert

from transformer.knowledge.loader import read_text
from transformer.knowledge.refresh.archive import Binary
from transformer.knowledge.tables import KnowledgeError

_FILE = "role-rules.toml"


class Signals(Struct, frozen=True):
    """What is known of a package beside its index entry; the names are those of the conditions."""

    development: bool
    library: bool
    commands: bool
    service: bool
    desktop: bool
    built: bool


class Words(Struct, frozen=True):
    """Names and sections that the derivation treats apart, each explained in the file."""

    library_sections: frozenset[str]
    static_sections: frozenset[str]
    static_names: str
    interpreter_sections: frozenset[str]
    everywhere: frozenset[str]
    no_library: frozenset[str]
    toolchain_headers: frozenset[str]
    meta: str


def kind(package: Binary, signals: Signals) -> tuple[str, bool]:
    """Return the kind of the first rule that holds, and whether it is final."""
    for rule in _rules():
        if all(_holds(name, value, package, signals) for name, value in rule.items()):
            return str(rule["kind"]), bool(rule.get("final"))
    raise KnowledgeError(_FILE, f"no rule holds for {package.name}")


@cache
def words() -> Words:
    """Return the words of the derivation."""
    return convert(_table()["words"], Words)


def _holds(name: str, value: Any, package: Binary, signals: Signals) -> bool:
    match name:
        case "kind" | "final":
            return True
        case "not":
            return not any(_holds(inner, one, package, signals) for inner, one in value.items())
        case "sections":
            return package.section in value
        case "tags":
            return not package.tags.isdisjoint(value)
        case "all_tags":
            return package.tags.issuperset(value)
        case "name" | "description":
            return re.search(value, getattr(package, name)) is not None
        case "essential":
            return package.essential is value
        case _ if name in Signals.__struct_fields__:
            return getattr(signals, name) is value
    raise KnowledgeError(_FILE, f"unknown condition {name}")


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(read_text(_FILE))


@cache
def _rules() -> tuple[Mapping[str, Any], ...]:
    return tuple(_table()["rule"])
