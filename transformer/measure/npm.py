"""npm: the tarballs of packages, their manifests and their JavaScript."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from packaging.version import InvalidVersion, Version

from transformer.measure.fetching import Fetcher, members
from transformer.measure.reading import BUILT, OPEN, Reading, package

_JSON = "application/vnd.npm.install-v1+json"
_MAJORS = 3
"""The newest version of that many of the newest major versions is read."""
_SOURCES = (".js", ".cjs", ".mjs", "package.json")
_OPEN = re.compile(r"child_process|process\.dlopen|spawn_sync|process_wrap")
"""What runs programs or loads a native library. What it requires by a computed name is a package with its own row."""
_MANIFEST, _RECIPE = "package.json", "binding.gyp"
_AT_INSTALLATION = frozenset({"preinstall", "install", "postinstall"})
"""Scripts that npm runs when a package is installed from the registry; it compiles one with a recipe ("scripts")."""
_COMMENT = re.compile(r"(?m)^[ \t]*(?://|\*|/\*).*$")
"""A line that begins as a comment does."""
_APART = re.compile(
    r"/(tests?|__tests__|[a-z]+-tests?|specs?|examples?|docs?|benchmarks?|fixtures|bin|etc|scripts|tools|vendor)/"
    r"|^[^/]+/((jake|gulp|grunt)file|tests?|cli[a-z-]*|dist/cli[a-z-]*)\.[cm]?js$|\.(test|spec|min)\.[cm]?js$",
    re.IGNORECASE,
)
"""What serves those who develop the package, and programs that are started by themselves."""


def reader(index: str, fetcher: Fetcher) -> partial[Reading | None]:
    """Return the function that reads one package of the registry at a URL."""
    return partial(_package, index.rstrip("/"), fetcher)


def _package(index: str, fetcher: Fetcher, name: str) -> Reading | None:
    return package(
        fetcher.get(f"{index}/{quote(name, safe='@')}", _JSON),
        lambda listing: (_version(fetcher, *one) for one in _chosen(listing.get("versions", {}))),
    )


def _chosen(versions: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the newest version of each of the newest major versions, with its manifest."""
    newest: dict[int, tuple[Version, str]] = {}
    for text in versions:
        try:
            version = Version(text)
        except InvalidVersion:  # a pre-release, as npm writes it
            continue
        if not version.is_prerelease:
            newest[version.major] = max(newest.get(version.major, (version, text)), (version, text))
    for major in sorted(newest)[-_MAJORS:]:
        yield newest[major][1], versions[newest[major][1]]


def _version(fetcher: Fetcher, version: str, manifest: dict[str, Any]) -> Reading:
    requires = {n for kind in ("dependencies", "optionalDependencies") for n in manifest.get(kind) or {}}
    optional = manifest.get("peerDependenciesMeta") or {}
    requires |= {n for n in manifest.get("peerDependencies") or {} if not (optional.get(n) or {}).get("optional")}
    content = fetcher.get(manifest["dist"]["tarball"])
    try:
        marks = frozenset({OPEN}) if content is None else _marks(members(content, _SOURCES))
    except ValueError:
        marks = frozenset({OPEN})
    return Reading(frozenset({version}), frozenset(requires), marks=marks)


def _marks(files: Iterable[tuple[str, bytes | None]]) -> frozenset[str]:
    """Return whether a package is built when it is installed, is native, or runs programs in the modules that its
    manifest names or in most others.
    """
    running: list[str] = []
    table: dict[str, Any] = {}
    marks: set[str] = set()
    for path, content in files:
        base = path.partition("/")[2]
        if path.endswith(".node"):
            marks.add(OPEN)
        elif base == _MANIFEST and content is not None:
            read = json.loads(content)
            table = read if isinstance(read, dict) else {}
        elif base == _RECIPE:
            marks.add(BUILT)
        elif content is not None and _OPEN.search(_COMMENT.sub("", content.decode("utf-8", "replace"))):
            running.append(path)
    named = json.dumps([table.get(key) for key in ("main", "module", "exports", "imports")])
    if any(not _APART.search(path) or path.partition("/")[2] in named for path in running):
        marks.add(OPEN)
    scripts = table.get("scripts")
    built = isinstance(scripts, dict) and bool(_AT_INSTALLATION & scripts.keys())
    return frozenset(marks | ({BUILT} if built else set()))
