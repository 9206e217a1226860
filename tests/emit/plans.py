"""Hand-made plans: what the plan phase would say, so that printing is tested by itself."""

from __future__ import annotations

from transformer.ir.diagnostic import Applicability
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.plan import Added, FinalLine, Kept, Plan, TextEdit
from transformer.ir.source import Source, Span
from transformer.parse.parser import parse


def read(text: str) -> Dockerfile:
    """Return the parsed text; surrogate escapes stand for bytes that are no UTF-8."""
    parsed = parse(Source.from_bytes("Dockerfile", text.encode("utf-8", "surrogateescape")))
    assert isinstance(parsed, Dockerfile), parsed
    return parsed


def cut(dockerfile: Dockerfile, *parts: str, after: int = 0) -> tuple[TextEdit, ...]:
    """Return the edits that delete the first place of each part, from the instruction ``after`` on."""
    text = dockerfile.source.text
    starts = [(text.index(part, dockerfile.instructions[after].span.start), part) for part in parts]
    return tuple(TextEdit(Span(start, start + len(part)), "") for start, part in starts)


def split(
    dockerfile: Dockerfile,
    end: int,
    final: tuple[FinalLine, ...],
    *,
    base: str = "debian:12",
    moved: tuple[int, ...] = (),
    lines: tuple[str, ...] = (),
    edits: tuple[TextEdit, ...] = (),
) -> Plan:
    """Return a plan whose builder is named ``build`` and ends with instruction ``end``."""
    first = next(i for i in dockerfile.instructions if i.keyword.upper() == "FROM")
    at = first.span.end
    return Plan(
        stage="build",
        from_instruction=first.index,
        builder_end=end,
        moved=moved,
        builder_edits=(TextEdit(Span(at, at), " AS build"), *edits),
        builder_lines=lines,
        final_from=f"FROM {base}",
        final=final,
        base_from=first.args[0],
        base_to=base,
        base_reason="",
        applicability=Applicability.SAFE,
        diagnostics=(),
        artifacts=(),
        packages=(),
        left_behind=(),
        saving=None,
    )


def carry(origin: int, path: str) -> Added:
    """Return the line that carries ``path`` over."""
    return Added(origin, f"COPY --from=build {path} {path}")


__all__ = ["Kept", "carry", "cut", "read", "split"]
