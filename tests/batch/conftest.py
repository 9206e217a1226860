"""Local repositories for the tests of batch runs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HELLO = """FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY hello.c /src/hello.c
RUN gcc -o /usr/local/bin/hello /src/hello.c
CMD ["hello"]
"""
PLAIN = 'FROM debian:bookworm\nRUN mkdir /data\nCMD ["ls", "/data"]\n'
SOURCE = "int main(void) { return 0; }\n"

type_make = Callable[..., Path]


def git(folder: Path, *words: str) -> str:
    """Return what git prints."""
    mail = {"GIT_AUTHOR_NAME": "T", "GIT_AUTHOR_EMAIL": "t@example.com"}
    who = {**mail, "GIT_COMMITTER_NAME": "T", "GIT_COMMITTER_EMAIL": "t@example.com"}
    done = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True, env={**os.environ, **who}
    )
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def _somebody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let commits have a committer, and nothing of this machine's settings."""
    (tmp_path / "gitconfig").write_text(
        "[user]\n\tname = Committer\n\temail = c@example.com\n[init]\n\tdefaultBranch = main\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The directory that holds the projects of a test."""
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def make(work: Path) -> type_make:
    """Make a folder, or a repository with one commit, from files; the Dockerfile is HELLO if none is given."""

    def one(name: str, *, repository: bool = True, **files: str) -> Path:
        root = work / name
        for path, text in {"Dockerfile": HELLO, "hello.c": SOURCE, **files}.items():
            file = root / path.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        if repository:
            git(root, "init", "-q")
            git(root, "add", ".")
            git(root, "commit", "-q", "-m", "first")
        return root

    return one
