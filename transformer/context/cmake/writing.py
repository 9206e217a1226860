"""Commands that read, write and find files."""

from __future__ import annotations

from collections.abc import Sequence

from transformer.context.cmake.language import Argument
from transformer.context.cmake.state import BINARY, SOME_FILES, State, Values, assign, below, unbound
from transformer.context.cmake.values import forget

_READING = frozenset(
    {"READ", "STRINGS", "RELATIVE_PATH", "TO_CMAKE_PATH", "TO_NATIVE_PATH", "REAL_PATH", "SIZE", "TIMESTAMP"}
)
_GLOBBING = frozenset({"GLOB", "GLOB_RECURSE"})
_WRITING = frozenset({"WRITE", "APPEND", "TOUCH", "TOUCH_NOCREATE", "MAKE_DIRECTORY"})
_SIDES = ("input", "output")


def file(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``file(what …)``."""
    kind = values[0] if values else None
    if kind in _GLOBBING and len(values) > 1 and values[1]:
        assign(state, values[1], SOME_FILES)
        return
    names = values[1:2] if kind in ("WRITE", "APPEND") else values[1:]
    inside = all(name and below(BINARY, name, "..") is not None for name in names)
    if kind not in _READING and not (kind in _WRITING and inside):
        unbound(state, f"file({kind} …) may write anywhere")
    forget(state, arguments[1:])


def configure(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``configure_file(input output)``."""
    if len(values) < len(_SIDES) or below(BINARY, values[1], state.place) is None:
        unbound(state, "configure_file() may write outside of the build tree")


def version_file(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``write_basic_package_version_file(output …)``."""
    configure(state, arguments, [None, *values[:1]])


def sources(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``aux_source_directory(folder name)``."""
    for name in filter(None, values[1:2]):
        assign(state, name, SOME_FILES)


def export(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """``export(PACKAGE name)``; others write to the build tree."""
    if values[:1] == ["PACKAGE"]:
        unbound(state, "export(PACKAGE) writes to the home directory")
