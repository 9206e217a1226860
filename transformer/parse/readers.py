"""The two independent readers behind one face, and what it takes for them to agree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO

from e2b_dockerfile_utils import DockerfileInstruction, DockerfileSyntaxError, is_space, parse_dockerfile_ast
from msgspec import Struct

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.source import Source
from transformer.parse.lines import Block, indentation

KEYWORDS = frozenset((
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
    "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"
))  # fmt: skip

_LONGEST = 200
_BLANKS = re.compile(r"[\t\v\f\r ]+")


class Place(Struct, frozen=True):
    """What the readers must agree on: the keyword, and the first and last line of code."""

    keyword: str
    first: int
    last: int


class Refused(Exception):
    """Carries the diagnostic from the spot that finds it to ``parse``, which returns it as a value."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def refusal(source: Source, code: str, message: str, line: int = 1, cure: str = "") -> Refused:
    """Return a refusal that points at the first character of ``line`` that is not space."""
    line = min(max(line, 1), len(source.line_starts))
    span = source.line_span(line, line)
    at = span.start + indentation(span.slice(source.text).rstrip("\r\n"))
    return Refused(Diagnostic(code, printable(message), source.position(at), cure))


def printable(message: str) -> str:
    """Return ``message`` fit for a report: bytes that are no UTF-8 and control characters escaped, at most 200 long."""
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in message[:_LONGEST])
    return text if len(message) <= _LONGEST else f"{text}..."


def read_syntax(source: Source) -> list[DockerfileInstruction]:
    """Return the instructions as e2b-dockerfile-utils, a port of BuildKit's parser, reads them.

    Raises ``Refused`` with DF101, or DF105 when the first word of the offending line is no keyword.
    """
    try:
        return parse_dockerfile_ast(source.text).instructions
    except DockerfileSyntaxError as error:
        message = str(error).partition(": ")[2] or str(error)
        raise _syntax_error(source, message, error.line or 1) from None
    except RecursionError:
        raise refusal(source, "DF101", "the file is nested too deeply") from None


def read_lines(text: str) -> tuple[Place, ...]:
    """Return the instructions of a canonical text as dockerfile-parse sees them.

    ``structure`` is read once, since each access parses again; no other property of it is right for every file.
    """
    from dockerfile_parse import DockerfileParser

    data = BytesIO(text.encode("utf-8", "replace"))
    found = DockerfileParser(fileobj=data, env_replace=False).structure
    return tuple(
        Place(item["instruction"], item["startline"] + 1, item["endline"] + 1)
        for item in found
        if item["instruction"] != "COMMENT"
    )


def disagreement(
    syntax: Sequence[DockerfileInstruction], blocks: Sequence[Block], physical: Sequence[Place]
) -> tuple[int, str] | None:
    """Return line and description of the first instruction that is not the same for both readers and our own lines.

    The physical reader ends where the code does: here-documents are comments to it. The syntax reader, as BuildKit,
    ends after them, and counts comments after an unfulfilled continuation too, which nobody should carry along.
    """
    ours = [Place(item.name, block.first, block.code[-1].number) for item, block in zip(syntax, blocks, strict=False)]
    starts = [item.start_line for item in syntax]
    for at, (place, start) in enumerate(zip(ours, starts, strict=False)):
        other = physical[at] if at < len(physical) else None
        if other != place or start != place.first or not _same_end(syntax[at], blocks[at]):
            return start, f"one reader sees {place.keyword} from line {start}, the other {_described(other)}"
    if len(syntax) == len(blocks) == len(physical):
        return None
    extra = physical[len(ours)].first if len(physical) > len(ours) else 1
    return extra, f"one reader sees {len(syntax)} instructions, the other {len(physical)}"


def _same_end(item: DockerfileInstruction, block: Block) -> bool:
    return block.last == item.end_line or (block.dangling and block.last <= item.end_line)


def _described(place: Place | None) -> str:
    return "nothing" if place is None else f"{place.keyword} on lines {place.first} to {place.last}"


def _syntax_error(source: Source, message: str, line: int) -> Refused:
    span = source.line_span(min(line, len(source.line_starts)), min(line, len(source.line_starts)))
    word = _BLANKS.split(span.slice(source.text).strip(), maxsplit=1)[0]
    code = "DF101" if word.upper() in KEYWORDS or word.startswith("#") else "DF105"
    hidden = code == "DF105" and any(is_space(char) for char in word)
    return refusal(source, code, message, line, "replace the no-break space by a space" if hidden else "")
