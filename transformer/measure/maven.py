"""Maven: the poms of modules, and the classes and native libraries in their archives, in a local repository that Maven
has filled for projects (``projects.py``).

What a class calls stands in its constant pool (JVMS 4.4), so that nothing has to be decompiled. Versions of what a
module depends on are not looked at; who manages them says their scopes as well (Maven's "Introduction to the
Dependency Mechanism").
"""

from __future__ import annotations

import posixpath
import re
import struct
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial, reduce
from pathlib import Path
from xml.etree.ElementTree import Element

from transformer.context.pom import parsed
from transformer.knowledge.programs import jvm_packages
from transformer.measure.fetching import members
from transformer.measure.libraries import EVERYWHERE, SHARED, needed
from transformer.measure.reading import OPEN, Reading

_PROPERTY = re.compile(r"\$\{([^${}]+)\}")
_RUNNING = frozenset({"", "compile", "runtime"})
_DEPTH = 12
_NO_ARCHIVE = frozenset({"pom", "bom"})
_LINUX = re.compile(r"(?i)linux|^[^/]*\.so|x86[_-]64|amd64")
_OTHER = re.compile(
    r"(?i)musl|alpine|android|aarch|arm|ppc|s390|riscv|mips|loongarch|x86_32|i386|i686|/x86/|freebsd|sunos|aix|darwin"
)
_RUNS = b"java/lang/ProcessBuilder"
_ASKS = (b"java/lang/Runtime", b"\x01\x00\x04exec")
_LOADS = (b"java/lang/System", (b"\x01\x00\x0bloadLibrary", b"\x01\x00\x04load"))
_BY_NAME = b"com/sun/jna/Native"


def readings(repository: Path, workers: int) -> dict[str, Reading]:
    """Return what the modules of a local repository say, by their names (GROUP/ARTIFACT): each version that Maven has
    fetched there counts.
    """
    poms = sorted(repository.glob("**/*.pom"))
    found: dict[str, Reading] = {}
    with ProcessPoolExecutor(workers) as pool:
        for name, reading in pool.map(partial(_version, repository), poms, chunksize=16):
            if reading is not None:
                found[name] = found.get(name, Reading()).with_(reading)
    return dict(sorted(found.items()))


def _version(repository: Path, pom: Path) -> tuple[str, Reading | None]:
    """Return what one version of a module says; None for one of which only the pom is there, though it has more."""
    version = pom.parent.name
    group = ".".join(pom.parent.parent.parent.relative_to(repository).parts)
    name = f"{group}/{pom.parent.parent.name}"
    chain = list(_chain(repository, name, version))
    if not chain:
        return name, None
    values = _properties(chain, name, version)
    requires = frozenset(_required(chain, values, dict(_managed(repository, chain, values, _DEPTH))))
    marks = frozenset({OPEN} if any("${" in r for r in requires) else ())
    plain = Reading(frozenset({version}), frozenset(r for r in requires if "${" not in r), marks=marks)
    if (_value(chain[0], "packaging", values) or "jar") in _NO_ARCHIVE:
        return name, plain
    moved = chain[0].find("distributionManagement/relocation")
    if moved is not None:
        own_group, own_artifact = name.split("/")
        target = f"{_said(moved, 'groupId') or own_group}/{_said(moved, 'artifactId') or own_artifact}"
        return name, Reading(frozenset({version}), frozenset({target}))
    archives = sorted(pom.parent.glob(f"{pom.parent.parent.name}-{version}*.jar"))
    if not archives:
        return name, None
    try:
        # a classifier adds libraries for a system, or classes
        return name, reduce(Reading.with_, (archive_reading(a.read_bytes()) for a in archives), plain)
    except ValueError:
        return name, plain.with_(Reading(marks=frozenset({OPEN})))


def archive_reading(archive: bytes) -> Reading:
    """Return what the classes of an archive run and load, and what its native libraries are linked with."""
    libraries: set[str] = set()
    brought: set[str] = set()
    loads = opens = False
    for path, content in members(archive, (".class", ".so")):
        if SHARED.search(path):
            brought.add(posixpath.basename(path))
            if _LINUX.search(path) and not _OTHER.search(path):
                libraries |= {s for s in needed(content or b"") if not EVERYWHERE.fullmatch(s)}
        elif content is not None:
            opens = opens or runs(content)
            loads = loads or _loads(content)
    libraries -= brought
    opens = opens or (loads and not brought)
    return Reading(libraries=frozenset(libraries), marks=frozenset({OPEN} if opens else ()))


def runs(content: bytes) -> bool:
    """Whether a class may run a program, load a library by its name, or use what only a JDK has."""
    calls = _RUNS in content or all(word in content for word in _ASKS)
    return (calls and _calls(content)) or _BY_NAME in content or any(word in content for word in _kit())


