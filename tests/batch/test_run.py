"""Whole runs through the command line: what is written, committed, skipped, noted and said."""

from __future__ import annotations

import csv
import functools
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.batch.conftest import HELLO, PLAIN, git, type_make
from transformer.api import transform
from transformer.batch import transform_many
from transformer.batch import work as workers
from transformer.batch.ledger import packed, unpacked
from transformer.cli.batch import batch


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Work in this process, which is faster, unless a test is about processes."""
    if "processes" not in request.fixturenames:
        monkeypatch.setattr(workers, "Pool", lambda *_: workers.Here())


@pytest.fixture
def processes() -> None:
    """Ask for a real pool."""


def _run(*words: object) -> Result:
    return CliRunner().invoke(batch, [str(word) for word in words])


def test_a_dry_run_changes_nothing(make: type_make, work: Path, processes: None) -> None:
    root = make("a")
    make("b", Dockerfile=PLAIN)
    result = _run(work, "--workers", 2)
    assert result.exit_code == 0, result.output
    assert "rewritten        1" in result.output
    assert "DF401" in result.output
    assert "projects: 2 done, 0 skipped, 0 failed" in result.output
    assert git(root, "status", "--porcelain") == ""
    assert git(root, "branch") == "* main"


def test_write_changes_work_trees_and_folders_but_no_dirty_ones(make: type_make, work: Path) -> None:
    clean, dirty, folder = make("clean"), make("dirty"), make("folder", repository=False)
    (dirty / "hello.c").write_text("int main(void) { return 1; }\n")
    result = _run(work, "--write")
    assert (clean / "Dockerfile").read_text().count("FROM") == 2
    assert (folder / "Dockerfile").read_text().count("FROM") == 2
    assert (dirty / "Dockerfile").read_text() == HELLO
    assert "DF803 its work tree has changes" in result.output
    assert result.exit_code == 0


def test_a_commit_touches_no_work_tree_and_is_made_once(make: type_make, work: Path) -> None:
    root = make("a", sub__Dockerfile=HELLO, sub__hello_c="", **{"sub__hello.c": "int main(void) { return 0; }\n"})
    words = (work, "--branch", "smaller", "--commit", "--signoff", "--author", "Bot <bot@example.com>")
    assert _run(*words).exit_code == 0
    assert git(root, "status", "--porcelain") == ""
    assert git(root, "branch", "--show-current") == "main"
    tip = git(root, "rev-parse", "smaller")
    assert git(root, "diff", "--name-only", "main", "smaller").split() == ["Dockerfile", "sub/Dockerfile"]
    assert git(root, "log", "-1", "--format=%an <%ae>", tip) == "Bot <bot@example.com>"
    assert "Signed-off-by: Bot <bot@example.com>" in git(root, "log", "-1", "--format=%B", tip)
    expected = transform(root / "Dockerfile").rewritten
    assert git(root, "show", f"{tip}:Dockerfile") + "\n" == expected
    assert _run(*words).exit_code == 0
    assert git(root, "rev-parse", "smaller") == tip, "the second run finds its own commit"
    git(root, "commit", "-q", "--allow-empty", "-m", "later")
    again = _run(*words)
    assert "the branch smaller is there already" in again.output
    assert again.exit_code == 2
    assert git(root, "rev-parse", "smaller") == tip


def test_modes_and_line_ends_of_committed_files_stay(make: type_make, work: Path) -> None:
    root = make("a")
    (root / "Dockerfile").write_bytes(HELLO.replace("\n", "\r\n").encode())
    (root / "Dockerfile").chmod(0o755)
    git(root, "commit", "-q", "-a", "-m", "windows")
    _run(work, "--branch", "b", "--commit")
    assert git(root, "ls-tree", "b", "Dockerfile").startswith("100755")
    shown = subprocess.run(["git", "-C", root, "show", "b:Dockerfile"], capture_output=True, check=True).stdout
    assert shown.count(b"\r\n") == shown.count(b"\n") > 5


def test_patches_apply_and_pull_requests_say_what_to_check(make: type_make, work: Path, tmp_path: Path) -> None:
    root = make("a")
    assert _run(root, "--patch-dir", tmp_path / "out").exit_code == 0
    (patch,) = (tmp_path / "out").glob("*.patch")
    assert git(root, "branch") == "* main"
    git(root, "am", "-q", str(patch))
    assert (root / "Dockerfile").read_text() == transform_text(root)
    body = next((tmp_path / "out").glob("*.md")).read_text()
    assert all(words in body for words in ("debian:bookworm", "### What to check", "### How to undo", "FROM"))


def transform_text(root: Path) -> str:
    """Return what the first commit's Dockerfile becomes."""
    (root / "Dockerfile").write_text(HELLO)
    return transform(root / "Dockerfile").rewritten or ""


