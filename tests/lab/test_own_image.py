"""Our own image: it builds from the repository, and looks at what is mounted."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integrations.steps import REPO, repository
from transformer.verify.engine import Engine

pytestmark = pytest.mark.engine

_NAME = "dockerfix-own-image"


def _docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def image(lab: Engine) -> Iterator[str]:
    _docker("build", "--tag", _NAME, "--file", str(REPO / ".docker/Dockerfile"), str(REPO))
    yield _NAME
    _docker("image", "rm", "--force", _NAME)


def test_it_says_its_version(image: str) -> None:
    assert _docker("run", "--rm", image, "--version").startswith("dockerfix ")


def test_it_looks_at_what_is_mounted(image: str, tmp_path: Path) -> None:
    tree = repository(tmp_path / "tree")
    output = _docker("run", "--rm", "--network", "none", "--volume", f"{tree}:/work", image)
    assert "+FROM ubuntu:18.04 AS build" in output
    assert "2 files: 1 rewritten, 1 unchanged" in output


def test_it_has_nothing_of_the_build(image: str) -> None:
    listed = _docker("run", "--rm", "--entrypoint", "find", image, "/", "-maxdepth", "1", "-name", "src")
    assert not listed
