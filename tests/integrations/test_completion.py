"""Completion in the shell: what is offered, and that the scripts are ones for their shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

ASK = [
    ("dockerfix ", {"explain", "verify", "batch", "config", "templates", "lsp"}),
    ("dockerfix ex", {"explain"}),
    ("dockerfix --fail", {"--fail-on"}),
    ("dockerfix --fail-on ", {"rewritten", "refused", "unsafe"}),
    ("dockerfix explain --du", {"--dump"}),
    ("dockerfix explain --dump e", {"effects"}),
    ("dockerfix batch --patch", {"--patch-dir"}),
    ("dockerfix x expl", set()),
]


def asked(words: str, shell: str) -> str:
    count = len(words.split()) - (not words.endswith(" "))
    last = "" if words.endswith(" ") else words.rsplit(maxsplit=1)[-1]
    environment = {
        **os.environ,
        "_DOCKERFIX_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": last if shell == "fish" else str(count),
    }
    return subprocess.run([_program()], env=environment, capture_output=True, text=True, check=True).stdout


def _program() -> str:
    return os.path.join(os.path.dirname(sys.executable), "dockerfix")  # noqa: PTH118, PTH120


@pytest.mark.parametrize(("words", "offered"), ASK)
def test_what_is_offered(words: str, offered: set[str]) -> None:
    lines = [line.partition(",") for line in asked(words, "bash").splitlines()]
    assert {value for kind, _, value in lines if kind == "plain"} == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_are_offered_the_same(shell: str) -> None:
    assert "explain" in asked("dockerfix ex", shell)
    assert "--dump" in asked("dockerfix explain --du", shell)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_of_its_shell(shell: str) -> None:
    environment = {**os.environ, "_DOCKERFIX_COMPLETE": f"{shell}_source"}
    script = subprocess.run([_program()], env=environment, capture_output=True, text=True, check=True).stdout
    assert "_DOCKERFIX_COMPLETE" in script
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    subprocess.run([shell, "-n"], input=script, text=True, check=True)
