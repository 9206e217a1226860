"""Nodes of the syntax tree with character positions, and the check that nothing lies between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from transformer.ir.source import Span
from transformer.shell.scanner import Unclear

if TYPE_CHECKING:
    from tree_sitter import Node

SEPARATORS = frozenset({";", "&", "\n"})
"""Node types that end a statement."""
_BLANK = re.compile(r"(?:[ \t]|\\\n)*")
_BLANK_LINES = re.compile(r"(?:[ \t\n]|\\\n)*")
_BEFORE_COMMENT = frozenset(" \t\n;&|()`")
_LINE_END = re.compile(r"(?<!\\)\n")


class Piece(NamedTuple):
    """A node, its type and its place in characters."""

    type: str
    start: int
    end: int
    node: Node

    @property
    def span(self) -> Span:
        """Return the place of the node."""
        return Span(self.start, self.end)


class Tree:
    """The syntax tree of one region of ``code`` that begins at ``base``; a byte of it is a character of ``code``."""

    def __init__(self, code: str, root: Node, base: int) -> None:
        self.code = code
        self.root = root
        self._base = base

    def piece(self, node: Node) -> Piece:
        """Return a node with its place."""
        start, end = node.start_byte, node.end_byte
        return Piece(node.type, start + self._base, end + self._base, node)

    def pieces(self, node: Node, least: int = 1, *, lines: bool = True) -> list[Piece]:
        """Return the children without comments; only blanks (with ``lines`` line ends, too) are between them.

        Fewer than ``least`` are ``Unclear``: tree-sitter repairs some texts in ways that its grammar does not show.
        """
        result, end, code = list[Piece](), -1, self.code
        for child in node.children:
            piece = self.piece(child)
            start = piece.start
            if -1 < end != start and code[end:start] != " ":
                self.check_blank(end, start, lines=lines)
            end = piece.end
            if piece.type != "comment":
                result.append(piece)
            elif start and code[start - 1] not in _BEFORE_COMMENT:
                raise Unclear("a comment that is part of a word")
        if len(result) < least:
            raise Unclear("an incomplete command")
        return result

    def check_blank(self, start: int, end: int, *, lines: bool = True) -> None:
        """Raise ``Unclear`` unless the code from ``start`` to ``end`` is blank."""
        if not (_BLANK_LINES if lines else _BLANK).fullmatch(self.code, start, end):
            raise Unclear("text between two words")

    def has_line_end(self, start: int, end: int) -> bool:
        """Return whether a line ends there that is not continued."""
        return bool(_LINE_END.search(self.code, start, end))

    def at(self, character: int) -> Node:
        """Return the smallest node that begins with the character there."""
        byte = character - self._base
        node = self.root.descendant_for_byte_range(byte, byte + 1)
        if node is None:
            raise Unclear("no node")
        return node
