"""Commands that make targets and say where, and as what, their files are written."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from transformer.context.cmake.conditions import truth
from transformer.context.cmake.language import Argument
from transformer.context.cmake.state import BINARY, SOURCE, State, Values, below, unbound
from transformer.context.cmake.targets import PROPERTIES, Target
from transformer.context.cmake.values import expand

_KINDS = {"STATIC": "ARCHIVE", "SHARED": "LIBRARY", "MODULE": "MODULE", "OBJECT": "", "INTERFACE": "", "UNKNOWN": ""}
_PLACES = {
    "RUNTIME": ("CMAKE_RUNTIME_OUTPUT_DIRECTORY", "EXECUTABLE_OUTPUT_PATH"),
    "LIBRARY": ("CMAKE_LIBRARY_OUTPUT_DIRECTORY", "LIBRARY_OUTPUT_PATH"),
    "MODULE": ("CMAKE_LIBRARY_OUTPUT_DIRECTORY", "LIBRARY_OUTPUT_PATH"),
    "ARCHIVE": ("CMAKE_ARCHIVE_OUTPUT_DIRECTORY", "LIBRARY_OUTPUT_PATH"),
}
"""The variables that say where a kind of target is written."""
_LINK_WORDS = frozenset(
    """
    PUBLIC PRIVATE INTERFACE LINK_PUBLIC LINK_PRIVATE LINK_INTERFACE_LIBRARIES debug optimized general
    """.split()  # noqa: SIM905 a table
)


def executable(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``add_executable(name …)``."""
    _target(state, "RUNTIME", values)


def library(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``add_library(name [kind] …)``; without a kind, BUILD_SHARED_LIBS says which."""
    shared = truth(state, Argument("BUILD_SHARED_LIBS", "plain"), "BUILD_SHARED_LIBS")
    given = next((_KINDS[value] for value in values[1:2] if value in _KINDS), None)
    plain = given is None and "IMPORTED" not in values and "ALIAS" not in values
    if plain and (shared is None or None in values[1:2]):
        unbound(state, f"whether {values[0] if values else '?'} is shared is not known")
    _target(state, given if given is not None else "ARCHIVE" if shared is False else "LIBRARY", values)


def set_property(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``set_property(TARGET name… PROPERTY key value)``."""
    if values[:1] == ["TARGET"] and "PROPERTY" in values:
        words = ["PROPERTIES" if value == "PROPERTY" else value for value in values[1:]]
        set_target_properties(state, arguments, words)


def set_target_properties(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``set_target_properties(name… PROPERTIES key value…)``."""
    split = values.index("PROPERTIES") if "PROPERTIES" in values else len(values)
    pairs = list(zip(values[split + 1 :: 2], values[split + 2 :: 2], strict=False))
    for name in values[:split]:
        if name is None or name not in state.targets:
            unbound(state, "properties of a target that is not known are set")
            continue
        for key, value in pairs:
            _property(state, state.targets[name], key, None if state.may else value)


def link(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``target_link_libraries(name library…)``."""
    for argument in arguments[1:]:
        value = expand(state, argument)
        names = [argument.text] if value is None else value.split(";")
        state.linked += [name for name in names if name and name not in _LINK_WORDS]


def _target(state: State, kind: str, values: Values) -> None:
    name = values[0] if values else None
    if name is None:
        unbound(state, "a target has no known name")
        return
    if "IMPORTED" in values or "ALIAS" in values:
        state.targets[name] = Target(name, "IMPORTED" if "IMPORTED" in values else "", "", excluded=True)
        return
    if state.may:
        unbound(state, f"whether {name} is built depends on a condition")
    state.targets[name] = Target(name, kind, state.place, "EXCLUDE_FROM_ALL" in values)
    folders = [state.variables.get(variable) for variable in _PLACES.get(kind, ())]
    given = [folder for folder in folders if folder != ""]
    if given:
        _output(state, state.targets[name], given[0])


def _output(state: State, target: Target, folder: str | None) -> None:
    place = below(BINARY, folder, state.place)
    if place is None and folder and state.may == 0 and _is_elsewhere(folder):
        place = posixpath.normpath(folder)
    if place is None:
        unbound(state, f"{target.name} is not written to the build tree, or where is not known")
    else:
        target.folder = place


def _is_elsewhere(folder: str) -> bool:
    """Whether a directory is one of the source tree, or anywhere else, that is fully known."""
    plain = folder.removeprefix(SOURCE)
    inside = plain != folder and not posixpath.normpath("." + plain).startswith("..")
    return (inside or folder.startswith("/")) and not any(c in plain for c in "@$<>")


def _property(state: State, target: Target, key: str | None, value: str | None) -> None:
    where = _PLACES.get(target.kind, ("?",))[0].removeprefix("CMAKE_")
    if key is None or key.startswith(where + "_"):
        unbound(state, f"where {target.name} is written depends on the configuration")
    elif key == where:
        _output(state, target, value)
    elif key in ("OUTPUT_NAME", where.replace("DIRECTORY", "NAME")):
        target.properties["OUTPUT_NAME"] = value
    elif key in PROPERTIES:
        target.properties[key] = value
    elif key == "EXCLUDE_FROM_ALL":
        target.excluded = True
