"""The runtime part of one RUN, as edits of the author's own text."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from msgspec import Struct

from transformer.ir.dockerfile import Instruction
from transformer.ir.effects import PackageWord, Path, Step
from transformer.ir.plan import TextEdit
from transformer.ir.script import Script
from transformer.ir.source import Span
from transformer.knowledge.programs import programs

_ABSOLUTE = re.compile(r"""cd\s+(?:--\s+)?["']?(?:/|~|\$HOME\b|\$\{HOME\})""")
"""A ``cd`` that leads to the same directory from everywhere."""


_BACKGROUND = re.compile(r"\s*&(?!&)")


class RunPart(Struct, frozen=True):
    """The runtime part of a RUN: the steps that it keeps, and the edits that leave only these."""

    steps: tuple[Step, ...]
    edits: tuple[TextEdit, ...]


class RunText(Struct, frozen=True):
    """The script of a RUN and its steps, and the instruction that they stand in."""

    instruction: Instruction
    script: Script
    steps: tuple[Step, ...]

    def source(self, span: Span) -> Span:
        """Return where a span of the script stands in the file."""
        if self.instruction.heredocs:
            start = self.instruction.heredocs[0].span.start
            return Span(start + span.start, start + span.end)
        shift = self.instruction.body
        return self.instruction.offsets.span_to_source(Span(span.start + shift, span.end + shift))


def runtime_part(
    run: RunText, kept: frozenset[int], present: Callable[[Path], bool], dropped: Callable[[str], bool]
) -> RunPart | str:
    """Return the part of a RUN that the final stage repeats, or why the two parts cannot be separated.

    ``kept`` are the indexes of its runtime steps; ``present`` tells whether a path is in the final image,
    ``dropped`` whether a package is not installed there by its own name.
    """
    if run.instruction.exec_form and len(kept) < len(run.steps):
        return "its commands are one argument of an exec form"
    spans = [s.span for s in run.steps if s.span is not None]
    joins = (Span(left.end, right.start).slice(run.script.text) for left, right in pairwise(spans))
    if any(_BACKGROUND.match(join) for join in joins):
        return "one of its commands goes on in the background"
    needed = _with_shell_state(run, kept, dropped)
    chosen = tuple(s for s in run.steps if s.index in needed)
    if chosen and chosen[0].text.startswith("--"):
        return f"`{chosen[0].text}` would be read as an option of RUN"
    for step in chosen:
        gone = [r for r in step.effects.reads if isinstance(r, Path) and not present(r)]
        if step.effects.shell_state and gone:
            return f"`{step.text}` enters {gone[0]}, which stays in the build stage"
    return RunPart(chosen, tuple(_cuts(run, needed)))


def _with_shell_state(run: RunText, kept: frozenset[int], dropped: Callable[[str], bool]) -> frozenset[int]:
    """Add the settings, directories and variables that the kept commands run with."""
    needed = set(kept)
    later: list[Step] = []
    here: list[Step] = []
    """Those of them that run before the next ``cd`` which leads to the same directory from everywhere."""
    for step in reversed(run.steps):
        moves = step.effects.programs[:1] == ("cd",)
        if step.index not in kept:
            followers = here if moves else later
            if not step.effects.shell_state or step.span is None or not followers:
                continue
            if not _matters(step, followers, [_text_after_edits(run.script, s, dropped) for s in followers]):
                continue
            needed.add(step.index)
        later.append(step)
        here = [] if moves and _ABSOLUTE.match(step.text) else [*here, step]
    return frozenset(needed)


def _text_after_edits(script: Script, step: Step, dropped: Callable[[str], bool]) -> str:
    """Return a command without the variables whose packages will be written out instead."""
    span = step.span or Span(0, 0)
    text = list(span.slice(script.text))
    for word in (w for i in step.effects.installs for w in i.packages):
        if word.span is None and word.word is not None and dropped(word.name):
            for at in range(word.word.start - span.start, word.word.end - span.start):
                text[at] = " "
    return "".join(text)


def _matters(step: Step, later: list[Step], texts: list[str]) -> bool:
    text = step.text
    if step.effects.programs[:1] in (("cd",), ("pushd",), ("popd",)):
        return any(s.moved for s in later)
    names = set(re.findall(r"(?:^|\s)([A-Za-z_]\w*)\+?=", text)) | set(re.findall(r"^([A-Za-z_]\w*)\s*\(\)", text))
    if not names:
        return bool(step.effects.programs) or not step.effects.reads
    mentioned = " ".join(texts)
    if any(re.search(rf"\b{re.escape(n)}\b", mentioned) for n in names):
        return True
    return text.startswith("export ") and bool(names & programs().implicit_variables)


def _cuts(run: RunText, kept: frozenset[int]) -> list[TextEdit]:
    """Return the deletions that leave only the kept commands, each with the operator that joined it."""
    spans = [(s.span, s.index in kept) for s in run.steps if s.span is not None]
    chosen = [i for i, (_, stays) in enumerate(spans) if stays]
    first, last = chosen[0], chosen[-1]
    edits: list[TextEdit] = []
    if first > 0:
        edits.append(TextEdit(run.source(Span(spans[0][0].start, spans[first][0].start)), ""))
    for a, c in pairwise(chosen):
        if c > a + 1:
            edits += _joined(run, [span for span, _ in spans[a : c + 1]])
    if last < len(spans) - 1:
        edits.append(TextEdit(run.source(Span(spans[last][0].end, spans[-1][0].end)), ""))
    return edits


def _joined(run: RunText, spans: list[Span]) -> list[TextEdit]:
    """Return the deletions that leave, of a row of commands, the outer two and one operator between them."""
    joins = [Span(left.end, right.start) for left, right in pairwise(spans)]
    loose = [j for j in joins if "&&" not in j.slice(run.script.text)]
    join = (loose or joins)[-1]
    return _keep_only(run.source(Span(spans[0].end, spans[-1].start)), run.source(join))


def _keep_only(between: Span, join: Span) -> list[TextEdit]:
    edits = [TextEdit(Span(between.start, join.start), ""), TextEdit(Span(join.end, between.end), "")]
    return [e for e in edits if e.span.start < e.span.end]


def package_edits(
    run: RunText, steps: tuple[Step, ...], wanted: Callable[[PackageWord], tuple[str, ...]]
) -> tuple[TextEdit, ...]:
    """Return the edits that leave, in the install commands of ``steps``, only what ``wanted`` gives for each word."""
    edits: list[TextEdit] = []
    for step in steps:
        words = [w for i in step.effects.installs for w in i.packages]
        for word in words:
            if word.span is not None:
                edits += _replaced(run, word.span, word.raw, wanted(word))
        for span in dict.fromkeys(w.word for w in words if w.span is None and w.word is not None):
            group = [w for w in words if w.span is None and w.word == span]
            names = [n for w in group for n in wanted(w)]
            edits += _replaced(run, span, " ".join(w.raw for w in group), tuple(names))
    return tuple(edits)


def _replaced(run: RunText, span: Span, raw: str, names: tuple[str, ...]) -> list[TextEdit]:
    text = " ".join(names)
    if text == raw:
        return []
    if text:
        return [TextEdit(run.source(span), text)]
    start = span.start
    while start > 0 and run.script.text[start - 1] in " \t\n":
        start -= 1
    whole = run.source(Span(max(start - 1, 0), span.end))
    skipped = run.source(Span(max(start - 1, 0), start)).end
    return [TextEdit(Span(skipped, whole.end), "")]
