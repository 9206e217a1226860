"""The user's configuration files: defaults for the options of the command line, and what differs for some paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

_OWN = ".dockerfix.toml"
_SHARED = "pyproject.toml"
_MOST_BYTES = 1_000_000
_DEEPEST = 8
"""How many files may extend one another."""
_EXTEND, _OVERRIDES, _PATHS = "extend", "overrides", "paths"


class SettingsError(Exception):
    """A configuration file that cannot be used; the message names the file and the key."""


class Setting(Struct, frozen=True):
    """A value as the command line would give it, and the file that it stands in."""

    value: Any
    origin: Path


class Override(Struct, frozen=True):
    """Settings for the Dockerfiles below ``folder`` whose path from there matches one of the patterns."""

    folder: Path
    paths: tuple[str, ...]
    settings: Mapping[str, Any]

    def takes(self, path: Path) -> bool:
        """Return whether the override is about the Dockerfile at a path."""
        from fnmatch import fnmatchcase

        place = path.absolute()
        if not place.is_relative_to(self.folder):
            return False
        near = place.relative_to(self.folder).as_posix()
        return any(fnmatchcase(near, pattern) or fnmatchcase(near, f"{pattern}/*") for pattern in self.paths)


class Settings(Struct, frozen=True):
    """What the configuration files say: parameter -> setting, and the overrides, of which later ones count more."""

    values: Mapping[str, Setting] = {}
    overrides: tuple[Override, ...] = ()


def settings(
    folder: Path, known: Callable[[], Mapping[str, str]], overridable: frozenset[str] = frozenset()
) -> Settings:
    """Return what the nearest configuration file at or above ``folder`` says, with those that it extends.

    The nearest of ``.dockerfix.toml`` and a ``pyproject.toml`` with ``[tool.dockerfix]`` counts. ``known`` gives
    the parameter of each key, and is asked only if there is such a file; those in ``overridable`` may stand in
    ``[[overrides]]``. Raises SettingsError for a file that is no TOML and for a key that is no option.
    """
    for place in (folder, *folder.parents):
        for name in (_OWN, _SHARED):
            found = _read(place / name)
            if found is not None:
                return _merged(list(_chain(place / name, found)), known(), overridable)
    return Settings()


def _chain(path: Path, found: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield a file and those that it extends, the nearest first."""
    seen = [path.resolve()]
    while True:
        yield path, found
        further = found.get(_EXTEND)
        if further is None:
            return
        if not isinstance(further, str):
            raise SettingsError(f"{path}: {_EXTEND}: give the path of one file")
        base = path.parent / further
        if base.resolve() in seen or len(seen) >= _DEEPEST:
            raise SettingsError(f"{path}: {_EXTEND}: {further} leads back to itself, or is one too many")
        content = _read(base)
        if content is None:
            raise SettingsError(f"{path}: {_EXTEND}: {further} cannot be read, or says nothing of dockerfix")
        path, found = base, content
        seen.append(base.resolve())


def _merged(
    files: list[tuple[Path, Mapping[str, Any]]], known: Mapping[str, str], overridable: frozenset[str]
) -> Settings:
    values: dict[str, Setting] = {}
    overrides: list[Override] = []
    for path, found in reversed(files):
        plain = {key: value for key, value in found.items() if key not in {_EXTEND, _OVERRIDES}}
        values |= {name: Setting(value, path) for name, value in _options(path, plain, known).items()}
        overrides += _overrides(path, found.get(_OVERRIDES, []), known, overridable)
    return Settings(values, tuple(overrides))


def _read(path: Path) -> Mapping[str, Any] | None:
    """Return the settings in a file, or None if it is not there or says nothing of us."""
    try:
        raw = path.read_bytes() if path.stat().st_size <= _MOST_BYTES else b""
    except OSError:
        return None
    if path.name == _SHARED and b"dockerfix" not in raw:
        return None
    import tomllib

    try:
        content = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{path}: is no TOML file: {error}") from None
    own = content if path.name != _SHARED else content.get("tool", {}).get("dockerfix")
    if own is not None and not isinstance(own, dict):
        raise SettingsError(f"{path}: tool.dockerfix is no table")
    return own


def _overrides(path: Path, found: Any, known: Mapping[str, str], overridable: frozenset[str]) -> Iterator[Override]:
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SettingsError(f"{path}: {_OVERRIDES}: write [[overrides]] in front of each one")
    for number, one in enumerate(found, 1):
        where = f"{path}: {_OVERRIDES} number {number}"
        patterns = one.get(_PATHS)
        if not isinstance(patterns, list) or not patterns or not all(isinstance(p, str) for p in patterns):
            raise SettingsError(f'{where}: {_PATHS}: give a list of patterns, such as ["services/*/Dockerfile"]')
        plain = {key: value for key, value in one.items() if key != _PATHS}
        options = _options(path, plain, known, f"{_OVERRIDES} number {number}: ")
        fixed = sorted(key for key in plain if known[key] not in overridable)
        if fixed:
            raise SettingsError(f"{where}: {fixed[0]} is about the whole run, and cannot differ between files")
        yield Override(path.parent.absolute(), tuple(patterns), options)


def _options(path: Path, found: Mapping[str, Any], known: Mapping[str, str], where: str = "") -> dict[str, Any]:
    options: dict[str, Any] = {}
    for key, value in found.items():
        if key not in known:
            import difflib

            near = difflib.get_close_matches(key, sorted({*known, _EXTEND, _OVERRIDES, _PATHS}), 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise SettingsError(f"{path}: {where}unknown key {key!r}{hint}")
        options[known[key]] = _value(path, f"{where}{key}", value)
    return options


def _value(path: Path, key: str, value: Any) -> Any:
    """Return a value as the command line would give it: a table as A=B pairs, a file as seen from the configuration."""
    if isinstance(value, dict):
        return [f"{old}={new}" for old, new in value.items()]
    if key.endswith(("knowledge", "template-dir")) and isinstance(value, str):
        return str(path.parent / value)
    if not isinstance(value, str | int | float | list):
        raise SettingsError(f"{path}: {key}: {type(value).__name__} is no value for an option")
    return value
