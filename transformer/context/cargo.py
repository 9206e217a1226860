"""Cargo's own files: manifests, lock files and settings (The Cargo Book, "The Manifest Format", "Configuration",
"Workspaces"; cargo 1.95).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from msgspec import Struct

_DYNAMIC = frozenset({"dylib"})
"""A library that is linked with the shared standard library, which only the toolchain has."""
_TABLES = ("dependencies", "dev-dependencies", "build-dependencies")


class Binary(Struct, frozen=True):
    """A program of a package, and the features without which it is not built."""

    name: str
    path: str = ""
    required: frozenset[str] = frozenset()


class Dependency(Struct, frozen=True):
    """A package that another one depends on; ``key`` is what it is called there, ``path`` its directory if it is a
    local one. ``inherited``: the workspace says which it is.
    """

    key: str
    name: str
    path: str = ""
    inherited: bool = False
    runs: bool = True
    """It becomes part of what is built: it is neither for tests nor for the build script."""


class Manifest(Struct, frozen=True):
    """One Cargo.toml. ``name`` is "" for a workspace without a package of its own; ``parent`` is where a package says
    that its workspace is; ``script`` is the build script, "" if there shall be none.
    """

    name: str = ""
    version: str = ""
    workspace: bool = False
    members: tuple[str, ...] = ()
    default_members: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    parent: str = ""
    binaries: tuple[Binary, ...] = ()
    found_binaries: bool = True
    """Programs are also found by the places of their sources."""
    library: str = ""
    kinds: frozenset[str] = frozenset()
    """What kinds of library it builds."""
    script: str = "build.rs"
    dependencies: tuple[Dependency, ...] = ()
    shared: tuple[Dependency, ...] = ()
    """What members of the workspace may inherit."""
    features: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Its features, each with those that it turns on."""

    def enabled(self, asked: frozenset[str], *, default: bool, every: bool) -> frozenset[str]:
        """Return the features that are on: those that are ``asked`` for, and what these turn on."""
        table = dict(self.features)
        todo = [*asked, *(["default"] if default else ()), *(table if every else ())]
        found: set[str] = set()
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += table.get(name, ())
        return frozenset(found)

    @property
    def dynamic(self) -> bool:
        """Whether what it builds may need the shared standard library of the toolchain."""
        return bool(self.kinds & _DYNAMIC)


class Locked(Struct, frozen=True):
    """One package of a lock file: ``source`` is "" for a local one; ``dependencies`` are names, with a version where
    there are several of one name.
    """

    name: str
    version: str
    source: str
    dependencies: tuple[str, ...]


class Settings(Struct, frozen=True):
    """What ``.cargo/config.toml`` says of where products go, and how they are linked."""

    target: str = ""
    target_folder: str = ""
    install_root: str = ""
    flags: tuple[str, ...] = ()
    aliases: frozenset[str] = frozenset()
    vendored: bool = False
    """Other sources take the place of the registry."""


@lru_cache(maxsize=512)
def manifest(text: str) -> Manifest | None:
    """Return what a Cargo.toml says; None if it cannot be read."""
    table = _toml(text)
    try:
        return None if table is None else _manifest(table)
    except (AttributeError, KeyError, TypeError):
        return None


@lru_cache(maxsize=16)
def lock(text: str) -> tuple[Locked, ...] | None:
    """Return the packages of a Cargo.lock; None if it cannot be read."""
    table = _toml(text)
    try:
        return None if table is None else tuple(_locked(one) for one in table.get("package", []))
    except (AttributeError, KeyError, TypeError):
        return None


@lru_cache(maxsize=64)
def settings(text: str) -> Settings | None:
    """Return what a config.toml of Cargo says; None if it cannot be read, or builds for several targets."""
    table = _toml(text)
    try:
        return None if table is None else _settings(table)
    except (AttributeError, TypeError):
        return None


def crate_name(package: str) -> str:
    """Return the name of a package's library: Rust's names have no hyphens."""
    return package.replace("-", "_")


def _toml(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _manifest(table: dict[str, Any]) -> Manifest:
    package = table.get("package") or table.get("project") or {}
    workspace = table.get("workspace")
    library = table.get("lib") or {}
    name = package.get("name", "")
    script = package.get("build", "build.rs")
    kinds = library.get("crate-type", library.get("crate_type")) or []
    inside = workspace or {}
    return Manifest(
        name,
        version if isinstance(version := package.get("version", ""), str) else "",
        workspace is not None,
        tuple(inside.get("members", ())),
        tuple(inside.get("default-members", ())),
        tuple(inside.get("exclude", ())),
        package.get("workspace", ""),
        tuple(_binary(one) for one in table.get("bin", ())),
        package.get("autobins", True),
        library.get("name") or crate_name(name),
        frozenset(["proc-macro"] if library.get("proc-macro", library.get("proc_macro")) else kinds),
        script if isinstance(script, str) else "build.rs" if script else "",
        tuple(_dependencies(table)),
        tuple(_dependency(*one) for one in (inside.get("dependencies") or {}).items()),
        tuple((name, tuple(others)) for name, others in (table.get("features") or {}).items()),
    )


def _binary(one: dict[str, Any]) -> Binary:
    return Binary(one["name"], one.get("path", ""), frozenset(one.get("required-features", ())))


def _dependencies(table: dict[str, Any]) -> Iterator[Dependency]:
    """Yield what all tables of dependencies name, also those of single targets."""
    for place in (table, *(table.get("target") or {}).values()):
        for kind in (*_TABLES, *(name.replace("-", "_") for name in _TABLES[1:])):
            for key, value in (place.get(kind) or {}).items():
                yield _dependency(key, value, runs=kind == _TABLES[0])


def _dependency(key: str, value: Any, *, runs: bool = True) -> Dependency:
    row = value if isinstance(value, dict) else {}
    return Dependency(key, row.get("package", key), row.get("path", ""), bool(row.get("workspace")), runs)


def _locked(one: dict[str, Any]) -> Locked:
    return Locked(one["name"], one["version"], one.get("source", ""), tuple(one.get("dependencies", ())))


def _settings(table: dict[str, Any]) -> Settings | None:
    build = table.get("build") or {}
    target = build.get("target", "")
    if isinstance(target, list) and len(target) != 1:
        return None
    flags: list[str] = []
    for place in (build, *(table.get("target") or {}).values()):
        some = place.get("rustflags", ()) if isinstance(place, dict) else ()
        flags += some.split() if isinstance(some, str) else some
    return Settings(
        target[0] if isinstance(target, list) else target,
        build.get("target-dir", ""),
        (table.get("install") or {}).get("root", ""),
        tuple(flags),
        frozenset(table.get("alias") or {}),
        any("replace-with" in one for one in (table.get("source") or {}).values()),
    )
