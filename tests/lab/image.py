"""The files of an image, read from the archive that ``docker save`` writes: nothing is unpacked, no root is needed."""

from __future__ import annotations

import hashlib
import json
import posixpath
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 20
WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"

# Files whose lines are compared, not their bytes: packages add lines to them.
ACCOUNTS = frozenset({"/etc/passwd", "/etc/group"})

_KINDS = {tarfile.DIRTYPE: "directory", tarfile.SYMTYPE: "link", tarfile.CHRTYPE: "device", tarfile.BLKTYPE: "device"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One file as a later COPY or a program sees it; the time stamp is left out. Links have no mode of their own."""

    kind: str
    mode: int
    uid: int
    gid: int
    content: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    lines: frozenset[str] = frozenset()

    def __str__(self) -> str:
        content = f" {self.content[:12]}" if self.content else ""
        return f"{self.kind} {self.mode:o} {self.uid}:{self.gid}{content}{' +xattr' * bool(self.attributes)}"


Files = Mapping[str, Entry]


def read_files(archive: Path) -> dict[str, Entry]:
    """Return the files of a saved image, by absolute path, as the topmost layer shows them."""
    files: dict[str, Entry] = {}
    with tarfile.open(archive, "r:") as tar:
        for name in _layers(tar):
            source = tar.extractfile(_resolved(tar, name))
            assert source is not None
            with tarfile.open(fileobj=source, mode="r:*") as layer:
                _apply(files, layer)
    return files


def _layers(tar: tarfile.TarFile) -> list[str]:
    manifest = tar.extractfile("manifest.json")
    assert manifest is not None
    layers: list[str] = json.load(manifest)[0]["Layers"]
    return layers


def _resolved(tar: tarfile.TarFile, name: str) -> tarfile.TarInfo:
    """Follow the links that older engines write for a layer that comes twice."""
    member = tar.getmember(name)
    while member.issym():
        member = tar.getmember(posixpath.normpath(posixpath.join(posixpath.dirname(member.name), member.linkname)))
    return member


def _apply(files: dict[str, Entry], layer: tarfile.TarFile) -> None:
    """Lay one layer over the files: first what it removes, then what it adds."""
    added: dict[str, Entry] = {}
    for path, member in _members(layer):
        folder, name = posixpath.split(path)
        if name == OPAQUE:
            _remove_below(files, folder)
        elif name.startswith(WHITEOUT):
            _remove(files, posixpath.join(folder, name.removeprefix(WHITEOUT)))
        else:
            added[path] = _entry(layer, path, member, added)
    for path, entry in added.items():
        if path in files and files[path].kind == "directory" != entry.kind:
            _remove_below(files, path)
        files[path] = entry


def _members(layer: tarfile.TarFile) -> Iterator[tuple[str, tarfile.TarInfo]]:
    for member in layer:
        path = _absolute(member.name)
        if path != "/":
            yield path, member


def _absolute(name: str) -> str:
    return posixpath.normpath("/" + name.lstrip("/"))


def _remove(files: dict[str, Entry], path: str) -> None:
    files.pop(path, None)
    _remove_below(files, path)


def _remove_below(files: dict[str, Entry], folder: str) -> None:
    for path in [path for path in files if path.startswith(folder.rstrip("/") + "/")]:
        del files[path]


def _entry(layer: tarfile.TarFile, path: str, member: tarfile.TarInfo, before: Mapping[str, Entry]) -> Entry:
    if member.islnk():
        return before[_absolute(member.linkname)]
    if member.isreg():
        digest, lines = _content(layer, member, path in ACCOUNTS)
        return Entry("file", member.mode & 0o7777, member.uid, member.gid, digest, _attributes(member), lines)
    mode = 0 if member.issym() else member.mode & 0o7777
    kind = _KINDS.get(member.type, "other")
    return Entry(kind, mode, member.uid, member.gid, member.linkname if member.issym() else "", _attributes(member))


def _content(layer: tarfile.TarFile, member: tarfile.TarInfo, keep: bool) -> tuple[str, frozenset[str]]:
    source = layer.extractfile(member)
    assert source is not None
    if keep:
        data = source.read()
        return hashlib.sha256(data).hexdigest(), frozenset(data.decode().splitlines())
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest(), frozenset()


def _attributes(member: tarfile.TarInfo) -> tuple[tuple[str, str], ...]:
    """Return the extended attributes: file capabilities are one."""
    return tuple(sorted((key, value) for key, value in member.pax_headers.items() if key.startswith("SCHILY.xattr.")))
