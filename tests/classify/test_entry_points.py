"""However an image starts a Python program, what its code runs stays; the same program without the call loses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext
from transformer.ir.plan import Outcome

DOCKERFILE = """FROM python:3.12-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev git {package}
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
{start}
"""
MODULES = "click==8.1.7\nflask==3.0.0\nblinker==1.7.0\nitsdangerous==2.1.2\njinja2==3.1.3\nmarkupsafe==2.1.5\n"
MODULES += "werkzeug==3.0.1\ngunicorn==21.2.0\npackaging==23.2\nuvicorn==0.27.0\nh11==0.14.0\n"
SILENT, RUNS = "app = None\n", "import subprocess\n\napp = subprocess.run(['git', 'log'])\n"
SCRIPT = '#!/bin/sh\nset -e\nexec "$@"\n'

STARTS = [
    pytest.param("", 'CMD ["python", "app.py"]', id="python"),
    pytest.param("", "CMD exec python app.py", id="shell form"),
    pytest.param("", 'CMD ["sh", "-c", "python app.py"]', id="sh -c"),
    pytest.param("", 'CMD ["python", "-m", "app"]', id="python -m"),
    pytest.param("", 'CMD ["flask", "--app", "app", "run"]', id="flask"),
    pytest.param("", 'CMD ["gunicorn", "-c", "gunicorn.conf.py", "app:app"]', id="gunicorn"),
    pytest.param("", 'CMD ["uvicorn", "app:app"]', id="uvicorn"),
    pytest.param("", 'CMD ["python", "manage.py", "runserver"]', id="manage.py"),
    pytest.param("tini", 'ENTRYPOINT ["tini", "--"]\nCMD ["python", "app.py"]', id="tini"),
    pytest.param("dumb-init", 'ENTRYPOINT ["dumb-init", "python", "app.py"]', id="dumb-init"),
    pytest.param("gosu", 'CMD ["gosu", "nobody", "python", "app.py"]', id="gosu"),
    pytest.param("", 'ENTRYPOINT ["./start.sh"]\nCMD ["python", "app.py"]', id="a script that runs its arguments"),
    pytest.param("", 'CMD ["python", "tool.py"]\nHEALTHCHECK CMD python app.py', id="HEALTHCHECK"),
]


def outcome(folder: Path, package: str, start: str, code: str) -> Outcome:
    files = {"app.py": code, "tool.py": SILENT, "manage.py": SILENT, "gunicorn.conf.py": "bind = ':80'\n"}
    for name, text in {**files, "requirements.txt": MODULES, "start.sh": SCRIPT}.items():
        (folder / name).write_text(text)
    (folder / "start.sh").chmod(0o755)
    text = DOCKERFILE.format(package=package, start=start)
    return answer(text.encode(), options(()), BuildContext(folder)).outcome


def keeps_git(found: Outcome) -> bool:
    """Return whether git is in the final image of the split, which leaves the compiler behind."""
    assert found.status.value == "rewritten", found.diagnostics
    assert found.plan is not None
    fates = {fate.name: fate for fate in found.plan.packages}
    assert not fates["gcc"].kept
    return fates["git"].kept


@pytest.mark.parametrize(("package", "start"), STARTS)
def test_what_the_code_runs_stays(tmp_path: Path, package: str, start: str) -> None:
    assert keeps_git(outcome(tmp_path, package, start, RUNS))


@pytest.mark.parametrize(("package", "start"), STARTS)
def test_what_nothing_runs_goes(tmp_path: Path, package: str, start: str) -> None:
    assert not keeps_git(outcome(tmp_path, package, start, SILENT))


@pytest.mark.parametrize(
    "start",
    [
        pytest.param('CMD ["sh", "-c", "pip install -r requirements.txt && python app.py"]', id="pip"),
        pytest.param('CMD ["sh", "-c", "gcc -o x x.c && ./x"]', id="a compiler"),
        pytest.param('CMD ["python", "setup.py", "develop"]', id="setup.py"),
    ],
)
def test_what_builds_at_run_time_is_refused(tmp_path: Path, start: str) -> None:
    found = outcome(tmp_path, "", start, SILENT)
    assert found.status.value == "refused"
    assert found.diagnostics[0].code == "DF410"
