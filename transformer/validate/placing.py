"""Law 3: where each instruction of the final stage comes from, and that nothing is lost, invented or out of order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from msgspec import Struct

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Instruction
from transformer.ir.effects import Effects, Step
from transformer.ir.verdict import Phase
from transformer.validate.case import Case, is_library, resolved
from transformer.validate.copying import Narrowing
from transformer.validate.finding import broken, lost, wrong
from transformer.validate.runs import Side, differences, new_side, old_side, satisfied


class Kind(Enum):
    """What an instruction of the final stage is."""

    VERBATIM = "verbatim"
    PART = "part"
    CARRY = "carry"
    OURS = "ours"
    FOREIGN = "foreign"


class Placed(Struct, frozen=True):
    """``final[at]`` with the index of the original instruction that it stands for, if there is one."""

    at: int
    instruction: Instruction
    kind: Kind
    origin: int | None = None


LDCONFIG = re.compile(r"(?:echo (/\S+) > /etc/ld\.so\.conf\.d/[\w.-]+\.conf && )?ldconfig(?: (/\S+))?")
GUARD = re.compile(
    r"! find (?:/[\w./-]+ )+-type f -exec ldd \{\} \+ 2>/dev/null \| grep 'not found'"
    r"(?:\s+&& python3 -B -c \"import importlib, importlib\.metadata as m; wanted = set\('[a-z0-9. -]+'\.split\(\)\);"
    r" \[importlib\.import_module\(n\) for n, d in m\.packages_distributions\(\)\.items\(\)"
    r" if n\.isidentifier\(\) and wanted & \{x\.lower\(\)\.replace\('_', '-'\) for x in d\}\]\")?"
)
"""The check that --guard asks for: it reads what is there, and writes nothing."""
_IMPORTED = "python"
"""The language whose modules that check imports."""
INSTALL = re.compile(
    r"apt-get update\s+&& apt-get install -y --no-install-recommends ([a-z0-9][a-z0-9+. -]*)"
    r"\s+&& rm -rf /var/lib/apt/lists/\*"
)


class Placing:
    """Finds the origin of every instruction of the final stage; ``problems`` is what stood in the way."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.problems: list[Diagnostic] = []
        self.runs = [i for i in case.body if i.keyword == "RUN" and case.runs_in_final(i)]
        self.narrowing = Narrowing(case)
        self.texts: dict[str, list[int]] = {}
        for instruction in case.body:
            self.texts.setdefault(instruction.text, []).append(instruction.index)
        self.library_of: int | None = None
        self.placed = tuple(self._place(at, i) for at, i in enumerate(case.final))
        self._skip(len(self.runs))
        self.problems += self.narrowing.missing()

    @property
    def origins(self) -> frozenset[int]:
        """The original instructions that the final stage repeats, whole or in part."""
        repeated = (Kind.VERBATIM, Kind.PART, Kind.FOREIGN)
        return frozenset(p.origin for p in self.placed if p.origin is not None and p.kind in repeated)

    @property
    def verbatim(self) -> frozenset[int]:
        """The original instructions that the final stage repeats whole."""
        return frozenset(p.origin for p in self.placed if p.origin is not None and p.kind is Kind.VERBATIM)

    def _place(self, at: int, instruction: Instruction) -> Placed:
        match instruction.keyword:
            case "RUN":
                return self._run(at, instruction)
            case "COPY" | "ADD":
                return self._copy(at, instruction)
            case "USER" | "WORKDIR":
                return self._setting(at, instruction)
        known = self.texts.get(instruction.text, [])
        if known:
            return Placed(at, instruction, Kind.VERBATIM, known.pop(0))
        return Placed(at, instruction, Kind.OURS if instruction.keyword == "ENV" else self._foreign(instruction))

    def _foreign(self, instruction: Instruction, why: str = "it does not stand in the original") -> Kind:
        self.problems.append(wrong("nothing invented", instruction, why))
        return Kind.FOREIGN

    def _setting(self, at: int, instruction: Instruction) -> Placed:
        """USER and WORKDIR may come again, where a repeated step needs them."""
        known = self.texts.get(instruction.text, [])
        here, after = self.case.new_states[at], self.case.new_states[at + 1]
        idle = (here.cwd, here.user) == (after.cwd, after.user)
        if idle and sum(i.text == instruction.text for i in self.case.final[: at + 1]) > len(known):
            return Placed(at, instruction, self._foreign(instruction, "it changes nothing"))
        if known:
            return Placed(at, instruction, Kind.VERBATIM, known[0])
        if instruction.keyword == "WORKDIR" and after.cwd in {state.cwd for state in self.case.old_states}:
            return Placed(at, instruction, Kind.OURS)
        return Placed(at, instruction, self._foreign(instruction))

    def _run(self, at: int, instruction: Instruction) -> Placed:
        new = new_side(self.case, at)
        first: tuple[str, ...] = ()
        for number, old in enumerate(self.runs):
            found = differences(self.case, old_side(self.case, old), new)
            if not found:
                self._skip(number)
                kind = Kind.VERBATIM if old.text == instruction.text else Kind.PART
                return Placed(at, instruction, kind, self.runs.pop(0).index)
            first = first or found
        text = instruction.argument_text.strip()
        if not instruction.flags and LDCONFIG.fullmatch(text):
            return Placed(at, instruction, Kind.OURS, self.library_of)
        if not instruction.flags and (INSTALL.fullmatch(text) or GUARD.fullmatch(text)):
            return Placed(at, instruction, Kind.OURS)
        return self._nearest(at, instruction, new, first)

    def _skip(self, number: int) -> None:
        """Leave out the next RUNs of the original, which is a loss unless all they do is done elsewhere."""
        for old in self.runs[:number]:
            steps = [s for s in self.case.steps(old) if self.case.phases.get(s.index) is Phase.RUNTIME]
            if not all(satisfied(self.case, s) for s in steps):
                self.problems.append(lost("nothing lost", old, "the final stage does not repeat it"))
        del self.runs[:number]

    def _nearest(self, at: int, instruction: Instruction, new: Side, first: tuple[str, ...]) -> Placed:
        """Report a RUN that is not right, as the next original one that shares a command with it."""
        texts = {s.text for s in new.steps}
        for number, old in enumerate(self.runs):
            if texts & {s.text for s in self.case.steps(old)}:
                self._skip(number)
                for why in differences(self.case, old_side(self.case, old), new):
                    self.problems.append(wrong("runtime part", instruction, why))
                return Placed(at, instruction, Kind.FOREIGN, self.runs.pop(0).index)
        why = first[0] if first else "no RUN of the original is repeated here"
        return Placed(at, instruction, self._foreign(instruction, why))

    def _copy(self, at: int, instruction: Instruction) -> Placed:
        if self.case.stage and instruction.flag("from") == self.case.stage:
            source = resolved(instruction.args[0]) if instruction.args else ""
            found = self.case.carried.get(source)
            if found is not None and is_library(found[0]):
                self.library_of = found[1].instruction
            return Placed(at, instruction, Kind.CARRY, found[1].instruction if found else None)
        origin = self.narrowing.take(at, instruction)
        if origin is None:
            return Placed(at, instruction, self._foreign(instruction, "no COPY of the original brings this here"))
        whole = self.case.old.instructions[origin].text == instruction.text
        return Placed(at, instruction, Kind.VERBATIM if whole else Kind.PART, origin)


