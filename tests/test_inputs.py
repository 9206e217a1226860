"""What a search finds, and what it leaves alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from transformer import inputs as files
from transformer.inputs import Input, UnreadableError, find, read


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of our own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(*names: str) -> None:
    """Make files with something in them."""
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("FROM a\n")


def found(*paths: str) -> list[str]:
    """Return the paths of what is found."""
    return [item.path for item in find(paths)]


NOT_OURS = [
    "Makefile",
    "docker-compose.yml",
    "my-dockerfile",
    "Dockerfile.dockerignore",
    "Dockerfile~",
    "Dockerfile.orig",
    "Dockerfile.bak",
    "Dockerfile.j2",
    "Dockerfile.tmpl",
    "Dockerfile.md",
    ".Dockerfile.swp",
    ".git/Dockerfile",
    ".venv/Dockerfile",
    "node_modules/x/Dockerfile",
    "Containerfile.txt",
    ".dockerfile",
]


@pytest.mark.parametrize("name", NOT_OURS)
def test_not_found(name: str) -> None:
    put(name)
    assert found(".") == []


@pytest.mark.parametrize("name", NOT_OURS)
def test_but_found_if_given(name: str) -> None:
    put(name)
    assert found(name) == [name]


OURS = [
    "Dockerfile",
    "Dockerfile.dev",
    "Dockerfile-prod",
    "Dockerfile_old",
    "dockerfile",
    "web.Dockerfile",
    "web.dockerfile",
    "Containerfile",
    "a/b/c/Dockerfile",
    "Dockerfiles/Dockerfile",
]


@pytest.mark.parametrize("name", OURS)
def test_found(name: str) -> None:
    put(name)
    assert found(".") == [name]


def test_in_the_order_of_the_arguments_then_by_name_and_once() -> None:
    put("b/Dockerfile", "a/z/Dockerfile", "a/Dockerfile.b", "a/Dockerfile", "Dockerfile")
    assert found("b", "./a", "a/Dockerfile", ".") == [
        "b/Dockerfile",
        "a/Dockerfile",
        "a/Dockerfile.b",
        "a/z/Dockerfile",
        "Dockerfile",
    ]


def test_the_argument_that_led_to_a_file_is_remembered() -> None:
    put("a/b/Dockerfile")
    assert list(find(["a", "-"])) == [Input("a/b/Dockerfile", "a"), Input("-", "-")]


def test_linked_directories_are_not_followed_but_linked_files_are() -> None:
    put("real/Dockerfile")
    Path("tree").mkdir()
    Path("tree/loop").symlink_to(".")
    Path("tree/other").symlink_to("../real")
    Path("tree/Dockerfile").symlink_to("../real/Dockerfile")
    Path("tree/Dockerfile.gone").symlink_to("nowhere")
    assert found("tree") == ["tree/Dockerfile"]


def test_a_directory_called_dockerfile_is_no_file() -> None:
    put("Dockerfile/web.Dockerfile")
    assert found(".") == ["Dockerfile/web.Dockerfile"]


def test_depth_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_DEPTH", 2)
    put("a/b/Dockerfile", "a/b/c/Dockerfile")
    assert found(".") == ["a/b/Dockerfile"]


def test_number_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 2)
    put("Dockerfile.1", "Dockerfile.2", "Dockerfile.3", "Dockerfile.4")
    *_, last = find(["."])
    assert "more than 2 Dockerfiles" in last.problem


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_directory_that_may_not_be_read_is_a_problem() -> None:
    put("a/Dockerfile")
    Path("a").chmod(0)
    (item,) = find(["."])
    assert item.problem
    Path("a").chmod(0o700)


def test_read() -> None:
    Path("x").write_bytes(b"\xff\r\n")
    assert read("x") == b"\xff\r\n"


def test_a_large_file_is_cut_where_the_parser_sees_that_it_is_too_large() -> None:
    from transformer.parse.parser import MAX_BYTES

    Path("x").write_bytes(b"a" * (files.MAX_BYTES + 5))
    assert len(read("x")) == MAX_BYTES + 1


@pytest.mark.parametrize("make", [lambda: None, lambda: os.mkfifo("x"), lambda: Path("x").mkdir()])
def test_unreadable(make) -> None:  # type: ignore[no-untyped-def]
    make()
    with pytest.raises(UnreadableError):
        read("x")


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "a/b/c"])
def test_names_that_cannot_be(name: str) -> None:
    assert found(name) == [name]
    with pytest.raises(UnreadableError):
        read(name)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as empty:
        monkeypatch.setattr(sys, "stdin", empty)
        assert read("-") == b""
