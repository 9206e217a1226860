"""pre-commit and the action, as their users have them: installed from this repository, with what it needs from PyPI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.integrations.steps import REPO, bash, git, repository

pytestmark = pytest.mark.archive


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """This repository as it is now, as a git repository of its own."""
    folder = tmp_path / "dockerfix"
    names = subprocess.run(
        ["git", "-C", str(REPO), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, names):
        if not name.startswith(("fixtures/", "tests/")) and (REPO / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((REPO / name).read_bytes())
    git(tmp_path, "init", "-q", "dockerfix")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")
    return folder


def test_the_hooks_look_and_write(source: Path, tmp_path: Path) -> None:
    tree = repository(tmp_path / "tree")
    before = (tree / "app/Dockerfile").read_text()

    def hook(name: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "pre_commit", "try-repo", str(source), name, "--all-files", "--verbose"]
        env = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}
        return subprocess.run(words, cwd=tree, env=env, capture_output=True, text=True, check=False)

    look = hook("dockerfix")
    assert look.returncode == 1, look.stdout + look.stderr
    assert "+FROM ubuntu:18.04 AS build" in look.stdout
    assert (tree / "app/Dockerfile").read_text() == before
    write = hook("dockerfix-write")
    assert "files were modified by this hook" in write.stdout, write.stdout + write.stderr
    assert "FROM ubuntu:18.04 AS build" in (tree / "app/Dockerfile").read_text()
    assert hook("dockerfix").returncode == 0


def test_the_action_installs_itself(source: Path, tmp_path: Path) -> None:
    tree = repository(tmp_path / "tree")
    action = source / ".github/actions/dockerfix"
    install, run = yaml.safe_load((action / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    runner = tmp_path / "runner"
    runner.mkdir()
    env = {"RUNNER_TEMP": str(runner), "GITHUB_ACTION_PATH": str(action)}
    env |= {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    done = bash(install["run"], tree, env)
    assert done.returncode == 0, done.stderr
    env |= {name: "" for name in run["env"]} | {"INPUT_PATHS": "."}
    done = bash(run["run"], tree, env)
    assert done.returncode == 0, done.stderr
    assert "::warning file=app/Dockerfile,line=1" in done.stdout