def test_bare_repositories_and_remotes_are_cloned_and_pushed_to(make: type_make, work: Path, tmp_path: Path) -> None:
    root = make("a")
    git(work, "clone", "-q", "--bare", "a", str(tmp_path / "bare.git"))
    result = _run(f"file://{tmp_path}/bare.git", "--branch", "b", "--commit", "--push")
    assert result.exit_code == 0, result.output
    assert git(tmp_path / "bare.git", "show", "b:Dockerfile").count("FROM") == 2
    assert git(root, "branch") == "* main"
    missing = _run(f"file://{tmp_path}/missing.git")
    assert missing.exit_code == 2
    assert "DF804" in missing.output


def test_hooks_of_a_repository_are_not_run(make: type_make, work: Path, tmp_path: Path) -> None:
    root = make("a")
    for name in ("pre-commit", "post-commit", "reference-transaction", "post-index-change"):
        hook = root / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        hook.chmod(0o755)
    git(root, "config", "core.fsmonitor", f"touch {tmp_path}/ran")
    (tmp_path / "ran").unlink(missing_ok=True)
    assert _run(work, "--branch", "b", "--commit").exit_code == 0
    assert not (tmp_path / "ran").exists()


def test_opting_out(make: type_make, work: Path) -> None:
    make("whole", **{".dockerfixignore": ""})
    part = make("part", old__Dockerfile=HELLO, **{"old__hello.c": "", ".dockerfixignore": "old/*\n"})
    result = _run(work, "--write")
    assert "DF803 its .dockerfixignore" in result.output
    assert (part / "Dockerfile").read_text() != HELLO
    assert (part / "old/Dockerfile").read_text() == HELLO


def test_filters(make: type_make, work: Path) -> None:
    for name in ("a", "b", "c"):
        make(name)
    assert "projects: 2 done" in _run(work, "--exclude", "*/b").output
    assert "projects: 1 done" in _run(work, "--limit", "1").output
    assert "rewritten        1" in _run(work, "--include", "*/c").output


def test_a_list_of_sources(make: type_make, work: Path, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"# ours\n{make('a')}\n\n{tmp_path}/gone\n")
    result = _run("--from", tmp_path / "list")
    assert "projects: 1 done, 0 skipped, 1 failed" in result.output
    assert result.exit_code == 2


def test_what_the_ledger_has_is_not_done_again(
    make: type_make, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("a"), make("b", Dockerfile=PLAIN)
    done: list[str] = []
    real = workers.work

    def counted(task: workers.Task) -> workers.Result:
        done.append(task.item.path)
        return real(task)

    monkeypatch.setattr(workers, "work", counted)
    first = _run(work, "--ledger", tmp_path / "l")
    assert len(done) == 2
    second = _run("--ledger", tmp_path / "l", "--resume")
    assert len(done) == 2
    assert second.output == first.output
    _run(work, "--ledger", tmp_path / "l", "--retry", "all")
    assert len(done) == 4
    git(work / "a", "commit", "-q", "--allow-empty", "-m", "later")
    _run(work, "--ledger", tmp_path / "l")
    assert len(done) == 5, "another revision is another question"
    _run(work, "--ledger", tmp_path / "l", "--unsafe")
    assert len(done) == 7, "as are other options"


def test_a_run_that_is_killed_goes_on_and_commits_nothing_twice(
    make: type_make, work: Path, tmp_path: Path, processes: None
) -> None:
    for number in range(30):
        make(f"{number:02}")
    command = [sys.executable, "-m", "transformer", "batch", str(work), "--branch", "b", "--commit", "--workers", "1"]
    command += ["--ledger", str(tmp_path / "l")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not _has_branch(work / "03") and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = {n: git(work / f"{n:02}", "rev-parse", "b") for n in range(30) if _has_branch(work / f"{n:02}")}
    assert 0 < len(before) < 30
    result = _run(*command[4:])
    assert result.exit_code == 0, result.output
    after = {n: git(work / f"{n:02}", "rev-parse", "b") for n in range(30)}
    assert {n: after[n] for n in before} == before
    assert "projects: 30 done" in result.output


def _has_branch(root: Path) -> bool:
    return (root / ".git/refs/heads/b").exists()


def test_ctrl_c_keeps_what_was_done(make: type_make, work: Path, tmp_path: Path, processes: None) -> None:
    for number in range(30):
        make(f"{number:02}")
    command = [sys.executable, "-m", "transformer", "batch", str(work), "--branch", "b", "--commit", "--workers", "1"]
    command += ["--ledger", str(tmp_path / "l")]
    # a shell lets its background jobs ignore Ctrl-C, and the test may be part of one
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heard)  # noqa: PLW1509
    while not _has_branch(work / "02") and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.strip().splitlines()[-1]) == (
        130,
        "interrupted: the same command goes on with the rest",
    )


