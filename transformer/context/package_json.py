"""package.json and npm's lock file: the scripts of a project, and which packages it depends on.

Sources: npm's "package.json", "package-lock.json" and "scripts" pages.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable
from typing import Any

from msgspec import Struct

_LIFECYCLE = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")
"""Scripts of the project itself that an installation without names runs (npm's "scripts", "Life Cycle Scripts")."""


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
    """The packages of a lock file; ``built`` are those that run scripts when they are installed, None if not said."""

    names: tuple[str, ...]
    built: frozenset[str] | None


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
            found = {_name(str(k)): v for k, v in packages.items() if k and isinstance(v, dict)}
            built = frozenset(n for n, v in found.items() if v.get("hasInstallScript"))
            return Locked(tuple(sorted(found)), built)
        if table is not None and isinstance(table.get("dependencies"), dict):
            return Locked(tuple(sorted(map(str, table["dependencies"]))), None)
    text = read(posixpath.join(folder, "yarn.lock"))
    if text is None:
        return None
    names = re.findall(r'(?m)^"?((?:@[\w.-]+/)?[\w.-]+)@', text)
    return Locked(tuple(sorted(set(names))), None)


def _name(path: str) -> str:
    return path.rpartition("node_modules/")[2]


def _table(text: str | None) -> dict[str, Any] | None:
    try:
        found = json.loads(text.removeprefix("\ufeff")) if text is not None else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
