"""Saved images, made here."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

from transformer.verify.image import Entry, Image


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
    names = [f"blobs/sha256/{number}" for number in range(len(layers))]
    manifest = json.dumps([{"Layers": names}]).encode()
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
    programs: dict[str, bytes] | None = None,
) -> Image:
    """Return an image of these files."""
    return Image(files or {}, texts or {}, programs or {}, ())
