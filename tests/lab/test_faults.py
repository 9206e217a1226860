"""Faults of a real engine, of the disk and of what is built: a verdict in bounded time, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import engine
from transformer.verify.behaviour import Asked
from transformer.verify.engine import BuildOptions, Engine
from transformer.verify.procedure import Pair, Trial
from transformer.verify.verdict import Status, Verification

pytestmark = pytest.mark.engine

BASE = "debian:bookworm-slim"
FILE = f"FROM {BASE}\n"
BOUND = 120
"""Seconds in which each of these must end, on a slow machine."""


def verdict(used: Engine, context: Path, old: str, new: str, build: int = 100, run: int = 3) -> Verification:
    """Verify with few seconds for a build and for a run; whatever it was, it ends soon and leaves nothing."""
    pair = Pair(context, context / "Dockerfile", old.encode(), new.encode())
    started = time.monotonic()
    try:
        return Trial(used, pair, BuildOptions(timeout=build), Asked(seconds=run), lambda _: None).verdict()
    finally:
        used.clean()
        assert time.monotonic() - started < BOUND
        assert left(used) == []


def left(used: Engine) -> list[str]:
    """Return what carries the run's label still; nothing is left of an engine that has ended."""
    asked = (("ps", "--all", "--quiet"), ("network", "ls", "--quiet"), ("images", "--quiet"))
    done = (
        subprocess.run(["docker", *words, "--filter", f"label={used.label}"], check=False, capture_output=True)
        for words in asked
    )
    return [line for one in done for line in one.stdout.decode().split() if one.returncode == 0]


@pytest.fixture
def spare(lab: Engine) -> Iterator[Engine]:
    """An engine of its own with 500 MB of disk, which the test may fill or kill."""
    with engine.spare(500, BASE) as found:
        yield found


@pytest.fixture
def used(lab: Engine) -> Engine:
    """The engine, with a label of this test."""
    engine.make_bases([BASE])
    return Engine("docker")


def test_a_build_that_hangs(used: Engine, tmp_path: Path) -> None:
    found = verdict(used, tmp_path, FILE + 'CMD ["true"]\n', FILE + "RUN sleep 3600\n", build=10)
    assert (found.status, "not done after 10 s" in found.reason) == (Status.UNVERIFIABLE, True)


def test_an_image_that_floods_its_output(used: Engine, tmp_path: Path) -> None:
    flood = FILE + 'CMD ["yes"]\n'
    found = verdict(used, tmp_path, flood, f"{flood}LABEL a=b\n")
    assert [(one.law, one.what) for one in found.differences] == [("E1", "label a")]


def test_a_server_that_never_answers(used: Engine, tmp_path: Path) -> None:
    silent = FILE + 'EXPOSE 8080\nCMD ["sleep", "3600"]\n'
    found = verdict(used, tmp_path, silent, silent.replace("FROM", "# again\nFROM"))
    assert found.status is Status.EQUIVALENT
    assert found.notes == ("neither image could be observed further: nothing answers on port 8080 after 3 s",)


def test_no_room_for_the_saved_image(used: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(small)], check=True)
    try:
        monkeypatch.setenv("TMPDIR", str(small))
        found = verdict(used, tmp_path, FILE + 'CMD ["true"]\n', FILE + 'CMD ["false"]\n')
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert found.status is Status.UNVERIFIABLE
    assert "no space left" in found.log


def test_the_disk_of_the_engine_is_full(spare: Engine, tmp_path: Path) -> None:
    full = FILE + 'RUN head -c 900000000 /dev/zero > /large\nCMD ["true"]\n'
    found = verdict(spare, tmp_path, FILE + 'CMD ["true"]\n', full)
    assert (found.status, "disk of the engine is full" in found.reason) == (Status.UNVERIFIABLE, True), found


def test_the_engine_is_killed_in_the_middle_of_a_build(spare: Engine, tmp_path: Path) -> None:
    pidfile = Path(os.environ["LAB_RUN"], "dockerd.pid")
    killer = threading.Timer(8, lambda: os.kill(int(pidfile.read_text()), signal.SIGKILL))
    killer.start()
    found = verdict(spare, tmp_path, FILE + 'CMD ["true"]\n', FILE + "RUN sleep 3600\n")
    killer.join()
    assert (found.status, "ended in the middle" in found.reason) == (Status.UNVERIFIABLE, True), found
