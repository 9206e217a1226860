"""Runs the console blocks of the documentation as they stand, and compares what they print.

A block is run if the line above it is ``<!-- run -->``. Lines that begin with ``$ `` are commands for one bash in a
fresh folder, the others are what the command before them prints (stdout and stderr together); a line ``...`` stands for
any number of lines. The folder holds copies of fixtures under other names (``PLAYGROUND``), and the blocks of the page
that have ``<!-- file: NAME -->`` above them.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.cases import FIXTURES, load

PLAYGROUND = {
    "hello": "c-hello",
    "guestbook": "go-web-templates",
    "lang": "c-make-downloaded",
    "service": "refuse-haskell",
}
"""The folders that a block finds, and the fixtures that they are copies of."""

_MARK = "== end of command"


@dataclass(frozen=True, slots=True)
class Example:
    """A command and what it prints."""

    command: str
    output: str


def examples(text: str) -> tuple[Example, ...]:
    """Return the commands of a block; a command goes on where its line ends with a backslash."""
    found: list[Example] = []
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.split("\n")
        last = next(number for number, line in enumerate(lines) if not line.endswith("\\"))
        found.append(Example("\n".join(lines[: last + 1]), "\n".join(lines[last + 1 :]).strip("\n")))
    return tuple(found)


def fits(expected: str, printed: str) -> bool:
    """Whether the output is the expected one; blank lines at its end are not looked at."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in expected.split("\n"))
    return re.fullmatch(pattern, printed.strip("\n") + "\n") is not None


def run(commands: tuple[Example, ...], folder: Path) -> tuple[str, ...]:
    """Run the commands in one shell in ``folder`` and return what each prints."""
    for name, fixture in PLAYGROUND.items():
        load(FIXTURES / fixture).copy_context(folder / name)
    script = "".join(f'{example.command}\nstatus=$?; echo "{_MARK}"; (exit $status)\n' for example in commands)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=_environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return tuple(done.stdout.split(f"{_MARK}\n")[:-1])


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which ``dockerfix`` is this checkout, whether it is installed or not."""
    tools = folder.parent / "bin"
    tools.mkdir(exist_ok=True)
    command = tools / "dockerfix"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m transformer "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "PYTHONWARNINGS"}}
    path = os.pathsep.join((str(tools), str(Path(sys.executable).parent), kept.get("PATH", os.defpath)))
    return {**kept, "PATH": path, "PYTHONPATH": str(FIXTURES.parent), "LC_ALL": "C.UTF-8"}
