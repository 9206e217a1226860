"""The same bytes for any hash seed: no set's order reaches the output."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.cases import FIXTURES

NAMES = ("c-all-config", "c-dev-library", "c-git-clone-configure", "c-owned-tree", "cpp-shared-usr-local")
MORE = ("go-cgo-library", "go-runs-git", "go-web-templates", "refuse-own-deb", "noop-multi-stage")
SEEDS = ("0", "1", "4242")


@cache
def _output(seed: str, *words: str) -> bytes:
    paths = [str(FIXTURES / name / "Dockerfile") for name in NAMES + MORE]
    done = subprocess.run(
        [sys.executable, "-m", "transformer", *words, *(paths if words[0].startswith("--") else paths[:1])],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("seed", SEEDS[1:])
@pytest.mark.parametrize("format_", ["text", "json"])
def test_reports_do_not_depend_on_the_hash_seed(format_: str, seed: str) -> None:
    assert _output(seed, "--format", format_) == _output(SEEDS[0], "--format", format_)


@pytest.mark.parametrize("seed", SEEDS[1:])
@pytest.mark.parametrize("phase", ["effects", "verdicts", "plan"])
def test_dumps_do_not_depend_on_the_hash_seed(phase: str, seed: str) -> None:
    assert _output(seed, "explain", "--dump", phase) == _output(SEEDS[0], "explain", "--dump", phase)
