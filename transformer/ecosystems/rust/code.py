"""The code of a project in the build context: its packages, their sources, and the crates that they are locked to."""

from __future__ import annotations

import posixpath

from msgspec import Struct

from transformer.context.build_context import BuildContext
from transformer.context.cargo import Locked, Manifest, lock, manifest
from transformer.context.literals import MAX_SOURCES, MAX_TOTAL
from transformer.ecosystems.call import Project
from transformer.ecosystems.rust.crates import crate, is_known, used

_LOCK = "Cargo.lock"
_CHECKSUM = ".cargo-checksum.json"
"""What cargo vendor puts beside each package."""
_APART = frozenset({"tests", "benches", "examples"})
"""Directories of a package whose sources are programs of their own (The Cargo Book, "Package Layout")."""


class Code(Struct, frozen=True):
    """``manifests`` are those of the project by their directory, ``sources`` what becomes part of programs, vendored
    crates among it that no table has, and ``scripts`` what builds them; ``crates`` are the others. ``missing`` is what
    could not be found.
    """

    manifests: dict[str, Manifest]
    sources: dict[str, str]
    scripts: dict[str, str]
    crates: tuple[Locked, ...]
    complete: bool
    missing: tuple[str, ...]


def code_of(project: Project) -> Code:
    """Return the code of a project."""
    context = project.context
    files = sorted({f for folder in project.folders for f in context.under(folder)})
    vendored = {posixpath.dirname(f) for f in files if posixpath.basename(f) == _CHECKSUM}
    own = [f for f in files if not any(f.startswith(folder + "/") for folder in vendored)]
    manifests, complete = _manifests(context, own)
    others, _ = _manifests(context, [f"{folder}/Cargo.toml" for folder in sorted(vendored)])
    locked, missing = _locked(context, own, manifests)
    local = {m.name for m in manifests.values()}
    missing += [f"{one.name} (it is not in the context)" for one in locked if not one.source and one.name not in local]
    places = {(m.name, m.version): folder for folder, m in others.items()}
    crates = [one for one in used(locked, _built(manifests), _Requires(manifests, others)) if one.source]
    read = {places[c.name, c.version] for c in crates if (c.name, c.version) in places and not is_known(c)}
    packages = {**manifests, **{folder: others[folder] for folder in read}}
    names = own + [f for folder in sorted(read) for f in context.under(folder)]
    scripts = {posixpath.normpath(posixpath.join(folder, m.script)) for folder, m in packages.items() if m.script}
    rust = [f for f in names if f.endswith(".rs") and f not in scripts and not _apart(f, packages, project.named)]
    sources, whole = _texts(context, rust)
    built, _ = _texts(context, [f for f in names if f in scripts])
    complete = complete and whole and context.complete and bool(sources)
    left = tuple(c for c in crates if places.get((c.name, c.version)) not in read)
    return Code(manifests, sources, built, left, complete, tuple(missing))


def _built(manifests: dict[str, Manifest]) -> list[str]:
    return [m.name for m in manifests.values() if m.name and "proc-macro" not in m.kinds]


class _Requires:
    """What a package needs when it runs: by its manifest, else by the table."""

    def __init__(self, manifests: dict[str, Manifest], vendored: dict[str, Manifest]) -> None:
        self.shared = {d.key: d.name for m in manifests.values() for d in m.shared}
        self.own: dict[str, frozenset[str]] = {}
        for one in manifests.values():
            self.own[one.name] = self.own.get(one.name, frozenset()) | self._wanted(one)
        self.vendored = {(m.name, m.version): self._wanted(m) for m in vendored.values()}

    def __call__(self, one: Locked) -> frozenset[str] | None:
        if not one.source:
            return self.own.get(one.name)
        row = crate(one.name) if is_known(one) else None
        return row.requires if row is not None else self.vendored.get((one.name, one.version))

    def _wanted(self, one: Manifest) -> frozenset[str]:
        names = (self.shared.get(d.key, d.name) if d.inherited else d.name for d in one.dependencies if d.runs)
        return frozenset(names)


def _manifests(context: BuildContext, files: list[str]) -> tuple[dict[str, Manifest], bool]:
    found, complete = dict[str, Manifest](), True
    for file in files:
        if posixpath.basename(file) == "Cargo.toml":
            text = context.read(file)
            one = manifest(text) if text is not None else None
            complete = complete and one is not None
            if one is not None:
                found[posixpath.dirname(file)] = one
    return found, complete


def _apart(file: str, manifests: dict[str, Manifest], named: frozenset[str]) -> bool:
    """Whether a source serves tests, is an example that the image does not start, or runs in the compiler alone."""
    folder = posixpath.dirname(file)
    while folder not in manifests and folder:
        folder = posixpath.dirname(folder)
    if folder not in manifests:
        return False
    if "proc-macro" in manifests[folder].kinds:
        return True
    inside = posixpath.relpath(file, folder or ".")
    if inside in {b.path for b in manifests[folder].binaries}:
        return False
    first = inside.partition("/")[0]
    return first in _APART and not (first == "examples" and first in named)


def _texts(context: BuildContext, names: list[str]) -> tuple[dict[str, str], bool]:
    """Return the texts of files, and whether all of them could be read."""
    if len(names) > MAX_SOURCES:
        return {}, False
    found, total = dict[str, str](), 0
    for name in names:
        text = context.read(name)
        if text is None or total > MAX_TOTAL:
            return found, False
        found[name] = text
        total += len(text)
    return found, True


def _locked(
    context: BuildContext, files: list[str], manifests: dict[str, Manifest]
) -> tuple[tuple[Locked, ...], list[str]]:
    """Return the packages of all lock files; what has dependencies and no lock file is not known."""
    found: list[Locked] = []
    missing: list[str] = []
    folders = [posixpath.dirname(f) for f in files if posixpath.basename(f) == _LOCK]
    for folder in folders:
        text = context.read(posixpath.join(folder, _LOCK))
        packages = lock(text) if text is not None else None
        missing += [] if packages is not None else [posixpath.join(folder, _LOCK)]
        found += packages or ()
    for folder, one in manifests.items():
        alone = not any(not f or folder == f or folder.startswith(f + "/") for f in folders)
        if alone and any(d.runs and not d.path for d in one.dependencies):
            missing.append(f"the crates of {posixpath.join(folder, 'Cargo.toml')} (it has no lock file)")
    return tuple(found), missing
