"""YAML as nodes that know their line: nothing is constructed, merge keys are followed, hostile text is bounded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

MAX_CHARACTERS = 300_000
_MAX_DEPTH = 200
_MAX_MERGES = 20
_DEEP = re.compile(rf"^[ \-?]{{{_MAX_DEPTH * 2}}}", re.MULTILINE)


class Node(Struct, frozen=True):
    """One node. ``line`` is counted from 1."""

    raw: Any

    @property
    def line(self) -> int:
        """The line that it begins in."""
        return int(self.raw.start_mark.line) + 1

    @property
    def text(self) -> str | None:
        """The text of a scalar; None for a collection."""
        return self.raw.value if self.raw.id == "scalar" else None

    @property
    def elements(self) -> tuple[Node, ...]:
        """The elements of a sequence; none for anything else."""
        return tuple(Node(one) for one in self.raw.value) if self.raw.id == "sequence" else ()

    def members(self, merges: int = _MAX_MERGES) -> dict[str, Node]:
        """Return the members of a mapping by key, those of ``<<`` behind its own; none for anything else."""
        if self.raw.id != "mapping":
            return {}
        own = {key.value: Node(value) for key, value in self.raw.value if key.id == "scalar"}
        merged = own.pop("<<", None)
        for one in (merged.elements or (merged,)) if merged is not None and merges else ():
            own = {**one.members(merges - 1), **own}
        return own

    def get(self, *keys: str) -> Node | None:
        """Return what a path of keys leads to, or None."""
        found: Node | None = self
        for key in keys:
            found = found.members().get(key) if found is not None else None
        return found

    def words(self) -> tuple[str, ...]:
        """Return the texts of a sequence's scalars."""
        return tuple(one.text for one in self.elements if one.text is not None)

    def scalars(self) -> Iterator[Node]:
        """Yield all scalars below, each node once: aliases are not followed twice."""
        seen: set[int] = set()
        todo = [self]
        while todo:
            node = todo.pop()
            if id(node.raw) in seen:
                continue
            seen.add(id(node.raw))
            if node.text is not None:
                yield node
            todo += reversed((*node.elements, *node.members().values()))


def documents(text: str) -> tuple[Node, ...]:
    """Return the documents of a YAML text; none if it is no YAML, too large or nested too deeply.

    libyaml's composer recurses in C and overruns the stack at about 10,000 levels, so the depth is bounded first.
    """
    if len(text) > MAX_CHARACTERS or _DEEP.search(text) or _flow_depth(text) > _MAX_DEPTH:
        return ()
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return tuple(Node(one) for one in yaml.compose_all(text, Loader=loader) if one is not None)
    except (yaml.YAMLError, RecursionError, ValueError):
        return ()


def _flow_depth(text: str) -> int:
    """Return an upper bound of how deep brackets are nested."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[{\]}]", text):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest
