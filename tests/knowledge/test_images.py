"""What is known of base images, against a table of references that was labelled by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from transformer.knowledge import base_packages, image
from transformer.knowledge.loader import DATA

_HERE = Path(__file__).parent
_LINES = (_HERE / "images.txt").read_text(encoding="utf-8").splitlines()
_TAGS = [
    (reference, line.split()[0])
    for line in (_HERE / "tags.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for reference in line.split()[1:]
]
_IMAGES = [line.split() for line in _LINES if line and not line.startswith("#")]


@pytest.mark.parametrize(("reference", "place", "flags", "runtime"), _IMAGES)
def test_image(reference: str, place: str, flags: str, runtime: str) -> None:
    found = image(reference)
    assert found is not None
    assert (found.release or "-") == place
    assert found.frozen == ("f" in flags)
    assert found.pinned == (flags != "-")
    assert (found.runtime.reference if found.runtime else "-") == runtime


@pytest.mark.parametrize(("reference", "place"), _TAGS)
def test_release_of_a_tag(reference: str, place: str) -> None:
    found = image(reference)
    assert found is not None
    assert (found.release or "-") == place


def test_the_lists_are_large_enough() -> None:
    references = {row[0] for row in _IMAGES} | {reference for reference, _ in _TAGS}
    assert len(references) >= 300
    families = {path.name.removeprefix("tags-").partition(".")[0] for path in DATA.glob("tags-*")}
    assert families <= {reference.partition(":")[0] for reference in references}


@pytest.mark.parametrize(
    "reference",
    [
        "bitnami/node:20",
        "ghcr.io/astral-sh/uv:python3.12-bookworm",
        "mycompany/base:1",
        "registry.example.com/golang:1.22",
        "scratch",
        "golang:foo",
        "gcr.io/distroless/static",
        "",
        ":",
        "golang:",
        "golang:1.22:1",
        "$BASE",
        "golang 1.22",
        "library/",
    ],
)
def test_unknown_images(reference: str) -> None:
    assert image(reference) is None


def test_a_digest_is_kept_and_nothing_rests_on_the_tag() -> None:
    digest = "sha256:" + "0123456789abcdef" * 4
    found = image(f"python:3.12-bookworm@{digest}")
    assert found is not None
    assert found.digest == digest
    assert found.tag == "3.12-bookworm"
    assert found.runtime is not None
    assert not found.runtime.proven


def test_a_digest_without_a_tag() -> None:
    found = image("golang@sha256:" + "0" * 64)
    assert found is not None
    assert (found.tag, found.pinned) == ("latest", False)


def test_config_of_a_listed_image() -> None:
    found = image("golang:1.27.0-bookworm")
    assert found is not None
    config = found.config
    assert config is not None
    assert config.env["GOPATH"] == "/go"
    assert config.env["PATH"].startswith("/go/bin:/usr/local/go/bin:")
    assert (config.workdir, config.cmd, config.how, config.proven) == ("/go", ("bash",), "listed", True)
    assert config.uncertain == frozenset()


def test_config_of_an_older_version_comes_from_a_sibling() -> None:
    found = image("golang:1.22-bookworm")
    assert found is not None
    config = found.config
    assert config is not None
    assert (config.how, config.proven) == ("sibling", False)
    assert "GOLANG_VERSION" in config.uncertain
    assert "GOPATH" not in config.uncertain


@pytest.mark.parametrize(
    ("reference", "parent"),
    [
        ("gradle:9.9-jdk17-jammy", "eclipse-temurin:17-jdk-jammy"),
        ("gradle:8.5-jdk17-jammy", "eclipse-temurin:17.0.10_7-jdk-jammy"),
        ("gradle:7.4-jdk11", "eclipse-temurin:11.0.15_10-jdk-jammy"),
        ("maven:3.8.7-eclipse-temurin-17-focal", "eclipse-temurin:17.0.6_10-jdk-focal"),
    ],
)
def test_the_sibling_has_the_same_version_of_what_else_the_tag_names(reference: str, parent: str) -> None:
    found = image(reference)
    assert found is not None
    assert found.parent == parent


def test_config_of_a_distribution_is_that_of_all_its_images() -> None:
    found = image("ubuntu:18.04")
    assert found is not None
    assert found.config is not None
    assert (found.config.cmd, found.config.how) == (("/bin/bash",), "family")
    assert set(found.config.env) == {"PATH"}


def test_what_an_image_is_built_from() -> None:
    golang, old, slim = image("golang:1.22-bookworm"), image("golang:1.17-buster"), image("debian:bookworm-slim")
    assert golang is not None
    assert (golang.parent, golang.os_image) == ("buildpack-deps:bookworm-scm", "debian:bookworm-slim")
    assert old is not None
    assert (old.parent, old.os_image) == ("buildpack-deps:buster-scm", "debian:buster-slim")
    assert slim is not None
    assert slim.parent is None


def test_what_a_runtime_image_loses() -> None:
    golang, gcc, python = image("golang:1.22"), image("gcc:13"), image("python:3.12")
    assert golang is not None
    assert golang.runtime is not None
    assert golang.runtime.env_only_in_sdk == ("GOLANG_VERSION", "GOPATH", "GOTOOLCHAIN")
    assert (golang.runtime.how, golang.runtime.proven) == ("os-base", True)
    assert gcc is not None
    assert gcc.runtime is not None
    assert "/usr/local/lib64" in gcc.runtime.own_libraries
    assert not gcc.runtime.proven  # the tag may move to another release
    assert python is not None
    assert python.runtime is not None
    assert (python.runtime.env_only_in_sdk, python.runtime.how) == ((), "add")


@pytest.mark.parametrize(
    ("reference", "held", "absent"),
    [
        (
            "golang:1.22-bookworm",
            ["git", "gcc", "g++", "make", "pkg-config", "libcurl4", "ca-certificates"],
            ["unzip", "nginx"],
        ),
        ("python:3.12-bookworm", ["libpq-dev", "libpq5", "git", "unzip", "media-types", "tk-dev"], ["nginx"]),
        ("python:3.12-slim-bookworm", ["ca-certificates", "netbase", "tzdata"], ["git", "gcc", "libpq5"]),
        ("gcc:13-bookworm", ["git", "make", "libssl-dev"], ["nginx"]),
        ("debian:bookworm", ["tar", "libstdc++6", "adduser"], ["ca-certificates", "git"]),
        ("debian:trixie-slim", ["tar", "libstdc++6"], ["adduser"]),
        ("ubuntu:22.04", ["tar", "libstdc++6"], ["git", "tzdata"]),
    ],
)
def test_packages_of_an_image(reference: str, held: list[str], absent: list[str]) -> None:
    found = image(reference)
    assert found is not None
    assert [name for name in held if not found.holds(name)] == []
    assert [name for name in absent if found.holds(name)] == []


def test_packages_are_those_beyond_the_bare_image() -> None:
    found = image("golang:1.22-bookworm")
    assert found is not None
    assert not found.packages & base_packages("debian:bookworm")
    assert found.installed_proven


def test_an_older_release_knows_only_what_is_installed_by_name() -> None:
    found = image("golang:1.17-buster")
    assert found is not None
    assert found.packages == frozenset(found.installed)
    assert not found.installed_proven


@pytest.mark.parametrize(
    ("reference", "variant"),
    [
        ("golang:1.22-bookworm", "full"),
        ("golang:1.22-alpine", "alpine"),
        ("python:3.12-slim", "slim"),
        ("debian:stretch-slim", "slim"),
        ("buildpack-deps:bookworm-scm", "scm"),
        ("buildpack-deps:bookworm-curl", "curl"),
        ("php:8.2-fpm-alpine", "alpine+fpm"),
        ("eclipse-temurin:17", "jdk"),
        ("eclipse-temurin:17-jre", "jre"),
        ("python:2.7-onbuild", "onbuild"),
    ],
)
def test_variant(reference: str, variant: str) -> None:
    found = image(reference)
    assert found is not None
    assert found.variant == variant


@pytest.mark.parametrize(
    ("reference", "excluded"),
    [
        ("python:3.12-slim-bookworm", True),
        ("debian:bookworm-slim", True),
        ("python:3.12-bookworm", False),
        ("debian:bookworm", False),
        ("ubuntu:22.04", False),
        ("python:3.12-alpine", False),
    ],
)
def test_what_a_slim_image_leaves_out_of_packages(reference: str, excluded: bool) -> None:
    found = image(reference)
    assert found is not None
    assert ("/usr/share/locale" in found.excludes) is excluded


def test_what_a_full_image_has_by_kind() -> None:
    full, slim = image("python:3.12-bookworm"), image("python:3.12-slim-bookworm")
    assert full is not None
    assert slim is not None
    lacking = full.lacking(slim)
    assert "libpq5" in lacking["lib"]
    assert "media-types" in lacking["data"]
    assert "git" in lacking["vcs"]
    assert "gcc" in lacking["toolchain"]
    assert slim.lacking(full) == {}


def test_windows_images_say_so() -> None:
    found = image("golang:1.22-windowsservercore-ltsc2022")
    assert found is not None
    assert found.distribution == "windows"
