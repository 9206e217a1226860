"""Packages of a language's index (PyPI, npm): what each needs of the operating system when it runs.

What is known comes from the Debian package of the same module (``deps``), from the code of the index's own package
(``read``), was written by hand (``exception``) or is a row of the user's own (``overlay``). A module that no table has
is unknown: never "needs nothing". Other modules that it depends on are those that the index's package names, if it was
read: a distribution adds some of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from transformer.knowledge import exceptions, overlay, releases
from transformer.knowledge.loader import rows, table
from transformer.knowledge.packages import Release
from transformer.knowledge.packages import release as find_release
from transformer.knowledge.programs import programs
from transformer.knowledge.releases import Coverage
from transformer.knowledge.tables import KnowledgeError

_UNTOLD = frozenset({"gem"})
"""Indexes of which the packages of a distribution do not tell what code may run whose programs have no name."""
_OPEN = frozenset({"open", "built"})
"""Marks of code that does not tell what a module needs."""


class Module(Struct, frozen=True):
    """What one module needs: other modules, and packages of the distribution (libraries, programs, data).

    ``optional`` are packages for what it can do besides. ``proven``: the names are those of the release asked for.
    """

    name: str
    modules: tuple[str, ...]
    packages: tuple[str, ...]
    optional: tuple[str, ...]
    how: str
    proven: bool
    data: bool = False
    """It brings files that are neither modules nor programs."""
    open: bool = False
    """It runs programs or loads libraries whose names do not stand in its code."""


class _Read(Struct, frozen=True):
    """What the code of an index's package tells (``*-read.tsv.z``)."""

    requires: tuple[str, ...]
    commands: tuple[str, ...]
    libraries: tuple[str, ...]
    marks: tuple[str, ...]
    packages: tuple[str, ...] = ()
    """Packages of the distribution that it needs besides, by hand."""
    unused: tuple[str, ...] = ()
    """Packages of programs that it names and that no image needs for it, by hand."""


class Closure(Struct, frozen=True):
    """Modules with all that they depend on: ``packages`` with the module that needs each, ``unknown`` modules,
    ``modules`` that are known, and whether all names are proven for the release; ``data`` are modules that bring other
    files than modules and programs, ``open`` those that may run or load anything.
    """

    modules: frozenset[str]
    packages: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    proven: bool
    data: tuple[str, ...]
    open: tuple[str, ...] = ()


def ecosystem_of(index: str) -> str | None:
    """Return the ecosystem whose packages come from an index (``pypi``), or None."""
    return next((ecosystem for ecosystem, where in rows("module-indexes.tsv") if where == index), None)


def module(ecosystem: str, name: str, release: str) -> Module | None:
    """Return what is known of a module for a release (``debian:bookworm``); None if nothing is."""
    index = dict((name, where) for name, where in rows("module-indexes.tsv")).get(ecosystem)
    known = releases.find(release)
    if index is None or not known.tables:
        return None
    for how, stated in (
        ("overlay", overlay.current().of("module")),
        ("exception", exceptions.of("module", known.name)),
    ):
        words = stated.get(f"{index}:{name}")
        if words is not None:
            needed = tuple(w[1:] for w in words.split() if w.startswith("+"))
            return Module(name, needed, tuple(w for w in words.split() if w[0] != "+"), (), how, True)
    own = _judged(_read(index, name), f"{index}:{name}")
    parts = _row(f"{known.tables}-modules.tsv.z", f"{index}:{name}", 4)
    exact = known.coverage is Coverage.EXACT
    if parts is None:
        return None if own is None else _by_code(ecosystem, name, own, known.name, exact=exact)
    modules, *named, data = parts
    unused = exceptions.of("unused").get(f"{index}:{name}", "").split()
    packages, optional = (tuple(p for p in names if p not in unused) for names in named)
    how = "deps" if exact else "neighbour"
    found = Module(name, modules, packages, optional, how, exact or not packages, bool(data))
    return found if own is None else _with_code(ecosystem, found, own, known.name, told=index not in _UNTOLD)


def _with_code(ecosystem: str, found: Module, own: _Read, release: str, *, told: bool) -> Module:
    """Return what a distribution says of a module together with the programs that its code names, which maintainers
    often leave out: sentry-sdk lacks git. With ``told``, code that may run anything runs what they name.
    """
    packages = tuple(sorted({*found.packages, *_called(ecosystem, own, find_release(release))}))
    return replace(found, modules=own.requires, packages=packages, open="open" in own.marks and not told)


