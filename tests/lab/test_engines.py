"""Other engines than Docker with BuildKit and the classic image store: the same verdicts.

podman and buildah are tried where they are installed; the base image is handed over to them.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.lab import engine
from tests.lab.test_mutants import PAIRS, right
from transformer.verify.behaviour import Asked
from transformer.verify.engine import BuildOptions, Engine
from transformer.verify.procedure import Pair, Trial
from transformer.verify.verdict import Status, Verification

pytestmark = pytest.mark.engine

BASE = "debian:bookworm"
RIGHT = right("shell-server")


def verdict(used: Engine, tmp_path: Path, new: bytes) -> Verification:
    context = tmp_path / "context"
    shutil.copytree(PAIRS / "shell-server", context, dirs_exist_ok=True)
    file = context / "Dockerfile"
    try:
        pair = Pair(context, file, file.read_bytes(), new)
        return Trial(used, pair, BuildOptions(timeout=300), Asked(), lambda _: None).verdict()
    finally:
        used.clean()


def judges(used: Engine, tmp_path: Path) -> Verification:
    """Pass the right rewrite, find a wrong owner and a lost label; return the verdict about the right one."""
    good = verdict(used, tmp_path, RIGHT)
    assert good.status is Status.EQUIVALENT, good
    bad = verdict(
        used,
        tmp_path,
        RIGHT.replace(b" --chown=app:app", b"").replace(
            b"FROM debian:bookworm\n", b"FROM debian:bookworm\nLABEL more=1\n"
        ),
    )
    assert {("E2", "/srv/app"), ("E1", "label more")} <= {(one.law, one.what) for one in bad.differences}, bad
    return good


def test_the_legacy_builder(lab: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.make_bases([BASE])
    monkeypatch.setenv("DOCKER_BUILDKIT", "0")
    assert "legacy builder" in judges(Engine("docker"), tmp_path).notes[0]


def test_containerds_image_store(lab: Engine, tmp_path: Path) -> None:
    settings = '{"features": {"containerd-snapshotter": true}}'
    with engine.spare(2000, BASE, LAB_SETTINGS=settings, LAB_STORAGE="overlayfs") as used:
        status = subprocess.run(["docker", "info", "--format", "{{.DriverStatus}}"], capture_output=True, check=True)
        assert b"io.containerd.snapshotter" in status.stdout
        judges(used, tmp_path)


@pytest.mark.parametrize("program", ["podman", "buildah"])
def test_engines_without_a_service(lab: Engine, tmp_path: Path, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    engine.make_bases([BASE])
    archive = tmp_path / "base.tar"
    subprocess.run(["docker", "save", "--output", str(archive), BASE], check=True)
    subprocess.run([program, "pull", "--quiet", f"docker-archive:{archive}"], check=True)
    try:
        judges(Engine(program), tmp_path)
    finally:
        subprocess.run([program, "rmi", BASE], check=False, capture_output=True)
