"""Rows of a user go before the tables, are kept apart from what is cached, and are checked when they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from transformer.knowledge import Group, image, release
from transformer.knowledge.modules import module
from transformer.knowledge.overlay import Overlay, split_tag, using
from transformer.knowledge.overlay_file import OverlayError, load

EXAMPLE = """
[packages.acme-compiler]
role = "toolchain"
commands = ["cc", "acme"]

[packages.acme-linker]
role = "toolchain"
commands = ["acme"]

[packages.libacme-dev]
role = "dev"
runtime = ["libacme1", "acme-data"]

[packages.make]
role = "program"
releases = ["ubuntu:22.04"]

[packages.git]
role = "toolchain"
releases = ["debian"]

[images."registry.example.com/base/golang"]
like = "golang"

[images."registry.example.com/base/os"]
like = "debian"

[images."registry.example.com:5000/acme/app-base:3"]
like = "python:3.12-bookworm"
runtime = "registry.example.com:5000/acme/app-runtime:3"

[images."acme/tools:1"]
like = "golang:1.22-bookworm"

[modules."pypi:acme-own"]
modules = ["requests"]
packages = ["libacme1"]
"""


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    path = tmp_path / "known.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    return load(str(path))


def test_nothing_is_asked_without_an_overlay() -> None:
    assert release("debian:bookworm").role("acme-compiler") is None
    assert image("registry.example.com/base/golang:1.22") is None


def test_roles_go_before_the_tables_where_they_are_meant(overlay: Overlay) -> None:
    with using(overlay):
        own = release("debian:bookworm").role("acme-compiler")
        made = release("ubuntu:22.04").role("make")
        assert own is not None
        assert (own.group, own.how, own.proven) == (Group.BUILD, "overlay", True)
        assert made is not None
        assert (made.kind, made.how) == ("program", "overlay")
        assert release("debian:bookworm").role("make") != made
        assert release("alpine:3.19").role("acme-compiler") == own
        vcs = release("debian:trixie").role("git")
        assert vcs is not None
        assert vcs.kind == "toolchain"
        assert release("ubuntu:22.04").role("git") != vcs
    table = release("ubuntu:22.04").role("make")
    assert table is not None
    assert table.kind == "toolchain"


def test_what_stands_for_a_dev_package(overlay: Overlay) -> None:
    with using(overlay):
        runtime = release("ubuntu:18.04").runtime_of("libacme-dev")
    assert runtime is not None
    assert (runtime.packages, runtime.how, runtime.proven) == (("libacme1", "acme-data"), "overlay", True)


def test_commands_are_added_to_those_that_are_known(overlay: Overlay) -> None:
    with using(overlay):
        found = release("debian:bookworm").providers("cc")
        assert found[0] == "acme-compiler"
        assert set(found) > set(release("debian:bookworm").providers("cc")) - {"acme-compiler"}
        assert release("debian:bookworm").providers("acme") == ("acme-compiler", "acme-linker")
    assert "acme-compiler" not in release("debian:bookworm").providers("cc")


def test_a_mirror_has_the_same_tags_and_its_siblings_come_from_mirrors(overlay: Overlay) -> None:
    with using(overlay):
        mirrored, official = image("registry.example.com/base/golang:1.22"), image("golang:1.22")
        assert mirrored is not None
        assert official is not None
        assert (mirrored.release, mirrored.config, mirrored.parent) == (
            official.release,
            official.config,
            official.parent,
        )
        assert mirrored.runtime is not None
        assert mirrored.runtime.reference == "registry.example.com/base/os:bookworm-slim"
        assert mirrored.beside("buildpack-deps:bookworm-scm") is None
        assert official.runtime is not None
        assert official.runtime.reference == "debian:bookworm-slim"


def test_an_image_of_ones_own_is_like_another_one_and_may_hold_more(overlay: Overlay) -> None:
    with using(overlay):
        own = image("registry.example.com:5000/acme/app-base:3")
        assert own is not None
        assert (own.family, own.release, own.reference) == (
            "python",
            "debian:bookworm",
            "registry.example.com:5000/acme/app-base:3",
        )
        assert own.runtime is not None
        assert (own.runtime.reference, own.runtime.how) == ("registry.example.com:5000/acme/app-runtime:3", "overlay")
        tools = image("acme/tools:1")
        assert tools is not None
        assert (tools.runtime, tools.parent, tools.os_image) == (None, None, None)


def test_modules(overlay: Overlay) -> None:
    with using(overlay):
        own = module("python", "acme-own", "debian:bookworm")
    assert own is not None
    assert (own.modules, own.packages, own.how) == (("requests",), ("libacme1",), "overlay")
    assert module("python", "acme-own", "debian:bookworm") is None


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("python", ("python", "")),
        ("python:3.12", ("python", "3.12")),
        ("example.com:5000/a/b", ("example.com:5000/a/b", "")),
        ("example.com:5000/a/b:1", ("example.com:5000/a/b", "1")),
        ("a:1@sha256:00", ("a", "1@sha256:00")),
    ],
)
def test_split_tag(reference: str, parts: tuple[str, str]) -> None:
    assert split_tag(reference) == parts


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        ("[package.x]\nrole='dev'\n", "package", "no such table"),
        ("packages = 3\n", "packages", "[packages.NAME]"),
        ("[packages]\nx = 3\n", "packages.x", "object"),
        ("[packages.x]\nrol = 'dev'\n", "packages.x", "unknown key `rol`"),
        ("[packages.x]\nrole = 3\n", "packages.x", "role"),
        ("[packages.x]\nrole = 'tool'\n", "packages.x", "no kind 'tool'"),
        ("[packages.x]\nruntime = 'libx1'\n", "packages.x", "runtime"),
        ("[packages.x]\nrole = 'dev'\nreleases = ['debian:woody']\n", "packages.x", "debian:woody"),
        ("[images.x]\nruntime = 'y'\n", "images.x", "missing key `like`"),
        ("[images.'x:1']\nlike = 'python'\n", "images.x:1", "needs a tag"),
        ("[images.x]\nlike = 'python'\nruntime = 'y:1'\n", "images.x", "without a tag"),
        ("[modules.x]\n", "modules.x", "INDEX:NAME"),
        ("[modules.'cpan:x']\n", "modules.cpan:x", "INDEX:NAME"),
        ("[packages.x\n", "", "no TOML"),
        ("\xff", "", "no TOML"),
        ("a = " + "[" * 5000, "", "no TOML"),
    ],
)
def test_a_mistake_is_one_clear_error(tmp_path: Path, text: str, row: str, said: str) -> None:
    path = tmp_path / "known.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(OverlayError) as caught:
        load(str(path))
    assert (caught.value.file, caught.value.row) == (str(path), row)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_a_file_that_is_not_there_or_too_large(tmp_path: Path) -> None:
    with pytest.raises(OverlayError, match="cannot be read"):
        load(str(tmp_path / "none.toml"))
    (tmp_path / "large.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(OverlayError, match="larger"):
        load(str(tmp_path / "large.toml"))
