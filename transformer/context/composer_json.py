"""composer.json and composer.lock: which packages a project installs, where, and what is run on the way.

Sources: "The composer.json schema", "Scripts" and "Config" of Composer 2's documentation.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

_EVENTS = {
    "install": ("pre-install-cmd", "post-install-cmd", "pre-autoload-dump", "post-autoload-dump"),
    "update": ("pre-update-cmd", "post-update-cmd", "pre-autoload-dump", "post-autoload-dump"),
    "dump-autoload": ("pre-autoload-dump", "post-autoload-dump"),
}
_ALWAYS = (
    "pre-operations-exec", "pre-package-install", "post-package-install", "pre-package-update", "post-package-update",
    "pre-package-uninstall", "post-package-uninstall", "pre-pool-create", "pre-file-download", "post-file-download",
    "init", "command", "pre-command-run",
)  # fmt: skip
"""Events of all commands that install ("Event names")."""
_PLATFORM = ("php", "hhvm", "composer")
"""What may be required that no package is ("Platform packages"); the others have a hyphen in front."""


class Locked(Struct, frozen=True):
    """A package of the lock file: ``development`` says that only developing needs it, ``own`` that it lies in the
    project, whose code is read.
    """

    name: str
    plugin: bool
    development: bool
    own: bool


class Project(Struct, frozen=True):
    """A project of Composer. ``packages`` are those of the lock file, None without one; ``asked`` the ones that
    composer.json requires, with ``developing`` those for developing.
    """

    asked: tuple[str, ...]
    developing: tuple[str, ...]
    packages: tuple[Locked, ...] | None
    scripts: dict[str, tuple[str, ...]]
    vendor: str
    programs: str
    """The directory of links to programs, "" below the packages."""

    @property
    def plugins(self) -> bool:
        """Whether a package may change what Composer does, and write elsewhere."""
        return self.packages is None or any(p.plugin for p in self.packages)

    def handlers(self, verb: str) -> tuple[str, ...]:
        """Return what is run by the events of a command (``install``, ``update``, ``dump-autoload``)."""
        events = (*_EVENTS[verb], *(_ALWAYS if verb != "dump-autoload" else ()))
        return tuple(text for event in events for text in self.scripts.get(event, ()))


def is_package(name: str) -> bool:
    """Whether a requirement is a package, not the platform."""
    return name not in _PLATFORM and "/" in name


def project(text: str | None, lock: str | None) -> Project | None:
    """Return the project by its two files; None if the first is not there or cannot be read."""
    table = _object(text)
    if table is None:
        return None
    config = _dict(table.get("config"))
    asked, developing = (tuple(_dict(table.get(key))) for key in ("require", "require-dev"))
    vendor, folder = (config.get(key) for key in ("vendor-dir", "bin-dir"))
    scripts = {name: tuple(_strings(value)) for name, value in _dict(table.get("scripts")).items()}
    return Project(
        asked,
        developing,
        locked(lock),
        scripts,
        vendor if isinstance(vendor, str) else "vendor",
        folder if isinstance(folder, str) else "",
    )


def locked(text: str | None) -> tuple[Locked, ...] | None:
    """Return the packages of a lock file; None if it is not there or cannot be read."""
    table = _object(text)
    if table is None:
        return None
    found = []
    for key, development in (("packages", False), ("packages-dev", True)):
        entries = table.get(key)
        for entry in entries if isinstance(entries, list) else ():
            one = _dict(entry)
            plugin = str(one.get("type")) in {"composer-plugin", "composer-installer"}
            found.append(Locked(str(one.get("name", "")), plugin, development, _is_own(_dict(one.get("dist")))))
    return tuple(found)


def installed(here: Project, *, development: bool) -> Iterator[tuple[str, bool]]:
    """Yield the packages that are installed, each with whether a lock file fixes it."""
    if here.packages is None:
        names = (*here.asked, *(here.developing if development else ()))
        yield from ((name, False) for name in _useful(names))
        return
    kept = [p for p in here.packages if (development or not p.development) and not p.own]
    yield from ((p.name.lower(), True) for p in kept)


def _useful(names: Iterable[str]) -> Iterator[str]:
    return (name.lower() for name in names if is_package(name))


def _is_own(dist: dict[str, Any]) -> bool:
    """Whether a package comes from a directory of the project ("Repositories", path)."""
    place = posixpath.normpath(str(dist.get("url", "..")))
    return dist.get("type") == "path" and not place.startswith(("/", ".."))


def _object(text: str | None) -> dict[str, Any] | None:
    try:
        table = json.loads(text) if text is not None else None
    except (ValueError, RecursionError):
        return None
    return table if isinstance(table, dict) else None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _strings(value: object) -> Iterator[str]:
    """Yield what a script is written as: a text, a list of them, or commands by their kind (Flex: "auto-scripts")."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (v for v in value if isinstance(v, str))
    elif isinstance(value, dict):
        yield from (f"@{kind} {name}" for name, kind in value.items())
