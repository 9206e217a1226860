"""The private engine of the tests: starting it, and making the stand-ins of base images."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from transformer.verify.engine import Engine

HERE = Path(__file__).resolve().parent

START_SECONDS = 300
BASES_SECONDS = 1200


class LabError(Exception):
    """The lab could not do its part: not a finding about what is tested."""


def missing() -> str | None:
    """Return why no engine can be had on this machine, or None if one can."""
    if not Path("/etc/debian_version").exists():
        return "the engine of the tests is made of Debian packages, and this is no Debian"
    if os.geteuid() != 0:
        return "the engine of the tests needs root"
    return None


def start() -> Engine:
    """Start the private engine unless it runs already; from now on this process talks to it."""
    _shell(START_SECONDS, str(HERE / "engine.sh"), "start")
    exports = _shell(START_SECONDS, "bash", "-c", 'eval "$("$1" env)" && env -0', "-", str(HERE / "engine.sh"))
    os.environ.update(dict(line.split("=", 1) for line in exports.split("\0") if line))
    return Engine("docker")


def make_bases(images: Iterable[str]) -> None:
    """Make the stand-ins of these images that do not exist yet."""
    _shell(BASES_SECONDS, str(HERE / "bases.sh"), *images, env={**os.environ, "LAB_PYTHON": sys.executable})


def _shell(seconds: int, *argv: str, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(argv)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
