"""Simple commands: words, assignments, redirections."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from transformer.ir.script import (
    Assignment,
    Command,
    Literal,
    OpaqueCommand,
    Part,
    Redirect,
    Script,
    SimpleCommand,
    Substitution,
    Word,
)
from transformer.ir.source import Span
from transformer.shell.lexer import Lexer, joined_scripts
from transformer.shell.scanner import Heredoc, Unclear
from transformer.shell.tree import Piece, Tree

REDIRECTS = frozenset({"file_redirect", "herestring_redirect"})
_ASSIGNMENTS = frozenset({"variable_assignment", "variable_assignments"})
_DECLARATIONS = frozenset({"declaration_command", "unset_command"})
_RESERVED = frozenset({"if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac"})
_RESERVED |= {"select", "function", "coproc", "{", "}", "!", "[[", "]]"}
_TARGET = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[.*\])?", re.DOTALL)


class SimpleCommands:
    """Reads the nodes of simple commands."""

    def __init__(
        self,
        tree: Tree,
        lexer: Lexer,
        heredocs: Mapping[int, Heredoc],
        here_lexer: Lexer,
        scripts_in: Callable[[Piece], tuple[Script, ...]],
    ) -> None:
        self._tree = tree
        self._lexer = lexer
        self._heredocs = heredocs
        self._here_lexer = here_lexer
        self._scripts_in = scripts_in
        self.heredocs_seen = 0

    def command(self, piece: Piece) -> Command:
        """Return the simple command of a node."""
        if piece.type == "test_command":
            return self._test(piece)
        if piece.type == "variable_assignment":
            return SimpleCommand((self._assignment(piece, piece.end),), (), (), piece.span)
        return self._words(piece)

    def _words(self, piece: Piece) -> SimpleCommand:
        assignments, words, redirects, end = list[Assignment](), list[Word](), list[Redirect](), -1
        for child in self._tree.pieces(piece.node, lines=False):
            if child.start < end:  # tree-sitter cuts a/$b/c-$d.e in two
                _check_inside(child, end)
            elif child.type in REDIRECTS:
                redirect, more = self.redirect(child)
                redirects.append(redirect)
                words += more
                end = -1
            elif child.start == end:
                raise Unclear("two words without a blank")
            elif child.type == "variable_assignment":
                assignments.append(self._assignment(child, piece.end))
                end = assignments[-1].span.end
                words += [_declared(assignments[-1], self._lexer.raw)] if piece.type in _DECLARATIONS else []
            else:
                words.append(self._lexer.word(child.start, child.end, piece.end))
                end = words[-1].span.end
        if words and words[0].raw in _RESERVED:
            raise Unclear("a reserved word as a command")
        return SimpleCommand(tuple(assignments), tuple(words), tuple(redirects), piece.span)

    def _test(self, piece: Piece) -> Command:
        opening, *_, closing = self._tree.pieces(piece.node, 2)
        if opening.type not in ("[", "[["):
            return OpaqueCommand("arithmetic command", piece.span)
        inner = self._lexer.test_words(opening.end, closing.start, operators=opening.type == "[[")
        if opening.end == closing.start:
            raise Unclear("an incomplete test")
        first, last = self._lexer.words((opening.span, closing.span), closing.end)
        return SimpleCommand((), (first, *inner, last), (), piece.span)

    def _assignment(self, piece: Piece, limit: int) -> Assignment:
        target, operator, *values = self._tree.pieces(piece.node, 2)
        name = _TARGET.fullmatch(self._tree.code, target.start, target.end)
        if not name or operator.type not in ("=", "+=") or (values and values[0].start != operator.end):
            raise Unclear("an assignment that is not one")
        value = self._value(piece, target, values, limit) if values else None
        span = Span(piece.start, value.span.end if value else piece.end)
        return Assignment(name[1], value, operator.type == "+=", span)

    def _value(self, piece: Piece, target: Piece, values: list[Piece], limit: int) -> Word:
        value = values[0]
        if target.type == "variable_name" and value.type != "array":
            return self._lexer.words([each.span for each in values], limit)[0]
        raw = value.span.slice(self._lexer.raw)
        return Word((Substitution(raw, False, joined_scripts(self._scripts_in(piece))),), raw, value.span)

    def redirect(self, piece: Piece) -> tuple[Redirect, Sequence[Word]]:
        """Return a redirection, and the words after it that belong to its command."""
        if piece.type not in REDIRECTS:
            raise Unclear("an unknown redirection")
        pieces = self._tree.pieces(piece.node, lines=False)
        if pieces[0].type == "file_descriptor":
            pieces = pieces[1:]
        if not pieces:
            raise Unclear("an incomplete redirection")
        operator, *targets = pieces
        words = self._lexer.words([each.span for each in targets], piece.end)
        if operator.type.endswith("&-"):
            closed = Word((Literal("-", False),), "-", Span(operator.end - 1, operator.end))
            return Redirect(operator.type[:-1], closed, "", Span(piece.start, operator.end)), words
        if not words:
            raise Unclear("an incomplete redirection")
        if heredoc := self._heredocs.get(operator.start):
            return self._heredoc(piece, heredoc, words)
        first, *more = words
        return Redirect(operator.type, first, "", Span(piece.start, first.span.end)), more

    def _heredoc(self, piece: Piece, heredoc: Heredoc, words: Sequence[Word]) -> tuple[Redirect, Sequence[Word]]:
        delimiter, *more = words
        self.heredocs_seen += 1
        raw = heredoc.body.slice(self._lexer.raw)
        quoted: tuple[Part, ...] = (Literal(raw, True),)
        start, end = heredoc.body.start, heredoc.body.end
        parts = quoted if heredoc.quoted else self._here_lexer.double_quoted(start, end, heredoc=True)
        body = re.sub(r"^\t+", "", raw, flags=re.MULTILINE) if heredoc.tabs else raw
        target = Word(_without_tabs(parts) if heredoc.tabs else parts, raw, heredoc.body)
        return Redirect("<<", target, body, Span(piece.start, delimiter.span.end)), more


def _check_inside(piece: Piece, end: int) -> None:
    if piece.end > end:
        raise Unclear("two words without a blank")


def _declared(assignment: Assignment, text: str) -> Word:
    """Return ``A=b`` after ``export`` as the word that it is."""
    raw = assignment.span.slice(text)
    head = Literal(assignment.name + ("+=" if assignment.append else "="), False)
    return Word((head, *(assignment.value.parts if assignment.value else ())), raw, assignment.span)


def _without_tabs(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the parts of a body without the tabs at the beginning of each line."""
    result = list[Part]()
    for index, part in enumerate(parts):
        if isinstance(part, Literal):
            text = re.sub(r"\n\t+", "\n", part.text)
            result.append(Literal(text if index else text.lstrip("\t"), True))
        else:
            result.append(part)
    return tuple(result)


SIMPLE = frozenset({"command", "test_command"}) | _ASSIGNMENTS | _DECLARATIONS
"""The node types that ``SimpleCommands.command`` takes."""
