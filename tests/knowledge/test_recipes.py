"""Distributions whose indexes were not read: what their recipes, names and hand-written roles say, and how surely."""

from __future__ import annotations

from pathlib import Path

import pytest

from transformer.knowledge import Group, KnowledgeError, release
from transformer.knowledge.refresh import recipes
from transformer.knowledge.releases import Coverage
from transformer.knowledge.tables import pack

# labelled before the tables were asked: the library packages that a program built with the -dev package needs at least
ALPINE = [
    ("3.16", "openssl-dev", "libssl1.1 libcrypto1.1"),
    ("3.19", "openssl-dev", "libssl3 libcrypto3"),
    ("3.24", "openssl-dev", "libssl3 libcrypto3"),
    ("3.19", "zlib-dev", "zlib"),
    ("3.19", "libpng-dev", "libpng"),
    ("3.19", "libjpeg-turbo-dev", "libjpeg-turbo"),
    ("3.19", "libxml2-dev", "libxml2"),
    ("3.19", "libxslt-dev", "libxslt"),
    ("3.19", "libffi-dev", "libffi"),
    ("3.19", "postgresql-dev", "libpq"),
    ("3.19", "mariadb-dev", "mariadb-connector-c"),
    ("3.19", "curl-dev", "libcurl"),
    ("3.19", "icu-dev", "icu-libs"),
    ("3.19", "freetype-dev", "freetype"),
    ("3.19", "sqlite-dev", "sqlite-libs"),
    ("3.19", "yaml-dev", "yaml"),
    ("3.19", "gmp-dev", "gmp"),
    ("3.19", "libsodium-dev", "libsodium"),
    ("3.19", "libzip-dev", "libzip"),
    ("3.19", "libwebp-dev", "libwebp"),
    ("3.22", "expat-dev", "libexpat"),
]


@pytest.mark.parametrize(("number", "package", "needed"), ALPINE)
def test_what_stands_for_a_dev_package_of_alpine(number: str, package: str, needed: str) -> None:
    runtime = release(f"alpine:{number}").runtime_of(package)
    assert runtime is not None
    assert set(needed.split()) <= set(runtime.packages)
    assert (runtime.how, runtime.proven) == ("recipe", True)


@pytest.mark.parametrize("package", ["build-base", "gcc", "musl-dev", "linux-headers", "cmake", "zlib-dev", "rust"])
def test_what_only_builds_on_alpine(package: str) -> None:
    role = release("alpine:3.19").role(package)
    assert role is not None
    assert (role.group, role.proven) == (Group.BUILD, True)


@pytest.mark.parametrize(
    "package",
    ["libstdc++", "libgcc", "tzdata", "ca-certificates", "nodejs", "openjdk17", "python3", "nginx", "libpq", "ffmpeg"],
)
@pytest.mark.parametrize("number", ["3.5", "3.19", "edge"])
def test_what_stays_on_alpine(package: str, number: str) -> None:
    role = release(f"alpine:{number}").role(package)
    assert role is not None
    assert role.group is Group.RUNTIME


def test_a_debian_package_of_that_name_is_never_proof() -> None:
    role = release("alpine:3.19").role("librust-serde-dev")
    assert role is not None
    assert not role.proven
    elsewhere = release("fedora:40").role("gnuplot")
    assert elsewhere is not None
    assert (elsewhere.how, elsewhere.proven) == ("neighbour", False)


@pytest.mark.parametrize(
    "place", ["fedora:40", "centos:7", "rockylinux:9", "amazonlinux:2023", "ubi:9", "oraclelinux:8"]
)
def test_all_that_is_known_of_rpm_packages_is_a_guess_or_by_hand(place: str) -> None:
    here = release(place)
    role, runtime, unknown = here.role("gcc-c++"), here.runtime_of("openssl-devel"), here.role("something-devel")
    assert role is not None
    assert (role.group, role.how) == (Group.BUILD, "exception")
    assert runtime is not None
    assert (runtime.packages, runtime.how, runtime.proven) == (("openssl-libs",), "convention", False)
    assert unknown is not None
    assert (unknown.group, unknown.how, unknown.proven) == (Group.BUILD, "convention", False)


@pytest.mark.parametrize("place", ["alpine:3.19", "alpine:edge", "alpine", "fedora:40"])
def test_what_packages_hold_and_bring_is_not_known(place: str) -> None:
    here = release(place)
    assert here.coverage is Coverage.RECIPES
    assert here.closure(["gcc"], recommends=True) == frozenset()
    assert (here.providers("gcc"), here.base_packages, here.installed_size("gcc")) == ((), frozenset(), None)
    assert (here.resolves("gcc"), here.knows("gcc"), here.dependencies("gcc")) == (False, False, None)
    assert here.library_package("libssl.so.3") is None


@pytest.mark.parametrize(
    ("number", "package"),
    [
        ("3.10", "openssl-dev"),
        ("3.19", "no-such-dev"),
        ("", "zlib-dev\n"),
        ("3.19", "gnuradio"),
        ("3.16", "gnucash-dev"),
    ],
)
def test_what_stands_for_it_may_be_unknown(number: str, package: str) -> None:
    assert release(f"alpine:{number}").runtime_of(package) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("alpine-dev.tsv.z", b"zlib-dev\t3.16-edge\n"),
        ("alpine-dev.tsv.z", b"zlib-dev\t3.16-edge ? zlib\n"),
        ("alpine-roles.tsv", b"dev\n"),
        ("alpine-roles.tsv", b"nonsense\tzlib-dev\n"),
    ],
)
def test_a_damaged_table_is_one_clear_error(damaged: Path, name: str, content: bytes) -> None:
    (damaged / name).write_bytes(pack([content.decode().rstrip("\n")]) if name.endswith(".z") else content)
    here = release("alpine:3.19")
    with pytest.raises(KnowledgeError) as caught:
        _ = here.role("zlib-dev"), here.runtime_of("zlib-dev")
    assert caught.value.file in {name, "kinds.tsv"}


def test_rows_are_made_of_runs_of_releases(tmp_path: Path) -> None:
    (tmp_path / "alpine-dev-runtime.tsv").write_text(
        "#release\tdev\truntime\trule\tmaybe\n3.1\ta-dev\ta\tpkgname\t\n3.1\tb-dev\tb\tpkgname\t\n3.2\ta-dev\ta\tpkgname\t\n"
        "3.3\ta-dev\ta-libs\tlib-subpackages\ta\n3.3\tb-dev\tb\tsame-stem\t\n3.3\t$x-dev\tx\tpkgname\t\n",
        encoding="utf-8",
    )
    (tmp_path / "rpm-devel-runtime.tsv").write_text("#devel\truntime\nz-devel\tz\ny-devel\t\n", encoding="utf-8")
    (alpine, _, rows), (rpm, _, guesses) = recipes.tables(tmp_path)
    assert (alpine, rpm) == ("alpine-dev.tsv.z", "rpm-dev.tsv.z")
    assert rows == ["a-dev\t3.1-3.2 r a\t3.3-3.3 r a-libs a", "b-dev\t3.1-3.1 r b\t3.3-3.3 g b"]
    assert guesses == ["z-devel\t* g z", "y-devel\t* g"]
