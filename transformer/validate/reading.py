"""Law 6: what the final stage repeats means the same there, and finds what it reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Instruction
from transformer.ir.effects import Account, Path, Step, Write
from transformer.ir.verdict import Phase
from transformer.knowledge.commands import command
from transformer.knowledge.programs import programs
from transformer.parse.variables import EXPANDING
from transformer.validate.carrying import carries
from transformer.validate.case import Case, below, resolved
from transformer.validate.finding import lost, wrong
from transformer.validate.placing import Kind, Placed, Placing, steps_of
from transformer.validate.runs import moved_commands
from transformer.validate.states import State

_STATE = "same state"
_PRESENT = "nothing reads what stayed behind"
_LISTS = "/var/lib/apt/lists"


def repeated(placing: Placing) -> Iterator[tuple[Placed, Instruction, State, State]]:
    """Yield what comes from the original, with that instruction and the state that it is read in there and here."""
    case = placing.case
    for item in placing.placed:
        if item.origin is not None and item.kind in {Kind.VERBATIM, Kind.PART}:
            old = case.old.instructions[item.origin]
            yield item, old, case.old_states[item.origin - case.origin.index - 1], case.new_states[item.at]


def same_state(placing: Placing) -> Iterator[Diagnostic]:
    """A repeated RUN has the same user, shell and, if that matters, directory; a COPY arrives at the same place."""
    for item, old, before, after in repeated(placing):
        if old.keyword == "RUN":
            yield from _same_run(placing, item, before, after)
        elif item.kind is Kind.VERBATIM and old.keyword in {"COPY", "ADD"} and old.args:
            place = after.path(old.args[-1])
            if before.path(old.args[-1]) != place:
                yield wrong(_STATE, item.instruction, f"it arrives at {place}")


def _same_run(placing: Placing, item: Placed, before: State, after: State) -> Iterator[Diagnostic]:
    if (before.account, before.group) != (after.account, after.group):
        yield wrong(_STATE, item.instruction, f"its user is {after.account} instead of {before.account}")
    if before.shell != after.shell:
        yield wrong(_STATE, item.instruction, f"its shell is {after.shell} instead of {before.shell}")
    if before.cwd != after.cwd and item.origin is not None:
        old = placing.case.old.instructions[item.origin]
        for text in moved_commands(placing.case, old, item.at):
            yield wrong(_STATE, item.instruction, f"`{text}` runs in {after.cwd} instead of {before.cwd}")


def same_words(placing: Placing) -> Iterator[Diagnostic]:
    """The words of a repeated instruction expand to the same. PATH is judged by its entries."""
    for item, old, before, after in repeated(placing):
        if old.keyword not in EXPANDING or old.keyword in {"USER", "WORKDIR"} or item.kind is not Kind.VERBATIM:
            continue
        texts = (*old.args, *(f.value or "" for f in old.flags))
        for word in texts:
            if "$" in word and not _uses("PATH", word) and before.scope.expand(word) != after.scope.expand(word):
                yield wrong(_STATE, item.instruction, f"{word} means something else here")


def same_variables(placing: Placing) -> Iterator[Diagnostic]:
    """A repeated RUN finds the variables that it names, or that its programs read anyway, with the same values."""
    for item, old, before, after in repeated(placing):
        if old.keyword != "RUN":
            continue
        opaque = any(s.effects.opaque for s in steps_of(placing, item))
        for name in before.scope.values:
            if _undeclared(name, before, after) and (opaque or _environment_of(name, item.instruction.text)):
                yield wrong(_STATE, item.instruction, f"ARG {name} is not declared here")
            elif name != "PATH" and _uses(name, item.instruction.text) and _differs(name, before, after):
                yield wrong(_STATE, item.instruction, f"${name} has another value here")


def _undeclared(name: str, before: State, after: State) -> bool:
    return name in before.declared and name not in after.declared and name not in after.scope.env


def _environment_of(name: str, text: str) -> bool:
    return name in programs().implicit_variables or re.search(rf"\b{re.escape(name)}\b", text) is not None


def _uses(name: str, text: str) -> bool:
    return re.search(rf"\$\{{?{re.escape(name)}\b", text) is not None


def _differs(name: str, before: State, after: State) -> bool:
    return before.scope.values.get(name) != after.scope.values.get(name)


def declared_arguments(placing: Placing) -> Iterator[Diagnostic]:
    """An ARG is declared once, and an instruction that names one comes after it."""
    for item, old, before, after in repeated(placing):
        if old.keyword in {"RUN", "ARG"}:
            continue
        for name in sorted(before.declared - after.declared):
            if _uses(name, item.instruction.text):
                yield wrong(_STATE, item.instruction, f"ARG {name} is not declared here")


def accounts_exist(placing: Placing) -> Iterator[Diagnostic]:
    """A user that the original makes is there before the final stage names it."""
    case = placing.case
    made = {name for s in case.analysis.steps for name in s.effects.accounts}
    there: set[str] = set()
    for at, instruction in enumerate(case.final):
        for name in sorted(_accounts(case, at, instruction) & made - there):
            yield wrong("accounts exist", instruction, f"the user {name} is not made before it")
        there |= {name for s in case.new_steps(at) for name in s.effects.accounts}


def _accounts(case: Case, at: int, instruction: Instruction) -> set[str]:
    state = case.new_states[at]
    if instruction.keyword == "USER":
        return set(state.word(instruction.argument_text.strip()).split(":"))
    if instruction.keyword in {"COPY", "ADD"}:
        return set(state.word(instruction.flag("chown") or "").split(":"))
    steps = case.new_steps(at)
    own = {name for s in steps for name in s.effects.accounts}
    return {r.name for s in steps for r in s.effects.reads if isinstance(r, Account)} - own


def present(placing: Placing) -> Iterator[Diagnostic]:
    """A repeated command does not read what only the builder has."""
    case = placing.case
    there = [Path(case.new_states[0].cwd)]  # the directory that the base image starts in
    behind = [path for path, _ in case.analysis.dropped if path.path not in programs().populated]
    toolchains = [Path(p, tree=True) for trees in programs().toolchain_trees.values() for p in trees]
    for item in placing.placed:
        for step in steps_of(placing, item):
            before = case.analysis.steps[: _place(case, item, step.text)]
            gone = [path for path in behind if any(w.path.overlaps(path) for s in before for w in s.effects.writes)]
            gone += _made(before) if item.origin is not None else []
            gone += toolchains if case.plan.base_from != case.plan.base_to and _is_known(step) else []
            narrowed = _not_copied(case, item, step)
            for read in step.effects.reads if item.instruction.keyword == "RUN" else ():
                if not isinstance(read, Path) or read.path == _LISTS or _is_there(read, there):
                    continue
                if any(d.covers(read) for d in gone) or any(_brings(c, read) for c in narrowed):
                    yield wrong(_PRESENT, item.instruction, f"`{step.text}` reads {read}, which is not carried over")
            there += [w.path for w in step.effects.writes]
        if item.kind is Kind.CARRY:
            there.append(Path(item.instruction.args[-1], tree=True))


def _brings(copied: Path, read: Path) -> bool:
    """Whether a copy may bring what is read: into a directory far above, such as ``/``, it brings no settings of the
    package manager, or its own reading of them would have made it live.
    """
    own = read.path in programs().package_sources
    return copied.covers(read) and not (own and not below(copied.path, read.path))


def _place(case: Case, item: Placed, text: str) -> int:
    """Return how many steps of the original come before a repeated command: what comes later, it cannot miss."""
    if item.origin is None:
        return len(case.analysis.steps)
    own = case.steps(case.old.instructions[item.origin])
    return next((s.index for s in own if s.text == text), own[0].index if own else 0)


def _made(steps: Iterable[Step]) -> list[Path]:
    """Return the single paths that steps surely make, empty directories among them."""
    known = programs().populated | programs().skeleton
    writes = (w for s in steps for w in s.effects.writes)
    return [w.path for w in writes if w.must and not w.path.tree and w.path.path not in known]


def _is_there(read: Path, there: list[Path]) -> bool:
    places = {read.path, resolved(read.path)}
    return any(p.overlaps(Path(place, read.tree)) or below(p.path, place) for p in there for place in places)


def _not_copied(case: Case, item: Placed, step: Step) -> list[Path]:
    """Return where copies from the context arrive that the final stage has in part or not at all.

    Only a command that is known surely reads what it names.
    """
    before = [c for c in case.old_walk.copies if item.origin is None or c.instruction < item.origin]
    behind = {c.instruction for c in before} - case.repeated_copies if _is_known(step) else set()
    behind |= {n.instruction for n in case.analysis.narrowed}
    return [Path(c.target, c.directory) for c in before if c.instruction in behind]


def _is_known(step: Step) -> bool:
    return not step.effects.opaque and all(command(name) is not None for name in step.effects.programs)


def live_paths(placing: Placing) -> Iterator[Diagnostic]:
    """A file that something live names, and that the original makes, is in the final image."""
    case = placing.case
    there = [w.path for s in case.walk.steps for w in s.effects.writes]
    there += [Path(resolved(i.instruction.args[-1]), tree=True) for i in carries(placing)]
    there += list(_into_directories(placing))
    for live in case.analysis.live:
        path = live.resource
        if not isinstance(path, Path) or path.tree:
            continue
        made = next((s for s in case.analysis.steps for w in s.effects.writes if _makes(w, path)), None)
        target = Path(resolved(path.path))
        if made is not None and not any(p.overlaps(target) or p.overlaps(path) for p in there):
            yield lost("live files (E2)", case.old.instructions[made.instruction], f"{path} is not in the final image")


def _into_directories(placing: Placing) -> Iterator[Path]:
    """Yield where repeated copies arrive whose target is a directory only because of what stands before them."""
    case = placing.case
    for item in placing.placed:
        if item.kind is not Kind.VERBATIM or item.origin is None or item.instruction.keyword not in {"COPY", "ADD"}:
            continue
        earlier = [i.instruction.args[-1] for i in carries(placing) if i.at < item.at]
        earlier += [w.path.path for at in range(item.at) for s in case.new_steps(at) for w in s.effects.writes]
        for write in (w for s in case.steps(case.old.instructions[item.origin]) for w in s.effects.writes):
            folder = write.path.path.rpartition("/")[0]
            if any(below(resolved(path), resolved(folder)) for path in earlier):
                yield write.path


def _makes(write: Write, path: Path) -> bool:
    return write.must and write.path == path


def directories(placing: Placing) -> Iterator[Diagnostic]:
    """A directory that WORKDIR makes, and that is live, is made in the final stage too."""
    case = placing.case
    there = [state.cwd for state in case.new_states]
    there += [w.path.path for s in case.walk.steps for w in s.effects.writes]
    there += [i.instruction.args[-1] for i in carries(placing)]
    for number, instruction in enumerate(case.body):
        if instruction.keyword != "WORKDIR":
            continue
        made = case.old_states[number + 1].cwd
        build = all(case.phases.get(s.index) is Phase.BUILD for s in case.steps(instruction))
        if not build and not any(p == made or p.startswith(made.rstrip("/") + "/") for p in there):
            yield lost("live files (E2)", instruction, f"{made} is not made in the final stage")
