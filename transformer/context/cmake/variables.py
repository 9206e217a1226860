"""Commands that set variables: ``set``, ``option``, ``list``, ``project`` and the like."""

from __future__ import annotations

from collections.abc import Sequence

from transformer.context.cmake.language import Argument
from transformer.context.cmake.state import FIXED, State, Values, assign, is_naming, locate, unbound
from transformer.context.cmake.values import expand, forget, joined, values_of

_OPTION_DEFAULT = 2


def set_(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``set(name value… [CACHE … [FORCE]] [PARENT_SCOPE])``."""
    name = expand(state, arguments[0]) if arguments else None
    if name is None:
        _set_any(state)
        return
    words = [argument.text for argument in arguments]
    cache = words.index("CACHE") if "CACHE" in words[1:] else None
    weak = bool(cache) and "FORCE" not in words
    if name in FIXED or is_naming(name):
        _set_fixed(state, name, given=weak and name in state.definitions)
    elif not (weak and (name in state.definitions or state.variables.get(name))):
        _set_plain(state, name, values_of(state, arguments[1:cache]), above=words[-1] == "PARENT_SCOPE")


def option(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``option(name text [default])``."""
    name, default = values[0] if values else None, (values[2] if len(values) > _OPTION_DEFAULT else "OFF")
    if name and name not in state.definitions and name not in state.variables:
        assign(state, name, default)


def list_(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``list(APPEND name item…)``; what others make of a list is not known."""
    name = values[1] if len(values) > 1 else None
    if values[:1] == ["APPEND"] and name:
        before = state.variables.get(name, "")
        assign(state, name, joined([*([before] if before != "" else []), *values[2:]]))
    else:
        forget(state, arguments[1:])


def project(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``project(name [VERSION version])``."""
    name = values[0] if values else None
    version = values[values.index("VERSION") + 1] if "VERSION" in values[:-1] else ""
    for prefix in ("PROJECT", name or "PROJECT", *(["CMAKE_PROJECT"] if not state.folder else [])):
        _describe(state, prefix, version)
    state.variables["PROJECT_NAME"] = name
    if not state.folder:
        state.variables["CMAKE_PROJECT_NAME"] = name


def filename(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``get_filename_component(name …)``."""
    forget(state, arguments[:1])


def _set_any(state: State) -> None:
    """Any variable may have been set."""
    for other in set(state.variables) - FIXED:
        state.variables[other] = None
    locate(state)
    unbound(state, "a variable whose name is not known is set")


def _set_fixed(state: State, name: str, *, given: bool) -> None:
    if name == "CMAKE_INSTALL_PREFIX":
        state.prefix_known &= given
    elif not given:
        unbound(state, f"{name} is set")


def _set_plain(state: State, name: str, values: Values, *, above: bool) -> None:
    """Set a variable here, or in the scope ``above``."""
    if above:
        state.parent[name] = None if state.may else joined(values[:-1])
    else:
        assign(state, name, joined(values))


def _describe(state: State, prefix: str, version: str | None) -> None:
    parts = [*(version.split(".") if version else []), "", "", ""]
    state.variables[f"{prefix}_VERSION"] = version
    for place, part in enumerate(("MAJOR", "MINOR", "PATCH")):
        state.variables[f"{prefix}_VERSION_{part}"] = parts[place] if version is not None else None
    state.variables[f"{prefix}_SOURCE_DIR"] = state.variables["CMAKE_CURRENT_SOURCE_DIR"]
    state.variables[f"{prefix}_BINARY_DIR"] = state.variables["CMAKE_CURRENT_BINARY_DIR"]
