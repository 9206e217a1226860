"""What the image starts is there in the end, or the file is refused: made, copied, of the base, or of a package."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext
from transformer.ir.plan import Outcome

GO = "FROM {base}\nWORKDIR /src\nCOPY . .\nRUN {run}\nCMD {start}\n"
TOOL = "go build -o /usr/local/bin/tool ."


def outcome(folder: Path, run: str, start: str, base: str = "golang:1.21") -> Outcome:
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    (folder / "go.mod").write_text("module example.com/tool\n\ngo 1.21\n")
    return answer(GO.format(base=base, run=run, start=start).encode(), options(()), BuildContext(folder)).outcome


@pytest.mark.parametrize(
    "start",
    [
        '["/app"]',
        '["/bin/app"]',
        '["/usr/bin/app"]',
        '["/usr/local/bin/app"]',
        '["/etc/init.d/app"]',
        '["/opt/app/app"]',
        '["./app"]',
        '["app"]',
        '["tini", "--", "tool"]',
        '["/usr/bin/tini", "--", "tool"]',
    ],
)
def test_what_nothing_makes(tmp_path: Path, start: str) -> None:
    found = outcome(tmp_path, TOOL, start)
    assert (found.status.value, [d.code for d in found.diagnostics]) == ("refused", ["DF412"])


@pytest.mark.parametrize(
    ("run", "start"),
    [
        pytest.param("go build -o /app .", '["/app"]', id="made in the root"),
        pytest.param("go build -o /usr/bin/app .", '["/usr/bin/app"]', id="made among the programs of the system"),
        pytest.param(TOOL, '["/bin/sh", "-c", "true"]', id="every base has it"),
        pytest.param(TOOL, '["/usr/bin/env", "tool"]', id="every base has it, and it starts another"),
        pytest.param(TOOL, '["timeout", "5", "tool"]', id="a program of every base that starts another"),
        pytest.param(TOOL, "exec tool", id="a word of the shell"),
        pytest.param(f"apt-get update && apt-get install -y tini && {TOOL}", '["tini", "--", "tool"]', id="tini"),
        pytest.param(TOOL, '["/usr/bin/hg", "serve"]', id="a package of the full image, by its path"),
        pytest.param(TOOL, '["hg", "serve"]', id="a package of the full image"),
        pytest.param(f"apt-get update && apt-get install -y nginx && {TOOL}", '["/etc/init.d/nginx"]', id="a service"),
        pytest.param("godep go build -o /app .", '["/app"]', id="a tool that runs the compiler"),
        pytest.param("godep restore && go build -o /app .", '["/app"]', id="a tool that fetches"),
    ],
)
def test_what_is_there(tmp_path: Path, run: str, start: str) -> None:
    found = outcome(tmp_path, run, start)
    assert found.status.value == "rewritten", found.diagnostics


def test_a_release_of_which_too_little_is_known(tmp_path: Path) -> None:
    found = outcome(tmp_path, TOOL, '["/sbin/init"]', "golang:1.21")
    assert [d.code for d in found.diagnostics] == ["DF412"]
    older = outcome(tmp_path, TOOL, '["/sbin/init"]', "golang:1.4")
    assert "DF412" not in {d.code for d in older.diagnostics}
