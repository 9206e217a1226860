"""Compound commands: groups, conditionals, loops, functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Protocol

from transformer.ir.script import (
    Command,
    Conditional,
    FunctionDefinition,
    Group,
    Item,
    OpaqueCommand,
    Parameter,
    Script,
    Substitution,
    Word,
)
from transformer.ir.source import Span
from transformer.shell.lexer import Lexer
from transformer.shell.scanner import Unclear
from transformer.shell.tree import SEPARATORS, Piece, Tree

_CASE_ENDS = frozenset({";;", ";&", ";;&"})
_BRANCH_ENDS = frozenset({"then", "elif_clause", "else_clause", "fi"})


class Lists(Protocol):
    """What compound commands are made of."""

    def script(self, pieces: Sequence[Piece], place: int) -> Script:
        """Return statements as a script; ``place`` is where it is if it is empty."""

    def statement(self, piece: Piece) -> Item:
        """Return one statement that is no list."""

    def redirected(self, item: Item, pieces: Sequence[Piece]) -> Item:
        """Return an item with redirections."""


class Compounds:
    """Reads the nodes of compound commands."""

    def __init__(self, tree: Tree, lexer: Lexer, lists: Lists) -> None:
        self._tree = tree
        self._lexer = lexer
        self._lists = lists

    def command(self, piece: Piece) -> Command:
        """Return the compound command of a node."""
        readers = {
            "subshell": self._subshell,
            "compound_statement": self._braces,
            "if_statement": self._if,
            "while_statement": self._while,
            "for_statement": self._for,
            "c_style_for_statement": self._counting,
            "case_statement": self._case,
            "function_definition": self._function,
        }
        if piece.type not in readers:
            raise Unclear(f"unknown syntax: {piece.type}")
        return readers[piece.type](piece)

    def enclosed(self, piece: Piece) -> Script:
        """Return the script between the first and the last piece, a pair of brackets or keywords."""
        pieces = self._tree.pieces(piece.node, 2)
        return self._lists.script(pieces[1:-1], pieces[0].end)

    def _subshell(self, piece: Piece) -> Command:
        return Group(self.enclosed(piece), True, (), piece.span)

    def _braces(self, piece: Piece) -> Command:
        if piece.node.children[0].type != "{":
            return OpaqueCommand("arithmetic command", piece.span)
        return Group(self.enclosed(piece), False, (), piece.span)

    def _if(self, piece: Piece) -> Command:
        bodies = tuple(self._branches(piece))
        last = len(bodies) - 1
        branches = (*range(1, last, 2), last) if len(bodies) % 2 else ()
        return Conditional("if", bodies, "", (), (), piece.span, branches)

    def _branches(self, piece: Piece) -> Iterator[Script]:
        """Yield tests and bodies of ``if``, ``elif`` or ``else``."""
        first, *pieces = self._tree.pieces(piece.node)
        section, place = list[Piece](), first.end
        for each in pieces:
            if each.type not in _BRANCH_ENDS:
                section.append(each)
                continue
            if section:
                yield self._lists.script(section, place)
            if each.type.endswith("_clause"):
                yield from self._branches(each)
            section, place = [], each.end
        if section:
            yield self._lists.script(section, place)

    def _while(self, piece: Piece) -> Command:
        keyword, *test, body = self._tree.pieces(piece.node, 3)
        bodies = (self._lists.script(test, keyword.end), self.enclosed(body))
        return Conditional(keyword.type, bodies, "", (), (), piece.span)

    def _for(self, piece: Piece) -> Command:
        _, variable, *head, body = self._tree.pieces(piece.node, 3)
        name = variable.span.slice(self._tree.code)
        values = [each for each in head if each.type not in SEPARATORS]
        if values and values[0].type == "in":
            words = self._lexer.words([each.span for each in values[1:]], body.start)
        else:
            words = (Word((Parameter("@", "", "", True),), "", Span(variable.end, variable.end)),)
        return Conditional("for", (self.enclosed(body),), name, words, (), piece.span)

    def _counting(self, piece: Piece) -> Command:
        """Return ``for ((…))``: its one word is unknown, and what it counts is in the word's raw text."""
        _, opening, *head, body = self._tree.pieces(piece.node, 3)
        end = max((each.end for each in head if each.type == "))"), default=opening.end)
        span = Span(opening.start, end)
        raw = span.slice(self._lexer.raw)
        if has_commands(raw):
            raise Unclear("substitution in a counting loop")
        words = (Word((Substitution(raw, False, None),), raw, span),)
        return Conditional("for", (self.enclosed(body),), "", words, (), piece.span)

    def _case(self, piece: Piece) -> Command:
        _, subject, *rest = self._tree.pieces(piece.node, 4)
        if any(each.type not in ("in", "case_item", "esac", "\n") for each in rest):
            raise Unclear("unknown syntax in case")
        items = [each for each in rest if each.type == "case_item"]
        bodies = tuple(self._case_item(each) for each in items)
        branches = tuple(range(len(bodies))) if any(map(self._takes_all, items)) else ()
        return Conditional("case", bodies, "", self._lexer.words([subject.span], subject.end), (), piece.span, branches)

    def _takes_all(self, piece: Piece) -> bool:
        """Whether a case item has the pattern ``*``."""
        patterns = takewhile(lambda each: each.type != ")", self._tree.pieces(piece.node))
        return any(self._tree.code[each.start : each.end] == "*" for each in patterns)

    def _case_item(self, piece: Piece) -> Script:
        pieces = self._tree.pieces(piece.node)
        close = next((index for index, each in enumerate(pieces) if each.type == ")"), 0)
        if not close or has_commands(self._tree.code[piece.start : pieces[close].start]):
            raise Unclear("substitution in a pattern")
        body = [each for each in pieces[close + 1 :] if each.type not in _CASE_ENDS]
        return self._lists.script(body, pieces[close].end)

    def _function(self, piece: Piece) -> Command:
        pieces = [each for each in self._tree.pieces(piece.node) if each.type not in ("function", "(", ")")]
        if len(pieces) < 2:  # noqa: PLR2004
            raise Unclear("an incomplete function")
        name, body, *redirects = pieces
        item = self._lists.statement(body)
        if redirects:
            item = self._lists.redirected(item, redirects)
        script = Script(self._lexer.raw, (item,), item.span)
        if isinstance(item.command, Group) and not item.command.subshell and not redirects:
            script = item.command.body
        return FunctionDefinition(name.span.slice(self._tree.code), script, piece.span)


def has_commands(raw: str) -> bool:
    """Return whether text that is not read further may hold a command substitution."""
    return "$(" in raw or "`" in raw
