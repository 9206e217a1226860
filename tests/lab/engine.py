"""The private engine of the tests: starting it, and making the stand-ins of base images."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

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


@contextmanager
def spare(megabytes: int, base: str, **settings: str) -> Iterator[Engine]:
    """Give a second engine with a disk of its own that holds one base image; it may be filled, killed or set otherwise.

    ``settings`` are further variables of engine.sh. What it leaves is removed, whatever state it is in.
    """
    make_bases([base])
    installed = next(Path(part).parents[1] for part in os.environ["PATH"].split(":") if "engine-" in part)
    before = dict(os.environ)
    with TemporaryDirectory(
        prefix="dfx", ignore_cleanup_errors=True
    ) as folder:  # a socket's path has 108 bytes at most
        home = Path(folder)
        archive, data = home / "base.tar", home / "data"
        subprocess.run(["docker", "save", "--output", str(archive), base], check=True)
        (home / installed.name).symlink_to(installed)
        data.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(data)], check=True)
        own = {"LAB_HOME": folder, "LAB_RUN": f"{folder}/run", "LAB_BRIDGE": "dfxlab1", "LAB_SUBNET": "172.30.253.1/24"}
        os.environ.update({**own, **settings})
        try:
            found = start()
            subprocess.run(["docker", "load", "--quiet", "--input", str(archive)], check=True, capture_output=True)
            yield found
        finally:
            subprocess.run([str(HERE / "engine.sh"), "stop"], check=False)
            _end_all_below(folder)
            os.environ.clear()
            os.environ.update(before)


def _end_all_below(folder: str) -> None:
    """End what an engine that was killed leaves: its containers and their mounts."""
    subprocess.run(["pkill", "--signal", "KILL", "--full", folder], check=False)
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(folder)), reverse=True):
        subprocess.run(["umount", "--lazy", mount], check=False)


def make_bases(images: Iterable[str]) -> None:
    """Make the stand-ins of these images that do not exist yet."""
    _shell(BASES_SECONDS, str(HERE / "bases.sh"), *images, env={**os.environ, "LAB_PYTHON": sys.executable})


def _shell(seconds: int, *argv: str, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(argv)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
