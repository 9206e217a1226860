"""The scripts of CI definitions, run as their runners do, in a repository made for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
FIXTURES = REPO / "fixtures"


def repository(folder: Path) -> Path:
    """Make a repository with a file that can be split and one that is well as it is, in two commits."""
    for name, fixture in (("app", "c-hello"), ("plain", "noop-no-run")):
        (folder / name).mkdir(parents=True)
        for file in (FIXTURES / fixture).iterdir():
            if file.is_file() and not file.name.startswith(("expected", "case.toml", "by-hand")):
                (folder / name / file.name).write_bytes(file.read_bytes())
        git(folder, "init", "-q")
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", name)
    return folder


def git(folder: Path, *words: str) -> None:
    """Run git with an author of its own."""
    who = ["-c", "user.name=T", "-c", "user.email=t@example.com"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def bash(script: str, folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub's runner does (``bash --noprofile --norc -eo pipefail``)."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, timeout=600, check=False
    )


def linked(place: Path) -> None:
    """Put this environment where a CI script would install one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(Path(sys.prefix), target_is_directory=True)


def filled(text: str, inputs: Mapping[str, str]) -> str:
    """Return a text with GitHub's ``${{ inputs.NAME }}`` filled in."""
    return re.sub(r"\$\{\{ *inputs\.([a-z-]+) *\}\}", lambda match: inputs[match[1]], text)
