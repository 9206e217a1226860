"""What a -dev package leaves behind: the packages with the libraries that its linker names lead to.

Two methods. *contents*: ``libx.so`` of the -dev package leads to the packages that ship ``libx.so.N``, chosen among its
own dependencies and the packages of its source. *deps*: its dependencies on libraries of the same source or its exact
version. The first is better where both answer (measured against what packages built with it depend on: 98 of 100).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from transformer.knowledge.refresh.rules import words

if TYPE_CHECKING:
    from transformer.knowledge.refresh.derive import Development, Suite

_DEEP = 4


def runtime_of(suite: Suite, name: str) -> Development:
    """Return what stands for a -dev package at run time, and how that is known."""
    from transformer.knowledge.refresh.derive import Development

    if suite.is_static(name):
        return Development("static-language", ())
    declared, shipped = _declared(suite, name, set()), _shipped(suite, name, set())
    if shipped and not shipped <= declared:
        shipped &= _closure(suite, name)
    interpreter = _interpreter(suite, name)
    found = shipped | interpreter or declared | interpreter
    if shipped | interpreter:
        return Development("contents", tuple(sorted(found)))
    if found:
        return Development("deps", tuple(sorted(found)))
    if suite.contents.statics[name]:
        return Development("static", ())
    return Development("header-only" if suite.contents.headers[name] else "none", ())


def _declared(suite: Suite, name: str, seen: set[str], depth: int = 0) -> set[str]:
    seen.add(name)
    package, binaries = suite.archive.binaries[name], suite.archive.binaries
    found = set()
    for clause in package.depends:
        other, operator, version = clause[0]
        same = other in binaries and binaries[other].source == package.source
        if suite.is_library(other) and (same or (operator, version) == ("=", package.version)):
            found.add(other)
    if found or depth >= _DEEP:
        return found
    bare = suite.contents.headers[name] == 0 and name not in suite.contents.linkers
    for other in suite.archive.first(name):
        if other in seen or not suite.is_development(other) or other in words().toolchain_headers:
            continue
        if bare or binaries[other].source == package.source or _unversioned(other) == _unversioned(name):
            found |= _declared(suite, other, seen, depth + 1)
    return found


def _shipped(suite: Suite, name: str, seen: set[str], depth: int = 0) -> set[str]:
    seen.add(name)
    binaries, first = suite.archive.binaries, set(suite.archive.first(name))
    linkers = suite.contents.linkers.get(name, set())
    found: set[str] = set()
    for linker in linkers:
        owners = {o for o in _stems(suite).get(linker.removesuffix(".so"), ()) if o in binaries} - {name}
        near = owners & first or {o for o in owners if binaries[o].source == binaries[name].source}
        found |= near or (owners if len(owners) == 1 else set())
    if not linkers and depth < _DEEP:
        bare = suite.contents.headers[name] == 0
        for other in sorted(first - seen - words().toolchain_headers):
            if suite.is_development(other) and (bare or _unversioned(other) == _unversioned(name)):
                found |= _shipped(suite, other, seen, depth + 1)
    return {o for o in found if not suite.is_development(o)} - words().everywhere


def _interpreter(suite: Suite, name: str) -> set[str]:
    """Return the interpreter of which the package is the -dev: extension modules run in it."""
    binaries = suite.archive.binaries
    found = set()
    for clause in binaries[name].depends if name.endswith("-dev") else ():
        other = clause[0][0]
        if other in binaries and binaries[other].source == binaries[name].source and not suite.is_development(other):
            section = binaries[other].section
            if section in words().interpreter_sections and suite.contents.commands.get(other):
                found.add(other)
    return found


def _closure(suite: Suite, name: str) -> set[str]:
    """Return all that a package may depend on, every alternative included."""
    found, todo = {name}, [name]
    while todo:
        for clause in suite.archive.binaries[todo.pop()].depends:
            for alternative in clause:
                named = alternative[0]
                options = [named] if named in suite.archive.binaries else suite.archive.providers.get(named, ())
                new = [option for option in options if option in suite.archive.binaries and option not in found]
                found.update(new)
                todo += new
    return found


def _unversioned(name: str) -> str:
    return re.sub(r"[\d.]", "", name)


@lru_cache(maxsize=8)
def _stems(suite: Suite) -> Mapping[str, frozenset[str]]:
    """Return ``libx`` -> the packages that ship ``libx.so.N``."""
    found: dict[str, set[str]] = defaultdict(set)
    for package, names in suite.contents.libraries.items():
        for name in names:
            found[name.split(".so.")[0]].add(package)
    return {stem: frozenset(packages) for stem, packages in found.items()}
