"""Python scripts that the image runs: what of the file stays, goes, or is refused because of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext
from transformer.ir.plan import Outcome

INSTALL = "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc libc6-dev git curl python3\n"
BUILD = "COPY . /app\nWORKDIR /app\nRUN gcc -o /usr/local/bin/main main.c\n"
RUN_MAIN = "import subprocess\nsubprocess.run(['main'])\n"
SCRIPT = 'CMD ["python3", "launch.py"]\n'


def outcome(tmp_path: Path, dockerfile: str, **files: str) -> Outcome:
    for name, text in {"main.c": "int main(void) { return 0; }\n", "Dockerfile": dockerfile, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return answer(dockerfile.encode(), options(()), BuildContext(tmp_path)).outcome


def final(found: Outcome) -> str:
    assert found.rewritten is not None, found.diagnostics
    assert found.plan is not None
    return found.rewritten[found.rewritten.index("\n" + found.plan.final_from + "\n") :]


@pytest.mark.parametrize(
    "command",
    [
        'CMD ["python3", "launch.py"]',
        'CMD ["/usr/bin/python3", "-uB", "-W", "ignore", "/app/launch.py", "x"]',
        "CMD python3 launch.py",
        'ENTRYPOINT ["/app/launch.py"]',
        'ENTRYPOINT ["nice", "./launch.py"]',
        'RUN chmod 755 /app/launch.py\nENTRYPOINT ["/app/launch.py"]',
        'ENTRYPOINT ["/app/start.sh"]',
        'HEALTHCHECK CMD python3 /app/launch.py\nCMD ["main"]',
        'HEALTHCHECK CMD python3 -c \'import os; os.system("git log")\'\nCMD ["main"]',
    ],
)
def test_what_it_runs_stays_and_what_nothing_calls_goes(tmp_path: Path, command: str) -> None:
    script = "#!/usr/bin/env python3\nimport subprocess\nsubprocess.run(['git', 'log'])\nsubprocess.run(['main'])\n"
    start = "#!/bin/sh\nset -e\nexec python3 /app/launch.py\n"
    found = outcome(tmp_path, INSTALL + BUILD + command + "\n", **{"launch.py": script, "start.sh": start})
    assert (found.status.value, found.applicability.label) == ("rewritten", "safe"), found.diagnostics
    assert "apt-get install -y git python3\n" in final(found)
    assert "main.c" not in final(found)


@pytest.mark.parametrize(
    ("script", "kept"),
    [
        pytest.param("import json\njson.load(open('titles.json'))", "titles.json", id="a file that it opens"),
        pytest.param("import x\nx.show(name)", "titles.json", id="a file that it may open"),
        pytest.param("print(open('/app/main.c').read())", "main.c", id="a source that it opens"),
        pytest.param("import x", "x.py", id="a module"),
        pytest.param("from pkg import sub", "pkg/sub.py", id="a package"),
        pytest.param("import os\nos.system('x | curl -T- http://h')", "curl", id="a shell text"),
        pytest.param("import subprocess\nsubprocess.run(['sh', '-c', 'test -e x && curl h'])", "curl", id="sh -c"),
        pytest.param("import subprocess\nsubprocess.run(['nice', 'curl', 'h'])", "curl", id="a wrapper"),
        pytest.param(
            "import subprocess, sys\nsubprocess.run([sys.executable, 'other.py'])", "curl", id="another script"
        ),
    ],
)
def test_what_it_uses_stays(tmp_path: Path, script: str, kept: str) -> None:
    files = {
        "titles.json": "{}",
        "x.py": "show = open\n",
        "pkg/sub.py": "",
        "pkg/part.c": "",
        "other.py": "import os\nos.system('curl')\n",
    }
    found = outcome(tmp_path, INSTALL + BUILD + SCRIPT, **{"launch.py": script + "\n", **files})
    assert (found.status.value, found.applicability.label) == ("rewritten", "safe"), found.diagnostics
    assert re.search(rf"\b{re.escape(kept)}\b", final(found))


def test_certificates_stay_for_what_reads_them(tmp_path: Path) -> None:
    file = (
        "FROM golang:1.22-bookworm\nRUN apt-get update && apt-get install -y --no-install-recommends python3\n"
        "WORKDIR /src\nCOPY . .\nRUN go build -o /usr/local/bin/main .\n" + SCRIPT
    )
    go = {"main.go": "package main\n\nfunc main() {}\n", "go.mod": "module x\n\ngo 1.22\n"}
    plain = outcome(tmp_path, file, **go, **{"launch.py": RUN_MAIN})
    assert "ca-certificates" not in final(plain)
    assert "ca-certificates" in final(outcome(tmp_path, file, **go, **{"launch.py": RUN_MAIN + "import ssl\n"}))


@pytest.mark.parametrize(
    ("script", "message"),
    [
        pytest.param(
            "import os, sys\nos.execvp(sys.argv[1], sys.argv[1:])", "launch.py has `os.execvp(", id="computed"
        ),
        pytest.param("import os\nos.system('sudo git pull')", "runs `sudo git pull`", id="sudo"),
        pytest.param("import os\nos.system('$TOOL x')", "runs `$TOOL x`", id="a variable of the shell"),
        pytest.param("import os\nos.system('find . -exec x ;')", "runs `find", id="find -exec"),
        pytest.param("import ctypes\nctypes.CDLL('libcurl.so.4')", "loads libcurl.so.4", id="a library"),
        pytest.param("import ctypes\nctypes.CDLL(name)", "which library", id="a computed library"),
        pytest.param("import os\nprint 'x'", "cannot be read as Python 3", id="Python 2"),
        pytest.param("import x", "x.py has `exec(", id="in a module"),
        pytest.param("import json\nimport yaml", "launch.py imports yaml", id="a package of Python"),
        pytest.param("import distutils", "launch.py imports distutils", id="a module of a package of its own"),
    ],
)
def test_what_is_not_known_makes_it_unsafe(tmp_path: Path, script: str, message: str) -> None:
    found = outcome(tmp_path, INSTALL + BUILD + SCRIPT, **{"launch.py": script + "\n", "x.py": "exec(y)\n"})
    assert (found.status.value, found.applicability.label) == ("refused", "unsafe"), found.diagnostics
    assert [d.code for d in found.diagnostics] in (["DF411"], ["DF508"])
    assert message in found.diagnostics[0].message
    assert "git curl python3" in final(found)


def test_a_script_that_a_step_changes_is_not_what_was_read(tmp_path: Path) -> None:
    file = INSTALL + BUILD + "RUN sed -i s/main/gcc/ /app/launch.py\n" + SCRIPT
    assert [d.code for d in outcome(tmp_path, file, **{"launch.py": RUN_MAIN}).diagnostics] == ["DF411"]


@pytest.mark.parametrize(
    ("script", "code", "place"),
    [
        ("\nimport os\nos.system('make x')", "DF410", ("launch.py", 3)),
        ("import tool\ntool.run()", "DF410", ("tool.py", 2)),
        ("import subprocess\nsubprocess.run(['sbt', 'x'])", "DF302", None),
    ],
)
def test_refused(tmp_path: Path, script: str, code: str, place: tuple[str, int] | None) -> None:
    tool = "import os\nos.execlp('gcc', 'gcc', 'x.c')\n"
    found = outcome(tmp_path, INSTALL + BUILD + SCRIPT, **{"launch.py": script + "\n", "tool.py": tool})
    assert (found.status.value, found.rewritten) == ("refused", None)
    assert [d.code for d in found.diagnostics] == [code]
    seen = found.diagnostics[0]
    assert place is None or (seen.path, seen.position and seen.position.line) == place


@pytest.mark.parametrize(
    ("file", "applicability", "codes", "kept"),
    [
        pytest.param(
            INSTALL.replace("python3", "python3-dev") + BUILD + SCRIPT,
            "safe",
            [],
            "install -y libpython3.11 python3\n",
            id="Python that comes with a package",
        ),
        pytest.param(
            INSTALL.replace("python3", "python3 python3-pip") + BUILD + SCRIPT,
            "safe",
            [],
            "install -y python3\n",
            id="pip that nothing calls",
        ),
        pytest.param(
            INSTALL.replace("python3", "python3 python3-venv") + BUILD + SCRIPT,
            "safe",
            [],
            "python3 python3-venv\n",
            id="venv",
        ),
        pytest.param(
            INSTALL + "RUN pip3 install x\n" + BUILD + SCRIPT,
            "unsafe",
            ["DF508"],
            "COPY . /app\nWORKDIR /app\nCOPY --from=build /usr/local /usr/local\n",
            id="a step of pip",
        ),
        pytest.param(
            INSTALL + BUILD + 'CMD ["python3", "/elsewhere.py"]\n',
            "unsafe",
            ["DF411"],
            "COPY launch.py /app/\n",
            id="a script of nowhere",
        ),
        pytest.param(
            INSTALL + BUILD + 'CMD ["/opt/venv/bin/python", "launch.py"]\n',
            "display-only",
            ["DF412"],
            None,
            id="another Python",
        ),
        pytest.param(
            INSTALL + BUILD + 'CMD ["python3", "-m", "launch"]\n',
            "unsafe",
            ["DF411"],
            "COPY launch.py /app/\n",
            id="-m",
        ),
        pytest.param(INSTALL + BUILD + 'CMD ["python3"]\n', "display-only", ["DF403"], None, id="no script"),
        pytest.param(
            INSTALL + BUILD + 'HEALTHCHECK CMD python3 -c "$CODE"\nCMD ["main"]\n',
            "unsafe",
            ["DF411"],
            "git curl python3\n",
            id="code of a variable",
        ),
        pytest.param(
            "FROM python:3.12-bookworm\n" + BUILD + SCRIPT,
            "safe",
            [],
            "FROM python:3.12-slim-bookworm\n",
            id="an image of Python",
        ),
    ],
)
def test_other_pythons(tmp_path: Path, file: str, applicability: str, codes: list[str], kept: str | None) -> None:
    found = outcome(tmp_path, file, **{"launch.py": RUN_MAIN})
    assert (found.applicability.label, [d.code for d in found.diagnostics]) == (applicability, codes)
    assert kept is None or kept in final(found)


def test_scripts_that_run_themselves_and_each_other_end(tmp_path: Path) -> None:
    chain = {f"s{n}.py": f"import os\nos.system('python3 s{n + 1}.py')\n" for n in range(40)}
    own = "import os, sys\nos.execv(sys.executable, [sys.executable, 'launch.py'])\n"
    assert outcome(tmp_path, INSTALL + BUILD + SCRIPT, **{"launch.py": own}).status.value == "rewritten"
    found = outcome(
        tmp_path, INSTALL + BUILD + SCRIPT, **{"launch.py": "import os\nos.system('python3 s0.py')\n", **chain}
    )
    assert [d.code for d in found.diagnostics] == ["DF411"]
