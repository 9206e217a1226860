"""package.json and npm's lock file: the scripts of a project, and which packages it depends on.

Sources: npm's "package.json", "package-lock.json" and "scripts" pages.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

_LIFECYCLE = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")
"""Scripts of the project itself that an installation without names runs (npm's "scripts", "Life Cycle Scripts")."""

_PEERS = ("peerDependencies", "peerDependenciesMeta")
"""What a package loads if its user has installed it; some name optional ones in the second alone."""
_SYSTEM = "linux"
_DEPTH = 50
"""How deep the packages of a lock file may lie below each other."""


class Project(Struct, frozen=True):
    """What package.json says. ``names`` are its direct dependencies; ``linked`` those that are files of the project."""

    scripts: dict[str, str]
    names: tuple[str, ...]
    linked: tuple[str, ...]
    workspaces: bool
    manager: str

    @property
    def lifecycle(self) -> tuple[str, ...]:
        """The scripts that an installation runs."""
        return tuple(self.scripts[n] for n in _LIFECYCLE if n in self.scripts)


class Locked(Struct, frozen=True):
    """The packages of a lock file; ``built`` are those that run scripts when they are installed, None if not said;
    ``development`` those that only developing needs.
    """

    names: tuple[str, ...]
    built: frozenset[str] | None
    development: frozenset[str] = frozenset()


def project(folder: str, read: Callable[[str], str | None]) -> Project | None:
    """Return what the package.json of a directory says; None if it cannot be read."""
    table = _table(read(posixpath.join(folder, "package.json")))
    if table is None:
        return None
    groups = [table.get(n) for n in ("dependencies", "devDependencies", "optionalDependencies")]
    wanted = {str(k): str(v) for g in groups if isinstance(g, dict) for k, v in g.items()}
    scripts = table.get("scripts")
    return Project(
        {str(k): str(v) for k, v in scripts.items()} if isinstance(scripts, dict) else {},
        tuple(sorted(wanted)),
        tuple(sorted(n for n, v in wanted.items() if v.startswith(("file:", "link:", "workspace:", "portal:", ".")))),
        bool(table.get("workspaces")),
        str(table.get("packageManager", "")),
    )


def locked(folder: str, read: Callable[[str], str | None]) -> Locked | None:
    """Return the packages of the lock file of a directory; None without one that can be read."""
    for name in ("npm-shrinkwrap.json", "package-lock.json"):
        table = _table(read(posixpath.join(folder, name)))
        packages = table.get("packages") if table is not None else None
        if isinstance(packages, dict):
            entries = ((str(k), v) for k, v in packages.items() if isinstance(v, dict) and not v.get("link"))
            found = [(_name(k), v) for k, v in entries if "node_modules/" in k and not _for_others(v)]
            built = frozenset(n for n, v in found if v.get("hasInstallScript"))
            return Locked(tuple(sorted({n for n, _ in found})), built, _development(found))
        if table is not None and isinstance(table.get("dependencies"), dict):
            found = list(_nested(table["dependencies"]))
            return Locked(tuple(sorted({n for n, _ in found})), None, _development(found))
    text = read(posixpath.join(folder, "yarn.lock"))
    if text is None:
        return None
    names = re.findall(r'(?m)^"?((?:@[\w.-]+/)?[\w.-]+)@', text)
    return Locked(tuple(sorted(set(names))), None)


def lock_file(manager: str) -> str:
    """Return the name of the lock file that a manager writes (npm's, Yarn's and pnpm's pages on it)."""
    if manager.startswith("yarn"):
        return "yarn.lock"
    return "pnpm-lock.yaml" if manager.startswith("pnpm") else "package-lock.json"


def _nested(dependencies: dict[str, Any], depth: int = 0) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the packages of a lock file of version 1, with those that are installed below others."""
    for name, entry in dependencies.items():
        if isinstance(entry, dict):
            yield str(name), entry
            inner = entry.get("dependencies")
            if isinstance(inner, dict) and depth < _DEPTH:
                yield from _nested(inner, depth + 1)


def _development(found: list[tuple[str, dict[str, Any]]]) -> frozenset[str]:
    """Return the names that stand for packages of development alone ("package-lock.json": ``dev``), and that no other
    package may load beside it (``peerDependencies``, also optional ones).
    """
    live = [entry for _, entry in found if entry.get("dev") is not True]
    peers = {str(n) for entry in live for key in _PEERS for n in entry.get(key) or ()}
    return frozenset(n for n, _ in found) - peers - {n for n, v in found if v.get("dev") is not True}


def _for_others(entry: dict[str, Any]) -> bool:
    """Whether a package is for other systems alone, and is left out here (npm, "package.json")."""
    systems = entry.get("os")
    named = [str(s) for s in systems] if isinstance(systems, list) else []
    return bool(named) and _SYSTEM not in named and (f"!{_SYSTEM}" in named or not named[0].startswith("!"))


def _name(path: str) -> str:
    return path.rpartition("node_modules/")[2]


def _table(text: str | None) -> dict[str, Any] | None:
    try:
        found = json.loads(text.removeprefix("\ufeff")) if text is not None else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
