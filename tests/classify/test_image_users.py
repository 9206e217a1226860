"""Whatever file of the repository runs a tool in the image: it is in the new image, or the split is not called safe."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from transformer import Options, transform

DOCKERFILE = """FROM python:3.12-bookworm
WORKDIR /app
COPY app.py requirements.txt ./
RUN pip install -r requirements.txt
CMD ["python", "app.py"]
"""
OWN = {"app.py": "import click\n", "requirements.txt": "click==8.1.7\n", "Dockerfile": DOCKERFILE}
BUILD = {"Makefile": "b:\n\tdocker build -t me/shop .\n"}


def final(folder: Path, files: dict[str, str]) -> str | None:
    """Return the new Dockerfile of a safe split in a repository with these files; None if it is not called safe."""
    (folder / "shop/.git").mkdir(parents=True)
    for name, text in {**OWN, **files}.items():
        path = folder / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = transform(folder / "shop/Dockerfile", Options())
    return found.rewritten if found.status.value == "rewritten" else None


CASES = tomllib.loads((Path(__file__).parent / "image_users.toml").read_text())
"""Each runs ``hg`` in the image, a tool that only the full base has."""


def _files(case: dict[str, Any], program: str) -> dict[str, str]:
    files = {path: text.replace("hg", program) for path, text in case["files"].items()}
    return {**(BUILD if case.get("built") else {}), **files}


@pytest.mark.parametrize("name", CASES)
def test_what_runs_it_keeps_it(tmp_path: Path, name: str) -> None:
    found = final(tmp_path, _files(CASES[name], "hg"))
    assert found is None or "mercurial" in found.rpartition("\nFROM ")[2]


NAMED_ALONE = {
    "compose labels ofelia",
    "sh fn",
    "nomad",
    "airflow",
    "testcontainers",
    "container library",
    "infrastructure",
}
"""Of these the words are known, not what they mean: a build tool there may be for the machine that they run on."""


@pytest.mark.parametrize("name", sorted(CASES.keys() - NAMED_ALONE))
def test_what_builds_in_it_keeps_the_file_as_it_is(tmp_path: Path, name: str) -> None:
    assert final(tmp_path, _files(CASES[name], "make")) is None


@pytest.mark.parametrize("name", CASES)
def test_what_runs_something_else_does_not(tmp_path: Path, name: str) -> None:
    found = final(tmp_path, _files(CASES[name], "ls"))
    assert found is not None
    assert "mercurial" not in found


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": "Then run `docker run me/other hg pull`.\n"},
        {**BUILD, "README.md": "Then run `docker run me/other hg pull`, or `hg pull` on your machine.\n"},
        {**BUILD, "x.tf": 'image = "me/other"\ncommand = ["hg", "pull"]\n'},
        {**BUILD, "main.tf": 'image = "me/shop"\n' + "\n" * 30 + 'command = ["hg", "pull"]\n'},
        {**BUILD, "Jenkinsfile": "node { docker.build('me/shop')\n" + "\n" * 30 + "sh 'hg pull' }\n"},
        {"fly/fly.toml": 'release_command = "hg pull"\n'},
        {"crontab": "* * * * * docker exec other hg pull\n"},
    ],
)
def test_what_runs_it_elsewhere_does_not(tmp_path: Path, files: dict[str, str]) -> None:
    found = final(tmp_path, files)
    assert found is not None
    assert "mercurial" not in found


@pytest.mark.parametrize(
    ("compose", "said"),
    [
        ("    command: gunicorn app:app\n", "only the service web in compose.yaml says what runs, `gunicorn app:app`"),
        ("    entrypoint: [python]\n    command: [app.py]\n", "says what runs, `python app.py`"),
        ("    ports: ['80:80']\n", "is a base for others"),
        ("    command: $START\n", "is a base for others"),
    ],
)
def test_what_starts_it_elsewhere_is_said(tmp_path: Path, compose: str, said: str) -> None:
    """A file without CMD stays as it is, but what a service starts is no secret to its author."""
    (tmp_path / ".git").mkdir()
    own = {**OWN, "Dockerfile": DOCKERFILE.replace('CMD ["python", "app.py"]\n', "")}
    for name, text in {**own, "compose.yaml": f"services:\n  web:\n    build: .\n{compose}"}.items():
        (tmp_path / name).write_text(text)
    found = transform(tmp_path / "Dockerfile", Options())
    assert [(d.code, said in d.message) for d in found.diagnostics] == [("DF402", True)]
    assert found.rewritten is None
