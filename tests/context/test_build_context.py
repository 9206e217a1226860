"""The build context: only what the builder sees, nothing outside of it, and never an exception."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.context import build_context
from transformer.context.build_context import BuildContext, normal


def context(root: Path, *names: str, ignore: str | None = None, dockerfile: str = "Dockerfile") -> BuildContext:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"text of {name}")
    if ignore is not None:
        (root / ".dockerignore").write_text(ignore)
    return BuildContext(root, dockerfile)


def test_an_empty_directory(tmp_path: Path) -> None:
    found = context(tmp_path)
    assert (found.files, found.directories, found.complete) == ((), frozenset(), True)
    assert found.under(".") == ()
    assert found.is_directory(".")


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    found = context(tmp_path / "missing")
    assert (found.files, found.read("a"), found.match("*")) == ((), None, ())


def test_files_and_directories(tmp_path: Path) -> None:
    found = context(tmp_path, "b", "a/x", "a/deep/y", ".hidden")
    assert found.files == (".hidden", "a/deep/y", "a/x", "b")
    assert found.directories == {"a", "a/deep"}
    assert found.under("a") == ("a/deep/y", "a/x")
    assert found.under("b") == ("b",)
    assert found.under("") == found.under(".") == found.files
    assert found.under("missing") == ()
    assert (found.is_file("a/x"), found.is_file("a"), found.is_directory("a"), found.is_directory("b")) == (
        True,
        False,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("ignore", "expected"),
    [
        pytest.param("", ["a.c", "a.md", "src/a.c", "src/deep/b.md"], id="nothing"),
        pytest.param("# src\n\n", ["a.c", "a.md", "src/a.c", "src/deep/b.md"], id="comment"),
        pytest.param("*.md", ["a.c", "src/a.c", "src/deep/b.md"], id="only at the top"),
        pytest.param("**/*.md", ["a.c", "src/a.c"], id="everywhere"),
        pytest.param("src", ["a.c", "a.md"], id="directory"),
        pytest.param("/src/", ["a.c", "a.md"], id="slashes around it"),
        pytest.param("*\n!src", ["src/a.c", "src/deep/b.md"], id="only one directory"),
        pytest.param("*\n!src/deep/b.md", ["src/deep/b.md"], id="only one file"),
        pytest.param("src\n!src/deep", ["a.c", "a.md", "src/deep/b.md"], id="exception inside"),
        pytest.param("!src\nsrc", ["a.c", "a.md"], id="the last one wins"),
        pytest.param("\ufeffsrc\r\n*.md\r\n", ["a.c"], id="BOM and CRLF"),
        pytest.param("s?c\n[ab].c", ["a.md"], id="wildcards"),
    ],
)
def test_ignored_files(tmp_path: Path, ignore: str, expected: list[str]) -> None:
    found = context(tmp_path, "a.c", "a.md", "src/a.c", "src/deep/b.md", ignore=ignore)
    assert [name for name in found.files if name != ".dockerignore"] == expected


def test_ignored_files_cannot_be_read(tmp_path: Path) -> None:
    found = context(tmp_path, "a", "b", ignore="a")
    assert (found.read("a"), found.read("b"), found.match("a"), found.is_file("a")) == (None, "text of b", (), False)


def test_the_file_of_the_dockerfile_wins(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "Dockerfile.dockerignore").write_text("b")
    found = context(tmp_path, "a", "b", ignore="a", dockerfile="build/Dockerfile")
    assert (found.is_file("a"), found.is_file("b")) == (True, False)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("missing", ()),
        ("*.md", ()),
        ("../*", ("a.c", "b.c", "src")),
        ("a.c", ("a.c",)),
        ("./a.c", ("a.c",)),
        ("/a.c", ("a.c",)),
        ("src", ("src",)),
        ("src/", ("src",)),
        (".", (".",)),
        ("*.c", ("a.c", "b.c")),
        ("?.c", ("a.c", "b.c")),
        ("[a].c", ("a.c",)),
        ("*", ("a.c", "b.c", "src")),
        ("src/*", ("src/a.h", "src/deep")),
        ("*/*.h", ("src/a.h",)),
        ("src/*/*", ("src/deep/x",)),
        ("**/x", ()),
    ],
)
def test_match(tmp_path: Path, pattern: str, expected: tuple[str, ...]) -> None:
    assert context(tmp_path, "a.c", "b.c", "src/a.h", "src/deep/x").match(pattern) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "."),
        (".", "."),
        ("/", "."),
        ("a", "a"),
        ("./a/", "a"),
        ("/a//b", "a/b"),
        ("a/../b", "b"),
        ("../../a", "a"),
        ("..", "."),
    ],
)
def test_normal(path: str, expected: str) -> None:
    assert normal(path) == expected


@given(st.text())
def test_normal_never_leaves_the_root(path: str) -> None:
    found = normal(path)
    assert found == normal(found)
    assert not found.startswith("/")
    assert ".." not in found.split("/")


# -------------------------------------------------------------------------------------------------------------- reading
def test_nothing_outside_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    root = tmp_path / "root"
    found = context(root, "a")
    (root / "file").symlink_to("../secret")
    (root / "folder").symlink_to("..")
    assert found.files == ("a", "file", "folder")
    assert [
        found.read(name) for name in ("file", "folder", "folder/secret", "../secret", str(tmp_path / "secret"))
    ] == [None] * 5


def test_links_inside_are_listed_and_not_followed(tmp_path: Path) -> None:
    found = context(tmp_path, "a", "d/x")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "folder").symlink_to("d")
    (tmp_path / "broken").symlink_to("nowhere")
    assert found.files == ("a", "broken", "d/x", "folder", "link")
    assert found.read("link") is None


def test_what_is_no_text_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_context, "MAX_BYTES", 10)
    (tmp_path / "binary").write_bytes(b"\xff")
    (tmp_path / "large").write_bytes(b"x" * 11)
    (tmp_path / "fits").write_bytes(b"x" * 10)
    os.mkfifo(tmp_path / "pipe")
    found = context(tmp_path)
    assert [found.read(name) for name in ("binary", "large", "pipe", ".", "")] == [None] * 5
    assert found.read("fits") == "x" * 10


def test_a_large_context_is_not_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_context, "MAX_FILES", 2)
    assert context(tmp_path, "a", "b").complete
    assert not context(tmp_path / "more", "a", "b", "c").complete


@given(st.text())
def test_any_ignore_file_is_read(text: str) -> None:
    build_context._matcher(text)
