"""Nodes of tree-sitter-bash to commands. Every step checks that no text is skipped; doubt raises ``Unclear``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest

from msgspec.structs import replace

from transformer.ir.script import (
    Command,
    Conditional,
    Group,
    Item,
    OpaqueCommand,
    Pipeline,
    Redirect,
    Script,
    SimpleCommand,
    Word,
)
from transformer.ir.source import Span
from transformer.shell.compound import Compounds, has_commands
from transformer.shell.lexer import Lexer
from transformer.shell.scanner import Heredoc, Unclear, closing
from transformer.shell.simple import REDIRECTS, SIMPLE, SimpleCommands
from transformer.shell.tree import SEPARATORS, Piece, Tree

_SUBSTITUTIONS = frozenset({"command_substitution", "process_substitution", "arithmetic_expansion"})
_ESCAPE = re.compile(r'\\[$`"\\]')
Region = Callable[[str, Span], tuple[Item, ...]]


class Converter:
    """Makes commands of one syntax tree. ``region`` reads a part of ``text`` that no tree covers."""

    def __init__(self, text: str, tree: Tree, heredocs: Mapping[int, Heredoc], region: Region) -> None:
        self._text = text
        self._tree = tree
        self._heredocs = heredocs
        self._region = region
        self._lexer = Lexer(tree.code, text, self._resolve)
        self._compounds = Compounds(tree, self._lexer, self)
        here = Lexer(text, text, self._resolve_alone)
        self._simple = SimpleCommands(tree, self._lexer, heredocs, here, self._scripts_in)

    def top_level(self, span: Span) -> tuple[Item, ...]:
        """Return the items of the whole tree."""
        children = [self._tree.piece(child) for child in self._tree.root.children]
        self._tree.check_blank(span.start, children[0].start if children else span.end)
        self._tree.check_blank(children[-1].end if children else span.end, span.end)
        items = self._sequence(self._tree.pieces(self._tree.root, 0))
        if self._simple.heredocs_seen != len(self._heredocs):
            raise Unclear("a here-document that is none")
        return items

    def _sequence(self, pieces: Sequence[Piece]) -> tuple[Item, ...]:
        """Return the items of statements with the separators between them."""
        items, separator, end = list[Item](), "", -1
        for piece, after in zip_longest(pieces, pieces[1:]):
            if piece.type in SEPARATORS:
                if separator or not items:
                    raise Unclear("a separator without a command")
                separator = piece.type
                continue
            if items and not separator and not self._tree.has_line_end(end, piece.start):
                raise Unclear("two commands without a separator")
            found = self._items(piece)
            if after and after.type == "&":
                found = (self._background(found),)
            items += _after(found, (separator or "\n") if items else "")
            separator, end = "", piece.end
        return tuple(items)

    def _background(self, items: tuple[Item, ...]) -> Item:
        """Return a list that runs beside what follows: in a subshell, so its ``cd`` and variables end with it."""
        span = Span(items[0].span.start, items[-1].span.end)
        return Item("", Group(Script(self._text, items, span), True, (), span), False, span)

    def script(self, pieces: Sequence[Piece], place: int) -> Script:
        """Return statements as a script; ``place`` is where it is if it is empty."""
        items = self._sequence(pieces)
        span = Span(items[0].span.start, items[-1].span.end) if items else Span(place, place)
        return Script(self._text, items, span)

    def _items(self, piece: Piece) -> tuple[Item, ...]:
        """Return a statement as a list; lists nest to the left, possibly hundreds deep, so without recursion."""
        spine = list[list[Piece]]()
        while piece.type == "list" or (
            piece.type == "redirected_statement" and piece.node.children[0].type not in REDIRECTS
        ):
            spine.append(self._tree.pieces(piece.node, 2))
            piece = spine[-1][0]
        items = [*self._first(piece)]
        for _, *rest in reversed(spine):
            if rest[0].type not in ("&&", "||"):
                items[-1] = self.redirected(items[-1], rest)
            elif len(rest) == 2:  # noqa: PLR2004
                items += _after(self._items(rest[1]), rest[0].type)
            else:
                raise Unclear("an incomplete list")
        return tuple(items)

    def _first(self, piece: Piece) -> tuple[Item, ...]:
        """Return what a list begins with: one item, but for what tree-sitter nests the wrong way round."""
        match piece.type:
            case "negated_command":
                return self._negated(piece)
            case "pipeline":
                return self._pipeline(piece)
        return (self.statement(piece),)

    def redirected(self, item: Item, pieces: Sequence[Piece]) -> Item:
        """Return the last command of what tree-sitter redirects as a whole with its redirections: only it has them."""
        command = item.command
        for piece in pieces:
            redirect, words = self._simple.redirect(piece)
            command = _add(command, redirect, words, piece.end)
        return replace(item, command=command, span=Span(item.span.start, pieces[-1].end))

    def statement(self, piece: Piece) -> Item:
        """Return one statement that is no list, no pipeline and not negated."""
        match piece.type:
            case "redirected_statement":
                nothing = SimpleCommand((), (), (), Span(piece.start, piece.start))
                return self.redirected(Item("", nothing, False, nothing.span), self._tree.pieces(piece.node))
            case "file_redirect":
                redirect, words = self._simple.redirect(piece)
                return Item("", SimpleCommand((), tuple(words), (redirect,), piece.span), False, piece.span)
        return Item("", self._command(piece), False, piece.span)

    def _negated(self, piece: Piece) -> tuple[Item, ...]:
        mark, inner, *_ = self._tree.pieces(piece.node, 2)
        first, *more = self._items(inner)
        if first.negated:
            raise Unclear("negated twice")
        return (replace(first, negated=True, span=Span(mark.start, first.span.end)), *more)

    def _pipeline(self, piece: Piece) -> tuple[Item, ...]:
        """Return a pipeline. tree-sitter may have lists in it: ``a && b > c | d`` as ``(a && b > c) | d``."""
        first, *more = self._tree.pieces(piece.node)
        items = [*self._items(first)]
        for index, each in enumerate(more):
            if index % 2:
                right, *after = self._items(each)
                items[-1:] = [_piped(items[-1], right), *after]
            elif each.type not in ("|", "|&"):
                raise Unclear("a pipeline without |")
        return tuple(items)

    def _command(self, piece: Piece) -> Command:
        return self._simple.command(piece) if piece.type in SIMPLE else self._compounds.command(piece)

    def _resolve(self, place: int) -> tuple[int, tuple[Script, ...]]:
        """Return end and scripts of the substitution at ``place``."""
        node = self._tree.at(place)
        while node.type not in _SUBSTITUTIONS and node.parent and node.parent.start_byte == node.start_byte:
            node = node.parent
        piece = self._tree.piece(node)
        if node.type not in _SUBSTITUTIONS or piece.start != place:
            return self._resolve_alone(place)
        return piece.end, self._scripts(piece)

    def _scripts(self, piece: Piece) -> tuple[Script, ...]:
        if piece.type == "arithmetic_expansion":
            return self._scripts_in(piece)
        if _is_escaped(piece.span.slice(self._tree.code)):
            return (self._opaque(piece.start + 1, piece.end - 1),)
        return (self._compounds.enclosed(piece),)

    def _scripts_in(self, piece: Piece) -> tuple[Script, ...]:
        """Return the scripts of all substitutions in a node."""
        found = list[Script]()
        for child in piece.node.children:
            inner = self._tree.piece(child)
            found += self._scripts(inner) if inner.type in _SUBSTITUTIONS else self._scripts_in(inner)
        return tuple(found)

    def _resolve_alone(self, place: int) -> tuple[int, tuple[Script, ...]]:
        """Do the same where the tree shows no substitution, as in a here-document."""
        end = closing(self._text, place)
        raw = self._text[place:end]
        if raw.startswith("$((") or _is_escaped(raw):
            return end, (self._opaque(place, end),) if has_commands(raw[1:]) else ()
        span = Span(place + (1 if raw[0] == "`" else 2), end - 1)
        return end, (Script(self._text, self._region(self._text, span), span),)

    def _opaque(self, start: int, end: int) -> Script:
        span = Span(start, end)
        item = Item("", OpaqueCommand("a substitution that is not understood", span), False, span)
        return Script(self._text, (item,), span)


def _is_escaped(raw: str) -> bool:
    """Return whether backquotes take away a backslash, so that the commands are not what is written."""
    return raw[0] == "`" and bool(_ESCAPE.search(raw))


def _after(items: tuple[Item, ...], operator: str) -> tuple[Item, ...]:
    """Return the items with the operator before the first one."""
    first = items[0]
    return (Item(operator, first.command, first.negated, first.span), *items[1:])


def _piped(left: Item, right: Item) -> Item:
    """Return the pipeline of two items."""
    if right.negated:
        raise Unclear("! in a pipeline")
    commands = (*_stages(left.command), *_stages(right.command))
    pipeline = Pipeline(commands, Span(commands[0].span.start, commands[-1].span.end))
    return Item(left.operator, pipeline, left.negated, Span(left.span.start, right.span.end))


def _stages(command: Command) -> tuple[Command, ...]:
    return command.commands if isinstance(command, Pipeline) else (command,)


def _add(command: Command, redirect: Redirect, words: Sequence[Word], end: int) -> Command:
    """Return the command with one more redirection, and the words that stood after that."""
    span = Span(command.span.start, end)
    match command:
        case SimpleCommand():
            more = (*command.words, *words)
            return replace(command, words=more, redirects=(*command.redirects, redirect), span=span)
        case Pipeline():
            last = _add(command.commands[-1], redirect, words, end)
            return replace(command, commands=(*command.commands[:-1], last), span=span)
        case Group() | Conditional() if not words:
            return replace(command, redirects=(*command.redirects, redirect), span=span)
        case OpaqueCommand():
            return replace(command, span=span)
    raise Unclear("a redirection after what has none")
