"""Whether the final image has the program that the image starts."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from transformer.classify.carrying import carried
from transformer.classify.copies import copied_paths
from transformer.classify.state import State
from transformer.ecosystems.call import absolute
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Nature, Path
from transformer.ir.verdict import Phase
from transformer.knowledge.programs import own_programs, programs
from transformer.knowledge.releases import Coverage

_MOST_NAMED = 3
"""How many programs a message names."""

_TOLD = frozenset({Coverage.EXACT, Coverage.NAMES})
"""Releases of which it is known what the base image and packages bring: old ones have programs that newer have not."""


def entry_problem(state: State) -> Diagnostic | None:
    """Return a finding if nothing in the final image is the program that the image starts, or what starts that."""
    if any(s.effects.opaque for s in state.steps):
        return None
    names = dict.fromkeys(name for name in (state.roots.main, _first(state)) if name and not name.startswith("$"))
    return next((found for name in names if (found := _missing(state, name)) is not None), None)


def _first(state: State) -> str:
    """Return the first word of what the image starts (``tini``), "" if the shell or the base image says it."""
    known = programs()
    first = (*state.walk.entrypoint, *state.walk.cmd, "")[0]
    own = posixpath.basename(first) in known.builtins | known.shells
    return "" if own or first in known.starters or posixpath.basename(first) in known.starters else first


def _missing(state: State, name: str) -> Diagnostic | None:
    position = state.walk.entry_position
    present = tuple(_present(state))
    if "/" in name:
        target = Path(absolute(name, state.walk.cwd))
        if any(p.covers(target) for p in present) or _in_base(state, target) or _is_interpreter(state, target):
            return None
        message = f"nothing in the file makes {target}{_made(state)}"
        return Diagnostic("DF412", message, position, "let a step write it under that path")
    folders = (state.walk.env.get("PATH") or "").split(":")
    if any(p.covers(Path(f"{f}/{name}")) for f in folders for p in present) or _installed(state, name):
        return None
    made = _made(state)
    message = f"nothing in the file makes the program `{name}`{made}"
    cure = "write its path into CMD or ENTRYPOINT"
    return Diagnostic("DF412", message, position, f"start what the build makes, or {cure}" if made else cure)


def _made(state: State) -> str:
    """Return what is said of the programs that are made instead, "" where their names are not known."""
    builds = (s.effects for s in state.steps if s.effects.toolchain)
    files = (w.path for e in builds for w in e.writes if w.nature is Nature.ARTIFACT and not w.path.tree)
    found = list(dict.fromkeys(str(path) for path in files))
    return f"; the build makes {', '.join(found)}" if 0 < len(found) <= _MOST_NAMED else ""


def _present(state: State) -> Iterator[Path]:
    """Yield the paths that the final image has beside those of its base and packages."""
    yield from (p for p, _ in carried(state))
    for step in state.steps:
        if state.phase.get(step.index) is Phase.RUNTIME and step.keyword not in {"COPY", "ADD"}:
            yield from (w.path for w in step.effects.writes)
    yield from copied_paths(state)


def _in_base(state: State, path: Path) -> bool:
    """Whether the base image or a package of the final image has a file, or may have it."""
    folder, _, name = path.path.rpartition("/")
    system = folder in programs().populated or folder in programs().links
    if folder in programs().program_directories and state.known.release.coverage in _TOLD:
        return _installed(state, name)
    if folder in programs().program_directories:
        return system or _installed(state, name)
    # a package may put anything into the directories of the system; without one they hold what the smallest image has
    return system and any(f.kept for f in state.judge.fates())


def _is_interpreter(state: State, path: Path) -> bool:
    """Whether the base image has the program for the language that it is for."""
    folder, _, name = path.path.rpartition("/")
    base = state.known.base
    own = programs().interpreters.get(base.family, ()) if base is not None else ()
    return folder in programs().interpreter_folders and name in own


def _installed(state: State, name: str) -> bool:
    """Whether the base image or a package of the final image has the program, or may have it."""
    base = state.known.base
    if base is not None and name.rstrip("0123456789.") in own_programs(base.family):
        return True
    release = state.known.release
    kept = {n for f in state.judge.fates() for n in ((f.name,) if f.kept else f.replaced_by)}
    there = kept | release.closure(kept, recommends=True) | release.base_packages
    providers = release.providers(name)
    if name in kept or set(providers) & there or (base is not None and any(map(base.holds, providers))):
        return True
    return not providers and any(release.role(k) is None for k in kept)
