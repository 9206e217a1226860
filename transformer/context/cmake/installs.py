"""``install(…)``: what goes where."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from transformer.context.cmake.directories import install_directory
from transformer.context.cmake.language import Argument
from transformer.context.cmake.project import Install
from transformer.context.cmake.state import PREFIX, SOME_FILES, SOURCE, Rule, State, Values
from transformer.context.cmake.targets import files

_ARTIFACT = {"RUNTIME": "RUNTIME", "LIBRARY": "LIBRARY", "MODULE": "LIBRARY", "ARCHIVE": "ARCHIVE"}
_DEFAULTS = {"RUNTIME": "BINDIR", "LIBRARY": "LIBDIR", "ARCHIVE": "LIBDIR"}
_TYPES = frozenset({"BIN", "SBIN", "LIB", "INCLUDE", "SYSCONF", "DATA", "INFO", "LOCALE", "MAN", "DOC", "SHAREDSTATE"})
_HEADERS = frozenset({"PUBLIC_HEADER", "PRIVATE_HEADER", "RESOURCE", "FILE_SET", "OBJECTS"})
_ARTIFACTS = _HEADERS | {"ARCHIVE", "LIBRARY", "RUNTIME", "FRAMEWORK", "BUNDLE", "INCLUDES", "EXPORT"}
_NOT_ALWAYS = frozenset({"OPTIONAL", "EXCLUDE_FROM_ALL", "CONFIGURATIONS", "NAMELINK_ONLY", "NAMELINK_SKIP"})
_WORDS = frozenset(
    """
    DESTINATION PERMISSIONS COMPONENT RENAME TYPE FILES_MATCHING PATTERN REGEX NAMESPACE FILE NAMELINK_COMPONENT
    USE_SOURCE_PERMISSIONS FILE_PERMISSIONS DIRECTORY_PERMISSIONS MESSAGE_NEVER RUNTIME_DEPENDENCIES
    RUNTIME_DEPENDENCY_SET
    """.split()  # noqa: SIM905 a table
).union(_ARTIFACTS, _NOT_ALWAYS)
"""The words that end a list of names."""


def install(state: State, arguments: Sequence[Argument], values: Values) -> None:
    """Take one install rule."""
    kind = values[0] if values else None
    if kind == "TARGETS":
        _targets(state, values[1:])
    elif kind in ("FILES", "PROGRAMS", "DIRECTORY", "EXPORT"):
        _files(state, kind, values[1:])
    else:
        state.installs.append(("code", (), None, False))


def installed(state: State, rule: Rule) -> Install:
    """Return a rule after the last command, when the names of all files are known."""
    kind, names, destination, sure = rule
    place = _relative(destination)
    if kind == "targets":
        names = tuple(file for name in names if name in state.targets for file in files(state.targets[name]))
    if place is None or not sure or not (state.prefix_known or place.startswith("/")):
        return Install(kind, names, "", known=False)
    return Install(kind, names, place)


def _targets(state: State, values: Values) -> None:
    stop = _end_of_names(values)
    destinations = _destinations(values[stop:])
    sure = _is_sure(state, values)
    for name in values[:stop]:
        target = state.targets.get(name or "")
        artifact = _ARTIFACT.get(target.kind, "") if target else "?"
        default = destinations.get("", install_directory(state, _DEFAULTS.get(artifact, "")))
        if artifact:
            destination = destinations.get(artifact, default)
            state.installs.append(("targets", (name or "?",), destination, sure and target is not None))
    for kind in sorted(_HEADERS & set(destinations)):
        state.installs.append(("files", (), destinations[kind], sure))


def _destinations(words: Values) -> dict[str, str | None]:
    """Return where each kind of artifact goes; "" is any."""
    kind, destinations = "", dict[str, str | None]()
    for place, word in enumerate(words):
        if word in _ARTIFACTS:
            kind = word or ""
        elif word == "DESTINATION":
            destinations[kind] = words[place + 1] if place + 1 < len(words) else None
    return destinations


def _files(state: State, kind: str, values: Values) -> None:
    stop = _end_of_names(values)
    options = {word: values[i + 1] for i, word in enumerate(values[:-1]) if i >= stop and word is not None}
    known = () if kind == "EXPORT" or "FILES_MATCHING" in values else _base_names(values[:stop])
    renamed = options.get("RENAME", "")
    names = known if renamed == "" else (renamed,) if renamed else ()
    label = "files" if kind == "EXPORT" else kind.lower()
    state.installs.append((label, names, _destination(state, options), _is_sure(state, values)))


def _destination(state: State, options: dict[str, str | None]) -> str | None:
    if "DESTINATION" in options or "TYPE" not in options:
        return options.get("DESTINATION")
    return install_directory(state, f"{options['TYPE']}DIR") if options["TYPE"] in _TYPES else None


def _base_names(values: Values) -> tuple[str, ...]:
    """Return the names of files; none if one is not known or stands for what a directory holds."""
    names = [value for value in values if value is not None and not _is_open(value)]
    return tuple(map(posixpath.basename, names)) if len(names) == len(values) else ()


def _is_open(name: str) -> bool:
    return name.endswith("/") or name in ("", ".", SOURCE, SOME_FILES) or any(c in name for c in "*?[")


def _end_of_names(values: Values) -> int:
    return next((place for place, value in enumerate(values) if value in _WORDS), len(values))


def _is_sure(state: State, values: Values) -> bool:
    return not state.may and _NOT_ALWAYS.isdisjoint(values)


def _relative(value: str | None) -> str | None:
    """Return where an install goes: relative to the prefix, or absolute; None if it is not known."""
    if not value:
        return None
    value = posixpath.normpath(value)
    if value == PREFIX or value.startswith(PREFIX + "/"):
        value = value[len(PREFIX) + 1 :] or "."
    return None if value.startswith(("@", "..", "$")) else value
