"""A script as a list of commands: what tree-sitter-bash sees, checked and made into ``ir.script``."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from transformer.ir.script import Item, OpaqueCommand, Script
from transformer.ir.source import Span
from transformer.shell.convert import Converter
from transformer.shell.scanner import Heredoc, Unclear, blank_comments, blank_heredocs, find_heredocs, split_list
from transformer.shell.tree import Tree

if TYPE_CHECKING:
    from tree_sitter import Parser

_COMMENT_IN_BACKQUOTES = re.compile(r"`[ \t]*#")
_MASKED = re.compile(r"""\\.|\$(?![A-Za-z_0-9{(@*#?$!'"\\-])|[^\x00-\x7f]""", re.DOTALL)


def parse_script(text: str) -> Script:
    """Return the commands of shell as ``sh -c`` gets it: a joined RUN, a here-document, a script file.

    What can't be read with certainty is an ``OpaqueCommand``: one item of the list where the list can be split surely,
    else everything. Beyond what ``ir.script`` says:

    - ``export A=b``, ``declare``, ``local``, ``readonly``: a command whose words are all there (``export``, ``A=b``)
      and whose assignments are in ``assignments`` too. ``A=`` has no value; an array's value is unknown.
    - ``a && b &``: what runs in the background is a ``Group`` with ``subshell``, for that is what it is. The item after
      it has the operator ``&``.
    - A redirection's span has its descriptor (``2>``), not the body of a here-document. A here-document's ``target`` is
      its body as a word: quoted, with parameters unless the delimiter is quoted, its span where the body stands, after
      the line. ``body`` is the text, without the tabs that ``<<-`` takes away. ``>&-`` has the target ``-``.
    - ``if``: the bodies are test, then, test, then …, else. ``while`` and ``until``: test, body. ``case``: one body for
      each pattern, and the subject is the only word. ``for`` without ``in`` has the word ``"$@"``.
    - A brace expansion (bash has it, dash has not) is an unknown from its brace on.
    """
    try:
        return Script(text, _region(text, Span(0, len(text))), Span(0, len(text)))
    except RecursionError:
        return _opaque(text, "nested too deeply")


def _region(text: str, span: Span) -> tuple[Item, ...]:
    """Return the items of a part of ``text`` that is a script of its own."""
    try:
        return _surely(text, span)
    except Unclear as unclear:
        return _piecewise(text, span, str(unclear))


def _surely(text: str, span: Span) -> tuple[Item, ...]:
    """Return the items if both readers agree on all of it."""
    part = span.slice(text)
    heredocs = find_heredocs(part) if "<<" in part else ()
    code = blank_heredocs(part, heredocs) if heredocs else part
    code = blank_comments(code) if _COMMENT_IN_BACKQUOTES.search(code) else code
    root = _parser().parse(_MASKED.sub(_mask, code).encode()).root_node
    if root.has_error:
        raise Unclear("syntax error")
    moved = {each.operator.start + span.start: _moved(each, span.start) for each in heredocs}
    whole = text if code == part else text[: span.start] + code + text[span.end :]
    tree = Tree(whole, root, span.start)
    return Converter(text, tree, moved, _region).top_level(span)


def _mask(found: re.Match[str]) -> str:
    """Return letters for characters that are letters of a word to a shell, and not to tree-sitter-bash.

    It takes an escaped blank for a blank and a lone ``$`` for an error. It looks other than ASCII characters up beyond
    the end of a table, which can crash the process.
    """
    raw = found[0]
    if raw[0] == "\\" and raw[1] not in " \t\v\f":
        return raw if raw.isascii() else "\\x"
    return "x" * len(raw)


def _moved(heredoc: Heredoc, by: int) -> Heredoc:
    def move(span: Span) -> Span:
        return Span(span.start + by, span.end + by)

    return Heredoc(move(heredoc.operator), move(heredoc.body), heredoc.end + by, heredoc.quoted, heredoc.tabs)


def _piecewise(text: str, span: Span, reason: str) -> tuple[Item, ...]:
    """Return the items of a list in which only some commands can be read, the others opaque."""
    part = span.slice(text)
    try:
        pieces = split_list(part)
    except Unclear:
        return (_opaque_item(text, span, "", reason),)
    if any(operator == "&" for operator, _ in pieces) or _has_gap(part, pieces):
        return (_opaque_item(text, span, "", reason),)
    items = list[Item]()
    for operator, place in pieces:
        items += _piece(text, Span(place.start + span.start, place.end + span.start), operator if items else "")
    return tuple(items)


def _has_gap(text: str, pieces: tuple[tuple[str, Span], ...]) -> bool:
    """Return whether a command is missing between two operators."""
    return any(
        not place.slice(text).strip() and (operator != "\n") and not (operator == ";" and place.end == len(text))
        for operator, place in pieces
    )


def _piece(text: str, span: Span, operator: str) -> tuple[Item, ...]:
    try:
        items = _surely(text, span)
    except Unclear as unclear:
        return (_opaque_item(text, span, operator, str(unclear)),)
    return tuple(
        Item(operator if i == 0 else item.operator, item.command, item.negated, item.span)
        for i, item in enumerate(items)
    )


def _opaque_item(text: str, span: Span, operator: str, reason: str) -> Item:
    raw = span.slice(text)
    start = span.start + len(raw) - len(raw.lstrip())
    place = Span(start, max(start, span.start + len(raw.rstrip())))
    return Item(operator, OpaqueCommand(reason, place), False, place)


def _opaque(text: str, reason: str) -> Script:
    span = Span(0, len(text))
    return Script(text, (_opaque_item(text, span, "", reason),), span)


@cache
def _parser() -> Parser:
    """Return the one parser of this process."""
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))
