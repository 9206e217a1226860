"""npm: the tarballs of packages, their manifests and their JavaScript."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from packaging.version import InvalidVersion, Version

from transformer.context.javascript_source import JavaScriptSource, read
from transformer.measure.fetching import Fetcher, members
from transformer.measure.libraries import EVERYWHERE, SHARED, needed
from transformer.measure.reading import BUILT, OPEN, Reading, package

_JSON = "application/vnd.npm.install-v1+json"
_MAJORS = 3
"""The newest version of that many of the newest major versions is read."""
_SOURCES = (".js", ".cjs", ".mjs", "package.json", ".node")
_MATTERS = re.compile(r"child_process|dlopen|spawn_sync|process_wrap|execa\b|cross-spawn|shelljs|['\"]zx\b")
"""Words without which nothing runs programs or loads a native library. What is required by a computed name is a package
with its own row, and code that a module makes itself (``Function``) is made of what stands there.
"""
_ADDON = re.compile(r"""^require\(\s*['"][^'"]*\.node['"]\s*\)$""")
"""The addons of a package, and of those for each system that it requires, are read themselves."""
_GLIBC = "libc.so.6"
_MANIFEST, _RECIPE = "package.json", "binding.gyp"
_AT_INSTALLATION = frozenset({"preinstall", "install", "postinstall"})
"""Scripts that npm runs when a package is installed from the registry; it compiles one with a recipe ("scripts")."""
_COMMENT = re.compile(r"(?m)^[ \t]*(?://|\*|/\*).*$")
"""A line that begins as a comment does."""
_APART = re.compile(
    r"/(\.[^/]+|tests?|__tests__|[a-z]+-tests?|specs?|examples?|docs?|benchmarks?|fixtures|bin|etc|scripts|tools|vendor)/"
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
        found = Reading(marks=frozenset({OPEN})) if content is None else _tarball(members(content, _SOURCES))
    except ValueError:
        found = Reading(marks=frozenset({OPEN}))
    return found.with_(Reading(frozenset({version}), frozenset(requires)))


def _tarball(files: Iterable[tuple[str, bytes | None]]) -> Reading:
    """Return what the modules of a package run and link: those that its manifest names or most others, not what serves
    those who develop it; and whether it is built when it is installed.
    """
    running: dict[str, JavaScriptSource] = {}
    table: dict[str, Any] = {}
    libraries: set[str] = set()
    brought: set[str] = set()
    marks: set[str] = set()
    for path, content in files:
        base = path.partition("/")[2]
        if SHARED.search(base):
            brought.add(posixpath.basename(base))
        elif path.endswith(".node"):
            marks.update({OPEN} if content is None else ())
            libraries.update(_linked(content or b""))
        elif base == _MANIFEST and content is not None:
            read_table = json.loads(content)
            table = read_table if isinstance(read_table, dict) else {}
        elif base == _RECIPE:
            marks.add(BUILT)
        elif content is not None:
            text = content.decode("utf-8", "replace")
            running.update({path: read(text)} if _MATTERS.search(_COMMENT.sub("", text)) else {})
    named = json.dumps([table.get(key) for key in ("main", "module", "exports", "imports")])
    used = [s for path, s in running.items() if not _APART.search(path) or path.partition("/")[2] in named]
    marks.update({OPEN} if any(not _ADDON.search(m.text) for source in used for m in source.dynamic) else ())
    scripts = table.get("scripts")
    marks.update({BUILT} if isinstance(scripts, dict) and _AT_INSTALLATION & scripts.keys() else ())
    commands = {posixpath.basename(m.text) for source in used for m in source.commands}
    return Reading(commands=frozenset(commands), libraries=frozenset(libraries - brought), marks=frozenset(marks))


def _linked(content: bytes) -> Iterator[str]:
    """Yield the libraries that an addon for Linux, amd64, with glibc is linked with."""
    names = list(needed(content))
    yield from (name for name in names if _GLIBC in names and not EVERYWHERE.fullmatch(name))
