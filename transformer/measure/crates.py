"""crates.io: the packages of Cargo's registry, their manifests and their Rust (The Cargo Book, "Registry Index")."""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from transformer.context.rust_source import read
from transformer.knowledge.loader import rows
from transformer.measure.fetching import Fetcher, members
from transformer.measure.reading import OPEN, Reading, package

_NEWEST, _OLDER = 3, 2
"""The newest version of so many of the newest families of compatible versions is read, and of so many older ones, the
first among them: many packages never get to 1.0, and have dozens.
"""
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_SOURCES = (".rs", "Cargo.toml")
_MACRO, _NATIVE, _FILES, _SYSTEM = "macro", "native", "files", "system"
"""Marks: it runs in the compiler alone; it is linked with libraries by a build script; it opens files; it names files
that packages of the system bring.
"""
_LINKS = re.compile(r"rustc-link-lib|rustc-flags|pkg_config|system_deps|metadeps|vcpkg|cmake::|\bprobe_library\b")
_ANYWHERE = re.compile(
    r"c|m|rt|pthread|util|dl|gcc_s|gcc|stdc\+\+|resolv|(?i:.*32)|ntdll|bcrypt\w*|userenv|psapi|dbghelp|ncrypt|synchronization"
    r"|System|objc|c\+\+|winmm|dwmapi|uxtheme|pdh|ole32|shell32|IOKit|CoreFoundation|CoreServices|Security|Foundation|AppKit"
)
"""Libraries that every image has, and those of other systems."""
_APART = re.compile(
    r"^[^/]+/(?:tests?|benches|examples|build|ci|xtask|fuzz|tools|scripts|testing|\.[^/]+)/|/tests?\.rs$|/tests?/"
)
_KINDS = {
    "certificates": re.compile(r"/etc/(?:ssl|pki)\b|ca-certificates|ca-bundle|SSL_CERT_(?:FILE|DIR)"),
    "time-zones": re.compile(r"zoneinfo|/etc/(?:localtime|timezone)"),
    "media-types": re.compile(r"mime\.types|/usr/share/mime|globs2"),
    "networks": re.compile(r"/etc/(?:services|protocols)|getserv|getproto"),
}
_STRANGE = re.compile(
    r"(?:windows|winapi|objc2?|core-foundation|core-graphics|core-text|cocoa|wasm-bindgen|ndk|android)(?:[-_].*)?"
    r"|winreg|schannel|security-framework(?:-sys)?|block2?|dispatch2?|mach2?|(?:web|js)-sys|wasi[a-z0-9]*|r-efi"
    r"|fuchsia-.*|redox_.*|hermit-.*|libredox"
)
"""Packages that are about systems that are no image's: nothing of them is compiled for Linux (their READMEs)."""
_ELSEWHERE = re.compile(
    r"windows|macos|ios\b|wasm|apple|android|bsd|dragonfly|solaris|illumos|hermit|redox|wasi|emscripten|fuchsia|uefi"
    r"|haiku|tvos|watchos|visionos|aix|sgx|\"none\"|espidf|nto|horizon|vita|cuda|xous|solid|thumb|riscv"
)
"""Systems that are no image's."""
_HERE = re.compile(r"not\(|unix|linux|gnu|x86|64|feature|test|debug")


def reader(index: str, fetcher: Fetcher) -> partial[Reading | None]:
    """Return the function that reads one package of the registry whose index is at a URL."""
    place = json.loads(fetcher.get(f"{index.rstrip('/')}/config.json") or b"{}").get("dl", "")
    return partial(_package, index.rstrip("/"), place, fetcher)


def family(version: str) -> tuple[int, ...] | None:
    """Return the versions that Cargo takes for compatible with one; None for one before its release."""
    found = _VERSION.fullmatch(version.partition("+")[0])
    numbers = tuple(map(int, found.groups())) if found else ()
    first = next((at for at, number in enumerate(numbers) if number), len(numbers) - 1)
    return numbers[: first + 1] if numbers else None


def _package(index: str, place: str, fetcher: Fetcher, name: str) -> Reading | None:
    lines = (fetcher.get(f"{index}/{_path(name)}") or b"").splitlines()
    listing = json.dumps([json.loads(line) for line in lines]).encode() if lines else None
    return package(listing, lambda versions: (_version(place, fetcher, one) for one in _chosen(versions)))


