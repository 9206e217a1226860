"""One RUN of the final stage against the one that it comes from: which commands it repeats, and how."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from transformer.ir.dockerfile import Instruction
from transformer.ir.effects import Interpretation, PackageWord, Step
from transformer.ir.script import Script
from transformer.ir.source import Span
from transformer.ir.verdict import PackageFate, Phase
from transformer.validate.case import Case

_DIRECTORIES = frozenset({"cd", "pushd", "popd"})


class Side(Struct, frozen=True):
    """A RUN with its script and its steps; ``script`` is None when it is not understood."""

    instruction: Instruction
    script: Script | None
    steps: tuple[Step, ...]

    def text(self, step: Step) -> str:
        """Return the command as it is written."""
        return step.span.slice(self.script.text) if self.script and step.span else step.text


Pair = tuple[Step, Step]


def old_side(case: Case, instruction: Instruction) -> Side:
    """Return a RUN of the original. Its steps are those of the analysis, which the script here divides alike."""
    return _side(instruction, case.old_walk, instruction.index, case.steps(instruction))


def new_side(case: Case, at: int) -> Side:
    """Return the RUN ``final[at]``."""
    return _side(case.final[at], case.walk, at + case.shift, case.new_steps(at))


def _side(instruction: Instruction, walk: Interpretation, index: int, steps: tuple[Step, ...]) -> Side:
    return Side(instruction, walk.scripts.get(index), steps)


def differences(case: Case, old: Side, new: Side) -> tuple[str, ...]:
    """Return how ``new`` is not the runtime part of ``old``; () if it is."""
    if old.instruction.text == new.instruction.text:
        pairs = list(zip(old.steps, new.steps, strict=False))
        return tuple(_forbidden(case, pairs))
    if old.instruction.flags != new.instruction.flags:
        return ("its flags are not the original's",)
    if old.script is None or new.script is None:
        return ("it is not the original's text, which is not understood",)
    pairs, problems = _paired(case, old, new)
    problems += _joins(old, new, pairs)
    problems += _shell_state(old, new, pairs)
    problems += [p for pair in pairs for p in _package_problems(case, *pair)]
    return tuple(problems)


def _forbidden(case: Case, pairs: list[Pair]) -> Iterator[str]:
    for step, _ in pairs:
        if not _allowed(case, step):
            yield f"it repeats `{step.text}`, which only builds"
        yield from _dropped_packages(case, step)


def _allowed(case: Case, step: Step) -> bool:
    return case.phases.get(step.index) is not Phase.BUILD or step.effects.shell_state


def _dropped_packages(case: Case, step: Step) -> Iterator[str]:
    gone = {f.name for f in case.analysis.packages if not f.kept}
    for word in words(step):
        if word.name in gone:
            yield f"it installs {word.name}, which stays behind"


def _paired(case: Case, old: Side, new: Side) -> tuple[list[Pair], list[str]]:
    """Match the commands of ``new``, in order, with those of ``old`` that may be repeated."""
    pairs: list[Pair] = []
    problems: list[str] = []
    allowed = [s for s in old.steps if _allowed(case, s)]
    for step in new.steps:
        skipped: list[Step] = []
        while allowed and not _same(case, old, new, (allowed[0], step)):
            skipped.append(allowed.pop(0))
        if not allowed:
            problems.append(f"`{step.text}` is no runtime command of the original at this place")
            allowed = skipped
            continue
        problems += _missing(case, skipped)
        pairs.append((allowed.pop(0), step))
    return pairs, problems + _missing(case, allowed)


def _missing(case: Case, skipped: list[Step]) -> list[str]:
    needed = [s for s in skipped if not s.effects.shell_state and not satisfied(case, s)]
    return [f"`{s.text}` is missing" for s in needed]


def satisfied(case: Case, step: Step) -> bool:
    """Whether the step only installs what other lines of the final stage install: it may be left out."""
    fates = {f.name: f for f in case.analysis.packages}
    names = words(step)
    known = all(w.name in fates and not fates[w.name].kept for w in names)
    return bool(names) and known and all(n in case.installed for w in names for n in fates[w.name].replaced_by)


def words(step: Step) -> tuple[PackageWord, ...]:
    """Return the packages that a step installs."""
    return tuple(w for i in step.effects.installs for w in i.packages)


def _same(case: Case, old: Side, new: Side, pair: Pair) -> bool:
    """Whether two commands are one; an installation may have lost packages, and one that is not needed must fit."""
    first, second = pair
    if not first.effects.installs:
        return old.text(first) == new.text(second)
    alike = bool(second.effects.installs) and _bare(old, first) == _bare(new, second)
    return alike and (not satisfied(case, first) or not any(_package_problems(case, first, second)))


def _bare(side: Side, step: Step) -> str:
    """Return an installing command without its packages."""
    if side.script is None or step.span is None:
        return step.text
    text, at = "", step.span.start
    for span in sorted({w.word or w.span or Span(0, 0) for w in words(step)}):
        if span.start >= at:
            text, at = text + side.script.text[at : span.start], span.end
    return " ".join((text + side.script.text[at : step.span.end]).split())


def _package_problems(case: Case, first: Step, second: Step) -> Iterator[str]:
    """The packages of an install line are those of the original that stay, and what stands for those that go."""
    fates = {f.name: f for f in case.analysis.packages}
    before, after = words(first), words(second)
    allowed = {name for w in before for name in _stands_for(fates.get(w.name), w)}
    for word in after:
        if word.raw not in allowed:
            yield f"it installs {word.raw}, which the original does not install here, or which stays behind"
    kept = [w.raw for w in before if (fate := fates.get(w.name)) is None or fate.kept]
    have = [w.raw for w in after]
    yield from (f"it does not install {name}" for name in dict.fromkeys(kept) if name not in have)
    yield from (f"it installs {n} twice" for n in dict.fromkeys(have) if have.count(n) > max(kept.count(n), 1))


def _stands_for(fate: PackageFate | None, word: PackageWord) -> tuple[str, ...]:
    return (word.raw,) if fate is None or fate.kept else fate.replaced_by


def _joins(old: Side, new: Side, pairs: list[Pair]) -> Iterator[str]:
    """Two commands are joined by an operator that stood between them."""
    for (a, x), (c, y) in pairwise(pairs):
        chain = [s for s in old.steps if a.index <= s.index <= c.index]
        known = {_operator(old, p, q) for p, q in pairwise(chain)}
        if _operator(new, x, y) not in known:
            yield f"`{x.text}` and `{y.text}` are joined in another way"


def _operator(side: Side, before: Step, after: Step) -> str:
    if side.script is None or before.span is None or after.span is None:
        return ""
    between = re.sub(r"(?m)#.*$", "", side.script.text[before.span.end : after.span.start])
    found = "".join(between.replace("\\", "").split())
    return found or ";"


def _shell_state(old: Side, new: Side, pairs: list[Pair]) -> Iterator[str]:
    """What prepares the shell for a repeated command is repeated as well, and its directory is the same."""
    for first, second in pairs:
        if first.moved and first.cwd != second.cwd:
            yield f"`{second.text}` runs in {second.cwd} instead of {first.cwd}"
    kept = {first.index for first, _ in pairs}
    for step in old.steps:
        later = [new.text(own) for first, own in pairs if first.index > step.index and not first.effects.shell_state]
        if step.effects.shell_state and step.index not in kept and later and _needed(old.text(step), later):
            yield f"`{step.text}` is missing before `{later[0]}`"


def _needed(text: str, later: list[str]) -> bool:
    command = text.split(maxsplit=1)[0] if text.strip() else ""
    if command in _DIRECTORIES:
        return False
    names = re.findall(r"(?:^|\s)([A-Za-z_]\w*)\+?=", text) + re.findall(r"^([A-Za-z_]\w*)\s*\(\)", text)
    if not names:
        return command not in {"", ":", "true"}
    return any(re.search(rf"\b{re.escape(n)}\b", t) for n in names for t in later)


def moved_commands(case: Case, instruction: Instruction, at: int) -> Iterator[str]:
    """Yield the commands of ``final[at]`` that do something else there, because they run in another directory."""
    old, new = old_side(case, instruction), new_side(case, at)
    verbatim = instruction.text == new.instruction.text
    pairs = list(zip(old.steps, new.steps, strict=False)) if verbatim else _paired(case, old, new)[0]
    for first, second in pairs:
        before, after = case.old_walk.steps[first.index].effects, second.effects
        same = (before.reads, before.writes, before.removes) == (after.reads, after.writes, after.removes)
        if after.opaque or not same:
            yield second.text
