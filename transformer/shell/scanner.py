"""A small scanner of shell structure: where quotes, substitutions, separators and here-documents are.

It needs no grammar. It finds here-documents before tree-sitter sees the text, and splits a list that
tree-sitter can't read.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from transformer.ir.source import Span


class Unclear(Exception):
    """The text can't be read with certainty; ``args[0]`` says why. Never leaves the package."""


class Token(Struct, frozen=True):
    """``kind`` is "word", "operator" or "heredoc"; ``depth`` is the number of open substitutions and parentheses."""

    kind: str
    start: int
    end: int
    depth: int


class Heredoc(Struct, frozen=True):
    """A here-document: the place of its operator, of its body (the last line end included) and how the body is read."""

    operator: Span
    body: Span
    end: int
    quoted: bool
    tabs: bool


_OPENERS = {
    '"': ("double",),
    "`": ("back",),
    "$((": ("sum", "sum"),
    "$(": ("paren",),
    "${": ("brace",),
    "(": ("paren",),
}
_COMMON = r"""\\.|"|`|\$\(\(|\$\(|\$\{"""
_CODE = re.compile(
    r"(?P<blank>(?:[ \t]|\\\n)+)|(?P<here><<-?(?!<))|(?P<op>&&|\|\||;;&|;;|;&|\|&|&>>|&>|>&|<&|>\||<<<|>>|[&|;<>\n])"
    rf"""|(?P<word>'[^']*'|[^\s\\'"`$|&;<>()]+)|(?P<mark>{_COMMON}|[()])|(?P<other>[^'])""",
    re.DOTALL,
)
_INNER = {
    "double": re.compile(rf"""(?P<mark>{_COMMON})|(?P<other>[^"\\`$]+|\$)""", re.DOTALL),
    "brace": re.compile(rf"""(?P<mark>{_COMMON}|\}})|(?P<other>'[^']*'|[^"\\`$}}']+|\$)""", re.DOTALL),
    "quoted-brace": re.compile(rf"""(?P<mark>{_COMMON}|\}})|(?P<other>[^"\\`$}}]+|\$)""", re.DOTALL),
    "sum": re.compile(rf"""(?P<mark>{_COMMON}|[()])|(?P<other>[^"\\`$()]+|\$)""", re.DOTALL),
}
_COMMENTS = {"code": re.compile(r"#[^\n]*"), "paren": re.compile(r"#[^\n]*"), "back": re.compile(r"#[^\n`]*")}
_DELIMITER = re.compile(r"""[ \t]*((?:\\.|'[^'\n]*'|"[^"\n]*"|[^\s|&;<>()'"\\`$])+)""")
_CLOSERS = {"double": '"', "back": "`", "brace": "}", "quoted-brace": "}", "paren": ")", "sum": ")"}


class _Stack:
    """What is open at a place of the text."""

    def __init__(self, *modes: str) -> None:
        self.modes = list(modes)

    @property
    def mode(self) -> str:
        return self.modes[-1] if self.modes else "code"

    def mark(self, text: str) -> bool:
        """Open or close by ``text``; true when a parenthesis is closed that was never opened."""
        if self.modes and text == _CLOSERS[self.mode]:
            self.modes.pop()
            return False
        if text == ")":
            return True
        if self.mode == "sum" and text == "(":
            self.modes.append("sum")
        elif text == "${" and {"double", "quoted-brace"} & set(self.modes[-1:]):
            self.modes.append("quoted-brace")
        else:
            self.modes.extend(_OPENERS.get(text, ()))
        return False


class _Scanner:
    """One pass over a text."""

    def __init__(self, text: str, heredocs: list[Heredoc]) -> None:
        self.text = text
        self.heredocs = heredocs
        self.stack = _Stack()
        self.position = 0
        self.pending: list[Token] = []
        self.joined = False

    def tokens(self) -> Iterator[Token]:
        """Yield all tokens of code."""
        while self.position < len(self.text):
            in_code = self.stack.mode in _COMMENTS
            if in_code and not self.joined and (comment := _COMMENTS[self.stack.mode].match(self.text, self.position)):
                self.position = comment.end()
                continue
            found = (_CODE if in_code else _INNER[self.stack.mode]).match(self.text, self.position)
            if not found:
                raise Unclear("unclosed quote")
            self.position = found.end()
            depth = len(self.stack.modes)
            token = self._token(found)
            self.joined = found.lastgroup in ("word", "other") or len(self.stack.modes) < depth
            if in_code and token.kind:
                yield token
        if self.stack.modes or self.pending:
            raise Unclear("unclosed quote, bracket or here-document")

    def _token(self, found: re.Match[str]) -> Token:
        depth, kind = len(self.stack.modes), _KINDS.get(found.lastgroup or "", "word")
        if found.lastgroup == "mark":
            stray = self.stack.mark(found[0])
            if found[0] in ("(", ")"):
                kind, depth = "stray" if stray else "operator", min(depth, len(self.stack.modes))
        token = Token(kind, found.start(), found.end(), depth)
        if kind == "heredoc":
            self.pending.append(token)
            self.position = _delimiter(self.text, token.end).end()
        elif found[0] == "\n" and kind == "operator" and self.pending:
            self.position = _bodies(self.text, token.end, self.pending, self.heredocs)
            self.pending = []
        return token


