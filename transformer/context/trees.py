"""What the readers of source code share that walk over a tree of tree-sitter: places, and what they collect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from transformer.context.command_text import commands_of

if TYPE_CHECKING:
    from tree_sitter import Node

_SHOWN = 80
"""Characters of code that a report shows."""


class Mention(Struct, frozen=True, order=True):
    """A place: ``text`` is the program that is run or the library that is loaded, or the code if that is not known."""

    text: str
    line: int


def below(root: Node) -> Iterator[Node]:
    """Yield a node and all that stands in it, in order, but for comments."""
    stack = [root]
    while stack:
        node = stack.pop()
        if "comment" not in node.type:
            yield node
            stack += reversed(node.named_children)


def text_of(node: Node | None) -> str:
    """Return the code of a node, "" for none."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def line_of(node: Node) -> int:
    """Return the line that a node begins in, counted from 1."""
    return node.start_point.row + 1


def shown(node: Node) -> Mention:
    """Return the place of a node with its code on one line, as a report shows it."""
    return Mention(" ".join(text_of(node).split())[:_SHOWN], line_of(node))


class Reader:
    """What is found in one tree. A subclass has a method ``_on_TYPE`` for each type of nodes that it judges."""

    own: ClassVar[str]
    """The ecosystem whose code is read: what its interpreter is told to run is not followed."""

    def __init__(self) -> None:
        self.commands: set[Mention] = set()
        self.dynamic: set[Mention] = set()
        self.code: set[Mention] = set()

    def judge(self, nodes: Iterable[Node]) -> None:
        """Judge all nodes."""
        for node in nodes:
            method = getattr(self, f"_on_{node.type}", None)
            if method is not None:
                method(node)

    def _script(self, script: str | None, node: Node) -> None:
        """What a shell is told to run; None if that does not stand there."""
        found = commands_of(script, self.own) if script is not None else None
        if not found:
            self._unknown(node)
        self.commands |= {Mention(name, line_of(node)) for name in found or ()}

    def _unknown(self, node: Node) -> None:
        self.dynamic.add(shown(node))


def in_order(*found: set[Mention]) -> tuple[tuple[Mention, ...], ...]:
    """Return what was found, each kind by text and line."""
    return tuple(tuple(sorted(mentions)) for mentions in found)
