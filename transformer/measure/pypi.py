"""PyPI: wheels, their metadata (PEP 566, PEP 691), their Python code and the libraries of their extension modules."""

from __future__ import annotations

import email
import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from packaging.markers import Marker, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from transformer.context.python_said import PythonSource
from transformer.context.python_source import read
from transformer.measure.fetching import Fetcher, members
from transformer.measure.libraries import EVERYWHERE, SHARED, needed
from transformer.measure.reading import BUILT, DATA, OPEN, Reading, package

_JSON = "application/vnd.pypi.simple.v1+json"
_DATES = ("9", "2024", "2022")
"""The newest version before each of these is read: one version's code says little of another's."""
_READ = (".py", "METADATA", ".so", *(f".{digit}" for digit in range(10)))
"""Ends of the files that are read; ``libpaint-1f2e.so.5`` is a library that the wheel brings, and links others."""
_MATTERS = re.compile(
    r"subprocess|popen|\bsystem\b|\bexec[lv]|spawn|fork|ctypes|cffi|CDLL|dlopen|LoadLibrary|find_library|\bpty\b|getoutput"
    r"|getstatus|pexpect|\bsh\b|plumbum|\bdelegator\b|\bfabric\b|\binvoke\b|winreg"
)
"""Words without which Python code neither runs a program nor loads a library of the system. What it imports by a
computed name is a module, and has its own row.
"""
_COMPILED = (
    ".c",
    ".cc",
    ".cpp",
    ".cxx",
    ".pyx",
    ".pxd",
    ".f",
    ".f90",
    ".rs",
    ".go",
    ".swg",
    ".i",
    ".so",
    "CMakeLists.txt",
)
_BUILDS = re.compile(rb"ext_modules|cffi_modules|cmdclass|subprocess|os\.system|urlretrieve|urlopen|requests\.")
"""Words of a recipe that may do more than to copy modules."""
_MOST_TEXT = 4_000_000
"""How many characters a module may have: generated ones are long, and what is fetched here is read once."""
_TESTS = frozenset({"test", "tests", "testing", "benchmarks", "examples", "docs"})
_PYTHONS = tuple(f"3.{minor}" for minor in range(8, 15))


def reader(index: str, fetcher: Fetcher) -> partial[Reading | None]:
    """Return the function that reads one package of the index at a URL."""
    return partial(_package, index.rstrip("/"), fetcher)


def _package(index: str, fetcher: Fetcher, name: str) -> Reading | None:
    return package(
        fetcher.get(f"{index}/{name}/", _JSON),
        lambda listing: (_version(fetcher, str(version), files) for version, files in _chosen(listing["files"])),
    )


def _chosen(files: Iterable[dict[str, Any]]) -> Iterator[tuple[Version, list[dict[str, Any]]]]:
    """Yield the versions that are read, each with its files."""
    versions: dict[Version, list[dict[str, Any]]] = {}
    for file in files:
        version = _version_of(file["filename"])
        if version is not None and not version.is_prerelease and not file.get("yanked"):
            versions.setdefault(version, []).append(file)
    dates = {v: min(f.get("upload-time") or "9" for f in fs) for v, fs in versions.items()}
    chosen = {max((v for v in versions if dates[v] < date), default=None) for date in _DATES}
    yield from sorted((v, versions[v]) for v in chosen if v is not None)


def _version_of(filename: str) -> Version | None:
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[1]
        stem = filename.removesuffix(".tar.gz").removesuffix(".zip")
        return Version(stem.rpartition("-")[2]) if stem != filename else None
    except (InvalidWheelFilename, InvalidVersion):
        return None


def _version(fetcher: Fetcher, version: str, files: list[dict[str, Any]]) -> Reading:
    wheel = max((f for f in files if _rank(f["filename"])[0]), key=lambda f: _rank(f["filename"]), default=None)
    source = next((f for f in files if f["filename"].endswith(".tar.gz")), None)
    try:
        if wheel is not None:
            return _wheel(version, members(fetcher.get(wheel["url"]) or b"", _READ))
        return _sdist(
            version, members((fetcher.get(source["url"]) if source else None) or b"", (*_READ, ".txt", ".toml"))
        )
    except ValueError:  # damaged, or too large to be fetched
        return Reading(frozenset({version}), marks=frozenset({OPEN, DATA} if wheel is not None else {BUILT}))


def _rank(filename: str) -> tuple[int, str]:
    """Return how well a wheel stands for what pip would take on Linux, amd64; (0, "") for a file that it would not."""
    if not filename.endswith(".whl"):
        return 0, ""
    python, abi, platform = filename.removesuffix(".whl").split("-")[-3:]
    if platform == "any":
        return (3, filename) if "py3" in python or python.startswith("cp3") else (0, "")
    if "linux" not in platform or "x86_64" not in platform or "musl" in platform or abi.endswith("t"):
        return 0, ""
    minor = re.search(r"cp3([0-9]+)", python)
    return 2, f"{int(minor[1]) if minor else 0:02} {filename}"


