from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.batch.conftest import git, type_make
from transformer.batch.sources import OPT_OUT, Choice, Kind, opted_out, projects


def _found(*sources: str) -> list[tuple[str, Kind]]:
    return [(p.name, p.kind) for p in projects(sources)]


def test_work_trees_folders_and_bare_repositories_below_a_directory(make: type_make, work: Path) -> None:
    make("a")
    make("deep/er/b")
    make("folder", repository=False)
    git(work, "clone", "-q", "--bare", "a", "bare.git")
    (work / "node_modules").mkdir()
    assert _found(str(work)) == [
        (f"{work}/a", Kind.WORK_TREE),
        (f"{work}/bare.git", Kind.REMOTE),
        (f"{work}/deep/er/b", Kind.WORK_TREE),
        (f"{work}/folder", Kind.FOLDER),
    ]


def test_files_of_the_directory_itself_are_a_project_of_their_own(make: type_make, work: Path) -> None:
    make(".", repository=False)
    assert _found(str(work)) == [(str(work), Kind.FOLDER)]


def test_a_repository_that_is_given_is_not_searched_for_others(make: type_make, work: Path) -> None:
    make("a")
    make("a/inner")
    assert _found(str(work / "a"), str(work / "a")) == [(str(work / "a"), Kind.WORK_TREE)]


@pytest.mark.parametrize("url", ["https://example.com/a.git", "file:///srv/a", "git@example.com:a/b.git", "ssh://h/a"])
def test_remotes(url: str) -> None:
    assert _found(url) == [(url, Kind.REMOTE)]


def test_a_loop_of_links_ends(make: type_make, work: Path) -> None:
    make("a")
    (work / "loop").symlink_to(work)
    assert _found(str(work)) == [(f"{work}/a", Kind.WORK_TREE)]


@pytest.mark.parametrize(
    ("text", "patterns"),
    [("", None), ("# all of it\n\n", None), ("legacy/*\n# x\n*.dev\n", ("legacy/*", "*.dev"))],
)
def test_opting_out(tmp_path: Path, text: str, patterns: tuple[str, ...] | None) -> None:
    assert opted_out(tmp_path) == ()
    (tmp_path / ".dockerfixignore").write_text(text)
    assert opted_out(tmp_path) == patterns


@pytest.mark.parametrize(
    ("include", "exclude", "taken"),
    [((), (), True), (("*/x/*",), (), True), (("*b*",), (), False), ((), ("*file",), False), (("*",), ("*x*",), False)],
)
def test_patterns(include: tuple[str, ...], exclude: tuple[str, ...], taken: bool) -> None:
    assert Choice(include, exclude).takes("a", "a/x/Dockerfile", "x/Dockerfile") is taken


def test_a_link_to_itself_and_a_pipe_hide_nothing(make: type_make, work: Path) -> None:
    root = make("folder", repository=False)
    (work / "self").symlink_to(work / "self")
    (root / "self").symlink_to(root / "self")
    os.mkfifo(root / OPT_OUT)
    assert [p.place for p in projects((str(work),)) if p.place != str(work)] == [str(root)]
    assert opted_out(root) == ()
