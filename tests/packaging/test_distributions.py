"""The sdist and the wheel carry everything that the installed command needs, wherever it is started."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
SHIPPED = ("templates", "transformer/knowledge")


def run(*args: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, *args], cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from it; no network is needed, since hatchling is a development dependency."""
    out = tmp_path_factory.mktemp("dist")
    run("-m", "build", "--no-isolation", "--outdir", str(out), str(REPO), cwd=out)
    return out


@pytest.fixture(scope="session")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone, away from the repository; its dependencies are those of this environment."""
    target = tmp_path_factory.mktemp("site")
    (wheel,) = dist.glob("*.whl")
    run("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target), str(wheel), cwd=target)
    return target


def data_files() -> list[Path]:
    """Return the files beside the code that the command reads, relative to the repository."""
    files = (file for folder in SHIPPED for file in (REPO / folder).rglob("*") if file.is_file())
    return sorted(file.relative_to(REPO) for file in files if "__pycache__" not in file.parts)


def in_wheel(file: Path) -> str:
    return f"transformer/{file}" if file.parts[0] == "templates" else str(file)


def test_the_sdist_has_the_data_files_and_the_tests(dist: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.split("/", 1)[-1] for name in tar.getnames()}
    assert {str(file) for file in data_files()} <= names
    assert {"LICENSE", "pyproject.toml", "Makefile", "fixtures/c-hello/Dockerfile", "tests/conftest.py"} <= names
    assert not [name for name in names if name.startswith((".venv", "build/", "dist/"))]


def test_the_wheel_has_the_data_files_and_nothing_beside_the_package(dist: Path) -> None:
    (archive,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(archive).namelist())
    assert {in_wheel(file) for file in data_files()} <= names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"transformer", "dockerfix"}


def test_the_installed_command_rewrites(installed: Path, tmp_path: Path) -> None:
    for name in ("Dockerfile", "hello.c"):
        (tmp_path / name).write_bytes((REPO / "fixtures" / "c-hello" / name).read_bytes())
    environment = {**os.environ, "PYTHONPATH": str(installed)}

    assert str(installed) in run("-c", "import transformer; print(transformer.__file__)", cwd=tmp_path, env=environment)
    run(str(installed / "bin" / "dockerfix"), "--write", str(tmp_path), cwd=tmp_path, env=environment)

    assert "COPY --from=build /build/hello /build/hello" in (tmp_path / "Dockerfile").read_text(encoding="utf-8")
