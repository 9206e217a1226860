"""Laws 1 and 2: two stages on the right images, and a builder that is the old file, byte for byte."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.knowledge import BaseImage, image
from transformer.validate.case import MOVABLE, Case
from transformer.validate.finding import broken, lost, wrong

_PRUNE = re.compile(
    r"(cd \S+ && )?npm prune --omit=dev --no-save( --(legacy-peer-deps|force|ignore-scripts|strict-peer-deps)| -f)*"
)
_STAGE = re.compile(r"[a-z][a-z0-9_.-]*")


def two_stages(new: Dockerfile) -> Iterator[Diagnostic]:
    """The file has exactly two stages, the first one named; the second one may have the name that the image had."""
    origins = [i for i in new.instructions if i.keyword == "FROM"]
    if len(origins) != 2:  # noqa: PLR2004
        yield broken("two stages", f"the rewrite has {len(origins)}", origins[-1].position)
        return
    builder, final = origins
    if len(builder.args) != 3 or not _STAGE.fullmatch(builder.args[2].lower()):  # noqa: PLR2004
        yield wrong("two stages", builder, "the build stage has no name")
    if len(final.args) not in {1, 3}:
        yield wrong("two stages", final, "it does not name an image and nothing else")


def from_lines(case: Case) -> Iterator[Diagnostic]:
    """The builder stands on the original image, the final stage on the chosen one, which has the same release."""
    old, new = case.origin, case.from_builder
    if not _same_from(old, new):
        yield wrong("builder verbatim", new, "not the original FROM with a stage name")
    if new.args[0] != old.args[0] and not _pins(case.image_before, image(new.args[0])):
        yield wrong("builder verbatim", new, f"not a tag that pins {old.args[0]}")
    if case.from_final.args[0] != case.plan.base_to:
        yield wrong("runtime base", case.from_final, f"the plan says {case.plan.base_to}")
    if case.from_final.args[2:] != old.args[2:]:
        yield wrong("two stages", case.from_final, "--target does not find the image by the name that it had")
    if case.from_final.flag("platform") != old.flag("platform"):
        yield wrong("runtime base", case.from_final, "another platform")
    before, after = case.image_before, case.image_after
    if before is not None and after is not None and case.base_changed and before.release != after.release:
        yield wrong("runtime base", case.from_final, f"{after.release} instead of {before.release}")


def _same_from(old: Instruction, new: Instruction) -> bool:
    name = old.args[0]
    wanted, suffix = old.text, f" AS {new.args[2]}"
    if len(old.args) > 1:
        wanted = re.sub(rf"\s+AS\s+{re.escape(old.args[2])}(?=\s*$)", "", old.text, flags=re.IGNORECASE)
    places = [m.start() for m in re.finditer(re.escape(name), wanted)]
    suffixes = {suffix, suffix.replace(" AS ", " as ")}
    texts = {wanted[:at] + new.args[0] + s + wanted[at + len(name) :] for at in places for s in suffixes}
    return new.text in texts


def _pins(before: BaseImage | None, after: BaseImage | None) -> bool:
    """Whether ``after`` names the release that the floating tag ``before`` stands on."""
    if before is None or after is None:
        return False
    same = (before.prefix, before.family, before.release) == (after.prefix, after.family, after.release)
    return same and after.listed and after.pinned and not before.pinned


def stage_name(case: Case) -> Iterator[Diagnostic]:
    """No instruction of the original means something else by the stage's name."""
    for instruction in case.old.instructions:
        names = {f.value for f in instruction.flags if f.name == "from"}
        names |= set(re.findall(r"\bfrom=([^,\s]+)", " ".join(f.value or "" for f in instruction.flags)))
        if any(n and n.lower() == case.stage.lower() for n in names):
            yield lost("two stages", instruction, f"the stage name {case.stage} changes what it copies from")


