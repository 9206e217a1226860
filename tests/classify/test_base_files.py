"""What the base image has in directories that are carried over it, and a step takes away, is taken away again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.classify.base_files import may_be_own
from transformer.context.build_context import BuildContext
from transformer.ir.effects import Path as Place
from transformer.knowledge.images import image

SITE = "/usr/local/lib/python3.12/site-packages"
TEXT = """FROM python:{minor}-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
WORKDIR /app
COPY requirements.txt app.py ./
RUN pip install -r requirements.txt
{step}
CMD ["python", "app.py"]
"""


def final_stage(folder: Path, step: str, minor: str = "3.12") -> str:
    (folder / "requirements.txt").write_text("click==8.1.7\n")
    (folder / "app.py").write_text("print('running')\n")
    text = TEXT.format(minor=minor, step=step)
    outcome = answer(text.encode(), options(()), BuildContext(folder)).outcome
    assert outcome.status.value == "rewritten", outcome.diagnostics
    assert outcome.rewritten is not None
    return outcome.rewritten.rpartition("FROM")[2]


@pytest.mark.parametrize(
    "step",
    [
        f"RUN rm -rf {SITE}/pip* /usr/local/bin/pip*",
        f"RUN cd {SITE} && rm -rf pip pip-*.dist-info",
        f"RUN rm -rf {SITE}/pip || true",
        f"RUN find {SITE} -type d -name tests -exec rm -rf {{}} +",
        f"RUN find {SITE} -name '*.pyi' -delete",
        f"RUN find {SITE} -name '*.pyi' | xargs rm -f",
        "RUN find / -name '*.pyc' -delete",
        "RUN rm -rf /usr/local/lib/python3.12/ensurepip",
        "RUN pip uninstall -y pip",
        "RUN pip uninstall -y click pip",
    ],
)
def test_what_the_base_has_is_taken_away_again(tmp_path: Path, step: str) -> None:
    final = final_stage(tmp_path, step)
    assert step in final
    assert final.index(f"COPY --from=build {SITE} ") < final.index(step)


@pytest.mark.parametrize(
    "step",
    [
        f"RUN rm -rf {SITE}/click/tests",
        f"RUN rm {SITE}/click/py.typed",
        f"RUN find {SITE}/click -name '*.pyi' -delete",
        f"RUN sed -i s/a/b/ {SITE}/click/core.py",
        f"RUN mv {SITE}/click/core.py {SITE}/click/core2.py",
        "RUN pip uninstall -y click",
    ],
)
def test_what_the_build_made_is_not(tmp_path: Path, step: str) -> None:
    """The carried tree is without it, and a second time may fail, or change more."""
    assert step not in final_stage(tmp_path, step)


@pytest.mark.parametrize(("minor", "again"), [("3.11", True), ("3.12", False), ("3.13", False)])
def test_what_an_image_of_that_version_has(tmp_path: Path, minor: str, *, again: bool) -> None:
    step = "RUN pip uninstall -y setuptools wheel"
    assert (step in final_stage(tmp_path, step, minor)) is again


def test_what_is_not_known_may_be_what_the_image_has(tmp_path: Path) -> None:
    step = "RUN pip freeze > /opt/all.txt && pip uninstall -y -r /opt/all.txt"
    assert step in final_stage(tmp_path, step)


@pytest.mark.parametrize(
    ("base", "path", "own"),
    [
        ("python:3.12-slim-bookworm", "/usr/local/bin/pip3", True),
        ("python:3.12-slim-bookworm", "/usr/local/bin/p*", True),
        ("python:3.12-slim-bookworm", "/usr/local/bin/gunicorn", False),
        ("python:3.12-slim-bookworm", "/usr/local/bin", True),
        ("python:3.12-slim-bookworm", f"{SITE}/*", True),
        ("python:3.12-slim-bookworm", f"{SITE}/flask", False),
        ("python:3.12-slim-bookworm", f"{SITE}/setuptools", False),
        ("python:3.11-slim-bookworm", "/usr/local/lib/python3.11/site-packages/setuptools", True),
        ("python:3.12-slim-bookworm", "/usr/local/lib/python3.12/idlelib", True),
        ("python:3.12-slim-bookworm", "/usr/local/share/data", False),
        ("python:3.12-slim-bookworm", "/", True),
        ("python:3-slim", "/usr/local/lib/python3.12/site-packages/wheel", True),
        ("node:20-bookworm-slim", "/usr/local/lib/node_modules/npm/docs", True),
        ("node:20-bookworm-slim", "/usr/local/lib/node_modules/pm2", False),
        ("ruby:3.1-slim-bookworm", "/usr/local/lib/ruby/gems/3.1.0/cache", True),
        ("ruby:3.1-slim-bookworm", "/usr/local/bundle/cache", False),
        ("debian:bookworm", "/usr/local/bin/pip", False),
    ],
)
def test_the_table(base: str, path: str, *, own: bool) -> None:
    known = image(base)
    assert known is not None
    assert may_be_own(known, Place(path, tree=True)) is own


@pytest.mark.parametrize(
    ("minor", "wanted", "flags", "safe"),
    [
        ("3.11", "setuptools", "", True),
        ("3.11", "setuptools==69.0.3", "", False),
        ("3.11", "setuptools>=69", "", False),
        ("3.11", "setuptools", "--upgrade ", False),
        ("3.11", "click>=8", "--upgrade ", True),
        ("3.12", "setuptools>=69", "--upgrade ", True),
    ],
)
def test_an_installation_may_replace_what_the_base_has(
    tmp_path: Path, minor: str, wanted: str, flags: str, *, safe: bool
) -> None:
    (tmp_path / "requirements.txt").write_text(f"click\n{wanted}\n")
    (tmp_path / "app.py").write_text("print('running')\n")
    text = TEXT.format(minor=minor, step="").replace("install -r", f"install {flags}-r")
    outcome = answer(text.encode(), options(()), BuildContext(tmp_path)).outcome
    assert (outcome.status.value == "rewritten") is safe
    assert any("replace what the image has" in d.message for d in outcome.diagnostics) is not safe
