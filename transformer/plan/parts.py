"""The runtime parts of the file's RUNs, with the packages that the final stage wants."""

from __future__ import annotations

import posixpath
import re

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Instruction
from transformer.ir.effects import PackageWord, Path, Step
from transformer.ir.verdict import Phase
from transformer.knowledge.programs import programs
from transformer.plan.draft import Draft, Refused, steps_of
from transformer.plan.runs import RunPart, RunText, package_edits, runtime_part

_LOOP = re.compile(r"(?:for|while|until)\b")


def run_part(draft: Draft, instruction: Instruction) -> RunPart | None:
    """Return what the final stage repeats of a RUN, None if nothing; raises ``Refused`` if it cannot be separated."""
    kept = _runtime_steps(draft, instruction)
    if not kept:
        return None
    steps = steps_of(draft, instruction)
    script = draft.walk.scripts.get(instruction.index)
    if script is None:
        return RunPart(steps, ())
    text = RunText(instruction, script, steps)
    part = _separated(draft, text, kept)
    _refuse_loops(draft, tuple(s for s in part.steps if s.index in kept))
    edits = package_edits(text, tuple(s for s in part.steps if s.index in kept), lambda word: _wanted(draft, word))
    if edits and instruction.exec_form:
        cure = "write this RUN in shell form"
        raise Refused(Diagnostic("DF506", "its packages are arguments of an exec form", instruction.position, cure))
    return RunPart(part.steps, (*part.edits, *edits))


def _refuse_loops(draft: Draft, steps: tuple[Step, ...]) -> None:
    """Refuse (DF506) to edit a package that a loop makes of its variable: one word stands for another each time."""
    for step in steps:
        for word in (w for i in step.effects.installs for w in i.packages):
            if _LOOP.match(step.text) and word.span is None and _dropped(draft, word.name):
                cure = "install what the build needs in a loop of its own"
                message = f"{word.name} is installed in a loop, and only the build uses it"
                raise Refused(Diagnostic("DF506", message, step.position, cure))


def _separated(draft: Draft, text: RunText, kept: frozenset[int]) -> RunPart:
    """Return the whole RUN where all of it is repeated, else its runtime part, before its packages are edited."""
    edited = any(_dropped(draft, w.name) for s in text.steps for i in s.effects.installs for w in i.packages)
    if not edited and all(s.index in kept or s.effects.shell_state for s in text.steps):
        return RunPart(text.steps, ())
    part = runtime_part(text, kept, lambda path: _present(draft, path), lambda name: _dropped(draft, name))
    if isinstance(part, str):
        cure = "split this RUN into its build part and its runtime part by hand"
        raise Refused(Diagnostic("DF506", part, text.instruction.position, cure))
    return part


def _runtime_steps(draft: Draft, instruction: Instruction) -> frozenset[int]:
    """Return the steps that are repeated: not those whose packages, or what stands for them, are installed already."""
    there, found = set(draft.installed), set[int]()
    for step in steps_of(draft, instruction):
        if step.index not in draft.verdicts or draft.verdicts[step.index].phase is not Phase.RUNTIME:
            continue
        words = [w for i in step.effects.installs for w in i.packages]
        fresh = [n for w in words for n in _standing_for(draft, w, there)]
        there.update(fresh)
        if fresh or not words:
            found.add(step.index)
    return frozenset(found)


def _wanted(draft: Draft, word: PackageWord) -> tuple[str, ...]:
    """Return what stands for a package word in the final stage; each runtime package once."""
    fresh = _standing_for(draft, word, draft.installed)
    draft.installed.update(fresh)
    return fresh


def _standing_for(draft: Draft, word: PackageWord, there: set[str]) -> tuple[str, ...]:
    fate = draft.fates[word.name]
    names = (word.raw,) if fate.kept else fate.replaced_by
    return tuple(n for n in names if fate.kept or (n not in there and not _named_by_author(draft, n)))


def _dropped(draft: Draft, name: str) -> bool:
    return name in draft.fates and not draft.fates[name].kept


def _named_by_author(draft: Draft, name: str) -> bool:
    return name in draft.fates and draft.fates[name].kept


def _present(draft: Draft, path: Path) -> bool:
    """Whether a path is in the final image."""
    if path.path in programs().populated or path.path in programs().skeleton:
        return True
    if any(p.covers(path) or path.path == posixpath.dirname(p.path) for p, _ in draft.analysis.carried):
        return True
    runtime = [draft.analysis.steps[v.step] for v in draft.analysis.verdicts if v.phase is Phase.RUNTIME]
    return any(w.path.covers(path) for s in runtime for w in s.effects.writes)
