"""The user's configuration file: defaults for the options of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_OWN = ".dockerfix.toml"
_SHARED = "pyproject.toml"
_MOST_BYTES = 1_000_000


class SettingsError(Exception):
    """A configuration file that cannot be used; the message names the file and the key."""


def defaults(folder: Path, known: Mapping[str, str]) -> Mapping[str, Any]:
    """Return parameter -> default, from the nearest file at or above ``folder``; nothing if there is none.

    The nearest of ``.dockerfix.toml`` and a ``pyproject.toml`` with ``[tool.dockerfix]`` counts alone. ``known`` has
    the parameter of each key. Raises SettingsError for a file that is no TOML and for a key that is no option.
    """
    for place in (folder, *folder.parents):
        for name in (_OWN, _SHARED):
            found = _read(place / name)
            if found is not None:
                return _options(place / name, found, known)
    return {}


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
    own = content if path.name == _OWN else content.get("tool", {}).get("dockerfix")
    if own is not None and not isinstance(own, dict):
        raise SettingsError(f"{path}: tool.dockerfix is no table")
    return own


def _options(path: Path, found: Mapping[str, Any], known: Mapping[str, str]) -> Mapping[str, Any]:
    options: dict[str, Any] = {}
    for key, value in found.items():
        if key not in known:
            import difflib

            near = difflib.get_close_matches(key, sorted(known), 1)
            raise SettingsError(f"{path}: unknown key {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        options[known[key]] = _value(path, key, value)
    return options


def _value(path: Path, key: str, value: Any) -> Any:
    """Return a value as the command line would give it: a table as A=B pairs, a file as seen from the configuration."""
    if isinstance(value, dict):
        return [f"{old}={new}" for old, new in value.items()]
    if key == "knowledge" and isinstance(value, str):
        return str(path.parent / value)
    if not isinstance(value, str | int | float | list):
        raise SettingsError(f"{path}: {key}: {type(value).__name__} is no value for an option")
    return value
