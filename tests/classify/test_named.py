"""What a program may run because something names it: arguments, variables, profiles, scripts of the program's own."""

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
SILENT = "int main(void) { return 0; }\n"
RUNS = '#include <stdlib.h>\nint main(void) { return system("sync-all"); }\n'


def outcome(folder: Path, package: str, lines: str, files: dict[str, str]) -> Outcome:
    for name, text in {"hello.c": SILENT, **files}.items():
        (folder / name).write_text(text)
    dockerfile = HEAD.format(package=package) + lines
    return answer(dockerfile.encode(), options(()), BuildContext(folder)).outcome


def reason_for_git(found: Outcome) -> str:
    """Return why git stays; "" if it goes."""
    assert found.plan is not None, found.diagnostics
    assert found.status.value == "rewritten", found.diagnostics
    return next((fate.reason for fate in found.plan.packages if fate.name == "git" and fate.kept), "")


@pytest.mark.parametrize(
    ("package", "lines", "files"),
    [
        pytest.param("", 'CMD ["hello"]', {}, id="nothing"),
        pytest.param("", 'CMD ["hello", "--github", "gitlab"]', {}, id="other words"),
        pytest.param("", 'CMD ["sh", "-c", "echo git is not needed; hello"]', {}, id="what is only printed"),
        pytest.param("", 'COPY a.sh /etc/profile.d/\nCMD ["bash", "-c", "hello"]', {"a.sh": "git log\n"},
                     id="a profile that is not read"),
        pytest.param("", 'COPY sync.sh /usr/local/bin/sync-all\nCMD ["hello"]', {"sync.sh": "#!/bin/sh\ngit log\n"},
                     id="a script that nothing runs"),
        pytest.param("", 'ENV HOME=/srv PATH=/git:$PATH\nCMD ["hello"]', {}, id="directories"),
    ],
)  # fmt: skip
def test_what_nothing_names_goes(tmp_path: Path, package: str, lines: str, files: dict[str, str]) -> None:
    assert reason_for_git(outcome(tmp_path, package, lines, files)) == ""


@pytest.mark.parametrize(
    ("package", "lines", "files"),
    [
        pytest.param("", 'CMD ["find", "/data", "-exec", "git", "gc", ";"]', {}, id="find"),
        pytest.param("parallel", 'CMD ["parallel", "git", "-C", "{}", "gc", ":::", "/a"]', {}, id="parallel"),
        pytest.param("strace", 'CMD ["strace", "-f", "git", "log"]', {}, id="strace"),
        pytest.param("sudo", 'CMD ["sudo", "-u", "root", "/usr/bin/git", "log"]', {}, id="sudo"),
        pytest.param("socat", 'CMD ["socat", "TCP-LISTEN:80,fork", "EXEC:git log"]', {}, id="socat"),
        pytest.param("", 'CMD ["su", "-c", "git log"]', {}, id="su"),
        pytest.param("", 'COPY e.sh /e.sh\nENTRYPOINT ["/e.sh"]\nCMD ["hello"]',
                     {"e.sh": '#!/bin/sh\necho git gc | sh\nexec "$@"\n'}, id="what a shell is handed"),
        pytest.param("", 'CMD ["script", "-qc", "git log; hello", "/dev/null"]', {}, id="a script in an argument"),
        pytest.param("", 'ENV PAGER=git\nCMD ["hello"]', {}, id="a variable"),
        pytest.param("", 'RUN ln -s /usr/bin/git /usr/local/bin/g\nCMD ["sh", "-c", "g log; hello"]', {}, id="a link"),
        pytest.param("", "RUN printf '#!/bin/sh\\ngit log\\n' > /usr/local/bin/w && chmod +x /usr/local/bin/w\n"
                     'CMD ["w"]', {}, id="a script that RUN writes"),
        pytest.param("", 'COPY a.sh /etc/profile.d/\nCMD ["bash", "-lc", "hello"]', {"a.sh": "git log\n"},
                     id="a profile"),
        pytest.param("", 'COPY a.sh /a.sh\nENV BASH_ENV=/a.sh\nCMD ["bash", "-c", "hello"]', {"a.sh": "git log\n"},
                     id="BASH_ENV"),
        pytest.param("", 'COPY e.sh /e.sh\nCOPY a.sh /etc/a.sh\nENTRYPOINT ["/e.sh"]\nCMD ["hello"]',
                     {"e.sh": '#!/bin/sh\n. /etc/a.sh\nexec "$@"\n', "a.sh": "git log\n"}, id="a file of /etc"),
        pytest.param("", 'COPY sync.sh /usr/local/bin/sync-all\nCMD ["hello"]',
                     {"sync.sh": "#!/bin/sh\ngit log\n", "hello.c": RUNS}, id="a script that the program runs"),
    ],
)  # fmt: skip
def test_what_is_named_stays(tmp_path: Path, package: str, lines: str, files: dict[str, str]) -> None:
    assert reason_for_git(outcome(tmp_path, package, lines, files))


def test_a_script_that_the_program_runs_may_need_the_compiler(tmp_path: Path) -> None:
    files = {"sync.sh": "#!/bin/sh\ngcc -o /tmp/a /src/a.c\n", "hello.c": RUNS}
    found = outcome(tmp_path, "", 'COPY sync.sh /usr/local/bin/sync-all\nCMD ["hello"]', files)
    assert [d.code for d in found.diagnostics] == ["DF410"]
