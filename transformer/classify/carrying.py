"""What crosses the cut: the paths that COPY --from brings from the builder, and those that it cannot bring."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transformer.classify.state import State, sdk
from transformer.classify.survival import must_be_there, survives
from transformer.ir.effects import Nature, Path
from transformer.ir.verdict import Phase
from transformer.knowledge.programs import programs

_NO_NAME = re.compile(r"[<*?\[$\ud800-\udfff]")
"""What is no name for COPY: a pattern, a variable, a part that is not known, bytes that are no UTF-8 (BuildKit's
messages take none).
"""


def carriable(state: State, path: Path) -> bool:
    """Whether COPY --from can bring exactly this path: not a directory that the base image fills."""
    known = programs()
    own = sdk(state.known.base)
    if _NO_NAME.search(path.path):
        return False
    if not path.tree:
        return path.path not in known.populated and path.path not in known.skeleton
    sibling = state.known.base is not None and state.known.base.family in known.interpreters
    whole = own and not sibling and path.path == "/usr/local"
    return path.path not in known.populated and not (whole and path.path in known.skeleton)


def carried(state: State) -> list[tuple[Path, int]]:
    """Return the paths that are carried, each with the last step that wrote it."""
    if state.cut is None:
        state.cut = _found(state)
    return state.cut


def _found(state: State) -> list[tuple[Path, int]]:
    """Return what must cross the cut, widened to directories where single paths would lose something."""
    found: dict[Path, int] = {}
    directories = {w.path for s in state.steps for w in s.effects.writes if w.nature is Nature.DIRECTORY}
    for step in state.steps:
        if state.phase.get(step.index) is not Phase.BUILD or step.effects.shell_state:
            continue
        if step.keyword in {"COPY", "ADD"} and step.instruction in state.divisions:
            continue
        for write in step.effects.writes:
            if must_be_there(state, write, step) and write.nature is not Nature.CACHE:
                found[write.path] = step.index
    found = _widened(state, found)
    return [
        (p, max(at for o, at in found.items() if p.covers(o)))
        for p in found
        if not any(o != p and o.covers(p) for o in found)
        and not (p in directories and any(o.path.startswith(p.path + "/") for o in found))
    ]


def _widened(state: State, found: dict[Path, int]) -> dict[Path, int]:
    """Carry a directory whole where single paths would lose links, or the modes of directories that the build made."""
    wide: dict[Path, int] = {}
    for path, at in found.items():
        key = next((whole for whole in _own_directories(state, path) if _worth_whole(state, whole, found)), path)
        wide[key] = max(at, wide.get(key, -1))
    return wide


def _own_directories(state: State, path: Path) -> Iterator[Path]:
    """Yield the directories above a path that the base image does not have, the topmost first; for a link, its
    directory.
    """
    known = programs()
    parts = path.path.split("/")
    own = False
    for i in range(2, len(parts)):
        above = "/".join(parts[:i])
        if not own and (above in known.populated or above in known.skeleton):
            continue
        # below /etc, /usr and /var a package may have put files of its own there
        folder = "/".join(parts[: i - 1]) or "/"
        own = own or folder in known.listed or folder in known.skeleton
        if not own:
            return
        yield Path(above, tree=True)
    parent = Path("/".join(parts[:-1]) or "/", tree=True)
    if not own and carriable(state, parent) and parent.path in known.skeleton:
        yield parent


def _worth_whole(state: State, whole: Path, found: dict[Path, int]) -> bool:
    """Whether the build made links or directories there, and nothing there stays behind."""
    come = _come_along(state, whole, found)
    below = [
        (s, w)
        for s in state.steps
        if state.phase.get(s.index) is Phase.BUILD
        for w in s.effects.writes
        if whole.covers(w.path) and w.nature is not Nature.CACHE and survives(state, w, s)
    ]
    skeleton = whole.path in programs().skeleton
    special = any(
        not w.carriable or (w.nature is Nature.DIRECTORY and not skeleton and w.path.path not in come)
        for _, w in below
        if w.path.path != whole.path
    )
    left = any(not must_be_there(state, w, s) for s, w in below if w.nature is not Nature.DIRECTORY)
    return special and (skeleton or not left)


def _come_along(state: State, whole: Path, found: dict[Path, int]) -> set[str]:
    """Return the plain directories among the sources of the project that COPY makes anew for what is carried of them:
    no reason to bring the sources as well.
    """
    if not any(c.directory and whole.covers(Path(c.target)) for c in state.walk.copies):
        return set()
    changed = {w.path.path for s in state.steps for w in s.effects.writes if w.path in s.effects.reads}
    return {parent for p in found for parent in _above(p.path)} - changed


def _above(path: str) -> Iterator[str]:
    while path != "/":
        path = path.rpartition("/")[0] or "/"
        yield path
