"""A Rust source as its tokens (The Rust Reference, "Tokens").

What stands in a call of a macro is no code until the macro was expanded, but it is made of the same tokens: so calls
are found among tokens, not in a syntax tree. Old sources, which no current grammar parses, have the same ones too.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from transformer.context.literals import unescape

_TOKEN = r"""
    (?P<blank>\s+|//[^\n]*)
  | (?P<comment>/\*)
  | (?P<raw>[bc]?r(?P<hashes>\#*)"(?s:.*?)"(?P=hashes))
  | (?P<string>[bc]?"(?:[^"\\]|\\(?s:.))*")
  | (?P<char>b?'(?:[^'\\\n]|\\(?:x[0-9a-fA-F]{2}|u\{[^}\n]*\}|.))')
  | (?P<name>(?:r\#)?[^\W\d]\w*)
  | (?P<number>[0-9]\w*(?:\.[0-9]\w*)?)
  | (?P<other>::|=>|->|'[^\W\d]\w*|.)
"""
_KEYWORDS = frozenset(
    """
    as async await break const continue dyn else enum extern false fn for if impl in let loop match mod move mut pub ref
    return static struct trait true type union unsafe use where while yield
    """.split()  # noqa: SIM905 a table
)
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


_UNICODE = re.compile(r"\\u\{([0-9a-fA-F_]{1,6})\}")


class Token(NamedTuple):
    """One token: its kind is ``name``, ``string`` (the text is its value) or ``other``."""

    kind: str
    text: str
    line: int


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(_TOKEN, re.VERBOSE)


def tokens(text: str) -> tuple[list[Token], bool]:
    """Return the tokens of a source without its comments, and whether all strings and comments have an end."""
    found: list[Token] = []
    match, at, line, whole = _pattern().match, 0, 1, True
    while at < len(text):
        one = match(text, at)
        if one is None:
            return found, False
        kind, shown = one.lastgroup or "", one[0]
        kind = "raw" if kind == "hashes" else kind
        if kind == "comment":
            end = _comment_end(text, at)
            whole = whole and end > 0
            shown = text[at : end or len(text)]
        elif kind in {"raw", "string"}:
            found.append(Token("string", _value(shown, raw=kind == "raw"), line))
        elif kind == "name":
            found.append(Token("other" if shown in _KEYWORDS else "name", shown.removeprefix("r#"), line))
        elif kind != "blank":
            whole = whole and shown != '"'
            found.append(Token("other", shown, line))
        line += shown.count("\n")
        at += len(shown)
    return found, whole


def _comment_end(text: str, at: int) -> int:
    """Return where a comment ends, which may hold others; 0 if it has no end."""
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(text, at):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return 0


def _value(text: str, *, raw: bool) -> str:
    inside = text.partition('"')[2].rpartition('"')[0]
    return inside if raw else unescape(_UNICODE.sub(lambda found: chr(min(int(found[1], 16), 0x10FFFF)), inside))


def closing(code: list[Token], opening: int) -> int:
    """Return the place of the bracket that closes the one at ``opening``; the end if there is none."""
    depth = 0
    for at in range(opening, len(code)):
        if code[at].kind == "other":
            depth += (code[at].text in _OPENING) - (code[at].text in _CLOSING)
        if depth == 0:
            return at
    return len(code) - 1


def arguments(code: list[Token], opening: int) -> list[list[Token]]:
    """Return the tokens of each argument of the call that opens at ``opening``."""
    end, depth = closing(code, opening), 0
    found: list[list[Token]] = [[]]
    for token in code[opening + 1 : end]:
        if token.kind == "other":
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if depth == 0 and token.kind == "other" and token.text == ",":
            found.append([])
        else:
            found[-1].append(token)
    return [one for one in found if one]


def without_tests(code: list[Token]) -> list[Token]:
    """Return the tokens without the items that are compiled for tests alone (``#[cfg(test)] mod tests {…}``)."""
    left: list[Token] = []
    at = 0
    while at < len(code):
        end = _attribute(code, at) if code[at].text == "#" else 0
        if end and _has_test_attribute(code, at):
            at = _item(code, end + 1)
        else:
            left.append(code[at])
            at += 1
    return left


def _has_test_attribute(code: list[Token], at: int) -> bool:
    """Whether one of the attributes in a row that begins here says that the item is for tests."""
    while at < len(code) and (end := _attribute(code, at)):
        if _for_tests([t.text for t in code[at + 2 : end]]):
            return True
        at = end + 1
    return False


def _attribute(code: list[Token], at: int) -> int:
    """Return the end of the attribute of an item that begins here, 0 if none does."""
    opens = code[at].text == "#" and at + 1 < len(code) and code[at + 1].text == "["
    return closing(code, at + 1) if opens and code[at].kind == "other" else 0


def _for_tests(words: list[str]) -> bool:
    return words in (["cfg", "(", "test", ")"], ["test"], ["tokio", "::", "test"]) or words[:4] == [
        "tokio", "::", "test", "("
    ]  # fmt: skip


def _item(code: list[Token], at: int) -> int:
    """Return where the item ends that begins here: behind its block, or its semicolon."""
    while at < len(code):
        end = _attribute(code, at)
        if end:
            at = end + 1
            continue
        if code[at].kind == "other" and code[at].text == "{":
            return closing(code, at) + 1
        if code[at].kind == "other" and code[at].text in {";", ","}:
            return at + 1
        if code[at].kind == "other" and code[at].text in _CLOSING:
            return at  # of what it stands in: a field, an arm
        at = closing(code, at) + 1 if code[at].text in _OPENING and code[at].kind == "other" else at + 1
    return at
