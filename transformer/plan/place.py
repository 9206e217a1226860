"""Directory and user of the final stage: said where a kept line depends on them, by the author's own lines."""

from __future__ import annotations

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Instruction
from transformer.ir.effects import Path, Step
from transformer.ir.plan import Added, FinalLine, Kept
from transformer.ir.verdict import Phase
from transformer.plan.draft import Draft, Refused, steps_of

_UNKNOWN = "<"
"""In a path: the beginning of a part that is not known."""


def workdir(draft: Draft, instruction: Instruction) -> None:
    """Repeat a WORKDIR whose directory is there at run time."""
    step = steps_of(draft, instruction)[0]
    if draft.verdicts[step.index].phase is not Phase.BUILD:
        following = draft.walk.states.get(instruction.index + 1, (draft.walk.cwd, draft.walk.user))[0]
        enter(draft, instruction.index, following)


def enter(draft: Draft, index: int, cwd: str) -> None:
    """Set the working directory, by the author's own line where that gives the same."""
    if draft.cwd == cwd:
        return
    become(draft, index)
    for instruction in reversed(draft.body[: index - draft.origin.index]):
        if instruction.keyword == "WORKDIR":
            target = draft.walk.states.get(instruction.index + 1, (draft.walk.cwd, ""))[0]
            before = draft.walk.states[instruction.index][0]
            absolute = instruction.index in draft.walk.rooted
            if target == cwd and _UNKNOWN in cwd and not absolute:
                enter(draft, instruction.index, before)  # it may be relative to that
            if target == cwd and (absolute or before == draft.cwd):
                draft.lines.append(Kept(instruction.index))
                draft.cwd = cwd
                return
            break
    if _UNKNOWN in cwd:
        position = draft.dockerfile.instructions[index].position
        raise Refused(Diagnostic("DF506", f"what directory {cwd} is cannot be told", position, "write its path out"))
    draft.lines.append(Added(index, f"WORKDIR {cwd}"))
    draft.cwd = cwd


def settle(draft: Draft, instruction: Instruction) -> None:
    """Be where the original is before an instruction that depends on directory and user."""
    become(draft, instruction.index)
    part = draft.runs.get(instruction.index)
    cwd = draft.walk.states[instruction.index][0]
    if part is None or any(_depends_on_directory(s, cwd) for s in part.steps):
        enter(draft, instruction.index, cwd)


def settle_end(draft: Draft) -> None:
    """End in the directory and as the user that the original ends with, said where its last WORKDIR and USER stand."""
    said = {x.instruction for x in draft.lines if isinstance(x, Kept)}
    users = [i.index for i in draft.body if i.keyword == "USER"]
    # `USER root` is configuration too: an image without it has none
    silent = bool(users) and not said & set(users)
    for keyword, differs in (
        ("WORKDIR", draft.walk.cwd != draft.cwd),
        ("USER", silent or draft.walk.user != draft.user),
    ):
        found = [i for i in draft.body if i.keyword == keyword]
        if not differs:
            continue
        line: FinalLine
        if not found:
            line = Added(draft.origin.index, f"WORKDIR {draft.walk.cwd}")
        elif keyword == "USER" or found[-1].index in draft.walk.rooted:
            line = Kept(found[-1].index)
        else:
            line = Added(found[-1].index, f"WORKDIR {draft.walk.cwd}")
        place = found[-1].index if found else draft.origin.index
        at = next((n for n, x in enumerate(draft.lines) if _origin(x) > place), len(draft.lines))
        draft.lines.insert(at, line)


def become(draft: Draft, index: int) -> None:
    """Change to the user that the instruction ran as."""
    user = draft.walk.states[index][1]
    if user == draft.user:
        return
    for instruction in reversed(draft.body[: index - draft.origin.index]):
        if instruction.keyword == "USER":
            _exists(draft, instruction, user)
            draft.lines.append(Kept(instruction.index))
            draft.user = user
            return
    raise Refused(Diagnostic("DF509", f"the user {user} comes from the base image", draft.origin.position))


def _exists(draft: Draft, instruction: Instruction, user: str) -> None:
    """Refuse (DF416) a USER that stands before the step which makes its account: not all engines take that."""
    makers = [s.instruction for s in draft.analysis.steps if user in s.effects.accounts]
    if makers and min(makers) > instruction.index:
        message = f"the account {user} is made only in line {draft.dockerfile.instructions[min(makers)].position.line}"
        raise Refused(Diagnostic("DF416", message, instruction.position, "put USER behind it"))


def _depends_on_directory(step: Step, cwd: str) -> bool:
    """Whether a step may work on paths relative to its directory: it names something there, or is not understood."""
    effects = step.effects
    paths = [r for r in effects.reads if isinstance(r, Path)] + [w.path for w in effects.writes] + list(effects.removes)
    here = Path(cwd, tree=True)
    return bool(effects.opaque) or ".." in step.text or any(here.covers(p) for p in paths)


def _origin(line: FinalLine) -> int:
    return line.instruction if isinstance(line, Kept) else line.origin
