"""Where an archive of unknown content was unpacked, told by the directory that the file enters next."""

from __future__ import annotations

import posixpath
from itertools import takewhile

from msgspec.structs import replace

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Path, Step
from transformer.knowledge.programs import programs


def unpacked(steps: list[Step]) -> list[Step]:
    """Return the steps, with archives that are unpacked among other files narrowed to the directory that is entered.

    Only where the directory is one that the base image fills or where other things lie; it is an assumption, said as
    such.
    """
    taken: set[str] = set()
    result = list(steps)
    for step in steps:
        place = step.effects.unpacks
        if not place or not _shared(place):
            continue
        top = _entered(steps, step, place, taken)
        if top is not None:
            taken.add(top)
            result[step.index] = _narrowed(step, place, top)
    return result


def _shared(place: str) -> bool:
    known = programs()
    return place in known.populated or place in known.skeleton or place in known.cleaned


def _entered(steps: list[Step], step: Step, place: str, taken: set[str]) -> str | None:
    """Return the directory below ``place`` that a later step works in; the one named like the archive, if several
    are.
    """
    written = {
        w.path.path for s in steps for w in s.effects.writes if s.index != step.index and not s.effects.toolchain
    }
    found: list[str] = []
    for later in steps[step.index + 1 :]:
        paths = [later.cwd, *(r.path for r in later.effects.reads if isinstance(r, Path))]
        for path in paths:
            prefix = place.rstrip("/") + "/"
            if path.startswith(prefix):
                top = prefix + path[len(prefix) :].split("/")[0]
                if top not in taken and top not in written and top not in found and not _shared(top):
                    found.append(top)
    archives = [posixpath.basename(r.path) for r in step.effects.reads if isinstance(r, Path)]
    return max(found, key=lambda top: _likeness(posixpath.basename(top), archives), default=None)


def _likeness(name: str, archives: list[str]) -> int:
    """Return how many first letters a directory has in common with the archive that is most like it."""
    return max((_common(name, archive) for archive in archives), default=0)


def _common(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _narrowed(step: Step, place: str, top: str) -> Step:
    writes = tuple(
        replace(w, path=Path(top, tree=True)) if w.path == Path(place, tree=True) else w for w in step.effects.writes
    )
    note = Diagnostic(
        "DF414",
        f"the archive of `{step.text}` is taken to hold only {top}",
        step.position,
        "unpack it into a directory of its own (tar -C), or check with a real build",
    )
    effects = replace(step.effects, writes=writes, assumptions=(*step.effects.assumptions, note))
    return replace(step, effects=effects)
