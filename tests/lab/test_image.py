"""Reading a saved image, without an engine: the archives are made here."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

from tests.lab.image import Entry, read_files


def member(
    name: str, kind: bytes = tarfile.REGTYPE, *, mode: int = 0o644, uid: int = 0, link: str = ""
) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.uid, info.linkname = kind, mode, uid, link
    return info


def layer(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def archive(path: Path, *layers: bytes) -> Path:
    names = [f"blobs/sha256/{number}" for number in range(len(layers))]
    manifest = json.dumps([{"Layers": names}]).encode()
    content = layer(
        *((member(name), data) for name, data in zip(names, layers, strict=True)), (member("manifest.json"), manifest)
    )
    path.write_bytes(content)
    return path


def paths(tmp_path: Path, *layers: bytes) -> Sequence[str]:
    return sorted(read_files(archive(tmp_path / "image.tar", *layers)))


def test_mode_owner_and_content_are_kept(tmp_path: Path) -> None:
    info = member("./usr/bin/su", mode=0o4755, uid=7)
    entry = read_files(archive(tmp_path / "image.tar", layer((info, b"x"))))["/usr/bin/su"]
    assert (entry.kind, entry.mode, entry.uid) == ("file", 0o4755, 7)
    assert entry.content == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"


def test_capabilities_are_kept(tmp_path: Path) -> None:
    info = member("ping")
    info.pax_headers = {"SCHILY.xattr.security.capability": "cap", "mtime": "1"}
    entry = read_files(archive(tmp_path / "image.tar", layer((info, b""))))["/ping"]
    assert entry.attributes == (("SCHILY.xattr.security.capability", "cap"),)


def test_a_hard_link_is_the_file_it_names(tmp_path: Path) -> None:
    files = read_files(
        archive(tmp_path / "image.tar", layer((member("a"), b"x"), (member("b", tarfile.LNKTYPE, link="a"), b"")))
    )
    assert files["/a"] == files["/b"]


def test_a_symbolic_link_has_a_target_and_no_mode(tmp_path: Path) -> None:
    files = read_files(
        archive(tmp_path / "image.tar", layer((member("lib", tarfile.SYMTYPE, mode=0o777, link="usr/lib"), b"")))
    )
    assert files["/lib"] == Entry("link", 0, 0, 0, "usr/lib")


def test_a_later_layer_wins(tmp_path: Path) -> None:
    files = read_files(
        archive(tmp_path / "image.tar", layer((member("a"), b"1")), layer((member("a", mode=0o600), b"1")))
    )
    assert files["/a"].mode == 0o600


def test_a_whiteout_removes_a_tree(tmp_path: Path) -> None:
    lower = layer((member("d", tarfile.DIRTYPE), b""), (member("d/f"), b""), (member("dd"), b""))
    assert paths(tmp_path, lower, layer((member(".wh.d"), b""))) == ["/dd"]


def test_an_opaque_whiteout_empties_a_directory(tmp_path: Path) -> None:
    lower = layer((member("d", tarfile.DIRTYPE), b""), (member("d/f"), b""))
    upper = layer((member("d/.wh..wh..opq"), b""), (member("d/g"), b""))
    assert paths(tmp_path, lower, upper) == ["/d", "/d/g"]


def test_a_file_replaces_a_directory(tmp_path: Path) -> None:
    lower = layer((member("d", tarfile.DIRTYPE), b""), (member("d/f"), b""))
    assert paths(tmp_path, lower, layer((member("d"), b""))) == ["/d"]
