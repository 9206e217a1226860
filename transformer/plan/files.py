"""Files of the final stage: copies from the context that are repeated, and what is carried over from the builder."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Instruction
from transformer.ir.effects import Nature, Path, Step
from transformer.ir.plan import Added, Artifact, FinalLine, Kept
from transformer.ir.verdict import CopyFate, Phase, Reason
from transformer.knowledge.programs import programs
from transformer.plan.draft import Draft, Refused, copy_is_kept, steps_of
from transformer.plan.owners import owner
from transformer.plan.place import become, enter, settle
from transformer.plan.runs import RunPart


def copy(draft: Draft, instruction: Instruction) -> None:
    """Repeat a COPY or ADD, whole or narrowed to what is live."""
    if not copy_is_kept(draft, instruction):
        return
    fate = draft.narrowed.get(instruction.index)
    if fate is not None:
        draft.lines += _narrow(draft, instruction, fate)
        return
    if instruction.index not in draft.walk.rooted:
        enter(draft, instruction.index, draft.walk.states[instruction.index][0])
    draft.lines.append(Kept(instruction.index))


def run(draft: Draft, instruction: Instruction) -> None:
    """Repeat the runtime part of a RUN, and carry what its build part made."""
    part = draft.runs[instruction.index]
    carried = _carried(draft, instruction)
    before = part is not None and _needs_carried(draft, part, carried)
    if part is not None and before and _made_after(part, carried):
        cure = "split this RUN into its build part and its runtime part by hand"
        message = "its commands change a path before and after the build makes it"
        raise Refused(Diagnostic("DF506", message, instruction.position, cure))
    if before:
        draft.lines += _carried_lines(carried, draft)
    if part is not None:
        settle(draft, instruction)
        draft.lines.append(Kept(instruction.index, part.edits))
    if not before:
        draft.lines += _carried_lines(carried, draft)
    libraries = _library_makers(draft, carried)
    if libraries and not _refreshes(draft, max(libraries)):
        _become_root(draft, instruction)
        draft.lines.append(Added(instruction.index, "RUN ldconfig"))


def _made_after(part: RunPart, carried: list[tuple[Path, Step]]) -> bool:
    """Whether a kept command that came before a build step changes what that one makes."""
    for path, at in carried:
        for step in part.steps:
            changed = [w.path for w in step.effects.writes] + list(step.effects.removes)
            if step.index < at.index and not step.effects.shell_state and any(c.overlaps(path) for c in changed):
                return True
    return False


def _narrow(draft: Draft, instruction: Instruction, fate: CopyFate) -> Iterator[FinalLine]:
    """Copy only what is live: directories one by one, the files of a directory together."""
    flags = "".join(f" --{f.name}={f.value}" if f.value is not None else f" --{f.name}" for f in instruction.flags)
    groups: dict[str, list[tuple[str, str]]] = {}
    for source, target, directory in fate.entries:
        if directory:
            yield Added(instruction.index, f"COPY{flags} {_paths(draft, [source], target)}")
        else:
            groups.setdefault(posixpath.dirname(target), []).append((source, target))
    for folder, files in groups.items():
        same = all(posixpath.basename(s) == posixpath.basename(t) for s, t in files)
        if same:
            place = folder.rstrip("/") + "/"
            yield Added(instruction.index, f"COPY{flags} {_paths(draft, [s for s, _ in files], place)}")
        else:
            for source, target in files:
                yield Added(instruction.index, f"COPY{flags} {_paths(draft, [source], target)}")


def _carried(draft: Draft, instruction: Instruction) -> list[tuple[Path, Step]]:
    steps = {s.index: s for s in steps_of(draft, instruction)}
    return [(p, steps[at]) for p, at in draft.analysis.carried if at in steps]


def _carried_lines(carried: list[tuple[Path, Step]], draft: Draft) -> Iterator[FinalLine]:
    """Yield a COPY --from for each carried path, at the same place."""
    for path, step in carried:
        artifact = _artifact(draft, path, step)
        chown = f" --chown={artifact.chown}" if artifact.chown else ""
        yield Added(
            step.instruction, f"COPY --from={draft.stage}{chown} {_paths(draft, [artifact.path], artifact.path)}"
        )


def _artifact(draft: Draft, path: Path, step: Step) -> Artifact:
    """Return the artifact for a carried path, with the owner that COPY must give its top directory."""
    reasons = (Reason(f"`{step.text}` makes it", step.position),)
    found = Artifact(_resolved(path.path), owner(draft, path, step), reasons, step.index)
    draft.artifacts.append(found)
    return found


def _needs_carried(draft: Draft, part: RunPart, carried: list[tuple[Path, Step]]) -> bool:
    """Whether a kept command reads or changes what was made before it, or may do so, or a kept ``cd`` enters it."""
    there = programs().populated | programs().skeleton
    for path, at in carried:
        for step in part.steps:
            used = [r for r in step.effects.reads if isinstance(r, Path)]
            used += [w.path for w in step.effects.writes if posixpath.dirname(w.path.path) not in there]
            touches = any(u.overlaps(path) for u in used)
            if step.effects.shell_state:
                if touches:
                    return True
            elif step.index > at.index and (touches or step.effects.opaque or step.effects.application):
                return True
    return False


def _library_makers(draft: Draft, carried: list[tuple[Path, Step]]) -> list[int]:
    """Return the steps that made what is carried to places where the loader looks for libraries."""
    found: list[int] = []
    for folder in programs().library_directories:
        for path, maker in carried:
            inside = posixpath.dirname(path.path) == folder and ".so" in posixpath.basename(path.path)
            if inside or (
                path.tree and path.covers(Path(folder)) and not _only_modules(draft, Path(folder, tree=True))
            ):
                found.append(maker.index)
    return found


def _only_modules(draft: Draft, folder: Path) -> bool:
    """Whether nothing was built into a directory that the loader searches but what an interpreter finds by itself."""
    writes = [w for s in draft.analysis.steps for w in s.effects.writes if w.path.overlaps(folder)]
    return bool(writes) and all(w.nature in {Nature.MODULES, Nature.CACHE} for w in writes)


def _refreshes(draft: Draft, maker: int) -> bool:
    """Whether a kept step after the one that makes the libraries runs ldconfig anyway."""
    later = [s for s in draft.analysis.steps[maker + 1 :] if "ldconfig" in s.effects.programs]
    return any(s.index in draft.verdicts and draft.verdicts[s.index].phase is Phase.RUNTIME for s in later)


def _become_root(draft: Draft, instruction: Instruction) -> None:
    if draft.walk.states[instruction.index][1] not in {"root", "0"}:
        message = "carried libraries need ldconfig, which only root can run"
        raise Refused(Diagnostic("DF506", message, draft.origin.position, "install the libraries before USER"))
    become(draft, instruction.index)


def _paths(draft: Draft, sources: list[str], target: str) -> str:
    """Return the operands of COPY, as JSON where a blank or a bracket needs it."""
    words = [*sources, target]
    if any(re.search(r"[\s\[\]\"'\\$]", w) for w in words):
        if any("\ud800" <= c <= "\udfff" for word in words for c in word):
            message = f"{target!a} is no UTF-8, and COPY takes its words only as JSON, which is"
            raise Refused(Diagnostic("DF503", message, draft.origin.position, "rename it"))
        return json.dumps(words)
    return " ".join(words)


def _resolved(path: str) -> str:
    """Return the path without the merged-/usr links at its start."""
    for link, target in programs().links.items():
        if path == link or path.startswith(link + "/"):
            return target + path[len(link) :]
    return path
