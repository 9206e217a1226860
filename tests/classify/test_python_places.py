"""Where Python installs: the prefix of the image, Debian's own, an environment, a user's home, on every version."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext

MINORS = (9, 10, 11, 12, 13, 14)
GCC = "RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev"
REST = """WORKDIR /app
COPY requirements.txt app.py ./
{install}
CMD ["{start}", "app.py"]
"""


def carried(folder: Path, base: str, before: str, install: str, start: str = "python") -> list[str]:
    """Return what is carried of the split, which is safe."""
    (folder / "requirements.txt").write_text("click==8.1.7\n")
    (folder / "app.py").write_text("import click\n\nclick.echo('running')\n")
    text = f"FROM {base}\n{GCC}\n{before}\n" + REST.format(install=install, start=start)
    outcome = answer(text.encode(), options(()), BuildContext(folder)).outcome
    assert outcome.status.value == "rewritten", outcome.diagnostics
    assert outcome.plan is not None
    return [artifact.path for artifact in outcome.plan.artifacts]


@pytest.mark.parametrize("minor", MINORS)
def test_the_prefix_of_the_image(tmp_path: Path, minor: int) -> None:
    found = carried(tmp_path, f"python:3.{minor}-slim-bookworm", "", "RUN pip install -r requirements.txt")
    assert found == [f"/usr/local/lib/python3.{minor}/site-packages", "/usr/local/bin"]


@pytest.mark.parametrize("minor", MINORS)
def test_an_environment(tmp_path: Path, minor: int) -> None:
    install = "RUN python -m venv /opt/venv && /opt/venv/bin/pip install -r requirements.txt"
    base = f"python:3.{minor}-slim-bookworm"
    assert carried(tmp_path, base, "ENV PATH=/opt/venv/bin:$PATH", install) == ["/opt/venv"]


@pytest.mark.parametrize("minor", MINORS)
@pytest.mark.parametrize(
    ("before", "install", "place"),
    [
        (
            "RUN useradd --create-home --uid 1500 app\nUSER app",
            "RUN pip install -r requirements.txt",
            "/home/app/.local",
        ),
        ("", "RUN pip install --user -r requirements.txt", "/root/.local"),
        (
            "ENV PYTHONUSERBASE=/opt/py PATH=/opt/py/bin:$PATH",
            "RUN pip install --user -r requirements.txt",
            "/opt/py",
        ),
        ("ENV PYTHONPATH=/srv/modules", "RUN pip install --target=/srv/modules -r requirements.txt", "/srv/modules"),
        ("ENV PIP_TARGET=/srv/modules PYTHONPATH=/srv/modules", "RUN pip install -r requirements.txt", "/srv/modules"),
    ],
    ids=["a user's home", "--user", "PYTHONUSERBASE", "--target", "PIP_TARGET"],
)
def test_other_trees(tmp_path: Path, minor: int, before: str, install: str, place: str) -> None:
    assert carried(tmp_path, f"python:3.{minor}-slim-bookworm", before, install) == [place]


@pytest.mark.parametrize(
    ("mount", "known"),
    [
        ("type=bind,source=wanted.txt,target=wanted.txt", True),
        ("source=./wanted.txt,dst=/app/wanted.txt", True),
        ("type=bind,from=other,source=wanted.txt,target=wanted.txt", False),
        ("type=cache,target=/root/.cache", False),
    ],
)
def test_requirements_that_are_bound_for_one_command(tmp_path: Path, mount: str, *, known: bool) -> None:
    (tmp_path / "wanted.txt").write_text("click==8.1.7\n")
    (tmp_path / "app.py").write_text("import click\n")
    run = f"RUN --mount={mount} pip install -r wanted.txt"
    text = f'FROM python:3.12-slim-bookworm\n{GCC}\nWORKDIR /app\n{run}\nCOPY app.py .\nCMD ["python", "app.py"]\n'
    outcome = answer(text.encode(), options(()), BuildContext(tmp_path)).outcome
    assert (outcome.status.value == "rewritten") is known
    assert "wanted.txt" not in (outcome.rewritten or "").rpartition("FROM")[2]


@pytest.mark.parametrize("release", ["bullseye", "bookworm", "trixie"])
def test_python_of_the_distribution(tmp_path: Path, release: str) -> None:
    packages = "RUN apt-get install -y --no-install-recommends python3 python3-pip"
    install = "RUN pip3 install --break-system-packages -r requirements.txt"
    assert carried(tmp_path, f"debian:{release}", packages, install, "python3") == ["/usr/local"]


@pytest.mark.parametrize("release", ["bullseye", "bookworm", "trixie"])
def test_an_environment_of_the_distributions_python(tmp_path: Path, release: str) -> None:
    packages = "RUN apt-get install -y --no-install-recommends python3 python3-venv"
    install = "RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install -r requirements.txt"
    assert carried(tmp_path, f"debian:{release}", packages, install, "/opt/venv/bin/python") == ["/opt/venv"]
