"""Text that may go to a terminal: coloured if wanted, and unable to steer it, whatever a Dockerfile holds."""

from __future__ import annotations

import re

from msgspec import Struct

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_DIFF_STYLES = {"---": "bold", "+++": "bold", "@@": "cyan", "-": "red", "+": "green"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Painter(Struct, frozen=True):
    """Puts styles on text, or leaves it alone without ``colour``."""

    colour: bool

    def paint(self, style: str, text: str) -> str:
        """Return ``text`` in one of our styles."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and text else text

    def diff(self, text: str) -> str:
        """Return a unified diff in its usual colours."""
        return "".join(self._diff_line(line) + "\n" for line in text.split("\n")[:-1])

    def _diff_line(self, line: str) -> str:
        style = next((style for start, style in _DIFF_STYLES.items() if line.startswith(start)), None)
        shown = printable(line.removesuffix("\r"))
        return (self.paint(style, shown) if style else shown) + ("\r" if line.endswith("\r") else "")


def printable(text: str) -> str:
    """Return text with its control characters and stray bytes written as escapes."""
    return _CONTROL.sub(lambda match: _escape(match.group()), text)


def one_line(text: str, limit: int = 200) -> str:
    """Return text on one line, continuations joined, cut where it gets too long to read."""
    flat = printable(" ".join(re.sub(r"\\\r?\n", " ", text).split()))
    return flat if len(flat) <= limit else flat[: limit - 3] + "..."


def place(path: str, line: int, column: int = 0) -> str:
    """Return ``path:line:column``, as far as it is known; editors and terminals make a link of it."""
    return ":".join([printable(path), *(str(number) for number in (line, column) if number)])


def _escape(character: str) -> str:
    """Return the escape of one byte; a surrogate escape is 0xDC00 above it."""
    return f"\\x{ord(character) & 0xFF:02x}"
