"""Any value of the pipeline as indented text, so that a bug is found by which phase's dump first looks wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from msgspec import Struct

from transformer.ir.dockerfile import OffsetMap
from transformer.ir.source import Position, Source, Span

_INDENT = "  "


def dump(value: object) -> str:
    """Return ``value`` field by field, without the source text and without empty fields."""
    return "".join(line + "\n" for line in _lines(value))


def _lines(value: object) -> Iterator[str]:
    short = _short(value)
    if short is not None:
        yield short
    elif isinstance(value, dict):
        yield from _members(value.items())
    elif isinstance(value, (tuple, list, set, frozenset)):
        for item in _ordered(value):
            first, *rest = _lines(item)
            yield "- " + first
            yield from (_INDENT + line for line in rest)
    else:
        yield type(value).__name__
        members = ((name, getattr(value, name)) for name in value.__struct_fields__)  # type: ignore[attr-defined]
        yield from (_INDENT + line for line in _members(members))


def _members(members: object) -> Iterator[str]:
    for name, member in members:  # type: ignore[attr-defined]
        if member in ((), None, "", {}) or isinstance(member, (Source, OffsetMap)):
            continue
        first, *rest = list(_lines(member))
        if not rest:
            yield f"{name}: {first}"
            continue
        yield f"{name}:"
        yield from (_INDENT + line for line in (first, *rest))


def _short(value: object) -> str | None:
    """Return the one-line form of a small value."""
    match value:
        case Enum():
            return value.name.lower()
        case Span():
            return f"{value.start}..{value.end}"
        case Position():
            return f"{value.line}:{value.column}"
        case str():
            return repr(value)
        case tuple() | list() | set() | frozenset():
            items = [_short(item) for item in _ordered(value)]
            return None if None in items else "[" + ", ".join(map(str, items)) + "]"
    return None if isinstance(value, (Struct, dict)) else str(value)


def _ordered(items: Iterable[object]) -> list[object]:
    """Return the items in an order that no hash seed changes."""
    return list(items) if isinstance(items, (tuple, list)) else sorted(items, key=repr)
