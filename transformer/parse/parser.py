"""A Dockerfile as ``ir.Dockerfile``, and back, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Comment, Directive, Dockerfile, Instruction
from transformer.ir.source import Source, Span
from transformer.parse.canonical import canonical
from transformer.parse.checks import violation
from transformer.parse.instructions import instruction
from transformer.parse.lines import Kind, Layout, Line, indentation, scan
from transformer.parse.readers import Refused, disagreement, read_lines, read_syntax, refusal

MAX_BYTES = 1 << 20
"""The largest file we read. BuildKit has no such limit; the largest of 97,462 real files is far below it."""
MAX_LINE_BYTES = 65_535
"""BuildKit's limit for a line without its line end (``bufio.MaxScanTokenSize - 1``)."""
MAX_DIRECTIVE = 4096
"""The longest parser directive: the reader's pattern takes quadratic time on a hostile one."""


def parse(source: Source) -> Dockerfile | Diagnostic:
    """Return the file, or the reason why it is no Dockerfile that we dare to read. Never raises for bad input.

    DF101 BuildKit would refuse it, DF102 the readers disagree, DF103 no FROM, DF104 too large, DF105 unknown keyword.
    ``Dockerfile.comments`` has every comment line outside of heredocs, those between continuation lines included, which
    lie inside the span of their instruction; directives are not among them. A heredoc's ``body`` is its raw text.
    """
    try:
        _check_size(source)
        return _parsed(source)
    except Refused as refused:
        return refused.diagnostic


def render(dockerfile: Dockerfile) -> str:
    """Return the text of the file, put together from its tiles: equal to ``dockerfile.source.text``."""
    text = dockerfile.source.text
    return "".join(
        tile.text if isinstance(tile, Instruction) else (tile if isinstance(tile, Span) else tile.span).slice(text)
        for tile in tiles(dockerfile)
    )


def tiles(dockerfile: Dockerfile) -> Iterator[Instruction | Comment | Directive | Span]:
    """Yield the pieces that tile the file, in order.

    They are directives, comments outside of instructions, instructions, and as bare spans the gaps: line ends, blank
    lines, the BOM, and a continuation at the end of the file that continues with nothing.
    """
    items: list[Instruction | Comment | Directive] = [*dockerfile.directives, *dockerfile.comments]
    items.extend(dockerfile.instructions)
    items.sort(key=lambda item: item.span.start)
    at = 0
    for item in items:
        if item.span.start < at:
            continue  # a comment between continuation lines
        if item.span.start > at:
            yield Span(at, item.span.start)
        yield item
        at = item.span.end
    if at < len(dockerfile.source.text):
        yield Span(at, len(dockerfile.source.text))


def _check_size(source: Source) -> None:
    if len(source.text) > MAX_BYTES or len(source.to_bytes()) > MAX_BYTES:
        raise refusal(source, "DF104", f"the file has more than {MAX_BYTES} bytes")
    at_top = True
    for number, line in enumerate(source.text.split("\n"), 1):
        if len(line) * 4 > MAX_LINE_BYTES and len(line.encode("utf-8", "surrogateescape")) > MAX_LINE_BYTES:
            raise refusal(source, "DF101", f"the line has more than {MAX_LINE_BYTES} bytes", number)
        at_top = at_top and line.lstrip("\ufeff \t").startswith("#")
        if at_top and len(line) > MAX_DIRECTIVE:
            raise refusal(source, "DF104", f"a line at the top has more than {MAX_DIRECTIVE} characters", number)


def _parsed(source: Source) -> Dockerfile:
    read = read_syntax(source)
    bodies = {item.start_line: sum(h.content.count("\n") + 1 for h in item.heredocs) for item in read}
    layout = scan(source, bodies)
    different = disagreement(read, layout.blocks, read_lines(canonical(layout)))
    if different is not None:
        raise refusal(source, "DF102", different[1], different[0])
    pairs = zip(read, layout.blocks, strict=True)
    found = tuple(instruction(source, index, item, block, layout.escape) for index, (item, block) in enumerate(pairs))
    _check_meaning(source, found)
    return Dockerfile(
        source, layout.escape, _directives(source, layout), _comments(source, layout), found, _newline(source)
    )


def _check_meaning(source: Source, instructions: tuple[Instruction, ...]) -> None:
    if not any(item.keyword == "FROM" for item in instructions):
        raise refusal(source, "DF103", "there is no FROM instruction", cure="begin with FROM and a base image")
    broken = violation(instructions)
    if broken is not None:
        raise Refused(broken)


def _directives(source: Source, layout: Layout) -> tuple[Directive, ...]:
    return tuple(Directive(name, value, _whole(source, line)) for name, value, line in layout.directives)


def _comments(source: Source, layout: Layout) -> tuple[Comment, ...]:
    return tuple(
        Comment(line.text[indentation(line.text) :], _whole(source, line))
        for line in layout.lines
        if line.kind is Kind.COMMENT
    )


def _whole(source: Source, line: Line) -> Span:
    return Span(line.start, source.line_span(line.number, line.number).end)


def _newline(source: Source) -> str:
    first = source.line_span(1, 1).slice(source.text)
    return "\r\n" if first.endswith("\r\n") else "\n"
