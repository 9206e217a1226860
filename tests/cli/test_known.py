"""``explain --package/--image/--module``: what is known, how, and that what is not known is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from transformer.cli import main
from transformer.cli.explain import explain


def ask(*words: str) -> Result:
    return CliRunner().invoke(explain, list(words))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "--package libpq-dev --release bookworm",
            ["libpq-dev on debian:bookworm", "build (dev)", "libpq5  [contents]"],
        ),
        ("--package gcc-7 --release ubuntu:18.04", ["build (toolchain)", "[version]"]),
        ("--package python-dev --release ubuntu:18.04", ["a guess", "[convention]", "not known: it stays"]),
        ("--package libc6", ["runtime (data)", "bare image"]),
        ("--package no-such-package", ["not known: it stays in the final image"]),
        ("--image python:3.12-bookworm", ["python:3.12-slim-bookworm", "lacks lib", "CMD", "[listed]"]),
        ("--image golang:1.22-bookworm", ["debian:bookworm-slim", "lacks ENV", "GOPATH=/go  [sibling]"]),
        ("--image debian:bookworm-slim", ["none: a second stage starts from the same image"]),
        ("--image python@sha256:" + "0" * 64, ["which tag it is, no table tells"]),
        ("--image no-such-image:1", ["--base-map or --knowledge"]),
        ("--module pypi:psycopg2", ["libpq5  [deps]"]),
        ("--module pypi:no-such-module-at-all", ["unknown, which is not nothing"]),
        ("--module npm:express --release ubuntu:22.04", ["npm:express on ubuntu:22.04"]),
    ],
)
def test_what_is_known(words: str, said: list[str]) -> None:
    result = ask(*words.split())
    assert result.exit_code == 0
    assert [text for text in said if text not in result.output] == []
    explained = set(re.findall(r"^  \[([\w-]+)\] \w", result.output, re.MULTILINE))
    used = set(re.findall(r"  \[([\w-]+)\]$", result.output, re.MULTILINE))
    assert explained == used


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "give one of"),
        (". --package gcc", "give one of"),
        ("--package gcc --image python", "give one of"),
        ("--package gcc --release debian:woody", "no table knows the release 'debian:woody'"),
        ("--module hackage:aeson", "INDEX:NAME"),
        ("--module pypi:", "INDEX:NAME"),
        ("--package gcc --knowledge no-such-file", "does not exist"),
    ],
)
def test_a_question_that_is_not_understood(words: str, said: str) -> None:
    result = ask(*words.split())
    assert result.exit_code == 2
    assert said in result.output


def test_rows_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[packages.libacme-dev]\nrole = "dev"\nruntime = ["libacme1"]\n', encoding="utf-8")
    result = ask("--knowledge", str(own), "--package", "libacme-dev")
    assert "libacme1  [overlay]" in result.output
    own.write_text('[packages.libacme-dev]\nrol = "dev"\n', encoding="utf-8")
    result = ask("--knowledge", str(own), "--package", "libacme-dev")
    assert (result.exit_code, f"{own}: packages.libacme-dev: unknown key" in result.output) == (2, True)


def test_a_run_with_rows_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM registry.example.com/os/debian-base:12\nRUN apt-get update && apt-get install -y acme-cc\n"
        "COPY hello.c /src/\nRUN gcc -o /usr/local/bin/hello /src/hello.c\nCMD ['hello']\n".replace("'", '"'),
        encoding="utf-8",
    )
    (tmp_path / "hello.c").write_text("int main() { return 0; }\n", encoding="utf-8")
    own = tmp_path / "own.toml"
    image = '[images."registry.example.com/os/debian-base:12"]\nlike = "debian:bookworm"\n'
    own.write_text(image + '[packages.acme-cc]\nrole = "toolchain"\ncommands = ["gcc"]\n', encoding="utf-8")
    without = CliRunner().invoke(main, [str(tmp_path)])
    assert "rewritten" not in without.output
    result = CliRunner().invoke(main, ["--knowledge", str(own), str(tmp_path)])
    assert "rewritten (safe)" in result.output
    assert "acme-cc" in result.output.partition("Packages left behind")[2]