def in_order(placing: Placing) -> Iterator[Diagnostic]:
    """The final stage has the order of the original. USER and WORKDIR are judged by what they lead to."""
    last: Placed | None = None
    for item in placing.placed:
        if item.origin is None or item.instruction.keyword in {"USER", "WORKDIR"}:
            continue
        if last is not None and last.origin is not None and item.origin < last.origin:
            line = last.instruction.position.line
            yield wrong("order kept", item.instruction, f"it comes before line {line} in the original")
        else:
            last = item


def ours_first(placing: Placing) -> Iterator[Diagnostic]:
    """What the old base image gave is restated once, before anything uses it."""
    first = min((p.at for p in placing.placed if p.kind is not Kind.OURS), default=0)
    seen: set[str] = set()
    for item in placing.placed:
        text = item.instruction.argument_text.strip()
        if item.kind is not Kind.OURS or item.instruction.keyword == "WORKDIR" or LDCONFIG.fullmatch(text):
            continue
        if GUARD.fullmatch(text):
            yield from _guards(placing, item)
            continue
        if item.at > first:
            yield wrong("nothing invented", item.instruction, "not at the beginning of the final stage")
        if item.instruction.text in seen:
            yield wrong("nothing invented", item.instruction, "it stands there twice")
        seen.add(item.instruction.text)


