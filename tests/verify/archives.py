"""Saved images, made here."""

from __future__ import annotations

import hashlib
import io
import json
import posixpath
import tarfile
from pathlib import Path

from transformer.verify.elf import Needs
from transformer.verify.image import Entry, Image
from transformer.verify.started import Place, place


def member(
    name: str, kind: bytes = tarfile.REGTYPE, *, mode: int = 0o644, uid: int = 0, link: str = ""
) -> tarfile.TarInfo:
    """Return the header of one member."""
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.uid, info.linkname = kind, mode, uid, link
    return info


def layer(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Return the bytes of a layer."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def archive(path: Path, *layers: bytes) -> Path:
    """Write the archive of an image."""
    names = [f"blobs/sha256/{hashlib.sha256(data).hexdigest()}" for data in layers]
    manifest = json.dumps([{"Config": "blobs/sha256/0", "Layers": names}]).encode()
    path.write_bytes(
        layer(
            *((member(name), data) for name, data in zip(names, layers, strict=True)),
            (member("manifest.json"), manifest),
        )
    )
    return path


def image(
    files: dict[str, Entry] | None = None,
    texts: dict[str, str] | None = None,
    needs: dict[str, Needs] | None = None,
) -> Image:
    """Return an image of these files."""
    return Image(files or {}, texts or {}, needs or {}, ())


def tree(*paths: str, sources: dict[str, str] | None = None, needs: dict[str, Needs] | None = None) -> Image:
    """Return an image of ordinary files with the directories above them; ``a -> b`` is a link."""
    files: dict[str, Entry] = {}
    texts = sources or {}
    for word in (*paths, *texts):
        path, _, target = word.partition(" -> ")
        head = texts.get(path, "").partition("\n")[0]
        head = head if head.startswith("#!") else ""
        files[path] = Entry("link", 0, 0, 0, target) if target else Entry("file", 0o755, 0, 0, "x", 1, (), head)
        while (path := posixpath.dirname(path)) != "/":
            files[path] = Entry("directory", 0o755, 0, 0)
    return Image(files, texts, needs or {}, ())


def at(found: Image, **config: object) -> Place:
    """Return an image with a config."""
    return place(found, config)
