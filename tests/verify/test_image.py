"""Reading a saved image: layers over layers, and archives that mean harm."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.verify.archives import archive, layer, member
from transformer.verify import image
from transformer.verify.elf import Needs
from transformer.verify.image import ArchiveError, Entry, read, read_base


def read_files(path: Path) -> Mapping[str, Entry]:
    return read(path).files


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


def test_layers_may_be_compressed(tmp_path: Path) -> None:
    assert paths(tmp_path, gzip.compress(layer((member("a"), b"x")))) == ["/a"]


def test_sizes_are_those_of_the_files_of_each_layer(tmp_path: Path) -> None:
    found = read(archive(tmp_path / "image.tar", layer((member("a"), b"12345")), layer((member("a"), b"1"))))
    assert found.layers == (5, 1)
    assert found.files["/a"].size == 1


def test_members_stay_inside(tmp_path: Path) -> None:
    bad = layer((member("../../etc/x"), b"1"), (member("/abs"), b"1"), (member("a/../../b"), b"1"))
    assert paths(tmp_path, bad) == ["/abs", "/b", "/etc/x"]


def test_devices_and_broken_hard_links_are_only_noted(tmp_path: Path) -> None:
    files = read_files(
        archive(
            tmp_path / "image.tar",
            layer((member("dev", tarfile.CHRTYPE), b""), (member("b", tarfile.LNKTYPE, link="/none"), b"")),
        )
    )
    assert (files["/dev"].kind, files["/b"].kind) == ("device", "broken link")


def test_links_are_followed_inside_the_image_only(tmp_path: Path) -> None:
    found = read(
        archive(
            tmp_path / "image.tar",
            layer(
                (member("lib", tarfile.SYMTYPE, link="usr/lib"), b""),
                (member("usr", tarfile.DIRTYPE), b""),
                (member("usr/lib", tarfile.DIRTYPE), b""),
                (member("usr/lib/x"), b"1"),
                (member("out", tarfile.SYMTYPE, link="../../../../usr/lib/x"), b""),
                (member("loop", tarfile.SYMTYPE, link="loop"), b""),
            ),
        )
    )
    assert found.resolve("/lib/x") == "/usr/lib/x"
    assert found.resolve("/out") == "/usr/lib/x"
    assert found.resolve("/loop") is None
    assert found.resolve("/none") is None
    assert found.resolve("/") == "/"


@pytest.mark.parametrize("content", [b"", b"no archive", layer((member("other"), b""))])
def test_what_is_no_image_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="no image"):
        read(path)


def test_a_layer_that_is_a_link_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    manifest = b'[{"Layers": ["a"]}]'
    path.write_bytes(layer((member("a", tarfile.SYMTYPE, link="a"), b""), (member("manifest.json"), manifest)))
    with pytest.raises(ArchiveError, match="itself"):
        read(path)


def test_more_files_than_any_image_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "_MOST_FILES", 2)
    path = archive(tmp_path / "image.tar", layer(*((member(str(n)), b"") for n in range(3))))
    with pytest.raises(ArchiveError, match="more files"):
        read(path)


def test_scripts_databases_and_programs_that_the_base_has_not_are_kept(tmp_path: Path) -> None:
    base = read(archive(tmp_path / "base.tar", layer((member("base"), b"\x7fELF of the base"))))
    assert base.needs == {}
    found = read(
        archive(
            tmp_path / "image.tar",
            layer(
                (member("run"), b"#!/usr/bin/env python3\nprint()\n"),
                (member("app"), b"\x7fELF /etc/mime.types\0"),
                (member("var/lib/dpkg/status"), b"Package: a\n"),
                (member("base"), b"\x7fELF of the base"),
                (member("notes"), b"text"),
            ),
        ),
        base,
    )
    assert found.files["/run"].head == "#!/usr/bin/env python3"
    assert found.needs == {"/app": Needs(names=("/etc/mime.types",))}
    assert found.texts == {"/var/lib/dpkg/status": "Package: a\n", "/run": "#!/usr/bin/env python3\nprint()\n"}


def test_sources_are_kept_as_the_topmost_layer_has_them(tmp_path: Path) -> None:
    base = read(archive(tmp_path / "base.tar", layer((member("lib.py"), b"import base"))))
    first = layer((member("app.py"), b"import a"), (member("gone.py"), b"import b"), (member("lib.py"), b"import base"))
    second = layer(
        (member("app.py", tarfile.SYMTYPE, link="lib.py"), b""),
        (member(".wh.gone.py"), b""),
        (member("big.js"), b"x" * (1 << 20)),
        (member("x.txt"), b""),
    )
    assert read(archive(tmp_path / "image.tar", first), base).texts == {"/app.py": "import a", "/gone.py": "import b"}
    assert read(archive(tmp_path / "image.tar", first, second), base).texts == {}


def test_sources_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transformer.verify.image._MOST_SOURCES", 20)
    found = read(
        archive(tmp_path / "image.tar", layer(*((member(f"{n}.py"), b"import a" * n) for n in range(4)))),
        read(archive(tmp_path / "base.tar")),
    )
    assert sorted(found.texts) == ["/0.py", "/1.py"]


def several(path: Path, *images: tuple[str, list[bytes]]) -> Path:
    """Write an archive of several images with the digests of their configs; the same layer is in it once."""
    blobs = {hashlib.sha256(data).hexdigest(): data for _, layers in images for data in layers}
    manifest = [
        {
            "Config": f"blobs/sha256/{config}",
            "Layers": [f"blobs/sha256/{hashlib.sha256(d).hexdigest()}" for d in layers],
        }
        for config, layers in images
    ]
    members = [(member(f"blobs/sha256/{digest}"), data) for digest, data in blobs.items()]
    path.write_bytes(layer(*members, (member("manifest.json"), json.dumps(manifest).encode())))
    return path


def test_one_archive_of_several_images(tmp_path: Path) -> None:
    first, second, mark = (layer((member(name), b"\x7fELF")) for name in ("base", "app", "mark"))
    path = several(tmp_path / "images.tar", ("aa", [first, mark]), ("bb", [first, second]))
    base = read_base(path, image="sha256:aa")
    assert sorted(base.files) == ["/base"]
    found = read(path, base, image="sha256:bb")
    assert (sorted(found.files), sorted(found.needs)) == (["/app", "/base"], ["/app"])
    assert found.layers == (4, 4)
    assert found.files == read(path, image="bb").files
    with pytest.raises(ArchiveError, match="does not say which"):
        read(path, image="sha256:cc")


def test_an_image_that_does_not_begin_with_the_layers_of_its_base_is_read_whole(tmp_path: Path) -> None:
    first, second, mark = (layer((member(name), b"x")) for name in ("base", "app", "mark"))
    path = several(tmp_path / "images.tar", ("aa", [first, mark]), ("bb", [second, first, first]))
    found = read(path, read_base(path, image="aa"), image="bb")
    assert (sorted(found.files), found.layers) == (["/app", "/base"], (1, 1, 1))


@pytest.mark.parametrize(
    "documents",
    [
        {"id": {"config": {"digest": "sha256:bb"}}},
        {"id": {"manifests": [{"digest": "sha256:inner"}]}, "inner": {"config": {"digest": "sha256:bb"}}},
    ],
)
def test_the_id_of_an_image_may_be_that_of_its_manifest(tmp_path: Path, documents: dict[str, Any]) -> None:
    layers = [layer((member("app"), b"x"))]
    path = several(tmp_path / "images.tar", ("aa", [layers[0], layers[0]]), ("bb", layers))
    with tarfile.open(path, "a") as tar:
        for name, document in documents.items():
            data = json.dumps(document).encode()
            info = member(f"blobs/sha256/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    assert read(path, image="sha256:id").layers == (1,)


def test_a_manifest_that_leads_to_itself(tmp_path: Path) -> None:
    path = several(tmp_path / "images.tar", ("aa", []), ("bb", []))
    data = json.dumps({"manifests": [{"digest": "sha256:id"}]}).encode()
    with tarfile.open(path, "a") as tar:
        info = member("blobs/sha256/id")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    with pytest.raises(ArchiveError, match="does not say which"):
        read(path, image="sha256:id")
