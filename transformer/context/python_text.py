"""Whether a Python text is safe to parse: its size, its encoding, and how deep its expressions are.

The native parser of libcst recurses without a limit of its own: deep or long expressions end the process.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field

MAX_TEXT = 100_000
"""How many characters of one script are read; a longer one is not."""
_MAX_DEPTH, _MAX_CHAIN, _MAX_WORK, _MAX_ELIF = 20, 200, 100_000, 200
_APART = frozenset({"distutils", "ensurepip", "idlelib", "lib2to3", "test", "tkinter", "turtle", "turtledemo", "venv"})
"""Modules of the standard library that distributions have in packages of their own, or that run pip or a compiler."""
_FORMER = frozenset(
    """
    aifc asynchat asyncore audioop cgi cgitb chunk crypt imghdr imp mailcap nis nntplib ossaudiodev pipes smtpd sndhdr
    spwd sunau telnetlib uu xdrlib
    """.split()  # noqa: SIM905 a table
)
"""Modules that the standard library had up to Python 3.11 or 3.12 (PEP 594, What's New in Python 3.12)."""
_COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_ENCODINGS = frozenset({"utf-8", "utf8", "utf_8", "ascii", "us-ascii", "latin-1", "latin1", "iso-8859-1", "utf-8-unix"})
_NEWLINE = re.compile(r"\r\n?|\n")
_TOKEN = re.compile(
    r"(?P<comment>#[^\r\n]*+)"
    r"|(?P<prefix>\b[A-Za-z]{1,2})?(?P<string>'''(?:[^\\']|\\.|'(?!''))*+'''|\"\"\"(?:[^\\\"]|\\.|\"(?!\"\"))*+\"\"\""
    r"|'(?!'')(?:[^\\'\r\n]|\\(?:\r\n|.))*+'|\"(?!\"\")(?:[^\\\"\r\n]|\\(?:\r\n|.))*+\"|''|\"\")"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)|(?P<end>;|(?<!\\)[\r\n])|(?P<elif>\belif\b)|(?P<quote>['\"])"
    r"|(?P<link>[-+*/%@&|^~.<>=!:]|\b(?:not|and|or|if|else|lambda|await|for|in|is|yield|from)\b)",
    re.S,
)


def is_standard(module: str) -> bool:
    """Whether ``python3`` of the distributions surely has a module, whatever Python this tool runs with."""
    return module not in _APART and (module in sys.stdlib_module_names or module in _FORMER)


def readable(text: str, most: int = MAX_TEXT) -> bool:
    """Whether the parser surely reads the text as Python does, in little stack, and in a time that grows with
    ``most``: how many characters it may have.
    """
    return len(text) <= most and plain_encoding(text) and _bounded(text, _MAX_WORK * most // MAX_TEXT)


def plain_encoding(text: str) -> bool:
    """Whether the text declares no other encoding than those that read it alike."""
    cookies = (_COOKIE.match(line) for line in text.split("\n", 2)[:2])
    return all(found is None or found[1].lower() in _ENCODINGS for found in cookies)


@dataclass(slots=True)
class _Nesting:
    """How deep and how long expressions are: the native parser recurses for both."""

    chains: list[int] = field(default_factory=lambda: [0])
    work: int = 0
    elifs: int = 0

    def fits(self, found: re.Match[str]) -> bool:
        kind = found.lastgroup
        self.chains[-1] += kind in {"open", "link", "string"}
        if kind == "open":
            self.chains.append(0)
        elif kind == "close" and len(self.chains) > 1:
            self.chains.pop()
        elif kind == "comma" or (kind == "end" and len(self.chains) == 1):
            self.chains[-1] = 0
        self.work += len(self.chains) ** 2 if kind == "open" else 0
        self.elifs += kind == "elif"
        formatted = kind == "string" and bool({*"ft"} & {*(found["prefix"] or "").lower()})
        fits = self._formatted(found["string"]) if formatted else kind != "quote"
        return fits and len(self.chains) <= _MAX_DEPTH and self.chains[-1] <= _MAX_CHAIN

    def _formatted(self, text: str) -> bool:
        """Since Python 3.12 a quote may stand in the braces of an f-string: such a text has more than is seen here."""
        inner = text.replace("{{", "").replace("}}", "")
        self.chains[-1] += sum(inner.count(c) for c in "+-*/.([{")
        self.work += (inner.count("{") + len(self.chains)) ** 2
        return inner.count("{") == inner.count("}") and sum(inner.count(c) for c in "([{") <= _MAX_DEPTH


def _bounded(text: str, most_work: int) -> bool:
    """Count brackets, operators and `elif`: what the parser recurses for."""
    nesting = _Nesting()
    fits = all(nesting.fits(found) for found in _TOKEN.finditer(text))
    return fits and nesting.work <= most_work and nesting.elifs <= _MAX_ELIF
