"""What is known of OS packages, against tables that were labelled by hand and closures that apt itself computed."""

from __future__ import annotations

from pathlib import Path

import pytest

from transformer.knowledge import Group, Release, release
from transformer.knowledge.releases import Coverage

_HERE = Path(__file__).parent
_GROUPS = {"B": Group.BUILD, "C": Group.CONDITIONAL, "R": Group.RUNTIME}


def _rows(name: str) -> list[list[str]]:
    lines = (_HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split() for line in lines if line and not line.startswith("#")]


_ROLES = [
    (row[0], {_GROUPS[letter] for letter in row[1]}, row[2] if len(row) > 2 else "debian:bookworm")
    for row in _rows("roles.txt")
]
_RUNTIMES = [(row[0], row[1], [] if row[2:] == ["-"] else row[2:]) for row in _rows("runtimes.txt")]
_CLOSURES = [
    line.split("|") for line in (_HERE / "closures.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"
]


@pytest.fixture(scope="module")
def bookworm() -> Release:
    return release("debian:bookworm")


def test_roles_are_right() -> None:
    """At least 95 of 100 labelled names have a role that a person gave them; an unknown name is kept."""
    roles = [(package, groups, release(place).role(package)) for package, groups, place in _ROLES]
    wrong = [name for name, groups, role in roles if (role.group if role else Group.RUNTIME) not in groups]
    assert len(wrong) <= 0.05 * len(_ROLES), wrong


def test_what_is_called_build_only_is_labelled_so() -> None:
    """The direction in which a mistake would break an image."""
    roles = {package: release(place).role(package) for package, groups, place in _ROLES if Group.BUILD not in groups}
    assert [package for package, role in roles.items() if role and role.group is Group.BUILD] == []


def test_the_role_table_is_large_enough() -> None:
    assert len({package for package, _, _ in _ROLES}) >= 400
    assert sum(groups == {Group.BUILD} for _, groups, _ in _ROLES) >= 120


@pytest.mark.parametrize(
    "place", ["debian:bullseye", "debian:bookworm", "debian:trixie", "ubuntu:18.04", "ubuntu:24.04"]
)
def test_no_runtime_package_is_called_build_only(place: str) -> None:
    """Whatever the release: a name that was labelled runtime is never droppable for good."""
    labelled = {package for package, groups, _ in _ROLES if Group.BUILD not in groups}
    roles = {package: release(place).role(package) for package in labelled}
    assert [package for package, role in roles.items() if role and role.group is Group.BUILD] == []


@pytest.mark.parametrize(("place", "package", "packages"), _RUNTIMES)
def test_runtime_of_a_dev_package(place: str, package: str, packages: list[str]) -> None:
    runtime = release(place).runtime_of(package)
    assert runtime is not None
    assert sorted(runtime.packages) == sorted(packages)
    assert runtime.proven


def test_the_runtime_table_is_large_enough() -> None:
    assert len(_RUNTIMES) >= 60


@pytest.mark.parametrize(("place", "recommends", "line", "expected"), _CLOSURES)
def test_closure_is_what_apt_installs(place: str, recommends: str, line: str, expected: str) -> None:
    here = release(place)
    found = here.closure(line.split(), recommends=recommends == "recommends") - here.base_packages
    assert sorted(found) == expected.split()


def test_what_is_installed_already_is_not_brought(bookworm: Release) -> None:
    everything = bookworm.closure(["git"], recommends=False)
    again = bookworm.closure(["git"], recommends=False, installed=bookworm.base_packages | everything)
    assert again == {"git"}


def test_closure_follows_recommends_only_when_asked(bookworm: Release) -> None:
    without = bookworm.closure(["python3-pip"], recommends=False)
    assert "build-essential" not in without
    assert "build-essential" in bookworm.closure(["python3-pip"], recommends=True)


def test_what_a_package_recommends(bookworm: Release) -> None:
    assert "libsasl2-modules" in bookworm.recommends("libsasl2-2")
    assert bookworm.recommends("no-such-package") == ()
    assert release("fedora:40").recommends("gcc") == ()


def test_closure_of_unknown_names_is_empty(bookworm: Release) -> None:
    assert bookworm.closure(["no-such-package"], recommends=True) == frozenset()
    assert not bookworm.resolves("no-such-package")
    assert bookworm.resolves("git")


@pytest.mark.parametrize(
    ("command", "package"),
    [
        ("make", "make"),
        ("java", "openjdk-17"),
        ("cc", "gcc"),
        ("convert", "imagemagick"),
        ("envsubst", "gettext-base"),
        ("git", "git"),
    ],
)
def test_providers_of_a_command(bookworm: Release, command: str, package: str) -> None:
    assert any(name.startswith(package) for name in bookworm.providers(command))


def test_providers_of_an_unknown_command(bookworm: Release) -> None:
    assert bookworm.providers("no-such-command") == ()


@pytest.mark.parametrize(
    ("place", "soname", "package"),
    [
        ("debian:bookworm", "libpq.so.5", "libpq5"),
        ("debian:bookworm", "libssl.so.3", "libssl3"),
        ("debian:trixie", "libssl.so.3", "libssl3t64"),
        ("debian:bullseye", "libssl.so.1.1", "libssl1.1"),
        ("debian:bookworm", "libgomp.so.1", "libgomp1"),
        ("ubuntu:22.04", "libpq.so.5", "libpq5"),
        ("ubuntu:18.04", "libpq.so.5", None),
        ("debian:bookworm", "libnothing.so.9", None),
    ],
)
def test_library_package(place: str, soname: str, package: str | None) -> None:
    assert release(place).library_package(soname) == package


def test_installed_size_is_in_bytes(bookworm: Release) -> None:
    size = bookworm.installed_size("gcc-12")
    assert size is not None
    assert 20_000_000 < size < 200_000_000
    assert bookworm.installed_size("no-such-package") is None


@pytest.mark.parametrize(
    "name", ["zlib1g", "libstdc++6", "tar", "sed", "perl-base", "bash", "apt", "libc6", "coreutils"]
)
@pytest.mark.parametrize(
    "place", ["debian:bullseye", "debian:bookworm", "debian:trixie", "ubuntu:22.04", "debian:stretch"]
)
def test_base_packages(place: str, name: str) -> None:
    assert name in release(place).base_packages


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("debian:bookworm", "ca-certificates"),
        ("debian:bookworm", "curl"),
        ("debian:bookworm", "libssl3"),
        ("debian:trixie", "adduser"),
        ("ubuntu:22.04", "tzdata"),
        ("ubuntu:18.04", "libgcc-s1"),
        ("debian:stretch", "libtinfo6"),
    ],
)
def test_what_the_base_lacks(place: str, name: str) -> None:
    assert name not in release(place).base_packages


