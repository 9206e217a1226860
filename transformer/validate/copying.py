"""COPY and ADD of the final stage that repeat one of the original, whole or in part."""

from __future__ import annotations

import fnmatch
import posixpath

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Instruction
from transformer.ir.verdict import CopyFate
from transformer.validate.case import Case
from transformer.validate.finding import lost
from transformer.validate.states import State

Entry = tuple[str, str, bool]


class Narrowing:
    """Takes the copies of the final stage one by one and finds the original of each."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.waiting = [i for i in case.body if i.keyword in {"COPY", "ADD"} and case.runs_in_final(i)]
        self.fates = {n.instruction: n for n in case.analysis.narrowed}
        self.open: dict[int, list[Entry]] = {}
        self.skipped: list[Instruction] = []

    def take(self, at: int, instruction: Instruction) -> int | None:
        """Return the index of the original that ``final[at]`` repeats, None if there is none."""
        for origin, entries in self.open.items():
            if self._part(origin, entries, at, instruction):
                return origin
        for number, old in enumerate(self.waiting):
            if old.text == instruction.text:
                return self._reached(number).index
            fate = self.fates.get(old.index)
            if fate is not None and self._legal(old, fate):
                entries = list(fate.entries)
                if self._part(old.index, entries, at, instruction):
                    self.open[old.index] = entries
                    return self._reached(number).index
        return None

    def _reached(self, number: int) -> Instruction:
        self.skipped += self.waiting[:number]
        found = self.waiting[number]
        self.waiting = self.waiting[number + 1 :]
        return found

    def missing(self) -> list[Diagnostic]:
        """Return a finding for each copy of the original, or entry of one, that the final stage lacks."""
        found = [lost("nothing lost", i, "the final stage does not repeat it") for i in (*self.skipped, *self.waiting)]
        for origin, entries in self.open.items():
            old = self.case.old.instructions[origin]
            found += [lost("nothing lost", old, f"the final stage does not copy {s} to {t}") for s, t, _ in entries]
        return found

    def _part(self, origin: int, entries: list[Entry], at: int, instruction: Instruction) -> bool:
        """Whether the instruction copies some of ``entries``, which are then taken out."""
        old = self.case.old.instructions[origin]
        if instruction.flags != old.flags or instruction.heredocs or len(instruction.args) < 2:  # noqa: PLR2004
            return False
        *sources, target = instruction.args
        taken = []
        for source in sources:
            entry = _entry(entries, source, target, self.case.new_states[at], several=len(sources) > 1)
            if entry is None or entry in taken:
                return False
            taken.append(entry)
        for entry in taken:
            entries.remove(entry)
        return True

    def _legal(self, old: Instruction, fate: CopyFate) -> bool:
        """Whether the analysis narrows to what the original brought to the same places."""
        state = self.case.old_states[old.index - self.case.origin.index - 1]
        return all(_brings(old, state, source, target) for source, target, _ in fate.entries)


def _entry(entries: list[Entry], source: str, target: str, state: State, *, several: bool) -> Entry | None:
    """Return the entry that copying ``source`` to ``target`` brings."""
    name, place = posixpath.normpath(state.word(source)), state.path(target)
    for entry in entries:
        wanted, arrives, directory = entry
        into = place if directory or not (several or target.endswith("/")) else f"{place.rstrip('/')}/{_base(name)}"
        if posixpath.normpath(wanted) == name and arrives == into:
            return entry
    return None


def _base(path: str) -> str:
    return posixpath.basename(path.rstrip("/"))


def _brings(old: Instruction, state: State, source: str, target: str) -> bool:
    """Whether the original brings the context's ``source`` to ``target``."""
    *patterns, place = old.args
    parts = source.strip("/").split("/")
    ends = {posixpath.normpath(posixpath.join(state.path(place), *parts[n:])) for n in range(len(parts) + 1)}
    return target in ends and any(_holds(state.word(pattern), parts) for pattern in patterns)


def _holds(pattern: str, parts: list[str]) -> bool:
    """Whether a source of COPY names the file or a directory above it."""
    wanted = posixpath.normpath(pattern.lstrip("/") or ".").split("/")
    if wanted == ["."]:
        return True
    return len(parts) >= len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))
