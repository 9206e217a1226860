"""A CMake project as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from transformer.context.cmake.handlers import HANDLERS
from transformer.context.cmake.installs import installed
from transformer.context.cmake.language import Unclear
from transformer.context.cmake.project import CMakeProject
from transformer.context.cmake.running import run_directory
from transformer.context.cmake.state import State, state_of, unbound
from transformer.context.cmake.targets import AFFIXES, Target, files, versions


def read(
    text_of: Callable[[str], str | None],
    *,
    definitions: Mapping[str, str] | None = None,
    libdir: str | None = None,
) -> CMakeProject | None:
    """Return the project whose CMakeLists.txt ``text_of`` gives; None if it is too large or no CMake.

    ``definitions`` are the ``-D`` options; ``libdir`` is what GNUInstallDirs takes for libraries, by system and prefix,
    if known.
    """
    state = state_of(text_of, dict(definitions or {}), libdir, HANDLERS)
    try:
        run_directory(state, "")
    except Unclear:
        return None
    return _project(state)


def _project(state: State) -> CMakeProject:
    named = _built(state)
    return CMakeProject(
        executables=tuple((t.folder, base) for t, base in named if t.kind == "RUNTIME"),
        shared_libraries=tuple((t.folder, base, *versions(t)) for t, base in named if t.kind in ("LIBRARY", "MODULE")),
        static_libraries=tuple((t.folder, base) for t, base in named if t.kind == "ARCHIVE"),
        installs=tuple(installed(state, rule) for rule in state.installs),
        libraries=tuple(dict.fromkeys(name for name in state.linked if _is_foreign(state, name))),
        bounded=not state.reasons,
        reasons=tuple(state.reasons),
    )


def _built(state: State) -> list[tuple[Target, str]]:
    """Return the targets that a build makes, each with its file name."""
    built = [target for target in state.targets.values() if target.kind in AFFIXES and not target.excluded]
    for target in built:
        if not files(target):
            unbound(state, f"the file name of {target.name} is not known")
    return [(target, files(target)[0]) for target in built if files(target)]


def _is_foreign(state: State, name: str) -> bool:
    return name not in state.targets or state.targets[name].kind == "IMPORTED"