def test_a_read_only_repository(make: type_make, work: Path) -> None:
    root, other = make("a"), make("b")
    root.chmod(0o555)
    command = [sys.executable, "-m", "transformer", "batch", str(work), "--write", "--workers", "1"]
    done = subprocess.run([*_bound_by_modes(), *command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert re.search(r"/a: DF804 Permission denied", done.stderr)
    assert "projects: 1 done, 0 skipped, 1 failed" in done.stdout
    assert (root / "Dockerfile").read_text() == HELLO
    assert (other / "Dockerfile").read_text().count("FROM") == 2


def _bound_by_modes() -> list[str]:
    """Return what a command is begun with so that modes of files count for it, root too (capabilities(7))."""
    return ["setpriv", "--bounding-set", "-dac_override"] if os.geteuid() == 0 else []


def test_a_repository_that_goes_away_under_way(make: type_make, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, kept = make("a"), make("b")

    def vanish(task: workers.Task, real: object = workers.work) -> workers.Result:
        answer: workers.Result = real(task)  # type: ignore[operator]
        if str(gone) in task.item.path:
            shutil.rmtree(gone)
        return answer

    monkeypatch.setattr(workers, "work", vanish)
    result = _run(work, "--branch", "x", "--commit")
    assert "projects: 1 done, 0 skipped, 1 failed" in result.output
    assert git(kept, "rev-parse", "x")


def test_large_and_strange_files(make: type_make, work: Path) -> None:
    make("large", Dockerfile=HELLO + "# x\n" * 1_300_000)
    make("bytes", repository=False)
    (work / "bytes" / os.fsdecode(b"b\xff.Dockerfile")).write_bytes(HELLO.encode())
    (work / "loop").mkdir()
    (work / "loop/again").symlink_to(work / "loop")
    result = _run(work)
    assert "rewritten        2" in result.output
    assert "error            1" in result.output
    assert result.exit_code == 2


def test_a_context_of_200_000_files(make: type_make, work: Path) -> None:
    root = make("a", repository=False)
    for folder in range(200):
        (root / f"d{folder}").mkdir()
        for number in range(1_000):
            os.mknod(root / f"d{folder}/{number}")
    assert "1" in _run(work).output.splitlines()[0]


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "md", "html"])
def test_reports(make: type_make, work: Path, tmp_path: Path, suffix: str) -> None:
    make("a"), make("b", Dockerfile="FROM x\nRUN echo '</script><b>|'\n")
    path = tmp_path / f"r.{suffix}"
    assert _run(work, "--report", path).exit_code == 0
    text = path.read_text()
    if suffix == "jsonl":
        assert [json.loads(line)["status"] for line in text.splitlines()] == ["rewritten", "unchanged"]
    elif suffix == "csv":
        assert [row["status"] for row in csv.DictReader(text.splitlines())] == ["rewritten", "unchanged"]
    elif suffix == "html":
        assert text.count("</script>") == 2, "no text of a file ends the script"
        rows = text.partition('type="application/json">')[2].partition("</script>")[0]
        assert [row["status"] for row in json.loads(rows)] == ["rewritten", "unchanged"]
    else:
        assert "| rewritten |" in text


def test_a_report_over_what_an_older_ledger_has(make: type_make, work: Path, tmp_path: Path) -> None:
    make("a")
    assert _run(work, "--ledger", tmp_path / "l").exit_code == 0
    with closing(sqlite3.connect(tmp_path / "l")) as ledger, ledger:
        (report,) = ledger.execute("select report from files").fetchone()
        element = unpacked(report)
        del element["packages"]
        ledger.execute("update files set report = ?", (packed(element),))
    assert _run(work, "--ledger", tmp_path / "l", "--report", tmp_path / "r.html").exit_code == 0
    assert "rewritten" in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "give directories"),
        ((".", "--branch", "x"), "go together"),
        ((".", "--commit"), "go together"),
        ((".", "--branch", "-x", "--commit"), "git takes no branch"),
        ((".", "--branch", "a..b", "--commit"), "git takes no branch"),
        ((".", "--push"), "--push goes with"),
        ((".", "--author", "me", "--branch", "b", "--commit"), "write NAME <MAIL>"),
        ((".", "--report", "x.pdf"), "a report ends in one of"),
        (("--resume",), "--resume goes with --ledger"),
        ((".", "--context", "."), "--context is one directory"),
        (("--from", "missing"), "No such file"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], message: str) -> None:
    result = _run(*words)
    assert result.exit_code == 2
    assert message in result.output


def test_a_message_of_ones_own(make: type_make, work: Path, tmp_path: Path) -> None:
    root = make("a")
    (tmp_path / "m").write_text("Smaller: {{ reports | map(attribute='path') | join(', ') }}\n")
    _run(work, "--branch", "b", "--commit", "--message", tmp_path / "m")
    assert git(root, "log", "-1", "--format=%B", "b").strip() == "Smaller: Dockerfile"
    (tmp_path / "m").write_text("{{ reports.nothing( }}")
    assert "--message" in _run(work, "--branch", "c", "--commit", "--message", tmp_path / "m").output


def test_the_library(make: type_make, work: Path) -> None:
    make("a")
    ((path, report, new),) = transform_many([work])
    assert (path, report.status) == (str(work / "a/Dockerfile"), "rewritten")
    assert new is not None
    assert (work / "a/Dockerfile").read_text() == HELLO


def test_the_library_is_imported_when_it_is_used() -> None:
    code = "import sys, transformer as t; assert 'transformer.api' not in sys.modules; t.transform_many, t.Options()"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    import transformer

    with pytest.raises(AttributeError, match="nothing"):
        _ = transformer.nothing
