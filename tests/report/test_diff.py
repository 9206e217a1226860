"""A diff that tools take: patch and git, if they are there, are asked."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.report.diff import unified_diff

CASES = [
    pytest.param("a\nb\n", "a\nc\nb\n", id="plain"),
    pytest.param("a\nb", "a\nc", id="no newline at either end"),
    pytest.param("a\nb\n", "a\nb", id="newline lost"),
    pytest.param("a\nb", "a\nb\n", id="newline won"),
    pytest.param("a\r\nb\r\nc\r\n", "a\r\nc\r\n", id="crlf"),
    pytest.param("\ufeffFROM a\nx\n", "\ufeffFROM a AS build\nx\n", id="byte order mark"),
    pytest.param(
        "a \udce9\nb\x0cc\x85d\u2028e\n", "a \udce9\nb\x0cc\x85d\u2028f\n", id="odd bytes and line separators"
    ),
    pytest.param("", "a\n", id="from nothing"),
]


@pytest.mark.parametrize("text", ["", "a", "a\n", "a\r\nb"])
def test_no_change_no_diff(text: str) -> None:
    assert unified_diff("Dockerfile", text, text) == ""


def test_what_it_looks_like() -> None:
    assert unified_diff("x/Dockerfile", "a\nb", "a\nc\nb") == (
        "--- a/x/Dockerfile\n+++ b/x/Dockerfile\n@@ -1,2 +1,3 @@\n a\n+c\n b\n\\ No newline at end of file\n"
    )


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("Dockerfile", "a/Dockerfile"),
        ("./x/Dockerfile", "a/x/Dockerfile"),
        ("/srv/Dockerfile", "a/srv/Dockerfile"),
        ("-", "a/Dockerfile"),
        (".hidden", "a/.hidden"),
        ("my app/Dockerfile", "a/my app/Dockerfile\t"),
        ('a"b\nc', '"a/a\\042b\\012c"'),
    ],
)
def test_names_are_written_as_git_reads_them(path: str, header: str) -> None:
    assert unified_diff(path, "a\n", "b\n").split("\n")[0] == "--- " + header


TOOLS = [["patch", "-p1", "--binary", "--quiet"], ["git", "apply", "--whitespace=nowarn"]]


@pytest.mark.parametrize("tool", TOOLS, ids=["patch", "git"])
@pytest.mark.parametrize("name", ["Dockerfile", "my app/Dockerfile"])
@pytest.mark.parametrize(("before", "after"), CASES)
def test_it_applies(tmp_path: Path, before: str, after: str, name: str, tool: list[str]) -> None:
    if shutil.which(tool[0]) is None:
        pytest.skip(f"{tool[0]} is not installed")
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(before.encode("utf-8", "surrogateescape"))
    diff = unified_diff(name, before, after).encode("utf-8", "surrogateescape")
    subprocess.run(tool, cwd=tmp_path, input=diff, check=True)
    assert file.read_bytes() == after.encode("utf-8", "surrogateescape")


LINES = st.lists(st.sampled_from(["a", "b", "", "RUN x", "\r"]), max_size=12).map("\n".join)


@given(before=LINES, after=LINES)
def test_the_removed_and_added_lines_are_those_of_the_texts(before: str, after: str) -> None:
    body = unified_diff("x", before, after).replace("\n\\ No newline at end of file\n", "\n").split("\n")[2:]
    removed, added = ([line[1:] for line in body if line.startswith(mark)] for mark in "-+")
    assert before.count("\n") - after.count("\n") + bool(before[-1:].strip("\n")) - bool(after[-1:].strip("\n")) == (
        len(removed) - len(added)
    )
