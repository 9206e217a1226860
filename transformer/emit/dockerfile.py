"""A plan as the text of the new Dockerfile: the builder is the old file, the final stage is put together."""

from __future__ import annotations

import re
from itertools import dropwhile

from msgspec import Struct

from transformer.config import Options
from transformer.emit.blocks import Block, blocks, edited, is_blank, lines, rest
from transformer.emit.edits import native
from transformer.emit.physical import Shape
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.plan import Added, FinalLine, Kept, Plan, TextEdit
from transformer.templating import render_from


class Printed(Struct, frozen=True):
    """One piece of the final stage: a line of the plan with its comments, and the blank line above or ""."""

    text: str
    blank: str


_TEMPLATE = "dockerfile/split.j2"
_PLAIN = Options()


def emit(dockerfile: Dockerfile, plan: Plan, options: Options = _PLAIN) -> str:
    """Return the text of the split file, with the newlines, escape character and bytes of the original.

    Of the options it takes the house style and the folder with templates of the user's own. Raises TemplateError for
    one that cannot be rendered.
    """
    file = blocks(dockerfile)
    shape = Shape(escape=dockerfile.escape, newline=dockerfile.newline)
    top = max((directive.span.end for directive in dockerfile.directives), default=0)
    builder = _builder(dockerfile, plan, file)
    text = render_from(
        options.template_dir,
        _TEMPLATE,
        directives=builder[:top],
        builder=builder[top:],
        builder_lines=[native(line, shape) for line in plan.builder_lines],
        final_from=native(plan.final_from, shape),
        final=_final(dockerfile, plan, file, shape),
        rest=rest(dockerfile),
        eol=dockerfile.newline,
        blank_lines=options.blank_lines,
        comment=options.comment,
        path=dockerfile.source.path,
        base=plan.base_to,
        escape=dockerfile.escape,
    )
    return re.sub(r"(?<!\r)\n", "\r\n", text) if options.template_dir and _is_crlf(dockerfile) else text


def _is_crlf(dockerfile: Dockerfile) -> bool:
    return re.search(r"(?<!\r)\n", dockerfile.source.text) is None and "\n" in dockerfile.source.text


def _builder(dockerfile: Dockerfile, plan: Plan, file: tuple[Block, ...]) -> str:
    """Return the old file up to the end of the build, without its last line end."""
    text, removed = "", False
    for block in file[: plan.builder_end + 1]:
        loose = _without_leading_blanks(block.loose) if removed and _ends_blank(text) else block.loose
        removed = block.instruction.index in plan.moved
        text += loose
        if not removed:
            mine = [edit for edit in plan.builder_edits if _lies_in(edit, block)]
            text += block.attached + edited(dockerfile, block.instruction, mine) + block.end
    _check_edits(plan, file)
    return text.rstrip("\r\n")


def _lies_in(edit: TextEdit, block: Block) -> bool:
    return block.instruction.span.start <= edit.span.start and edit.span.end <= block.instruction.span.end


def _check_edits(plan: Plan, file: tuple[Block, ...]) -> None:
    """Fail where an edit would get lost: it must lie in an instruction that stays in the builder."""
    homes = [block for block in file[: plan.builder_end + 1] if block.instruction.index not in plan.moved]
    for edit in plan.builder_edits:
        if not any(_lies_in(edit, block) for block in homes):
            raise ValueError(f"builder edit {edit.span} lies in no instruction of the builder")


def _without_leading_blanks(text: str) -> str:
    return "".join(dropwhile(is_blank, lines(text)))


def _ends_blank(text: str) -> bool:
    return not text or is_blank(lines(text)[-1])


def _final(dockerfile: Dockerfile, plan: Plan, file: tuple[Block, ...], shape: Shape) -> list[Printed]:
    """Return the lines of the final stage with their comments, blank lines where the old file has some."""
    result = []
    carriers = _comment_carriers(plan)
    before: FinalLine | None = None
    for index, line in enumerate(plan.final):
        comments = _comments(plan, file, _origin(line)) if index in carriers else ""
        result.append(Printed(comments + _text(dockerfile, line, shape), _gap(plan, file, before, line)))
        before = line
    return result


def _comment_carriers(plan: Plan) -> frozenset[int]:
    """Return for each old instruction the final line that its comments go with: its own bytes, if they are kept."""
    carriers: dict[int, int] = {}
    for index, line in enumerate(plan.final):
        if _origin(line) not in carriers or isinstance(line, Kept):
            carriers[_origin(line)] = index
    return frozenset(carriers.values())


def _comments(plan: Plan, file: tuple[Block, ...], origin: int) -> str:
    """Return the comments that leave the builder with ``origin``; those of an instruction of both stages stay there."""
    block = file[origin]
    if origin <= plan.builder_end:
        return block.attached if origin in plan.moved else ""
    loose = lines(_without_leading_blanks(block.loose))
    return (
        "".join(line for at, line in enumerate(loose) if not (is_blank(line) and is_blank(loose[at - 1])))
        + block.attached
    )


def _text(dockerfile: Dockerfile, line: FinalLine, shape: Shape) -> str:
    if isinstance(line, Added):
        return native(line.text, shape)
    return edited(dockerfile, dockerfile.instructions[line.instruction], line.edits)


def _origin(line: FinalLine) -> int:
    return line.origin if isinstance(line, Added) else line.instruction


def _gap(plan: Plan, file: tuple[Block, ...], before: FinalLine | None, line: FinalLine) -> str:
    """Return the blank line before ``line``, if the old file has one on the way from the line before."""
    origin = _origin(line)
    if before is None:
        return _blank_above(plan, file, origin) if origin > plan.from_instruction else ""
    if _is_carry(before) and _is_carry(line):
        return ""
    return next(filter(None, (_blank_above(plan, file, i) for i in range(origin, _origin(before), -1))), "")


def _blank_above(plan: Plan, file: tuple[Block, ...], index: int) -> str:
    """Return the first blank line above an instruction, above the comments that it takes along."""
    loose = lines(file[index].loose)
    return next(filter(is_blank, loose[:1] if index > plan.builder_end else loose), "")


def _is_carry(line: FinalLine) -> bool:
    return isinstance(line, Added) and line.text.upper().startswith("COPY --FROM=")
