"""Bundler's files: which gems a project installs, and which groups it asks for them in.

Sources: Bundler 2.4's manual pages (gemfile(5), bundle-config(1)) and its reader of lock files (lockfile_parser.rb).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from msgspec import Struct

_SPEC = re.compile(r"    (?P<name>[^\s(]+) \((?P<version>[^)]*)\)")
_DEPENDENCY = re.compile(r"      (?P<name>[^\s(!]+)(?: \(.*\))?!?")
_ASKED = re.compile(r"  (?P<name>[^\s(!]+)(?: \(.*\))?!?")
_GEM = re.compile(r"""^\s*gem[\s(]+(['"])(?P<name>[\w.-]+)\1(?P<rest>.*)$""")
_GROUP = re.compile(r"^\s*group[\s(]+(?P<groups>[^#]*?)\)?\s+do\b")
_OPTION = re.compile(r"""(?:\b(?:groups?):|:groups?\s*=>)\s*(?P<groups>\[[^\]]*\]|:\w+|['"]\w+['"])""")
_NAME = re.compile(r"""[:'"](\w+)""")
_OPENING = re.compile(
    r"^\s*(?:if|unless|case|while|until|begin|def|class|module|for)\b|\bdo(?:\s*\|[^|]*\|)?\s*(?:#.*)?$|=\s*(?:if|case|begin)\b"
)
_CLOSING = re.compile(r"^\s*end\b")
_INCLUDING = re.compile(r"^\s*(?:eval_gemfile|eval|instance_eval)\b", re.MULTILINE)
DEFAULT = "default"
"""The group of a gem that is asked for outside of any."""


class Locked(Struct, frozen=True):
    """What a lock file says: the gems of the index, each with what it depends on; those that come from a repository;
    those that are directories of the project (with the directory); what the Gemfile asks for, and for which platforms.
    """

    gems: dict[str, frozenset[str]]
    fetched: frozenset[str]
    own: dict[str, str]
    asked: frozenset[str]
    platforms: frozenset[str]


def locked(text: str) -> Locked:
    """Return what a Gemfile.lock says."""
    gems: dict[str, set[str]] = {}
    fetched: set[str] = set()
    own: dict[str, str] = {}
    asked: set[str] = set()
    platforms: set[str] = set()
    section = current = remote = ""
    for line in text.splitlines():
        if line and not line[0].isspace():
            section, remote = line.strip(), ""
        elif line.startswith("  remote: "):
            remote = line.removeprefix("  remote: ").strip()
        elif section == "PLATFORMS" and line.strip():
            platforms.add(line.strip())
        elif section == "DEPENDENCIES" and (found := _ASKED.fullmatch(line)):
            asked.add(found["name"])
        elif found := _SPEC.fullmatch(line):
            current = found["name"]
            gems.setdefault(current, set())
            if section == "PATH":
                own[current] = remote
            elif section != "GEM":
                fetched.add(current)
        elif current and (found := _DEPENDENCY.fullmatch(line)):
            gems[current].add(found["name"])
    needed = {name: frozenset(others) for name, others in gems.items()}
    return Locked(needed, frozenset(fetched), own, frozenset(asked), frozenset(platforms))


def groups_of(gemfile: str) -> dict[str, frozenset[str]] | None:
    """Return the groups in which a Gemfile asks for gems; None if it asks for some in a way that is not understood."""
    if _INCLUDING.search(gemfile):
        return None
    found: dict[str, set[str]] = {}
    blocks: list[frozenset[str]] = []
    for line in gemfile.splitlines():
        grouped = _GROUP.match(line)
        if grouped:
            blocks.append(frozenset(_NAME.findall(grouped["groups"])))
        elif _CLOSING.match(line):
            if not blocks:
                return None
            blocks.pop()
        elif gem := _GEM.match(line):
            option = _OPTION.search(gem["rest"])
            inside = frozenset(_NAME.findall(option["groups"])) if option else frozenset()
            inside = inside.union(*blocks)
            found.setdefault(gem["name"], set()).update(inside or {DEFAULT})
        elif _OPENING.search(line):
            blocks.append(frozenset())
    return {name: frozenset(groups) for name, groups in found.items()} if not blocks else None


def named(gemfile: str) -> tuple[str, ...]:
    """Return the gems that a Gemfile asks for, as far as its lines say so."""
    return tuple(dict.fromkeys(found["name"] for line in gemfile.splitlines() if (found := _GEM.match(line))))


def installed(lock: Locked, gemfile: str | None, without: frozenset[str]) -> frozenset[str]:
    """Return the names of the lock file that are installed if the groups ``without`` are left out."""
    groups = groups_of(gemfile) if gemfile is not None and without else None
    if groups is None:
        return frozenset(lock.gems)
    wanted = {n for n in lock.asked if not groups.get(n, frozenset({DEFAULT})) <= without}
    found: set[str] = set()
    todo = list(wanted)
    while todo:
        name = todo.pop()
        if name not in found and name in lock.gems:
            found.add(name)
            todo += lock.gems[name]
    return frozenset(found)


def settings(folder: str, read: Callable[[str], str | None]) -> dict[str, str]:
    """Return the settings in ``config`` of a directory of Bundler's settings."""
    text = read(posixpath.join(folder, "config")) or ""
    return dict(_settings(text))


def _settings(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.startswith("BUNDLE_"):
            yield name, value.strip().strip("\"'")
