"""What was fetched or unpacked while the image is built, and is run or loaded as it came: nobody here read it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from transformer.classify.root_set import Roots
from transformer.context.facts import Facts
from transformer.ecosystems import interpreted
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Effects, Interpretation, Nature, Path, Step, context_path
from transformer.knowledge.programs import own_programs, programs, runtimes

_PATH = re.compile(r"(?<![\w./-])/[\w./+-]+")
_CURE = "keep a copy in the build context, or check with a real build"


class Fetched(Struct, frozen=True):
    """A place with foreign content, and the step that put it there."""

    path: Path
    step: Step


def fetched(walk: Interpretation) -> tuple[Fetched, ...]:
    """Return where foreign content is in the end: what was fetched or unpacked, and copies of it. What a compiler made
    something of is judged as sources are.
    """
    found: list[Fetched] = []
    for step in walk.steps:
        foreign = [w.path for w in step.effects.writes if w.nature is Nature.DOWNLOAD]
        if step.effects.toolchain and not interpreted(step.effects.toolchain):
            found = [one for one in found if not _touches(step.effects, one.path)]
        elif not step.effects.toolchain and any(_reads(step.effects, one.path) for one in found):
            foreign += [w.path for w in step.effects.writes if w.nature is Nature.DATA]
        found = [one for one in found if not any(r.covers(one.path) for r in step.effects.removes)]
        found += [Fetched(path, step) for path in foreign]
    return tuple(found)


def unread_programs(walk: Interpretation, roots: Roots, facts: Facts) -> Iterator[Diagnostic]:
    """Yield that a program is started that came with something fetched; what a package has is known by its name."""
    foreign = fetched(walk)
    folders = [f for f in (walk.env.get("PATH") or "").split(":") if f.startswith("/")] if foreign else []
    strange = (name for name in roots.commands() if "/" not in name and not _is_known(name, roots, facts))
    targets = [*sorted(roots.run), *(f"{folder}/{name}" for name in strange for folder in folders)]
    for target in targets if foreign else ():
        origin = next((one for one in foreign if _is_at(one.path, target, walk)), None)
        if origin is not None:
            message = f"{target} comes with `{origin.step.text}`: nobody knows what it runs"
            yield Diagnostic("DF411", message, origin.step.position, _CURE)
            return
    for one in _loaded_archives(walk, roots, foreign):
        message = f"{one.path} comes with `{one.step.text}`: nobody knows what it runs"
        yield Diagnostic("DF411", message, one.step.position, _CURE)
        return


def _loaded_archives(walk: Interpretation, roots: Roots, foreign: tuple[Fetched, ...]) -> Iterator[Fetched]:
    """Yield what a virtual machine may load: archives that are its by their names, and what variables name."""
    machines = [row for row in runtimes().values() if not roots.commands().keys().isdisjoint(row["programs"])]
    suffixes = tuple(suffix for row in machines for suffix in row["archives"])
    values = [v or "" for n, v in walk.env.items() if n not in walk.inherited and n != "PATH"] if machines else []
    named = [Path(path, tree=True) for value in values for path in _PATH.findall(value)]
    for one in foreign if machines else ():
        if one.path.path.endswith(suffixes) or any(path.overlaps(one.path) for path in named):
            yield one


def _is_at(path: Path, target: str, walk: Interpretation) -> bool:
    """Whether foreign content is what is started, and not brought anew by COPY, or lies in a directory of code."""
    inside = path.path.startswith(target.rstrip("/") + "/")
    return inside or (path.covers(Path(target)) and context_path(target, walk.copies) is None)


def brings_code(walk: Interpretation, places: tuple[Path, ...]) -> Step | None:
    """Return a step that brings foreign files to where code is loaded from, None without one: directories, and files
    with names of code.
    """
    for one in fetched(walk):
        code = one.path.tree or one.path.path.endswith(programs().code_suffixes)
        if code and any(place.overlaps(one.path) for place in places):
            return one.step
    return None


def _reads(effects: Effects, path: Path) -> bool:
    return any(isinstance(r, Path) and r.overlaps(path) for r in effects.reads)


def _touches(effects: Effects, path: Path) -> bool:
    return _reads(effects, path) or any(w.path.overlaps(path) for w in effects.writes if w.nature is not Nature.CACHE)


def _is_known(name: str, roots: Roots, facts: Facts) -> bool:
    """Whether a package, the base image or a shell has a program of that name."""
    known = programs()
    family = facts.base.family if facts.base is not None else ""
    own = name in own_programs(family) or name in known.builtins | roots.functions | roots.guessed
    return own or bool(facts.release.providers(name))
