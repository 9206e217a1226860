"""The state of a project while its commands are run."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from transformer.context.cmake.language import Argument, Command, Commands
from transformer.context.cmake.targets import Target

SOURCE, BINARY, PREFIX = "@source@", "@binary@", "@prefix@"
"""Stand for the source tree, the build tree and the installation prefix."""
SOME_FILES = "@files@"
"""What a glob finds: file names, and how many is not known."""
FIXED = frozenset({"CMAKE_SOURCE_DIR", "CMAKE_BINARY_DIR", "CMAKE_INSTALL_PREFIX"})
_ON_LINUX: dict[str, str | None] = {
    **dict.fromkeys(
        ("WIN32", "APPLE", "MSVC", "CYGWIN", "MINGW", "ANDROID", "IOS", "XCODE", "CMAKE_CROSSCOMPILING"), "OFF"
    ),
    **dict.fromkeys(("UNIX", "LINUX", "PROJECT_IS_TOP_LEVEL"), "1"),
    **dict.fromkeys(("CMAKE_SYSTEM_NAME", "CMAKE_HOST_SYSTEM_NAME"), "Linux"),
    **dict.fromkeys(("CMAKE_BUILD_TYPE", "BUILD_SHARED_LIBS", "CMAKE_MODULE_PATH"), ""),
    **dict.fromkeys(("EXECUTABLE_OUTPUT_PATH", "LIBRARY_OUTPUT_PATH"), ""),
    **{f"CMAKE_{kind}_OUTPUT_DIRECTORY": "" for kind in ("RUNTIME", "LIBRARY", "ARCHIVE")},
    "CMAKE_SOURCE_DIR": SOURCE,
    "CMAKE_BINARY_DIR": BINARY,
    "CMAKE_INSTALL_PREFIX": PREFIX,
}
"""cmake-variables(7), before anything is set."""
_NAMING = (
    r"CMAKE_(?:SYSTEM_NAME|TOOLCHAIN_FILE|EXECUTABLE_SUFFIX|\w+_LIBRARY_(?:PREFIX|SUFFIX)|\w*POSTFIX"
    r"|\w+_OUTPUT_DIRECTORY_\w+|PROJECT_\w*INCLUDE\w*|USER_MAKE_RULES_OVERRIDE\w*)"
)

Values = list[str | None]
"""The values of arguments; None where it is not known."""
Rule = tuple[str, tuple[str, ...], str | None, bool]
"""An install rule: its kind, names, destination, and whether it surely holds."""


@dataclass(slots=True)
class State:
    """What is known so far. ``variables`` are None when not known; ``may`` counts the blocks that may not be run.

    ``handlers`` run the known commands; ``folder`` is the directory in the source tree, ``place`` in the build tree.
    """

    text_of: Callable[[str], str | None]
    definitions: Mapping[str, str]
    libdir: str | None
    handlers: Mapping[str, Handler]
    variables: dict[str, str | None]
    parent: dict[str, str | None] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    functions: dict[str, tuple[Command, Commands]] = field(default_factory=dict)
    installs: list[Rule] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    prefix_known: bool = True
    folder: str = ""
    place: str = ""
    may: int = 0
    steps: int = 0
    depth: int = 0


Handler = Callable[[State, Sequence[Argument], Values], None]


def state_of(
    text_of: Callable[[str], str | None],
    definitions: Mapping[str, str],
    libdir: str | None,
    handlers: Mapping[str, Handler],
) -> State:
    """Return the state before the first command. ``definitions`` are the ``-D`` options."""
    state = State(text_of, definitions, libdir, handlers, {**_ON_LINUX, **definitions, "CMAKE_INSTALL_PREFIX": PREFIX})
    for name in filter(is_naming, definitions):
        unbound(state, f"{name} is given")
    return state


def is_naming(name: str) -> bool:
    """Whether a variable changes where and as what everything is built."""
    return name.startswith("CMAKE_") and re.fullmatch(_NAMING, name) is not None


def unbound(state: State, reason: str) -> None:
    """Note why the project may write elsewhere."""
    if reason not in state.reasons:
        state.reasons.append(reason)


def assign(state: State, name: str, value: str | None) -> None:
    """Set a variable; what it is then is not known if the command may not be run."""
    state.variables[name] = None if state.may and state.variables.get(name, "") != value else value


def locate(state: State) -> None:
    """Set the variables that say where the project stands."""
    source = posixpath.join(SOURCE, state.folder).rstrip("/")
    state.variables["CMAKE_CURRENT_SOURCE_DIR"] = state.variables["CMAKE_CURRENT_LIST_DIR"] = source
    state.variables["CMAKE_CURRENT_BINARY_DIR"] = posixpath.join(BINARY, state.place).rstrip("/")


@contextmanager
def maybe(state: State) -> Iterator[None]:
    """Run what may not be run."""
    before = state.may
    state.may += 1
    yield
    state.may = max(before, state.may - 1)


def below(root: str, path: str | None, here: str) -> str | None:
    """Return a path relative to the root of the source or build tree; None if it is not surely in there."""
    if path is None:
        return None
    inside = path == root or path.startswith(root + "/")
    if not inside and (path.startswith(("/", "@")) or not path):
        return None
    cleaned = posixpath.normpath(path[len(root) + 1 :] if inside else posixpath.join(here, path))
    return None if cleaned.startswith("..") else "" if cleaned == "." else cleaned