def test_the_base_of_bookworm_has_adduser() -> None:
    assert "adduser" in release("debian:bookworm").base_packages


@pytest.mark.parametrize(
    ("place", "package", "how", "proven"),
    [
        ("debian:bookworm", "gcc", "table", True),
        ("debian:bookworm", "maven", "exception", True),
        ("ubuntu:22.04", "gcc", "neighbour", True),
        ("ubuntu:18.04", "make", "neighbour", True),
        ("ubuntu:18.04", "gcc-7", "version", True),
        ("ubuntu:18.04", "python-dev", "convention", False),
        ("ubuntu:14.04", "libpng12-dev", "convention", False),
        ("debian:trixie", "software-properties-common", "neighbour", True),
    ],
)
def test_every_role_says_how_it_is_known(place: str, package: str, how: str, proven: bool) -> None:
    role = release(place).role(package)
    assert role is not None
    assert (role.how, role.proven) == (how, proven)


@pytest.mark.parametrize(
    ("place", "package", "how", "proven"),
    [
        ("debian:bookworm", "libpq-dev", "contents", True),
        ("debian:bookworm", "libeigen3-dev", "header-only", True),
        ("debian:bookworm", "libc6-dev", "exception", True),
        ("ubuntu:22.04", "libpq-dev", "neighbour", True),
        ("ubuntu:20.04", "libgeos-dev", "neighbour", False),
        ("ubuntu:18.04", "libeigen3-dev", "neighbour", True),
    ],
)
def test_every_runtime_says_how_it_is_known(place: str, package: str, how: str, proven: bool) -> None:
    runtime = release(place).runtime_of(package)
    assert runtime is not None
    assert (runtime.how, runtime.proven) == (how, proven)


@pytest.mark.parametrize("place", ["ubuntu:18.04", "debian:stretch", "debian:buster", "ubuntu:14.04"])
@pytest.mark.parametrize("package", ["libpq-dev", "libssl-dev", "libpng12-dev", "no-such-dev"])
def test_runtime_names_of_old_releases_are_unknown(place: str, package: str) -> None:
    assert release(place).runtime_of(package) is None


@pytest.mark.parametrize(
    ("package", "library", "extends"),
    [
        ("libmagickcore-6.q16-6-extra", "libmagickcore-6.q16-6", True),
        ("libmagickcore-6.q16-6-extra", "libxml2", False),
        ("libsox-fmt-all", "libsox3", True),
        ("libgvc6-plugins-gtk", "libgvc6", True),
        ("gstreamer1.0-gl", "libgstreamer1.0-0", True),
        ("libqt5sql5-sqlite", "libqt5sql5", True),
        ("librsvg2-common", "librsvg2-2", True),
        ("librsvg2-common", "libglib2.0-0", False),
        ("glib-networking", "libgl1", False),
        ("libmagickwand-6.q16-6", "libmagickcore-6.q16-6", False),  # a linker finds it
        ("libpng-tools", "libpng16-16", False),
        ("libsox-dev", "libsox3", False),
    ],
)
def test_what_extends_a_library(bookworm: Release, package: str, library: str, extends: bool) -> None:
    assert bookworm.extensions((package, "git"), frozenset({library})) == ((package,) if extends else ())
    assert bookworm.extensions((package,), frozenset({library, package})) == ()


@pytest.mark.parametrize("place", ["archlinux:1", "nothing", "", "debian:", "ubuntu:99.99"])
def test_unknown_releases_know_nothing(place: str) -> None:
    nowhere = release(place)
    assert nowhere.coverage is Coverage.NONE
    assert nowhere.role("gcc") is None
    assert nowhere.runtime_of("libpq-dev") is None
    assert nowhere.providers("make") == ()
    assert nowhere.library_package("libpq.so.5") is None
    assert nowhere.closure(["gcc"], recommends=True) == frozenset()
    assert nowhere.installed_size("gcc") is None
    assert nowhere.base_packages == frozenset()
    assert not nowhere.knows("gcc")
    assert not nowhere.resolves("gcc")


@pytest.mark.parametrize("name", ["", "\n", "a\tb", "gcc\n", "#", "zzzz", "~", "é", " gcc"])
def test_strange_names_are_unknown(bookworm: Release, name: str) -> None:
    assert bookworm.role(name) is None
    assert bookworm.runtime_of(name) is None
    assert bookworm.providers(name) == ()
    assert bookworm.library_package(name) is None
    assert bookworm.installed_size(name) is None


def test_the_same_release_under_its_names() -> None:
    assert release("debian:12").name == release("bookworm").name == release("debian:bookworm").name
    assert release("ubuntu:jammy").name == release("ubuntu:22.04").name
    assert release("debian:bookworm").knows("gcc")
    assert not release("debian:bookworm").knows("gcc-7")
