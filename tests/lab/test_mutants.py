"""Rewrites that are wrong: verify names the law and the likely cause of each, and passes the right one."""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.cases import FIXTURES
from tests.lab.case import Case, read
from tests.lab.trial import compare
from transformer.config import Options
from transformer.verification import given
from transformer.verify.behaviour import Asked
from transformer.verify.engine import BuildOptions, Engine
from transformer.verify.procedure import Pair, Trial
from transformer.verify.verdict import Status, Verification

pytestmark = pytest.mark.engine

HERE = Path(__file__).resolve().parent
PAIRS = HERE / "pairs"
EVERY: list[dict[str, Any]] = tomllib.loads((HERE / "mutants.toml").read_text(encoding="utf-8"))["mutant"]
ALL = os.environ.get("DOCKERFIX_ENGINE_ALL") == "1"
CHOSEN = [mutant for mutant in EVERY if ALL or mutant.get("ci", False)]
RIGHT = sorted({mutant["of"] for mutant in CHOSEN if (PAIRS / mutant["of"]).is_dir()})


def judged(lab: Engine, context: Path, of: str, new: bytes) -> Verification:
    """Return the verdict about another Dockerfile for a pair or a fixture, which is copied to ``context``."""
    directory = PAIRS / of if (PAIRS / of).is_dir() else FIXTURES / of
    case = Case(of, directory) if (PAIRS / of).is_dir() else _without_lists(read(directory))
    case.copy_context(context)
    for name in ("right.Dockerfile", "wrong.Dockerfile"):
        (context / name).unlink(missing_ok=True)
    file = context / "Dockerfile"
    return compare(lab, case, given(file, file.read_bytes(), new, Options()))


def _without_lists(case: Case) -> Case:
    """Return the case with what is run and asked, without what must be where."""
    return Case(case.name, case.directory, case.options, case.args, case.port, case.paths)


def right(of: str) -> bytes:
    pair = PAIRS / of / "right.Dockerfile"
    return (pair if pair.exists() else FIXTURES / of / "expected.Dockerfile").read_bytes()


def wrong(mutant: dict[str, Any]) -> bytes:
    """Return the wrong rewrite; an edit that finds nothing to change is an error of the table."""
    if "wrong" in mutant:
        return Path(PAIRS, mutant["of"], mutant["wrong"]).read_bytes()
    text = right(mutant["of"]).decode("utf-8", "surrogateescape")
    for before, after in mutant["edits"]:
        start, found, end = text.rpartition(before)
        assert found, f"{mutant['name']}: {before!r} is not there"
        text = start + after + end
    return text.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("of", RIGHT)
def test_the_right_rewrite_passes(lab: Engine, tmp_path: Path, of: str) -> None:
    verdict = judged(lab, tmp_path / "context", of, right(of))
    assert verdict.status is Status.EQUIVALENT, verdict


@pytest.mark.parametrize("mutant", CHOSEN, ids=lambda mutant: mutant["name"])
def test_a_wrong_rewrite_is_found(lab: Engine, tmp_path: Path, mutant: dict[str, Any]) -> None:
    verdict = judged(lab, tmp_path / "context", mutant["of"], wrong(mutant))
    assert verdict.status is Status.DIFFERS, verdict
    causes = {(one.law, one.what): one.cause for one in verdict.differences}
    assert causes.get((mutant["law"], mutant["what"])), verdict.differences


def test_more_than_needed_is_no_difference(lab: Engine, tmp_path: Path) -> None:
    more = right("shell-server").replace(b"/opt/bin /opt/bin\n", b"/opt /opt\n")
    assert judged(lab, tmp_path / "context", "shell-server", more).status is Status.EQUIVALENT


def test_an_original_that_does_not_build_is_no_fault_of_the_rewrite(lab: Engine, tmp_path: Path) -> None:
    shutil.copytree(PAIRS / "shell-server", tmp_path / "context")
    old = b"FROM debian:bookworm\nRUN false\n"
    pair = Pair(tmp_path / "context", tmp_path / "context" / "Dockerfile", old, right("shell-server"))
    verdict = Trial(lab, pair, BuildOptions(timeout=300), Asked(), lambda _: None).verdict()
    lab.clean()
    assert (verdict.status, "the original" in verdict.reason) == (Status.UNVERIFIABLE, True)