def _path(name: str) -> str:
    low = name.lower()
    short = {1: f"1/{low}", 2: f"2/{low}", 3: f"3/{low[0]}/{low}"}
    return short.get(len(low), f"{low[:2]}/{low[2:4]}/{low}")


def _chosen(versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the newest version of each of the newest families, and of some older ones."""
    newest: dict[tuple[int, ...], tuple[list[int], dict[str, Any]]] = {}
    for one in versions:
        group = family(one["vers"])
        if group is not None and not one.get("yanked"):
            number = list(map(int, one["vers"].partition("+")[0].split(".")))
            newest[group] = max(newest.get(group, (number, one)), (number, one), key=lambda pair: pair[0])
    groups = sorted(newest)
    older = groups[:-_NEWEST]
    some = older if len(older) <= _OLDER else [older[len(older) * at // _OLDER] for at in range(_OLDER)]
    return [newest[group][1] for group in (*some, *groups[-_NEWEST:])]


def _version(place: str, fetcher: Fetcher, one: dict[str, Any]) -> Reading:
    if _STRANGE.fullmatch(one["name"]):
        return Reading(frozenset({one["vers"]}))
    content = fetcher.get(f"{place}/{one['name']}/{one['vers']}/download")
    try:
        found = Reading(marks=frozenset({OPEN})) if content is None else _crate(members(content, _SOURCES))
    except (ValueError, AttributeError, TypeError):
        found = Reading(marks=frozenset({OPEN}))
    requires = () if _MACRO in found.marks else _required(one)
    return found.with_(Reading(frozenset({one["vers"]}), frozenset(requires)))


def _required(one: dict[str, Any]) -> Iterator[str]:
    """Yield what becomes part of a program with the package on Linux, optional or not."""
    for dependency in one["deps"]:
        target = dependency.get("target") or ""
        if dependency["kind"] == "normal" and (_HERE.search(target) or not _ELSEWHERE.search(target)):
            yield dependency.get("package") or dependency["name"]


def _crate(files: Iterable[tuple[str, bytes | None]]) -> Reading:
    """Return what the code of a package does when it runs: not its tests, nor what serves those who develop it."""
    sources: dict[str, str] = {}
    scripts: list[str] = []
    table: dict[str, Any] = {}
    for path, content in files:
        text = (content or b"").decode("utf-8", "replace")
        if path.count("/") == 1 and path.endswith("/Cargo.toml"):
            table = tomllib.loads(text)
        elif path.count("/") == 1 and path.endswith("/build.rs"):
            scripts.append(text)
        elif path.endswith(".rs") and not _APART.search(path):
            sources[path] = text
    manifest, library = table.get("package") or table.get("project") or {}, table.get("lib") or {}
    library = library[0] if isinstance(library, list) else library  # before Cargo had one name for it
    if library.get("proc-macro") or library.get("proc_macro"):
        return Reading(marks=frozenset({_MACRO}))
    top = posixpath.dirname(library.get("path") or "src/lib.rs")
    sources = {path: text for path, text in sources.items() if _is_library(path.partition("/")[2], top)}
    build = manifest.get("build")
    scripts += [sources.pop(path) for path in [*sources] if isinstance(build, str) and path.endswith("/" + build)]
    found = read(sources)
    marks = {kind for kind, pattern in _KINDS.items() if any(map(pattern.search, found.strings))}
    linked = any(not _ANYWHERE.fullmatch(m.text) for m in found.links) or any(map(_LINKS.search, scripts))
    marks |= {_NATIVE} if manifest.get("links") or linked else set()
    marks |= {_FILES} if found.opens or found.dynamic_opens else set()
    marks |= {_SYSTEM} if any(map(_names_system, found.strings)) else set()
    marks |= {OPEN} if found.dynamic_commands or found.dynamic_loads or found.libraries else set()
    return Reading(commands=frozenset(posixpath.basename(m.text) for m in found.commands), marks=frozenset(marks))


def _is_library(path: str, top: str) -> bool:
    """Whether a source is one of the library: programs of a package are no part of others."""
    inside = path.startswith(f"{top}/") if top else True
    return inside and path != "src/main.rs" and not path.startswith("src/bin/")


def _names_system(text: str) -> bool:
    places = re.compile("|".join(row[0] for row in rows("package-places.tsv")))
    return bool(places.fullmatch(text)) and not any(p.search(text) for p in _KINDS.values())