def matched_builder(case: Case) -> tuple[int, tuple[int, ...], tuple[Diagnostic, ...]]:
    """Return the last instruction of the builder, those that moved out of it, and what breaks its being verbatim."""
    at, last = 0, case.origin.index
    moved: list[int] = []
    for instruction in case.builder:
        ours = bool(case.plan.builder_lines) and instruction is case.builder[-1]
        if ours and _is_prune(case, instruction):
            continue
        start = at
        while at < len(case.body) and case.body[at].text != instruction.text and case.body[at].keyword in MOVABLE:
            at += 1
        if at == len(case.body) or case.body[at].text != instruction.text:
            wanted = case.body[start] if start < len(case.body) else None
            what = f"the original has line {wanted.position.line} here" if wanted else "it is not the original's"
            return last, tuple(moved), (wrong("builder verbatim", instruction, what),)
        moved += [i.index for i in case.body[start:at]]
        last, at = case.body[at].index, at + 1
    return last, tuple(moved), (*_before_from(case), *_without_prune(case))


def _without_prune(case: Case) -> Iterator[Diagnostic]:
    if case.plan.builder_lines and not (case.builder and _is_prune(case, case.builder[-1])):
        yield broken("builder verbatim", "what the report says is taken out is not", case.from_builder.position)


def _is_prune(case: Case, instruction: Instruction) -> bool:
    """Whether a line takes out what only developing needs, and that is so of what is carried: nothing may load it, and
    a lock file says what it is.
    """
    unused = any(f.unused and f.closed_commands for f in case.analysis.facts)
    held = [d for s in case.analysis.steps for d in s.effects.distributions]
    return unused and all(d.locked for d in held) and _PRUNE.fullmatch(instruction.argument_text.strip()) is not None


def _before_from(case: Case) -> Iterator[Diagnostic]:
    heads = [i.text for i in case.old.instructions[: case.origin.index]]
    if heads != [i.text for i in case.new.instructions[: case.from_builder.index]]:
        yield broken("builder verbatim", "what stands before FROM changed", case.from_builder.position)


def comments_survive(case: Case, cut: int, placed: frozenset[int], verbatim: frozenset[int]) -> Iterator[Diagnostic]:
    """Every comment is still there, but for those of a step that is in neither stage; which of two equal lines that is
    cannot be told.
    """
    there = Counter(comment.text for comment in case.new.comments)
    lines = Counter(i.text for i in case.body)
    fewer = lines - Counter(i.text for i in case.new.instructions)
    for comment in case.old.comments:
        inside = next((i for i in case.body if i.span.start <= comment.span.start < i.span.end), None)
        below = next((i for i in case.body if i.span.start >= comment.span.end), None)
        if inside is not None and inside.index > cut and inside.index not in verbatim:
            continue
        equal = below is not None and lines[below.text] > 1 and fewer[below.text] > 0
        gone = below is not None and (below.index not in placed or equal)
        if inside is None and below is not None and below.index > cut and gone:
            continue
        there[comment.text] -= 1
        if there[comment.text] < 0:
            position = case.old.source.position(comment.span.start)
            yield broken("comments survive", f"line {position.line}, `{comment.text[:60]}`, is gone", position)


def same_ground(case: Case) -> Iterator[Diagnostic]:
    """Parser directives, escape character and line ends are those of the original."""
    old, new = case.old, case.new
    if [(d.name, d.value) for d in old.directives] != [(d.name, d.value) for d in new.directives]:
        yield broken("directives survive", "the parser directives changed", case.from_builder.position)
    if old.escape != new.escape:
        yield broken("directives survive", f"the escape character is {new.escape}", case.from_builder.position)
    if _line_ends(old) | _line_ends(new) != _line_ends(old):
        yield broken("line ends", "the rewrite mixes line ends", case.from_final.position)


def _line_ends(dockerfile: Dockerfile) -> frozenset[str]:
    text = dockerfile.source.text
    pairs = text.count("\r\n")
    return frozenset(end for end, found in (("\r\n", pairs), ("\n", text.count("\n") - pairs)) if found)
