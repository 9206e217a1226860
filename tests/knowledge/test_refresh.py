"""Rebuilding the tables, on facts small enough to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from transformer.knowledge import refresh
from transformer.knowledge.closure import Dependencies
from transformer.knowledge.refresh_debian import clauses, packages, providers, reachable
from transformer.knowledge.refresh_images import normal_release
from transformer.knowledge.refresh_roles import sound_roles, stem_rows

_PACKAGES = """\
Package: compiler
Version: 1
Installed-Size: 10
Pre-Depends: libc6 (>= 2.14)
Depends: headers:any (= 1), one | two
Recommends: docs
Description: a compiler
 with a long text: Depends: nothing

Package: headers
Provides: virtual-headers (= 1), old-headers
Essential: yes
"""


@pytest.fixture
def apt(tmp_path: Path) -> Path:
    lists = tmp_path / "bookworm" / "lists"
    lists.mkdir(parents=True)
    (lists / "host_dists_bookworm_main_binary-amd64_Packages").write_text(_PACKAGES, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("a", ("a",)),
        ("a (>= 1:2.3~rc), b:any", ("a", "b")),
        ("a | b (<< 2) | c [amd64], d", ("a|b|c", "d")),
        ("a, a, b | b", ("a", "b")),
        ("libstdc++6 (>= 12), ", ("libstdc++6",)),
    ],
)
def test_clauses(text: str, expected: tuple[str, ...]) -> None:
    assert clauses(text) == expected


def test_packages_are_read_from_the_index(apt: Path) -> None:
    found = packages(apt, "bookworm")
    assert sorted(found) == ["compiler", "headers"]
    assert found["compiler"].needs == Dependencies(("libc6", "headers", "one|two"), ("docs",))
    assert (found["compiler"].size, found["compiler"].base, found["headers"].base) == (10, False, True)
    assert providers(found) == {"virtual-headers": ("headers",), "old-headers": ("headers",)}
    assert reachable(found, ["compiler"]) == {"compiler", "headers"}


def test_a_folder_without_indexes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no Packages files"):
        packages(tmp_path, "bookworm")


def test_a_droppable_role_needs_something_to_show_for_it(tmp_path: Path) -> None:
    files = {
        "roles": [
            "make\ttoolchain",
            "sdk-helper\ttoolchain",
            "essentials\ttoolchain",
            "libx-dev\tdev",
            "mod-headers\tdev",
        ],
        "cmd": ["make\tmake"],
        "dev-runtime": ["libx-dev\tcontents\tlibx1", "mod-headers\tnone\t"],
    }
    for kind, lines in files.items():
        (tmp_path / f"debian-s-{kind}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    needs = {"essentials": Dependencies(("make", "libc6"), ()), "sdk-helper": Dependencies(("libx1",), ())}
    assert sound_roles(tmp_path, "s", needs) == {
        "make": "toolchain",
        "libx-dev": "dev",
        "essentials": "toolchain",
        "sdk-helper": "data",
        "mod-headers": "data",
    }


def test_versions_must_agree_before_a_stem_says_anything() -> None:
    roles = {
        "x-1": "toolchain",
        "x-2": "toolchain",
        "y-1": "toolchain",
        "y-2": "program",
        "only-3": "toolchain",
        "libz1": "lib",
        "libz2": "lib",
    }
    assert stem_rows({"s": roles}) == ["x-#\ttoolchain"]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("bookworm", "debian:bookworm"),
        ("ubuntu:jammy", "ubuntu:22.04"),
        ("ubuntu:artful-20180412", "ubuntu:17.10"),
        ("alpine:alpine:3.19", "alpine:3.19"),
        ("alpine:3.19.1", "alpine:3.19"),
        ("alpine:?", "alpine:?"),
        ("al2023", "amazonlinux:2023"),
        ("<amazonlinux:2>", "amazonlinux:2"),
        ("oraclelinux8", "oraclelinux:8"),
        ("centos:centos7", "centos:7"),
        ("debian:stable", "debian:trixie"),
        ("debian:stable-20230612", ""),
        ("<microsoft/windowsservercore>", "windows:servercore"),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_releases_as_the_facts_spell_them(place: str, name: str) -> None:
    assert normal_release(place) == name


@pytest.mark.parametrize("arguments", [[], ["one"], ["one", "two", "three"]])
def test_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert refresh.main(arguments) == 2
    assert "usage" in capsys.readouterr().err
