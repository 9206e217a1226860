"""The files of an image, read from the archive that ``save`` writes: nothing is unpacked, no root is needed.

Both layouts are read: docker's own and that of OCI (both have ``manifest.json``). Archives are hostile: members never
leave the table that is made of them, and their number, size and links are bounded.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from msgspec import Struct

from transformer.verify.elf import MAGIC, Needs, needs

LINKER_CACHE = "/etc/ld.so.cache"
OS_RELEASE = "/usr/lib/os-release"
_CHUNK = 1 << 20
_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"
_MOST_FILES, _MOST_BYTES, _MOST_KEPT, _MOST_LINKS = 3_000_000, 64 << 30, 32 << 20, 16
_KINDS = {
    tarfile.DIRTYPE: "directory",
    tarfile.SYMTYPE: "link",
    tarfile.CHRTYPE: "device",
    tarfile.BLKTYPE: "device",
    tarfile.FIFOTYPE: "pipe",
}
_KEPT = (
    "/etc/passwd",
    "/etc/group",
    "/var/lib/dpkg/status",
    "/lib/apk/db/installed",
    "/usr/lib/apk/db/installed",
    LINKER_CACHE,
    OS_RELEASE,
)
_LISTS = "/var/lib/dpkg/info/"
_SCRIPT = b"#!"
_MOST_SOURCE, _MOST_SOURCES = 1 << 20, 64 << 20
_SOURCES = (".py", ".js", ".cjs", ".mjs", "/package.json", ".dist-info/METADATA")
"""Files whose imports are read, besides scripts."""


class ArchiveError(Exception):
    """An archive that is no image, or larger than any image is."""


class Entry(Struct, frozen=True):
    """One file as a later COPY or a program sees it; the time stamp is left out. Links have no mode of their own.

    ``content`` is the digest of a file or the target of a link, ``head`` the beginning of a script.
    """

    kind: str
    mode: int
    uid: int
    gid: int
    content: str = ""
    size: int = 0
    attributes: tuple[tuple[str, str], ...] = ()
    head: str = ""

    def __str__(self) -> str:
        content = f" -> {self.content}" if self.kind == "link" else f" {self.content[:12]}" if self.content else ""
        return f"{self.kind} {self.mode:o} {self.uid}:{self.gid}{content}{' with attributes' * bool(self.attributes)}"


class Image(Struct, frozen=True):
    """What an archive holds: files by absolute path, as the topmost layer shows them, and the layers' sizes in bytes.

    ``texts`` are the contents of account files, package databases and sources that are not the base's; ``needs`` is
    what ELF files that are not the base's ask for, and what the base's libraries define.
    """

    files: Mapping[str, Entry]
    texts: Mapping[str, str]
    needs: Mapping[str, Needs]
    layers: tuple[int, ...]

    def resolve(self, path: str) -> str | None:
        """Return the path without links in it, or None if it is not there."""
        done, todo = "", [part for part in path.split("/") if part]
        for _ in range(_MOST_LINKS * 16):
            if not todo:
                return done or "/"
            step = posixpath.normpath(f"{done}/{todo.pop(0)}")
            entry = self.files.get(step)
            if entry is None:
                return None
            if entry.kind == "link":
                target = posixpath.normpath(posixpath.join(posixpath.dirname(step), entry.content))
                done, todo = "", [*(part for part in target.split("/") if part), *todo]
            else:
                done = step
        return None


def read(archive: Path, beside: Image | None = None) -> Image:
    """Return the image in a saved archive; raises ArchiveError for what is no image or unreasonably large.

    ELF files up to 32 MB and sources up to 64 MB in all are read if they are not those that ``beside`` has; without
    such an image none are.
    """
    reader = _Reader(beside.files if beside is not None else None)
    try:
        with tarfile.open(archive, "r:") as tar:
            sizes = []
            for name in _layers(tar):
                member = _member(tar, name)
                source = tar.extractfile(member)
                if source is None:
                    raise ArchiveError(f"layer {name} is no file")
                with tarfile.open(fileobj=source, mode="r|*") as layer:
                    sizes.append(reader.apply(layer))
    except (tarfile.TarError, KeyError, ValueError, EOFError, OSError) as error:
        raise ArchiveError(f"{archive.name} is no image: {error}") from error
    texts = {path: text for path, text in reader.texts.items() if path in reader.files}
    return Image(reader.files, texts, reader.needs, tuple(sizes))


def _layers(tar: tarfile.TarFile) -> list[str]:
    manifest = tar.extractfile("manifest.json")
    if manifest is None:
        raise ArchiveError("no manifest.json")
    found: Any = json.loads(manifest.read(_MOST_KEPT))
    return [str(name) for name in found[0]["Layers"]]


def _member(tar: tarfile.TarFile, name: str) -> tarfile.TarInfo:
    """Follow the links that older engines write for a layer that comes twice."""
    member = tar.getmember(name)
    for _ in range(_MOST_LINKS):
        if not member.issym():
            return member
        member = tar.getmember(posixpath.normpath(posixpath.join(posixpath.dirname(member.name), member.linkname)))
    raise ArchiveError(f"layer {name} is a link to itself")


class _Reader:
    """Lays one layer over another."""

    def __init__(self, beside: Mapping[str, Entry] | None) -> None:
        self.files: dict[str, Entry] = {}
        self.texts: dict[str, str] = {}
        self.needs: dict[str, Needs] = {}
        self._beside = beside
        self._count = self._bytes = self._sources = 0

    def apply(self, layer: tarfile.TarFile) -> int:
        """Lay a layer over the files: what it removes is gone before what it adds; return the bytes of its files."""
        added: dict[str, Entry] = {}
        size = 0
        for member in layer:
            layer.members = []  # type: ignore[attr-defined] # a stream is read once: what tarfile remembers of it would grow with the image
            path = posixpath.normpath("/" + member.name.lstrip("/"))
            self._bound(member)
            folder, name = posixpath.split(path)
            if path == "/":
                continue
            if name == _OPAQUE:
                self._remove_below(folder)
            elif name.startswith(_WHITEOUT):
                self._remove(posixpath.join(folder, name.removeprefix(_WHITEOUT)))
            else:
                added[path] = self._entry(layer, path, member, added)
                size += member.size if member.isreg() else 0
        for path, entry in added.items():
            if path in self.files and self.files[path].kind == "directory" != entry.kind:
                self._remove_below(path)
            self.files[path] = entry
        return size

    def _bound(self, member: tarfile.TarInfo) -> None:
        self._count += 1
        self._bytes += member.size
        if self._count > _MOST_FILES or self._bytes > _MOST_BYTES:
            raise ArchiveError("the image has more files or bytes than are read")

    def _remove(self, path: str) -> None:
        self.files.pop(path, None)
        self._remove_below(path)

    def _remove_below(self, folder: str) -> None:
        start = folder.rstrip("/") + "/"
        for path in [path for path in self.files if path.startswith(start)]:
            del self.files[path]

    def _entry(self, layer: tarfile.TarFile, path: str, member: tarfile.TarInfo, before: Mapping[str, Entry]) -> Entry:
        self.texts.pop(path, None)
        self.needs.pop(path, None)
        if member.islnk():
            target = posixpath.normpath("/" + member.linkname.lstrip("/"))
            known = before.get(target) or self.files.get(target)
            if target in self.needs:
                self.needs[path] = self.needs[target]
            if target in self.texts:
                self.texts[path] = self.texts[target]
            return known or Entry("broken link", 0, member.uid, member.gid, target)
        attributes = _attributes(member)
        if not member.isreg():
            link = member.issym()
            mode = 0 if link else member.mode & 0o7777
            return Entry(
                _KINDS.get(member.type, "other"), mode, member.uid, member.gid, member.linkname * link, 0, attributes
            )
        source = layer.extractfile(member)
        digest, head = self._content(path, member, source) if source is not None else ("", "")
        return Entry("file", member.mode & 0o7777, member.uid, member.gid, digest, member.size, attributes, head)

    def _content(self, path: str, member: tarfile.TarInfo, source: IO[bytes]) -> tuple[str, str]:
        first = source.read(_CHUNK)
        digest = hashlib.sha256(first)
        program = self._beside is not None and first.startswith(MAGIC) and member.size <= _MOST_KEPT
        text = path in _KEPT or (path.startswith(_LISTS) and path.endswith(".list"))
        script = first.startswith(_SCRIPT)
        kept = [first] if program or text else []
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            if kept and member.size <= _MOST_KEPT:
                kept.append(chunk)
        known = self._beside.get(path) if self._beside is not None else None
        own = known is None or known.content != digest.hexdigest()
        if program and (own or _is_library(path)):
            found = needs(b"".join(kept))
            self.needs[path] = found if own else Needs(defines=found.defines)
        elif self._beside is not None and own and (script or path.endswith(_SOURCES)) and len(first) < _MOST_SOURCE:
            self._keep_source(path, first)
        if text:
            self.texts[path] = b"".join(kept).decode("utf-8", "replace")
        head = first[:200].partition(b"\n")[0].decode("utf-8", "replace") if script else ""
        return digest.hexdigest(), head

    def _keep_source(self, path: str, content: bytes) -> None:
        self._sources += len(content)
        if self._sources <= _MOST_SOURCES:
            self.texts[path] = content.decode("utf-8", "replace")


def _is_library(path: str) -> bool:
    """Whether a file is a shared library by its name: programs may ask for versions of it."""
    name = posixpath.basename(path)
    return name.startswith("lib") and ".so" in name


def _attributes(member: tarfile.TarInfo) -> tuple[tuple[str, str], ...]:
    """Return the extended attributes: file capabilities are one."""
    return tuple(sorted((key, value) for key, value in member.pax_headers.items() if key.startswith("SCHILY.xattr.")))
