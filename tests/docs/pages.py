"""The pages of the documentation: their fenced blocks with the marker above them, their headings and their links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"```(\w*)\s*")
_MARKER = re.compile(r"<!-- (.+?) -->")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. ``marker`` is the text of the HTML comment in the line above it, "" if there is none."""

    line: int
    language: str
    marker: str
    text: str


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(_blocks(self.text.splitlines()))

    @cached_property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        inside, kept = False, []
        for line in self.text.splitlines():
            fence = _FENCE.match(line) is not None
            if not (inside or fence):
                kept.append(line)
            inside = inside != fence
        return "\n".join(kept)

    @property
    def anchors(self) -> frozenset[str]:
        """What links may name after ``#``, as GitHub makes it from headings."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(_LINK.findall(self.prose))

    @property
    def code(self) -> tuple[str, ...]:
        """The words between backquotes."""
        return tuple(_CODE.findall(self.prose))


def pages() -> tuple[Page, ...]:
    """Return all pages of the documentation."""
    top = (REPO / "README.md", REPO / "CHANGELOG.md")
    return tuple(Page(path) for path in (*top, *sorted((REPO / "docs").rglob("*.md"))))


def _blocks(lines: list[str]) -> Iterator[Block]:
    start: int | None = None
    language, marker = "", ""
    for number, line in enumerate(lines):
        fence = _FENCE.match(line)
        if fence is None:
            continue
        if start is None:
            above = _MARKER.fullmatch(lines[number - 1].strip()) if number else None
            start, language, marker = number, fence[1], above[1] if above else ""
        else:
            yield Block(start + 1, language, marker, "\n".join(lines[start + 1 : number]) + "\n")
            start = None
