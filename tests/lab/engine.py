"""The container engine of the tests: starting it, and the few commands of its client that are needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
LABEL = "org.dockerfix.lab=test"

START_SECONDS = 300
BASES_SECONDS = 1200
BUILD_SECONDS = 600
COMMAND_SECONDS = 120


class LabError(Exception):
    """The lab could not do its part: not a finding about what is tested."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a command gave."""

    status: int
    stdout: str
    stderr: str


def missing() -> str | None:
    """Return why no engine can be had on this machine, or None if one can."""
    if not Path("/etc/debian_version").exists():
        return "the engine of the tests is made of Debian packages, and this is no Debian"
    if os.geteuid() != 0:
        return "the engine of the tests needs root"
    return None


def start() -> Engine:
    """Start the private engine unless it runs already."""
    _shell(START_SECONDS, str(HERE / "engine.sh"), "start")
    exports = _shell(COMMAND_SECONDS, "bash", "-c", 'eval "$("$1" env)" && env -0', "-", str(HERE / "engine.sh"))
    return Engine(dict(line.split("=", 1) for line in exports.split("\0") if line))


def _shell(seconds: int, *argv: str, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(argv)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Engine:
    """A client of the engine; ``environment`` is what makes it talk to the right one."""

    environment: Mapping[str, str]

    def docker(self, *args: str, seconds: int = COMMAND_SECONDS) -> Result:
        """Run the client; whatever it says is an answer."""
        done = subprocess.run(
            ["docker", *args],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def must(self, *args: str, seconds: int = COMMAND_SECONDS) -> str:
        """Run the client and return its output; a failure is the lab's."""
        done = self.docker(*args, seconds=seconds)
        if done.status != 0:
            raise LabError(f"docker {' '.join(args)}: exit status {done.status}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def make_bases(self, images: Iterable[str]) -> None:
        """Make the stand-ins of these images that do not exist yet."""
        environment = {**self.environment, "LAB_PYTHON": sys.executable}
        _shell(BASES_SECONDS, str(HERE / "bases.sh"), *images, env=environment)

    def build(self, context: Path) -> str:
        """Build the Dockerfile of a directory and return the image's id."""
        return self.must("build", "--quiet", "--label", LABEL, str(context), seconds=BUILD_SECONDS)

    def inspect(self, image: str) -> dict[str, Any]:
        """Return what the engine knows about an image."""
        found: list[dict[str, Any]] = json.loads(self.must("image", "inspect", image))
        return found[0]

    def run(self, image: str, *args: str, entrypoint: str | None = None) -> Result:
        """Run a container to its end. The host name is fixed: a program may print it."""
        options = ["--rm", "--label", LABEL, "--hostname", "lab"]
        if entrypoint is not None:
            options.append(f"--entrypoint={entrypoint}")
        return self.docker("run", *options, image, *args)

    @contextmanager
    def running(self, image: str, *args: str) -> Iterator[str]:
        """Run a container in the background; give its id."""
        container = self.must("run", "--detach", "--label", LABEL, "--hostname", "lab", image, *args)
        try:
            yield container
        finally:
            self.must("rm", "--force", "--volumes", container)

    @contextmanager
    def saved(self, image: str) -> Iterator[Path]:
        """Give the image as an archive file, which is gone afterwards."""
        with TemporaryDirectory(prefix="dockerfix-lab-", dir="/var/tmp") as directory:
            archive = Path(directory) / "image.tar"
            self.must("save", "--output", str(archive), image, seconds=BUILD_SECONDS)
            yield archive
