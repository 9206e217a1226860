"""What dockerfix makes of the fixtures is built and run beside the original (E1 to E5)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.cases import answer, options
from tests.lab.case import Case, all_cases
from tests.lab.trial import compare
from transformer.config import Options
from transformer.context.build_context import BuildContext
from transformer.verification import pair_of
from transformer.verify.engine import Engine
from transformer.verify.verdict import Status, Verification

pytestmark = pytest.mark.engine

REPO = Path(__file__).resolve().parents[2]


def dockerfix(*args: str) -> str:
    """Run the command line as a user would; a failure shows what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "transformer", *args], cwd=REPO, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def result(context: Path, *options: str) -> dict[str, Any]:
    results: list[dict[str, Any]] = json.loads(dockerfix("--format", "json", *options, str(context)))["results"]
    assert len(results) == 1
    return results[0]


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_the_rewritten_image_is_equivalent_and_smaller(
    case: Case, lab: Engine, tmp_path: Path, results: dict[str, Verification]
) -> None:
    old = case.copy_context(tmp_path / "old")
    new = case.copy_context(tmp_path / "new")

    assert result(new, *case.options)["status"] == "rewritten"
    dockerfix("--write", *case.options, str(new))
    assert result(new, *case.options)["status"] == "unchanged"

    rewritten = (new / "Dockerfile").read_bytes()
    outcome = answer((old / "Dockerfile").read_bytes(), options(case.options), BuildContext(old)).outcome
    pair = replace(pair_of(outcome, Options()), context=old, dockerfile=old / "Dockerfile")
    assert pair.new == rewritten
    results[case.name] = verdict = compare(lab, case, pair)
    assert verdict.status is Status.EQUIVALENT, f"{verdict.reason}\n{verdict.log}\n{verdict.differences}"
    assert verdict.before is not None
    assert verdict.after is not None
    assert verdict.after.layer_bytes < verdict.before.layer_bytes
