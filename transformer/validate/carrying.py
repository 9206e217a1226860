"""Laws 5, 8 and 9: what is carried over the cut arrives at its own path, at the right time."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Nature, Path, Step
from transformer.ir.verdict import Phase
from transformer.knowledge.commands import command
from transformer.knowledge.programs import programs
from transformer.validate.case import below, is_library, resolved
from transformer.validate.finding import broken, wrong
from transformer.validate.placing import LDCONFIG, Kind, Placed, Placing

_TRIPLET = re.compile(r"/[a-z0-9_]+-linux-(?:gnu|musl)[a-z0-9_]*")
_ROOT = frozenset({"", "root", "0", "?"})
_TWICE = re.compile(r">>|\bmkdir (?!-\w*p|--parents)|\bln (?!-\w*f|--force)|\bmv\b|\bpatch\b")
"""What does not do the same, or fails, when it is done a second time."""
_LOADER = "/etc/ld.so.conf.d"
_CARRIED = "artifacts carried (E2)"
_PATH = "artifact path"


def carries(placing: Placing) -> list[Placed]:
    """Return the COPY --from lines of the final stage."""
    return [p for p in placing.placed if p.kind is Kind.CARRY]


def all_carried(placing: Placing) -> Iterator[Diagnostic]:
    """Every artifact of the analysis is carried once, and nothing else is."""
    case, seen = placing.case, set[str]()
    for item in carries(placing):
        source = resolved(item.instruction.args[0])
        if source in seen:
            yield wrong(_CARRIED, item.instruction, "it is carried twice")
        elif item.origin is None and not any(below(source, folder) for folder in _own_libraries(placing)):
            yield wrong(_CARRIED, item.instruction, "nothing live is known there")
        seen.add(source)
    for source, (_, step) in case.carried.items():
        if source not in seen:
            yield broken(_CARRIED, f"{source} of line {step.position.line} is not carried over", step.position)
    own = _own_libraries(placing)
    for folder in own if _linked(placing) or seen & {*own} else ():
        if folder not in seen:
            yield broken(_CARRIED, f"{folder} of the old base image is not carried over", case.origin.position)


def _linked(placing: Placing) -> bool:
    """Whether a program may be linked with the libraries that the old base's own compiler brings."""
    names = {n for s in placing.case.analysis.steps if s.effects.toolchain for n in s.effects.programs}
    specs = [command(n) for n in names]
    return any(spec is not None and spec.runtime for spec in specs)


def _own_libraries(placing: Placing) -> tuple[str, ...]:
    """Return where the old base keeps the libraries of its own compiler, unless the new base is the same."""
    if not placing.case.base_changed:
        return ()
    before = placing.case.image_before
    runtime = before.runtime if before is not None else None
    return runtime.own_libraries if runtime is not None else ()


def paths(placing: Placing) -> Iterator[Diagnostic]:
    """A carried path is absolute, resolved and the same on both sides, and not one that the base image fills."""
    for item in carries(placing):
        instruction = item.instruction
        if len(instruction.args) != 2 or instruction.args[0] != instruction.args[1]:  # noqa: PLR2004
            yield wrong(_PATH, instruction, "it does not stay at its path")
            continue
        path = instruction.args[0]
        why = _unfit(path, placing)
        if why:
            yield wrong(_PATH, instruction, why)
        if {f.name for f in instruction.flags} - {"from", "chown"}:
            yield wrong(_PATH, instruction, "it has other flags than --from and --chown")


def _unfit(path: str, placing: Placing) -> str:
    if not path.startswith("/") or posixpath.normpath(path) != path:
        return "the path is not absolute and normal"
    if any(c in path for c in "*?[$"):
        return "the path holds a pattern or a variable"
    if resolved(path) != path:
        return f"the path goes through a link; it is {resolved(path)}"
    if path in programs().populated:
        return "the base image fills this directory as well"
    triplet = _TRIPLET.search(path)
    if triplet and triplet[0] not in placing.case.old.source.text:
        return "the path names one architecture"
    return ""


def same_run(placing: Placing) -> Iterator[Diagnostic]:
    """Where one RUN makes an artifact and has a runtime part, the artifact stands on the right side of that part."""
    runs = [p for p in placing.placed if p.instruction.keyword == "RUN"]
    parts = {p.origin: p for p in runs if p.kind in {Kind.VERBATIM, Kind.PART}}
    for item in carries(placing):
        part = parts.get(item.origin) if item.origin is not None else None
        if part is None:
            continue
        path, maker = placing.case.carried[resolved(item.instruction.args[0])]
        for step in placing.case.steps(placing.case.old.instructions[maker.instruction]):
            if placing.case.phases.get(step.index) is not Phase.RUNTIME:
                continue
            if step.index > maker.index and _touches(step, path) and item.at > part.at:
                yield wrong("order kept", item.instruction, f"`{step.text}` uses it before it is there")
            if step.index < maker.index and _spoils(step, path) and item.at < part.at:
                yield wrong("order kept", item.instruction, f"`{step.text}` comes before it in the original")


