"""One instruction of the IR from what the syntax reader says and from the lines that it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from e2b_dockerfile_utils import DockerfileInstruction, ShellLex, is_space, parse_heredoc

from transformer.ir.dockerfile import Flag, Heredoc, Instruction, OffsetMap
from transformer.ir.source import Source, Span
from transformer.parse.lines import Block, join
from transformer.parse.readers import KEYWORDS, refusal

_BLANKS = re.compile(r"[\t\v\f\r ]+")
_BYTE_SPACE = frozenset(map(chr, (0xDC85, 0xDCA0)))
_ONE_STRING = frozenset({"MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR"})
_SHELL_FORMS = frozenset({"RUN", "CMD", "ENTRYPOINT"})


def instruction(source: Source, index: int, read: DockerfileInstruction, block: Block, escape: str) -> Instruction:
    """Return the instruction on ``block``.

    Raises ``Refused``: DF102 when our joined line, flags, arguments or heredoc bodies are not the reader's, DF105 for a
    keyword that only looks like one after case folding.
    """
    logical, offsets = join(block, escape)
    _check_keyword(source, read, block, logical)
    body, flags = _body(logical, len(read.name), escape)
    args = _arguments(read, logical[body:].strip())
    same = logical == read.original and flags == len(read.flags) and _same_text(read, logical[body:])
    if not same or _read_bytewise(logical, body, flags):
        raise refusal(source, "DF102", "the joined line of the instruction is read differently", block.first)
    span = Span(block.code[0].start, _end(block, logical, offsets))
    return Instruction(
        index=index,
        keyword=read.name,
        span=span,
        text=span.slice(source.text),
        position=source.position(offsets.to_source(0)),
        logical=logical,
        offsets=offsets,
        flags=tuple(_flag(text) for text in read.flags),
        args=args,
        exec_form=read.json,
        heredocs=tuple(_heredocs(source, read, block)),
        body=body,
    )


def _check_keyword(source: Source, read: DockerfileInstruction, block: Block, logical: str) -> None:
    written = logical[: len(read.name)]
    if read.name not in KEYWORDS or not written.isascii() or written.upper() != read.name:
        raise refusal(source, "DF105", f"unknown instruction: {written}", block.first)
    if read.name == "ONBUILD" and _onbuild_heredoc(logical):
        raise refusal(source, "DF102", "a here-document in ONBUILD is not understood by both readers", block.first)


def _onbuild_heredoc(logical: str) -> bool:
    """Whether BuildKit would read a body after ``ONBUILD RUN <<EOF`` (its heredocCompoundDirectives; e2b would not)."""
    if "<<" not in logical or logical.split()[1:2] == [] or logical.split()[1].upper() not in {"ADD", "COPY", "RUN"}:
        return False
    try:
        words = ShellLex("\\", raw_quotes=True, raw_escapes=True).process_words(logical)
        return any(parse_heredoc(word) is not None for word in words)
    except ValueError:
        return False


def _body(logical: str, keyword: int, escape: str) -> tuple[int, int]:
    """Return where the arguments start, and the number of flags before them (BuildKit: parser/split_command.go)."""
    at, flags = _after_spaces(logical, keyword), 0
    while logical.startswith("--", at):
        end = _word_end(logical, at, escape)
        if logical[at:end] == "--":
            return _after_spaces(logical, end), flags
        at, flags = _after_spaces(logical, end), flags + 1
    return at, flags


def _after_spaces(text: str, at: int) -> int:
    while at < len(text) and is_space(text[at]):
        at += 1
    return at


def _word_end(text: str, at: int, escape: str) -> int:
    quote = ""
    while at < len(text):
        char = text[at]
        if char == escape:
            at += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif is_space(char):
            return at
        at += 1
    return len(text)


def _same_text(read: DockerfileInstruction, body: str) -> bool:
    if read.json or read.name not in _ONE_STRING | _SHELL_FORMS:
        return True
    return "".join(read.args) == body.strip()


def _read_bytewise(logical: str, body: int, flags: int) -> bool:
    """Whether BuildKit reads otherwise: it finds flags byte by byte, and trims what Go, not Python, calls space."""
    end = len(logical)
    while end > body and is_space(logical[end - 1]):
        end -= 1
    if flags and not logical[:body].isascii():
        return True
    return logical[body:end] != logical[body:].strip() or logical[body : body + 1] in _BYTE_SPACE


def _arguments(read: DockerfileInstruction, rest: str) -> tuple[str, ...]:
    match read.name:
        case "ENV" | "LABEL":
            return tuple(item for at, item in enumerate(read.args) if at % 3 != 2)  # noqa: PLR2004
        case "ARG":
            return tuple(part for word in read.args for part in word.split("=", 1))
        case "ONBUILD":
            return (rest,) if rest else ()
        case "ADD" | "COPY" if not read.json:
            # BuildKit splits inside quotes as well (parseStringsWhitespaceDelimited), e2b does not
            return tuple(_BLANKS.split(rest)) if rest else ()
    return tuple(map(_replaced, read.args)) if read.json else tuple(read.args)


def _replaced(text: str) -> str:
    """Return a JSON string as Go decodes it: what is not Unicode becomes U+FFFD."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _flag(text: str) -> Flag:
    name, equals, value = text.removeprefix("--").partition("=")
    return Flag(name, value if equals else None)


def _heredocs(source: Source, read: DockerfileInstruction, block: Block) -> Iterator[Heredoc]:
    at = 0
    for item in read.heredocs:
        length = item.content.count("\n")
        lines = block.heredoc[at : at + length + 1]
        span = Span(lines[0].start, lines[-1].start) if len(lines) == length + 1 else Span(0, 0)
        # BuildKit knows no here-document without a name (`<<''`), e2b does
        if span.slice(source.text) != item.content or not item.name:
            raise refusal(source, "DF102", "the body of a here-document is read differently", block.first)
        yield Heredoc(item.name, item.content, item.chomp, item.expand, span)
        at += length + 1


def _end(block: Block, logical: str, offsets: OffsetMap) -> int:
    """Return where the text ends: before an unfulfilled continuation, which would swallow what is put after it."""
    if not block.dangling:
        return (block.heredoc or block.code)[-1].end
    length = len(logical)
    while is_space(logical[length - 1]):
        length -= 1
    return offsets.to_source(length - 1) + 1