_KINDS = {"blank": "", "here": "heredoc", "op": "operator"}


def scan(text: str, *, heredocs: list[Heredoc] | None = None) -> Iterator[Token]:
    """Yield words, operators and here-document operators of all code, nested code included.

    A word may come in several touching pieces. Here-document bodies are skipped and appended to ``heredocs``.
    Raises ``Unclear`` when something stays open.
    """
    return _Scanner(text, [] if heredocs is None else heredocs).tokens()


def _delimiter(text: str, position: int) -> re.Match[str]:
    if found := _DELIMITER.match(text, position):
        return found
    raise Unclear("here-document without a delimiter")


def _bodies(text: str, position: int, pending: list[Token], heredocs: list[Heredoc]) -> int:
    """Read the bodies that begin at ``position`` and return where code goes on."""
    for token in pending:
        raw = _delimiter(text, token.end)[1]
        tabs = text[token.end - 1] == "-"
        name = re.sub(r"""\\(.)|['"]""", r"\1", raw)
        line = re.compile(rf"^{chr(9) + '*' if tabs else ''}{re.escape(name)}$", re.MULTILINE).search(text, position)
        if not line:
            raise Unclear("here-document without an end")
        place = Span(token.start, token.end)
        heredocs.append(Heredoc(place, Span(position, line.start()), line.end(), raw != name, tabs))
        position = line.end()
        if text[position : position + 1] == "\n" and token is not pending[-1]:
            position += 1
    return position


def find_heredocs(text: str) -> tuple[Heredoc, ...]:
    """Return the here-documents of ``text`` in order."""
    found: list[Heredoc] = []
    deque(scan(text, heredocs=found), maxlen=0)
    return tuple(found)


def blank_heredocs(text: str, heredocs: tuple[Heredoc, ...]) -> str:
    """Return ``text``, as long as before, with ``<<EOF`` written ``< EOF`` and all bodies blank: plain redirections."""
    pieces, position = [], 0
    for heredoc in sorted(heredocs, key=lambda each: each.operator):
        pieces.append((heredoc.operator.start, "<".ljust(heredoc.operator.end - heredoc.operator.start)))
        pieces.append((heredoc.body.start, re.sub(r"[^\n]", " ", text[heredoc.body.start : heredoc.end])))
    result = []
    for start, new in sorted(pieces):
        result += [text[position:start], new]
        position = start + len(new)
    return "".join(result) + text[position:]


_COMMENT_WORD = re.compile(r"`[ \t]*#[^`\n\\]*`(?=[ \t\n]|$)")


def blank_comments(text: str) -> str:
    """Return ``text``, as long as before, without comments in backquotes: an idiom for comments inside a RUN."""
    places = [found for token in scan(text) if (found := _COMMENT_WORD.match(text, token.start))]
    for found in places:
        before = text[: found.start()]
        if not before or before[-1] in " \t\n":
            text = before + " " * len(found[0]) + text[found.end() :]
    return text


_MOST_CLOSERS = 100


def closing(text: str, start: int) -> int:
    """Return the place after the end of the substitution at ``start``."""
    closers = islice(re.finditer("`" if text[start] == "`" else r"\)", text[start + 1 :]), _MOST_CLOSERS)
    for end in (start + 1 + found.end() for found in closers):
        try:
            deque(scan(text[start:end]), maxlen=0)
        except Unclear:
            continue
        return end
    raise Unclear("unclosed substitution")


_OPEN_WORDS = frozenset({"if", "for", "while", "until", "select", "{"})
_CLOSE_WORDS = frozenset({"fi", "done", "}"})
_PREFIX_WORDS = frozenset({"then", "do", "else", "elif", "!", "time"})
_SEPARATORS = frozenset({"&&", "||", ";", "\n", "&"})
_GOES_ON = _SEPARATORS | {"|", "|&"}


def split_list(text: str) -> tuple[tuple[str, Span], ...]:
    """Split at the separators that are in no quotes, brackets or compound commands: (separator before, place) of each.

    Raises ``Unclear`` where that needs more grammar than is here.
    """
    cuts, opened, command, end, last = [Span(0, 0)], 0, True, -1, "\n"
    for token in scan(text):
        raw = text[token.start : token.end]
        if token.kind in ("stray", "heredoc"):
            raise Unclear("stray ) or here-document in a broken list")
        if token.depth:
            continue
        if token.kind == "operator":
            if raw == "(" and not command:
                raise Unclear("function in a broken list")
            empty_line = raw == "\n" and last in _GOES_ON
            if raw in _SEPARATORS and not opened and not empty_line:
                cuts.append(Span(token.start, token.end))
            command = raw in _SEPARATORS or raw in ("|", "|&", "(", ")")
        elif command and token.start != end:
            opened += _nesting(raw)
            command = raw in _OPEN_WORDS or raw in _PREFIX_WORDS
        end, last = token.end, raw
    if opened:
        raise Unclear("unclosed compound command")
    places = zip(cuts, [*cuts[1:], Span(len(text), len(text))], strict=True)
    return tuple((text[a.start : a.end], Span(a.end, b.start)) for a, b in places)


def _nesting(word: str) -> int:
    if word in ("case", "function", "coproc", "[["):
        raise Unclear("compound command in a broken list")
    return (word in _OPEN_WORDS) - (word in _CLOSE_WORDS)
