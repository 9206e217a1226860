"""What packages ship, from the ``Contents`` files of an archive: commands, libraries, headers, services."""

from __future__ import annotations

import mmap
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, field

from transformer.knowledge.refresh.archive import COMPONENTS

_LINE = re.compile(
    rb"^(?:"
    rb"(?P<command>(?:usr/)?(?:s?bin|games)/[^/\n]+?)"
    rb"|(?P<service>etc/init\.d/[^\n]+?|(?:usr/)?lib/systemd/system/[^/\n]*\.service)"
    rb"|(?P<desktop>usr/share/applications/[^\n]+?)"
    rb"|(?P<header>usr/include/[^\n]+?)"
    rb"|(?P<static>usr/lib/[^\n]*\.a)"
    rb"|(?:usr/)?lib(?:64)?(?:/x86_64-linux-gnu)?/"
    rb"(?P<library>lib[^/\n]+?\.so(?:\.[0-9][0-9A-Za-z.]*)?|[^/\n]+\.so\.[0-9]+)"
    rb")[ \t]+(?P<owners>[^ \t\n]+)$",
    re.MULTILINE,
)


class Contents(Struct):
    """Package -> what it ships. ``linkers`` are names such as ``libx.so``, ``libraries`` those with a version."""

    commands: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    libraries: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    linkers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    headers: Counter[str] = field(default_factory=Counter)
    statics: Counter[str] = field(default_factory=Counter)
    services: Counter[str] = field(default_factory=Counter)
    desktops: Counter[str] = field(default_factory=Counter)


def read(lists: Path, suite: str) -> Contents:
    """Return what the packages of a suite ship; raises FileNotFoundError without its Contents files."""
    found = Contents()
    paths = [p for c in COMPONENTS for p in sorted(lists.glob(f"*_dists_{suite}_{c}_Contents-*")) if p.stat().st_size]
    if not any("_main_" in path.name for path in paths):
        raise FileNotFoundError(f"no Contents of {suite} in {lists}")
    for path in paths:
        for kind, name, packages in _entries(path):
            for package in packages:
                _note(found, kind, name, package)
    return found


def _entries(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield kind, file name and packages of the lines that matter; the file is mapped, since it has half a gigabyte."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        for match in _LINE.finditer(text):
            kind = str(match.lastgroup if match.lastgroup != "owners" else _kind(match))
            owners = match["owners"].decode("utf-8", "replace")
            name = match[kind].decode("utf-8", "replace").rpartition("/")[2]
            yield kind, name, [owner.rpartition("/")[2] for owner in owners.split(",")]


def _kind(match: re.Match[bytes]) -> str:
    return next(name for name, text in match.groupdict().items() if text is not None)


def _note(found: Contents, kind: str, name: str, package: str) -> None:
    match kind:
        case "command":
            found.commands[package].add(name)
        case "library" if ".so." in name:
            found.libraries[package].add(name)
        case "library":
            found.linkers[package].add(name)
        case "header":
            found.headers[package] += 1
        case "static":
            found.statics[package] += 1
        case "service":
            found.services[package] += 1
        case "desktop":
            found.desktops[package] += 1
