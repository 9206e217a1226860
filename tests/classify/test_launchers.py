"""What supervisord, cron and their like start is live: read where it can be, unknown where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext
from transformer.ir.plan import Outcome

HEAD = """FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev git {package}
COPY hello.c /src/
RUN gcc -O2 -o /usr/local/bin/hello /src/hello.c
"""
SUPERVISED = "[supervisord]\nnodaemon=true\n[program:hello]\ncommand=/usr/local/bin/hello\n"
GIT = "[program:sync]\ncommand = git -C %(ENV_HOME)s fetch ; every day\n"


def outcome(folder: Path, package: str, lines: str, files: dict[str, str]) -> Outcome:
    for name, text in {"hello.c": "int main(void) { return 0; }\n", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    dockerfile = HEAD.format(package=package) + lines
    (folder / "Dockerfile").write_text(dockerfile)
    return answer(dockerfile.encode(), options(()), BuildContext(folder)).outcome


def kept(found: Outcome) -> bool:
    assert found.plan is not None
    return any(fate.name == "git" and fate.kept for fate in found.plan.packages)


SUPERVISOR = 'COPY s.conf /etc/supervisor/conf.d/s.conf\nCMD ["supervisord", "-n"]\n'
CRON = 'COPY jobs /etc/cron.d/jobs\nRUN chmod 0644 /etc/cron.d/jobs\nCMD ["cron", "-f"]\n'
RUNIT = 'COPY services /etc/service\nCMD ["runsvdir", "/etc/service"]\n'
HONCHO = 'WORKDIR /app\nCOPY Procfile .\nCMD ["honcho", "start"]\n'


@pytest.mark.parametrize(
    ("package", "lines", "files"),
    [
        pytest.param("supervisor", SUPERVISOR, {"s.conf": SUPERVISED}, id="supervisord"),
        pytest.param("supervisor", SUPERVISOR, {"s.conf": SUPERVISED + "; command=git fetch\n"}, id="a comment"),
        pytest.param("cron", CRON, {"jobs": "# git\nSHELL=/bin/sh\n@daily root hello\n"}, id="cron"),
        pytest.param("runit", RUNIT, {"services/hello/run": "#!/bin/sh\nexec hello\n"}, id="runit"),
        pytest.param("honcho", HONCHO, {"Procfile": "# git\nweb: hello\n"}, id="Procfile"),
        pytest.param("cron", 'CMD ["hello"]\n', {"jobs": "* * * * * git gc\n"}, id="not started"),
    ],
)  # fmt: skip
def test_what_nothing_starts_goes(tmp_path: Path, package: str, lines: str, files: dict[str, str]) -> None:
    found = outcome(tmp_path, package, lines, files)
    assert found.status.value == "rewritten", found.diagnostics
    assert not kept(found)


@pytest.mark.parametrize(
    ("package", "lines", "files", "place"),
    [
        pytest.param("supervisor", SUPERVISOR, {"s.conf": SUPERVISED + GIT}, "s.conf", id="supervisord"),
        pytest.param("supervisor", 'COPY s.conf /app/\nCMD ["supervisord", "-c", "/app/s.conf"]\n',
                     {"s.conf": SUPERVISED + GIT}, "s.conf", id="supervisord, its file named"),
        pytest.param("supervisor", 'COPY etc /etc/supervisor\nENTRYPOINT ["/usr/bin/supervisord"]\n',
                     {"etc/supervisord.conf": "[include]\nfiles = conf.d/*.conf\n", "etc/conf.d/git.conf": GIT},
                     "etc/conf.d/git.conf", id="supervisord, included"),
        pytest.param("cron", CRON, {"jobs": "0 4 * * * root git gc && hello\n"}, "jobs", id="cron"),
        pytest.param("cron", CRON.replace("chmod 0644", "crontab"), {"jobs": "0 4 * * * git gc\n"}, "jobs",
                     id="a system's file as a user's"),
        pytest.param("cron", "COPY jobs /jobs\nRUN crontab /jobs\nCMD cron && hello\n",
                     {"jobs": "@hourly git gc\n"}, "jobs", id="crontab"),
        pytest.param("cron", "COPY gc /etc/cron.daily/gc\nCMD service cron start && hello\n",
                     {"gc": "#!/bin/sh\ngit gc\n"}, "gc", id="a script, by service"),
        pytest.param("runit", RUNIT, {"services/hello/run": "#!/bin/sh\ngit gc\nexec hello\n"},
                     "services/hello/run", id="runit"),
        pytest.param("honcho", HONCHO, {"Procfile": "web: hello\nsync: git fetch\n"}, "Procfile",
                     id="Procfile"),
    ],
)  # fmt: skip
def test_what_is_started_stays(tmp_path: Path, package: str, lines: str, files: dict[str, str], place: str) -> None:
    found = outcome(tmp_path, package, lines, files)
    assert found.status.value == "rewritten", found.diagnostics
    assert kept(found)
    assert found.plan is not None
    reason = next(fate.reason for fate in found.plan.packages if fate.name == "git")
    assert place in reason


@pytest.mark.parametrize(
    ("package", "lines", "files"),
    [
        pytest.param("supervisor", "RUN echo '[program:x]' > /etc/supervisor/conf.d/x.conf\nCMD supervisord -n\n", {},
                     id="written by RUN"),
        pytest.param("supervisor", "COPY <<EOF /etc/supervisor/x.conf\n[program:x]\nEOF\nCMD supervisord -n\n", {},
                     id="written in the Dockerfile"),
        pytest.param("supervisor", 'CMD ["supervisord", "-c", "/data/s.conf"]\n', {}, id="not in the context"),
        pytest.param("supervisor", SUPERVISOR, {"s.conf": "[include]\nfiles=/data/*.conf\n"}, id="included"),
        pytest.param("supervisor", SUPERVISOR, {"s.conf": "command=git\n"}, id="no sections"),
        pytest.param("cron", 'RUN (crontab -l; echo "@daily git gc") | crontab -\nCMD ["cron", "-f"]\n', {},
                     id="crontab from a pipe"),
        pytest.param("cron", CRON, {"jobs": "whenever git gc\n"}, id="no crontab"),
        pytest.param("runit", RUNIT, {"services/x/run": "#!/command/execlineb -P\ngit gc\n"}, id="another language"),
        pytest.param("systemd-sysv", 'CMD ["/sbin/init"]\n', {}, id="systemd"),
        pytest.param("openssh-server", "CMD service ssh start && hello\n", {}, id="people come in"),
        pytest.param("apache2", 'CMD ["apache2ctl", "-D", "FOREGROUND"]\n', {}, id="a server that runs scripts"),
        pytest.param("uwsgi", 'COPY u.ini /\nCMD ["uwsgi", "--ini", "/u.ini"]\n',
                     {"u.ini": "[uwsgi]\nattach-daemon = git\n"}, id="uwsgi"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_said(tmp_path: Path, package: str, lines: str, files: dict[str, str]) -> None:
    found = outcome(tmp_path, package, lines, files)
    assert found.status.value == "refused"
    assert {"DF411", "DF413"} & {d.code for d in found.diagnostics}, found.diagnostics


@pytest.mark.parametrize(
    ("option", "text", "status"),
    [
        ("/app/settings", "import os\n\nworkers = 2\n", "rewritten"),
        ("/app/settings", "import os\n\nos.system('git fetch')\n", "refused"),
        ("/app/absent", "workers = 2\n", "refused"),
        ("python:settings", "workers = 2\n", "rewritten"),
    ],
)
def test_settings_of_gunicorn_are_python_by_any_name(tmp_path: Path, option: str, text: str, status: str) -> None:
    found = of_python(tmp_path, "gunicorn", f'["gunicorn", "--config", "{option}", "app:app"]', text)
    assert found.status.value == status
    assert kept(found) is (status == "refused")


def test_the_tasks_of_a_runner_are_not_read(tmp_path: Path) -> None:
    found = of_python(tmp_path, "doit", '["doit"]', "def task_a():\n    return {'actions': ['git fetch']}\n")
    assert found.status.value == "refused"
    assert kept(found)


@pytest.mark.parametrize(
    ("name", "status"),
    [("app.pyz", "refused"), ("app.plugin", "refused"), ("settings", "rewritten"), ("app.py", "rewritten")],
)
def test_an_interpreter_may_be_given_a_file_of_any_name(tmp_path: Path, name: str, status: str) -> None:
    found = of_python(tmp_path, "click", f'["python", "-u", "{name}"]', "import os\n\nos.system('git fetch')\n", name)
    assert found.status.value == status
    assert kept(found)


def of_python(folder: Path, module: str, start: str, text: str, name: str = "settings") -> Outcome:
    (folder / name).write_text(text)
    if name != "app.py":
        (folder / "app.py").write_text("import click\n")
    lines = (
        "FROM python:3.12-slim-bookworm",
        "RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev git",
        f"RUN pip install {module}",
        "WORKDIR /app",
        f"COPY app.py {name} ./",
        f"CMD {start}\n",
    )
    return answer("\n".join(lines).encode(), options(()), BuildContext(folder)).outcome


def test_an_image_that_people_log_in_to_is_left_alone(tmp_path: Path) -> None:
    found = outcome(tmp_path, "openssh-server", 'CMD ["/usr/sbin/sshd", "-D"]\n', {})
    assert [d.code for d in found.diagnostics] == ["DF403"]
