"""The files of an image, read from the archive that ``save`` writes: nothing is unpacked, no root is needed.

Both layouts are read: docker's own and that of OCI (both have ``manifest.json``). Archives are hostile: members never
leave the table that is made of them, and their number, size and links are bounded.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import tarfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any

from msgspec import Struct

from transformer.knowledge.loader import rows
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
    names: tuple[str, ...] = ()
    """Of the layers in their archive: the same name is the same layer."""

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


def read(archive: Path, base: Image | None = None, *, image: str = "", own: bool = True) -> Image:
    """Return an image of a saved archive; raises ArchiveError for what is no image or unreasonably large.

    ``image`` is its id, if the archive has several. ``base`` is what it was built on, whose layers are not read again;
    with ``own``, ELF files up to 32 MB and sources up to 64 MB in all that are not the base's are read as well.
    """
    return _read(archive, _Reader(base, own and base is not None), image)


def read_base(archive: Path, *, image: str = "", libraries: bool = False) -> Image:
    """Return what an image was built on that added one layer to it; with ``libraries``, which versions these define."""
    return _read(archive, _Reader(None, False, libraries), image, last=False)


def _read(archive: Path, reader: _Reader, image: str, *, last: bool = True) -> Image:
    try:
        with tarfile.open(archive, "r:") as tar:
            names = _layers(tar, image)
            for name in reader.unread(names if last else names[:-1]):
                source = tar.extractfile(_member(tar, name))
                if source is None:
                    raise ArchiveError(f"layer {name} is no file")
                with tarfile.open(fileobj=source, mode="r|*") as layer:
                    reader.apply(name, layer)
    except (tarfile.TarError, LookupError, TypeError, AttributeError, ValueError, EOFError, OSError) as error:
        raise ArchiveError(f"{archive.name} is no image: {error}") from error
    return reader.image()


def _layers(tar: tarfile.TarFile, image: str) -> list[str]:
    """Return the names of an image's layers: manifest.json has one entry for each image of the archive."""
    found = _json(tar, "manifest.json")
    if len(found) > 1:
        config = _config(tar, image.removeprefix("sha256:"))
        found = [entry for entry in found if config in str(entry["Config"])]
    if len(found) != 1:
        raise ArchiveError(f"the archive does not say which of its images is {image}")
    return [str(name) for name in found[0]["Layers"]]


def _config(tar: tarfile.TarFile, digest: str) -> str:
    """Return the digest of an image's config: that is its id, or its manifest names it (containerd's image store)."""
    name = f"blobs/sha256/{digest}"
    if name not in tar.getnames():
        return digest
    document = _json(tar, name)
    for _ in range(_MOST_LINKS):
        if "digest" in (document.get("config") or {}):
            return str(document["config"]["digest"]).removeprefix("sha256:")
        if not document.get("manifests"):
            return digest
        digest = str(document["manifests"][0]["digest"]).removeprefix("sha256:")
        document = _json(tar, f"blobs/sha256/{digest}")
    return digest


def _json(tar: tarfile.TarFile, name: str) -> Any:
    file = tar.extractfile(name)
    if file is None:
        raise ArchiveError(f"no {name}")
    return json.loads(file.read(_MOST_KEPT))


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

    def __init__(self, base: Image | None, own: bool, libraries: bool = False) -> None:
        self.files: dict[str, Entry] = {}
        self.texts: dict[str, str] = {}
        self.needs: dict[str, Needs] = {}
        self._layers: list[tuple[str, int]] = []
        self._base = base
        self._own, self._libraries = own, libraries
        self._beside: Mapping[str, Entry] = base.files if base is not None else {}
        self._count = self._bytes = self._sources = 0

    def unread(self, names: list[str]) -> list[str]:
        """Return the layers that are to be read: not those of the base, if the image begins with them."""
        base = self._base
        if base is None or names[: len(base.names)] != list(base.names):
            return names
        self.files, self.texts, self.needs = dict(base.files), dict(base.texts), dict(base.needs)
        self._layers = list(zip(base.names, base.layers, strict=True))
        return names[len(base.names) :]

    def image(self) -> Image:
        """Return what the layers show."""
        texts = {path: text for path, text in self.texts.items() if path in self.files}
        names, sizes = zip(*self._layers, strict=True) if self._layers else ((), ())
        return Image(self.files, texts, self.needs, sizes, names)

    def apply(self, layer_name: str, layer: tarfile.TarFile) -> None:
        """Lay a layer over the files: what it removes is gone before what it adds."""
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
        self._layers.append((layer_name, size))

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
        digest = hashlib.sha256(_undated(path, first))
        program = (self._own or self._libraries) and first.startswith(MAGIC) and member.size <= _MOST_KEPT
        text = path in _KEPT or (path.startswith(_LISTS) and path.endswith(".list"))
        script = first.startswith(_SCRIPT)
        kept = [first] if program or text else []
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            if kept and member.size <= _MOST_KEPT:
                kept.append(chunk)
        known = self._beside.get(path)
        own = self._own and (known is None or known.content != digest.hexdigest())
        if program and (own or _is_library(path)):
            found = needs(b"".join(kept))
            self.needs[path] = found if own else Needs(defines=found.defines)
        elif own and (script or path.endswith(_SOURCES)) and len(first) < _MOST_SOURCE:
            self._keep_source(path, first)
        if text:
            self.texts[path] = b"".join(kept).decode("utf-8", "replace")
        head = first[:200].partition(b"\n")[0].decode("utf-8", "replace") if script else ""
        return digest.hexdigest(), head

    def _keep_source(self, path: str, content: bytes) -> None:
        self._sources += len(content)
        if self._sources <= _MOST_SOURCES:
            self.texts[path] = content.decode("utf-8", "replace")


@cache
def _dates() -> tuple[tuple[re.Pattern[str], re.Pattern[bytes]], ...]:
    return tuple((re.compile(path), re.compile(text.encode())) for path, text, _ in rows("image-dated.tsv"))


def _undated(path: str, content: bytes) -> bytes:
    """Return the beginning of a file without what tells when it was made, and no more."""
    for place, date in _dates():
        content = date.sub(b"", content) if place.fullmatch(path) else content
    return content


def _is_library(path: str) -> bool:
    """Whether a file is a shared library by its name: programs may ask for versions of it."""
    name = posixpath.basename(path)
    return name.startswith("lib") and ".so" in name


def _attributes(member: tarfile.TarInfo) -> tuple[tuple[str, str], ...]:
    """Return the extended attributes: file capabilities are one."""
    return tuple(sorted((key, value) for key, value in member.pax_headers.items() if key.startswith("SCHILY.xattr.")))