def _kit() -> tuple[bytes, ...]:
    names = (n for n in jvm_packages("only_in_jdk"))
    return tuple(b for n in names for b in (n.replace(".", "/").encode(), n.encode()))


def _calls(content: bytes) -> bool:
    found = set(_methods(content))
    return any(
        owner == "java/lang/ProcessBuilder" or (owner, name) == ("java/lang/Runtime", "exec") for owner, name in found
    )


def _loads(content: bytes) -> bool:
    if _LOADS[0] not in content or not any(word in content for word in _LOADS[1]):
        return False
    return any(owner == "java/lang/System" and name in {"load", "loadLibrary"} for owner, name in _methods(content))


def _methods(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield the methods that a class file names, each with its class (JVMS 4.4); nothing for a damaged one."""
    sizes = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
    entries: dict[int, tuple[int, bytes]] = {}
    try:
        (count,) = struct.unpack_from(">H", content, 8)
        at, number = 10, 1
        while number < count:
            tag = content[at]
            size = 2 + struct.unpack_from(">H", content, at + 1)[0] if tag == 1 else sizes[tag]
            entries[number] = (tag, content[at + 1 : at + 1 + size])
            at += 1 + size
            number += 2 if tag in {5, 6} else 1
        for tag, body in entries.values():
            if tag in {10, 11}:
                owner, pair = struct.unpack(">HH", body)
                yield (
                    _text(entries, struct.unpack(">H", entries[owner][1])[0]),
                    _text(entries, struct.unpack(">HH", entries[pair][1])[0]),
                )
    except (struct.error, KeyError, IndexError):
        return


def _text(entries: Mapping[int, tuple[int, bytes]], number: int) -> str:
    return entries[number][1][2:].decode("utf-8", "replace")


def _chain(repository: Path, name: str, version: str) -> Iterator[Element]:
    """Yield a pom and its parents, the nearest first."""
    for _ in range(_DEPTH):
        group, _slash, artifact = name.partition("/")
        file = repository.joinpath(*group.split("."), artifact, version, f"{artifact}-{version}.pom")
        root = parsed(file.read_bytes().decode("utf-8", "replace") if file.is_file() else "")
        if root is None:
            return
        yield root
        parent = root.find("parent")
        if parent is None:
            return
        name = f"{_said(parent, 'groupId')}/{_said(parent, 'artifactId')}"
        version = _said(parent, "version")


def _properties(chain: list[Element], name: str, version: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for root in reversed(chain):
        found |= {c.tag: (c.text or "").strip() for c in root.findall("properties/*")}
    group, _, artifact = name.partition("/")
    for prefix in ("project.", "pom.", ""):
        found |= {f"{prefix}groupId": group, f"{prefix}artifactId": artifact, f"{prefix}version": version}
    parent = chain[0].find("parent")
    if parent is not None:
        found |= {
            "project.parent.groupId": _said(parent, "groupId"),
            "project.parent.version": _said(parent, "version"),
        }
    return found


def _managed(
    repository: Path, chain: list[Element], values: Mapping[str, str], depth: int
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the scopes and options that dependency management says, those that go first last."""
    for root in reversed(chain):
        for element in root.findall("dependencyManagement/dependencies/dependency"):
            name = _name(element, values)
            if _said(element, "scope") != "import":
                yield name, (_said(element, "scope"), _said(element, "optional"))
            elif depth:
                version = _filled(_said(element, "version"), values)
                inner = list(_chain(repository, name, version))
                if inner:
                    yield from _managed(repository, inner, _properties(inner, name, version), depth - 1)


def _required(chain: list[Element], values: Mapping[str, str], scopes: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """Yield the modules that come along at run time."""
    for root in chain:
        for element in root.findall("dependencies/dependency"):
            name = _name(element, values)
            scope = _filled(_said(element, "scope"), values) or scopes.get(name, ("", ""))[0]
            optional = _filled(_said(element, "optional"), values) or scopes.get(name, ("", ""))[1]
            if scope in _RUNNING and optional != "true":
                yield name


def _name(element: Element, values: Mapping[str, str]) -> str:
    return f"{_filled(_said(element, 'groupId'), values)}/{_filled(_said(element, 'artifactId'), values)}"


def _filled(text: str, values: Mapping[str, str]) -> str:
    for _ in range(5):
        text = _PROPERTY.sub(lambda m: values.get(m[1], m[0]), text)
    return text


def _value(root: Element, name: str, values: Mapping[str, str]) -> str:
    return _filled(_said(root, name), values)


def _said(element: Element, name: str) -> str:
    found = element.find(name)
    return (found.text or "").strip() if found is not None else ""