def _sdist(version: str, files: Iterable[tuple[str, bytes | None]]) -> Reading:
    """Return what a source package says that is Python alone, as pip would install it; any other one is built."""
    found = [(path.partition("/")[2], content) for path, content in files]
    listed = [c for p, c in found if p.endswith(".egg-info/requires.txt") and c is not None]
    recipe = b"".join(c for p, c in found if p in {"setup.py", "pyproject.toml"} and c is not None)
    if any(p.endswith(_COMPILED) for p, _ in found) or not any(p.endswith("PKG-INFO") for p, _ in found):
        return Reading(frozenset({version}), marks=frozenset({BUILT}))
    if _BUILDS.search(recipe):
        return Reading(frozenset({version}), marks=frozenset({BUILT}))
    modules = (
        (p, c) for p, c in found if p.endswith(".py") and posixpath.basename(p) not in {"setup.py", "conftest.py"}
    )
    metadata = "".join(f"Requires-Dist: {line}\n" for c in listed for line in _required(c.decode("utf-8", "replace")))
    own = [("x.dist-info/METADATA", (metadata + "\n").encode())]
    reading = _wheel(version, (*own, *modules))
    return reading.with_(Reading(marks=frozenset({DATA} if b"data_files" in recipe else ())))


def _required(text: str) -> Iterator[str]:
    """Yield the requirements of setuptools' ``requires.txt``: sections are extras and markers, ``[extra:marker]``."""
    extra = marker = ""
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("["):
            extra, _, marker = line.strip("[]").partition(":")
        elif line and not extra:
            yield f"{line}; {marker}" if marker else line


def _wheel(version: str, files: Iterable[tuple[str, bytes | None]]) -> Reading:
    requires: set[str] = set()
    commands: set[str] = set()
    libraries: set[str] = set()
    brought: set[str] = set()
    marks: set[str] = set()
    for path, content in files:
        base = posixpath.basename(path)
        folders = set(path.split("/")[:-1])
        if ".data/data/" in path:
            marks.add(DATA)
        if SHARED.search(base):
            brought.add(base)
        if content is None or folders & _TESTS:
            continue
        if base == "METADATA" and path.count("/") == 1:
            requires.update(_requires(content.decode("utf-8", "replace")))
        elif base.endswith(".py"):
            text = content.decode("utf-8", "replace")
            source = read(text, _MOST_TEXT) if _MATTERS.search(text) else PythonSource()
            marks.update({OPEN} if source is None or _vague(source) else ())
            commands.update(m.words[0] for m in source.commands if m.words) if source is not None else None
        elif SHARED.search(base):
            libraries.update(needed(content))
    outside = {name for name in libraries - brought if not EVERYWHERE.fullmatch(name)}
    return Reading(
        frozenset({version}),
        frozenset(requires),
        frozenset(posixpath.basename(c) for c in commands),
        frozenset(outside),
        frozenset(marks),
    )


def _vague(source: PythonSource) -> bool:
    """Whether code may run or load what it does not name. Modules that it imports by a computed name have their own
    rows, and code that it makes itself (``exec``) is made of what stands there.
    """
    return bool(
        source.dynamic_commands or source.dynamic_loads or source.loads or any(not m.words for m in source.commands)
    )


def _requires(metadata: str) -> Iterator[str]:
    """Yield what a package requires on Linux with any Python, ``EXTRA:`` before what an extra adds."""
    fields = email.message_from_string(metadata)
    extras = fields.get_all("Provides-Extra") or []
    for text in fields.get_all("Requires-Dist") or []:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        name = canonicalize_name(requirement.name)
        named = [name, *(f"{name}[{extra}]" for extra in sorted(requirement.extras))]
        if _holds(requirement.marker, ""):
            yield from named
            continue
        yield from (
            f"{canonicalize_name(extra)}:{one}"
            for extra in extras
            if _holds(requirement.marker, extra)
            for one in named
        )


def _holds(marker: Marker | None, extra: str) -> bool:
    """Whether a marker may hold on Linux with some Python."""
    if marker is None:
        return True
    system = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "extra": extra}
    machine = {"platform_machine": "x86_64", "platform_python_implementation": "CPython"}
    pythons = ({"python_version": p, "python_full_version": f"{p}.0"} for p in _PYTHONS)
    try:
        return any(marker.evaluate({**system, **machine, **python}) for python in pythons)
    except UndefinedEnvironmentName:
        return True
