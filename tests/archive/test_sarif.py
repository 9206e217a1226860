"""The SARIF of all fixtures, as the validator of the format's authors reads it (fetched with npm)."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.cases import all_cases, solved
from transformer.report.documents import document
from transformer.report.formats import renderer

pytestmark = pytest.mark.archive

_PACKAGE = "@microsoft/sarif-multitool-linux@5.7.0"


@pytest.fixture
def validator(tmp_path: Path) -> Path:
    """The program, which needs nothing else."""
    if shutil.which("npm") is None:
        if os.environ.get("DOCKERFIX_REQUIRE_ARCHIVE"):
            pytest.fail("no npm on this machine")
        pytest.skip("needs npm")
    command = ["npm", "pack", "--silent", _PACKAGE]
    packed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()
    with tarfile.open(tmp_path / packed) as archive:
        archive.extractall(tmp_path, filter="data")
    program = tmp_path / "package/Sarif.Multitool"
    program.chmod(0o755)
    return program


def test_the_validator_has_no_complaint(validator: Path, tmp_path: Path) -> None:
    found = [document(replace(solved(case.name).outcome, path=f"{case.name}/Dockerfile")) for case in all_cases()]
    text = "".join(renderer("sarif")(found))
    assert _complaints(validator, tmp_path / "all.sarif", text) == []
    broken = text.replace('"startLine": ', '"startLine": -')
    assert _complaints(validator, tmp_path / "broken.sarif", broken), "it reads what it is given"


def _complaints(validator: Path, log: Path, text: str) -> list[str]:
    """Return the errors and warnings; SARIF2005 asks for an address on the web, which we do not have."""
    log.write_text(text, encoding="utf-8")
    command = [
        str(validator),
        "validate",
        str(log),
        "--rule-kind",
        "Sarif",
        "--level",
        "Error;Warning",
        "--kind",
        "Fail",
    ]
    environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert "Done." in run.stdout, run.stdout + run.stderr
    told = [line for line in run.stdout.splitlines() if ": error " in line or ": warning " in line]
    return [line for line in told if "SARIF2005" not in line]
