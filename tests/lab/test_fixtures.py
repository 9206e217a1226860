"""What dockerfix makes of the fixtures is built and run beside the original (E1 to E5)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lab.case import Case, all_cases
from tests.lab.trial import Comparison, Lab

pytestmark = pytest.mark.engine

REPO = Path(__file__).resolve().parents[2]


def dockerfix(*args: str) -> str:
    """Run the command line as a user would; a failure shows what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "transformer", *args], cwd=REPO, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def answer(context: Path, *options: str) -> dict[str, Any]:
    results: list[dict[str, Any]] = json.loads(dockerfix("--format", "json", *options, str(context)))["results"]
    assert len(results) == 1
    return results[0]


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_the_rewritten_image_is_equivalent_and_smaller(
    case: Case, lab: Lab, tmp_path: Path, results: dict[str, Comparison]
) -> None:
    old = case.copy_context(tmp_path / "old")
    new = case.copy_context(tmp_path / "new")

    assert answer(new, *case.options)["status"] == "rewritten"
    report = dockerfix("--write", *case.options, str(new))
    assert answer(new, *case.options)["status"] == "unchanged"

    results[case.name] = comparison = lab.compare(case, old, new, report)
    assert not comparison.findings, str(comparison)