def guarded(placing: Placing) -> Iterator[Diagnostic]:
    """The check that was asked for is there, if anything is carried."""
    there = any(GUARD.fullmatch(p.instruction.argument_text.strip()) for p in placing.placed)
    if placing.case.plan.guarded and placing.case.carried and not there:
        yield broken("guard", "what is carried is not checked", placing.case.from_final.position)


def _guards(placing: Placing, guard: Placed) -> Iterator[Diagnostic]:
    """The check stands right behind the last line that brings something, and looks at all that is carried."""
    if placing.placed[guard.at - 1].instruction.keyword not in {"RUN", "COPY", "ADD"}:
        yield wrong("guard", guard.instruction, "it does not stand behind what it checks")
    text = guard.instruction.argument_text
    found = [d for s in placing.case.analysis.steps for d in s.effects.distributions if d.ecosystem == _IMPORTED]
    names = " ".join(sorted({d.name for d in found if d.name}))
    if names and f"set('{names}'.split())" not in text:
        yield wrong("guard", guard.instruction, f"it does not import {names}")
    for item in placing.placed:
        if item.at > guard.at and item.instruction.keyword in {"RUN", "COPY", "ADD"}:
            yield wrong("guard", item.instruction, "it comes after the check of what is there")
        elif item.kind is Kind.CARRY and item.instruction.args[-1] not in text.split():
            yield wrong("guard", guard.instruction, f"it does not look at {item.instruction.args[-1]}")


def accounted_for(placing: Placing, cut: int, moved: tuple[int, ...]) -> Iterator[Diagnostic]:
    """Every instruction of the original is in the final stage, or serves only the build and is in the builder."""
    case = placing.case
    for instruction in case.body:
        if instruction.index in placing.origins or _left_out(case, instruction, cut):
            continue
        if instruction.keyword in {"RUN", "COPY", "ADD"}:
            yield from _left(case, instruction, cut)
        else:
            where = "in neither stage" if instruction.index in moved else "not in the final stage"
            yield lost("nothing lost", instruction, f"it is {where}")
    for _, step in case.carried.values():
        if step.instruction > cut:
            yield lost("nothing lost", case.old.instructions[step.instruction], "the builder ends before it")


def _left_out(case: Case, instruction: Instruction, cut: int) -> bool:
    """Whether other laws judge that the final stage does without it."""
    match instruction.keyword:
        case "USER" | "WORKDIR":
            return True
        case "ARG":
            return instruction.index <= cut
        case "ENV":
            return {k for k, _ in instruction.pairs()} <= case.lost_variables
    return False


def _left(case: Case, instruction: Instruction, cut: int) -> Iterator[Diagnostic]:
    """A step after the cut that the final stage does not repeat may only clean up."""
    if instruction.index <= cut or case.runs_in_final(instruction):
        return
    for step in case.steps(instruction):
        if not _cleans(step.effects) or case.phases.get(step.index) is not Phase.BUILD:
            yield lost("nothing lost", instruction, f"`{step.text}` is in neither stage")


def _cleans(effects: Effects) -> bool:
    removes = bool(effects.removes or effects.uninstalls)
    return effects.shell_state or (removes and not effects.writes and not effects.installs and not effects.opaque)


def steps_of(placing: Placing, item: Placed) -> tuple[Step, ...]:
    """Return the steps of an instruction of the final stage, as interpreted afresh."""
    return placing.case.new_steps(item.at)
