"""What a reviewer reads: the comment, the page, and only what changed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from transformer.cli import main

_FILE = """FROM debian:bookworm
RUN apt-get update && apt-get install -y gcc libc6-dev
COPY a.c /a.c
RUN gcc -o /a /a.c
CMD ["/a"]
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two images, committed."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(_FILE)
        (tmp_path / name / "a.c").write_text("int main(void) { return 0; }\n")
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "-q", "-m", "first")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def _run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_a_comment_has_the_diff_the_reasons_and_the_way_back(tree: Path) -> None:
    output = _run("--format", "markdown", "one").output
    assert output.startswith("### dockerfix: 1 file: 1 rewritten\n")
    for part in ("````diff\n--- a/one/Dockerfile", "| 4 | <code>gcc -o /a /a.c</code> | build |", "**How to undo**"):
        assert part in output


def test_no_text_of_a_file_becomes_markup(tree: Path) -> None:
    (tree / "one/Dockerfile").write_text(_FILE.replace("RUN gcc", "RUN echo '</details><script>|`' && gcc"))
    output = _run("--format", "markdown", "one").output
    table = output.partition("| line |")[2]
    assert "<script>" not in table
    assert "&lt;script>&#124;&#96;" in table
    page = _run("--format", "html", "one").output
    assert page.count("<script") == 2
    assert "</details><script>" not in page


def test_a_refusal_says_why_and_what_next(tree: Path) -> None:
    (tree / "one/Dockerfile").write_text(_FILE.replace('CMD ["/a"]\n', ""))
    output = _run("--format", "markdown", "one").output
    assert "**DF402 no-entry-point** (one/Dockerfile:4)" in output
    assert "Next: say what the container runs" in output


def test_a_page_holds_every_answer(tree: Path) -> None:
    page = _run("--format", "html").output
    rows = json.loads(page.partition('type="application/json">')[2].partition("</script>")[0])
    assert [row["path"] for row in rows] == ["one/Dockerfile", "two/Dockerfile"]
    assert all(row["diff"] and row["steps"] for row in rows)


def test_only_what_changed(tree: Path) -> None:
    assert "no Dockerfile found" in _run("--since", "HEAD").output
    (tree / "two/a.c").write_text("int main(void) { return 1; }\n")
    assert "1 file: 1 rewritten" in _run("--since", "HEAD", "--format", "markdown").output
    (tree / "one/new.h").write_text("")
    assert "2 files: 2 rewritten" in _run("--since", "HEAD", "--format", "markdown").output


@pytest.mark.parametrize("revision", ["nothing", "--output=x", ""])
def test_a_revision_that_is_none(tree: Path, revision: str) -> None:
    result = _run(f"--since={revision}")
    assert result.exit_code == 2
    assert "--since" in result.output


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "not a git repository" in _run("--since", "HEAD").output
