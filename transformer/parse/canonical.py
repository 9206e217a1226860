"""A text that dockerfile-parse reads as BuildKit reads the original, line by line."""

from __future__ import annotations

from transformer.parse.lines import Block, Kind, Layout, Line, content_end


def canonical(layout: Layout) -> str:
    """Return a text of the same number of lines, in which the physical reader's known errors can't occur.

    Measured on 2,104 real files (DEPENDENCIES.md): dockerfile-parse takes heredoc bodies for instructions, ends an
    instruction at a blank continuation line, chokes on a BOM, drops an instruction whose last continuation is not
    fulfilled, forgets ``escape=`` after ``check=``, and takes an escaped escape at a line end for a continuation.
    Comments lose their text, so that none below the top can look like a directive.
    """
    last_of = {block.code[-1].number: block for block in layout.blocks}
    first = {block.first for block in layout.blocks}
    inside = {number for block in layout.blocks for number in range(block.first, block.last + 1)}
    lines: list[str] = []
    for line in layout.lines:
        if line.kind is Kind.CODE:
            lines.append(_code(line, layout.escape, last_of.get(line.number), line.number in first))
        else:
            lines.append(_other(line, layout.escape, line.number in inside))
    return "".join(f"{line}\n" for line in lines)


def _other(line: Line, escape: str, inside: bool) -> str:
    if line.kind is Kind.DIRECTIVE:
        return f"# escape={escape}" if line.text.lower().lstrip("# \t").startswith("escape") else "# syntax=x"
    return "" if line.kind is Kind.BLANK and not inside else "#"


def _code(line: Line, escape: str, ends: Block | None, first: bool) -> str:
    if ends is not None and ends.dangling:
        return line.text[: content_end(line, escape)]
    if ends is not None:
        kept = line.text.rstrip()
        return f"{kept.rstrip(escape)}." if kept.endswith(escape) else line.text
    content = line.text[: content_end(line, escape)]
    # dockerfile-parse wants a blank after the keyword: `RUN\` is fine for BuildKit if the next line is indented
    glued = first and len(content.split()) == 1 and content == content.rstrip()
    return f"{content} {escape}" if glued else f"{content}{escape}"