def _called(ecosystem: str, own: _Read, release: Release) -> set[str]:
    """Return the packages of the programs that a module's code names, and of what it needs besides."""
    own_ones = programs().interpreters.get(ecosystem, ())
    called = [set(release.providers(c)) for c in own.commands if c not in own_ones]
    known = [{p for p in some if release.role(p) is not None} or some for some in called]
    packages = {p for some in known for p in some if not some & release.base_packages}
    return ((packages - set(own.unused)) | set(own.packages)) - release.base_packages


def _judged(own: _Read | None, key: str) -> _Read | None:
    """Return what was read as somebody judged it: rows ``unused`` have what code names, and Debian's package of it, for
    other ends than running in an image, rows ``code`` what code needs that has marks.
    """
    if own is None:
        return None
    own = replace(own, unused=tuple(exceptions.of("unused").get(key, "").split()))
    packages = exceptions.of("code").get(key)
    if packages is None:
        return own
    marks = tuple(m for m in own.marks if m not in _OPEN)
    return replace(own, packages=tuple(packages.split()), marks=marks)


def versions(ecosystem: str, name: str) -> tuple[str, ...]:
    """Return the versions of a module whose own packages were read; nothing if none was."""
    index = dict((name, where) for name, where in rows("module-indexes.tsv")).get(ecosystem)
    read = index in {row[0] for row in rows("read-indexes.tsv")}
    parts = _row(f"{index}-read.tsv.z", f"{name}", 5) if read else None
    return parts[0] if parts is not None else ()


def _row(file: str, key: str, width: int) -> list[tuple[str, ...]] | None:
    row = table(file).get(key)
    if row is None:
        return None
    parts = row.split("\t")
    if len(parts) != width:
        raise KnowledgeError(file, f"{key}\t{row}")
    return [tuple(part.split()) for part in parts]


def _read(index: str, name: str) -> _Read | None:
    """Return what was read of a package of the index, or of what it adds for an extra (``name[extra]``)."""
    bare, _, extra = name.rstrip("]").partition("[")
    parts = _row(f"{index}-read.tsv.z", bare, 5) if index in {row[0] for row in rows("read-indexes.tsv")} else None
    if parts is None:
        return None
    requires = tuple(word for word in parts[1] if ":" not in word)
    if extra:
        added = tuple(w.partition(":")[2] for w in parts[1] if w.startswith(f"{extra}:"))
        return _Read((bare, *added), (), (), ()) if added else None
    return _Read(requires, *parts[2:])


def _by_code(ecosystem: str, name: str, own: _Read, release: str, *, exact: bool) -> Module | None:
    """Return what a module needs by its own code; None if that does not tell."""
    if "built" in own.marks:
        return None
    known = find_release(release)
    linked = _linked(own.libraries, known)
    if linked is None:
        return None
    needed = tuple(sorted(_called(ecosystem, own, known) | (linked - known.base_packages)))
    marks = {mark: mark in own.marks for mark in ("data", "open")}
    return Module(name, own.requires, needed, (), "read", exact or not needed, **marks)


def _linked(sonames: tuple[str, ...], release: Release) -> set[str] | None:
    """Return the packages of libraries; None if one is not known under any of the versions that were seen of it."""
    found: dict[str, set[str | None]] = {}
    for soname in sonames:
        found.setdefault(soname.partition(".so")[0], set()).add(release.library_package(soname))
    known = [packages - {None} for packages in found.values()]
    return {p for packages in known for p in packages if p} if all(known) else None


def closure(ecosystem: str, names: Iterable[str], release: str, *, follow: bool = True) -> Closure:
    """Return what modules need together; with ``follow`` also what the modules that they depend on need."""
    seen: dict[str, Module] = {}
    unknown: list[str] = []
    todo = list(names)
    while todo:
        name = todo.pop()
        if name in seen or name in unknown:
            continue
        found = module(ecosystem, name, release)
        if found is None:
            unknown.append(name)
            continue
        seen[name] = found
        todo += found.modules if follow else ()
    packages = {p: name for name in sorted(seen) for p in (*seen[name].packages, *seen[name].optional)}
    proven = all(m.proven for m in seen.values())
    data = tuple(sorted(name for name, found in seen.items() if found.data))
    vague = tuple(sorted(name for name, found in seen.items() if found.open))
    return Closure(frozenset(seen), tuple(sorted(packages.items())), tuple(sorted(unknown)), proven, data, vague)
