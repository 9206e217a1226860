"""The packages that a call of cargo works on, found as cargo finds them (The Cargo Book, "Workspaces" and "Package
Layout").
"""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Iterator

from msgspec import Struct

from transformer.context.cargo import Binary, Manifest, manifest
from transformer.ecosystems.call import World, absolute

_FILE = "Cargo.toml"
_SPECS = "*?[@:/#"
"""What makes the name of a package a pattern, or a specification with a version or a source (cargo help pkgid)."""


class Package(Struct, frozen=True):
    """One package of the image: its directory and its manifest."""

    folder: str
    manifest: Manifest


class Workspace(Struct, frozen=True):
    """Where the build goes: ``folder`` is the workspace's own directory, ``packages`` are its members, ``here`` those
    that a call without options works on.
    """

    folder: str
    packages: tuple[Package, ...]
    here: tuple[Package, ...]


def workspace(start: str, world: World) -> Workspace | None:
    """Return the workspace of the package in or above a directory; None if its manifests cannot be read."""
    own = _nearest(start, world)
    if own is None:
        return None
    root = _root(own, world)
    if root is None:
        return None
    members = _members(root, world)
    if members is None:
        return None
    if own.folder != root.folder:
        here = tuple(p for p in members if p.folder == own.folder) or (own,)
    elif root.manifest.default_members:
        here = tuple(p for p in members if _fits(p, root.folder, root.manifest.default_members))
    else:
        here = (root,) if root.manifest.name else members
    return Workspace(root.folder, members, here)


def selected(found: Workspace, names: tuple[str, ...]) -> tuple[Package, ...] | None:
    """Return the packages of that names; None if one is a pattern, or no member has it."""
    packages = [next((p for p in found.packages if p.manifest.name == name), None) for name in names]
    if any(set(_SPECS) & set(name) for name in names) or None in packages:
        return None
    return tuple(p for p in packages if p is not None)


def programs_of(package: Package, world: World) -> tuple[Binary, ...]:
    """Return the programs of a package, by its manifest and by where its sources lie."""
    stated = package.manifest.binaries
    if not package.manifest.found_binaries:
        return stated
    found = dict[str, Binary]()
    main = f"{package.folder}/src/main.rs"
    if _may_exist(main, world) and not any(_path(b, package) == main for b in stated):
        found[package.manifest.name] = Binary(package.manifest.name)
    for path in (*world.glob(f"{package.folder}/src/bin/*.rs"), *world.glob(f"{package.folder}/src/bin/*/main.rs")):
        inside = posixpath.relpath(path, f"{package.folder}/src/bin")
        name = inside.partition("/")[0].removesuffix(".rs")
        if not any(_path(b, package) == path for b in stated):
            found[name] = Binary(name)
    found |= {b.name: b for b in stated}
    return tuple(found.values())


def _path(binary: Binary, package: Package) -> str:
    return absolute(binary.path or f"src/bin/{binary.name}.rs", package.folder)


def _may_exist(path: str, world: World) -> bool:
    """Whether a source was copied, or written by a step before."""
    return world.exists(path) or any(one.path == path for one in world.edited)


def _nearest(start: str, world: World) -> Package | None:
    """Return the package in the nearest directory at or above ``start`` that has a manifest."""
    folder = start
    while True:
        if _may_exist(_in(folder), world):
            return _package(folder, world)
        if folder == "/":
            return None
        folder = posixpath.dirname(folder)


def _package(folder: str, world: World) -> Package | None:
    text = world.read(_in(folder))
    found = manifest(text) if text is not None else None
    return Package(folder, found) if found is not None else None


def _in(folder: str) -> str:
    return absolute(_FILE, folder)


def _root(own: Package, world: World) -> Package | None:
    """Return the package at the root of the workspace that a package belongs to; None if a manifest cannot be read."""
    if own.manifest.workspace:
        return own
    if own.manifest.parent:
        return _package(absolute(own.manifest.parent, own.folder), world)
    folder = own.folder
    while folder != "/":
        folder = posixpath.dirname(folder)
        if not world.exists(_in(folder)):
            continue
        above = _package(folder, world)
        if above is None:
            return None
        if above.manifest.workspace:
            return own if _excluded(own.folder, above) else above
    return own


def _excluded(folder: str, root: Package) -> bool:
    return any(_below(folder, absolute(name, root.folder)) for name in root.manifest.exclude)


def _members(root: Package, world: World) -> tuple[Package, ...] | None:
    """Return the members of a workspace: those that it lists, and local dependencies in its directory; None if one
    cannot be read.
    """
    if not root.manifest.workspace:
        return (root,)
    found = {root.folder: root} if root.manifest.name else {}
    queue = list(_listed(root, world))
    local = [root]
    shared = {d.key: d.path for d in root.manifest.shared if d.path}
    while queue or local:
        for one in local:
            queue += [absolute(d.path, one.folder) for d in one.manifest.dependencies if d.path]
            queue += [absolute(shared[d.key], root.folder) for d in one.manifest.dependencies if d.key in shared]
        local = []
        folder = queue.pop() if queue else root.folder
        inside = _below(folder, root.folder) and not _excluded(folder, root)
        if folder in found or folder == root.folder or not inside or not world.exists(_in(folder)):
            continue
        package = _package(folder, world)
        if package is None:
            return None
        found[folder] = package
        local = [package]
    return tuple(found.values())


def _listed(root: Package, world: World) -> Iterator[str]:
    for pattern in root.manifest.members:
        place = absolute(pattern, root.folder)
        if any(c in pattern for c in "*?["):
            yield from (posixpath.dirname(path) for path in world.glob(_in(place)))
        else:
            yield place


def _fits(package: Package, folder: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(package.folder, absolute(pattern, folder)) for pattern in patterns)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
