"""Commands that run other files: ``add_subdirectory``, ``include``, ``find_package``."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from transformer.context.cmake.commands import MODULES, is_one
from transformer.context.cmake.directories import set_install_directories
from transformer.context.cmake.language import Argument, Unclear, commands_of
from transformer.context.cmake.running import Return, run, run_directory
from transformer.context.cmake.state import BINARY, SOURCE, State, Values, below, locate, maybe, unbound
from transformer.context.cmake.variables import option


def subdirectory(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``add_subdirectory(source [binary])``."""
    words = [value for value in values if value != "EXCLUDE_FROM_ALL"]
    folder = below(SOURCE, words[0] if words else None, state.folder)
    place = below(BINARY, words[1] if len(words) > 1 else words[0] if words else None, state.place)
    if folder is None or place is None:
        unbound(state, "a subdirectory is not known or lies outside")
        return
    before, parent = dict(state.variables), state.parent
    state.parent = {}
    run_directory(state, folder, place)
    state.variables, state.parent = before | state.parent, parent
    locate(state)


def include(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``include(module)``, ``include(file)``: a module of that name comes first (cmake-commands(7), include)."""
    name, modules = values[0] if values else None, state.variables.get("CMAKE_MODULE_PATH")
    if name is None or (modules is None and not name.endswith(".cmake")):
        unbound(state, "a file that is included is not known")
        return
    places = [] if name.endswith(".cmake") else [f"{p}/{name}.cmake" for p in (modules or "").split(";") if p]
    if any(_run_file(state, place) for place in (*places, name)):
        return
    if not is_one(name, MODULES):
        unbound(state, f"{name} is included and cannot be read")
    elif name == "GNUInstallDirs":
        set_install_directories(state)
    elif name == "CTest":
        option(state, (), ["BUILD_TESTING", "", "ON"])


def find_package(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """A Find module of the project is run, one of CMake is harmless."""
    modules = state.variables.get("CMAKE_MODULE_PATH")
    if modules is None or not values or values[0] is None:
        unbound(state, "a package that is searched is not known")
        return
    with maybe(state):
        any(_run_file(state, f"{place}/Find{values[0]}.cmake") for place in modules.split(";") if place)


def leave(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``break()``, ``continue()``: the rest of the loop may not be run; its end resets it."""
    state.may += 1


def return_(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``return()``: the rest is not run, or may not be run; the end of the file resets it."""
    if not state.may:
        raise Return
    state.may += 1


def misplaced(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """Take an ``else`` or the like that stands alone: the text is no CMake."""
    raise Unclear


def _run_file(state: State, place: str) -> bool:
    """Run a file of the source tree; whether it was there."""
    path = below(SOURCE, place, state.folder)
    text = None if path is None else state.text_of(path)
    if text is None or path is None:
        return False
    before = state.variables.get("CMAKE_CURRENT_LIST_DIR")
    state.variables["CMAKE_CURRENT_LIST_DIR"] = posixpath.join(SOURCE, posixpath.dirname(path)).rstrip("/")
    run(state, commands_of(text))
    state.variables["CMAKE_CURRENT_LIST_DIR"] = before
    return True