def _touches(step: Step, path: Path) -> bool:
    """Whether the step needs the artifact there: it reads it, or writes into a directory that comes with it.

    What it removes is gone from the artifact already, since the builder ran it.
    """
    effects, there = step.effects, programs().populated | programs().skeleton
    used = [r for r in effects.reads if isinstance(r, Path)]
    used += [w.path for w in effects.writes if posixpath.dirname(w.path.path) not in there]
    return bool(effects.opaque or effects.application) or any(u.overlaps(path) for u in used)


def _spoils(step: Step, path: Path) -> bool:
    effects = step.effects
    vague = programs().populated
    made = [w.path for w in effects.writes if w.nature is not Nature.DIRECTORY and w.path.path not in vague]
    return any(p.overlaps(path) for p in (*made, *effects.removes))


def applied_once(placing: Placing, cut: int) -> Iterator[Diagnostic]:
    """What the builder did to an artifact after it was made came over with it: it must not be done to it again."""
    case = placing.case
    for item in carries(placing):
        path, maker = case.carried.get(resolved(item.instruction.args[0]), (None, None))
        if path is None or maker is None:
            continue
        for later in placing.placed[item.at + 1 :]:
            if later.origin is None or later.origin > cut or later.kind not in {Kind.VERBATIM, Kind.PART}:
                continue
            for step in case.steps(case.old.instructions[later.origin]):
                runs = step.index > maker.index and case.phases.get(step.index) is Phase.RUNTIME
                again = _TWICE.search(step.text) and any(path.covers(w.path) for w in step.effects.writes)
                if runs and (again or _moves_out(step, path)):
                    yield wrong("applied once", later.instruction, f"`{step.text}` came over with {path} already")


def _moves_out(step: Step, path: Path) -> bool:
    """Whether the step reads something of an artifact and takes it away: the builder has done that."""
    taken = [r for r in step.effects.removes if path.covers(r)]
    return any(isinstance(r, Path) and r.overlaps(t) for r in step.effects.reads for t in taken)


def before_volume(placing: Placing) -> Iterator[Diagnostic]:
    """Nothing is carried into a directory that is declared a volume already: engines throw it away."""
    for item in carries(placing):
        for earlier in placing.case.final[: item.at]:
            if earlier.keyword == "VOLUME" and any(below(item.instruction.args[-1], v) for v in earlier.args):
                yield wrong("order kept", item.instruction, f"VOLUME of line {earlier.position.line} comes before it")


def libraries(placing: Placing) -> Iterator[Diagnostic]:
    """After a library is carried into a directory of the loader, something runs ldconfig, as root."""
    for item in carries(placing):
        source = resolved(item.instruction.args[0])
        found = placing.case.carried.get(source)
        if (found is None or _holds_library(placing, found[0])) and not _refreshed(placing, item, source):
            yield wrong("ldconfig", item.instruction, "no RUN after it calls ldconfig, so the library is not found")
    for item in placing.placed:
        if item.kind is Kind.OURS and LDCONFIG.fullmatch(item.instruction.argument_text.strip()):
            yield from _own_ldconfig(placing, item)


def _holds_library(placing: Placing, path: Path) -> bool:
    """Whether the loader must find something there: not the modules of an interpreter, which finds them itself."""
    if not is_library(path):
        return False
    folders = [Path(f, tree=True) for f in programs().library_directories]
    written = [w for s in placing.case.analysis.steps for w in s.effects.writes if w.nature is not Nature.CACHE]
    found = [w for w in written if any(w.path.overlaps(f) for f in folders) and w.path.overlaps(path)]
    return not found or any(w.nature is not Nature.MODULES for w in found)


def _refreshed(placing: Placing, item: Placed, source: str) -> bool:
    """Whether a later RUN makes the loader look there, which takes a word about a directory that is none of its own."""
    loader = {resolved(f) for f in programs().library_directories} | {_LOADER}
    told = any(source.rpartition("/")[0] == folder or below(folder, source) for folder in loader)
    for later in placing.placed[item.at + 1 :]:
        told = told or (later.kind is Kind.CARRY and below(later.instruction.args[0], _LOADER))
        called = any("ldconfig" in s.effects.programs for s in placing.case.new_steps(later.at))
        if called and (told or source in later.instruction.text):
            return True
    return False


def _own_ldconfig(placing: Placing, item: Placed) -> Iterator[Diagnostic]:
    if placing.case.new_states[item.at].account not in _ROOT:
        yield wrong("ldconfig", item.instruction, "only root can run it")
    before = placing.placed[: item.at]
    last = max((p.at for p in before if LDCONFIG.fullmatch(p.instruction.argument_text.strip())), default=-1)
    between = [p for p in before[last + 1 :] if p.kind is Kind.CARRY]
    if not between:
        yield wrong("ldconfig", item.instruction, "nothing was carried since the last one")
