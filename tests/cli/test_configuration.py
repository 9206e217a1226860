"""The layers of the configuration, what differs for some paths, and what `config --show` tells of them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cases import FIXTURES
from transformer.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for place in ("one", "deep/two"):
        (tmp_path / place).mkdir(parents=True)
        for name in ("Dockerfile", "hello.c"):
            (tmp_path / place / name).write_bytes((FIXTURES / "c-hello" / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=env).invoke(main, list(words))


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_the_layers_count_in_order(folder: Path) -> None:
    put(folder / "company.toml", 'stage = "company"\n')
    put(folder / ".dockerfix.toml", 'extend = "company.toml"\n')
    assert "AS company" in run("one").output
    put(folder / ".dockerfix.toml", 'extend = "company.toml"\nstage = "file"\n')
    assert "AS file" in run("one").output
    assert "AS variable" in run("one", env={"DOCKERFIX_STAGE": "variable"}).output
    assert "AS line" in run("one", "--stage", "line", env={"DOCKERFIX_STAGE": "variable"}).output


def test_a_file_that_is_extended_is_seen_from_the_one_that_names_it(folder: Path) -> None:
    put(folder / "shared/base.toml", 'extend = "../top.toml"\nknowledge = "own.toml"\n')
    put(folder / "shared/own.toml", "")
    put(folder / "top.toml", 'stage = "top"\n')
    put(folder / ".dockerfix.toml", 'extend = "shared/base.toml"\n')
    result = run("one")
    assert result.exit_code == 0, result.output
    assert "AS top" in result.output


def test_a_project_file_can_be_extended(folder: Path) -> None:
    put(folder / "other/pyproject.toml", '[tool.dockerfix]\nstage = "shared"\n')
    put(folder / ".dockerfix.toml", 'extend = "other/pyproject.toml"\n')
    assert "AS shared" in run("one").output


def test_lists_in_variables_are_words(folder: Path) -> None:
    put(folder / "one/Dockerfile", (folder / "one/Dockerfile").read_text().replace("gcc\n", "gcc binutils nasm\n", 1))
    assert "asked for" not in run("one").output
    kept = run("one", env={"DOCKERFIX_KEEP": "binutils nasm"}).output
    assert "binutils: asked for" in kept
    assert "nasm: asked for" in kept


def test_what_a_line_asks_for_is_no_variable(folder: Path) -> None:
    before = (folder / "one/Dockerfile").read_bytes()
    run("one", env={"DOCKERFIX_WRITE": "1"})
    assert (folder / "one/Dockerfile").read_bytes() == before


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [("deep/*", True), ("deep", True), ("*/two/Dockerfile", True), ("**/Dockerfile", True), ("two", False)],
)
def test_overrides_are_for_their_paths(folder: Path, pattern: str, taken: bool) -> None:
    put(folder / ".dockerfix.toml", f'[[overrides]]\npaths = ["{pattern}"]\nmin-saving = 9000\nstage = "other"\n')
    output = run("deep").output
    assert ("DF505" in output) == taken
    if "**" not in pattern:
        assert "AS build" in run("one").output


def test_of_two_overrides_the_later_one_counts(folder: Path) -> None:
    one, two = (f'[[overrides]]\npaths = ["one"]\nstage = "{name}"\n' for name in ("first", "second"))
    put(folder / ".dockerfix.toml", one + two)
    assert "AS second" in run("one").output
    put(folder / "base.toml", two)
    put(folder / ".dockerfix.toml", 'extend = "base.toml"\n' + one)
    assert "AS first" in run("one").output


def test_the_house_style_is_configured_like_everything_else(folder: Path) -> None:
    style = "blank-lines = 2\ncomment = true\n"
    put(folder / ".dockerfix.toml", f'[[overrides]]\npaths = ["one"]\n{style}')
    assert "+\n+\n+# The final image" in run("one").output
    assert "# The final image" not in run("deep").output


def test_a_batch_has_no_overrides(folder: Path) -> None:
    put(folder / ".dockerfix.toml", '[[overrides]]\npaths = ["one"]\nunsafe = true\n')
    result = run("batch", "one")
    assert result.exit_code == 2
    assert "[[overrides]]" in result.output


def test_show_says_where_each_value_comes_from(folder: Path) -> None:
    put(folder / "company.toml", 'stage = "company"\nkeep = ["git"]\n')
    put(
        folder / ".dockerfix.toml",
        'extend = "company.toml"\nunsafe = true\n[[overrides]]\npaths = ["one"]\npin = true\n',
    )
    output = run("config", "--show", env={"DOCKERFIX_MIN_SAVING": "50"}).output
    lines = {line.partition(" =")[0]: line for line in output.splitlines()}
    assert lines["stage"].startswith('stage = "company"')
    assert lines["stage"].endswith(f"# {folder / 'company.toml'}")
    assert lines["unsafe"].endswith(f"# {folder / '.dockerfix.toml'}")
    assert lines["min-saving"].endswith("# DOCKERFIX_MIN_SAVING")
    assert lines["guard"] == f"{'guard = false':<{lines['guard'].index('#')}}# default"
    shown = tomllib.loads(output)
    assert shown["keep"] == ["git"]
    assert shown["overrides"] == [{"paths": ["one"], "pin": True}]


def test_what_is_shown_is_a_configuration(folder: Path) -> None:
    put(folder / ".dockerfix.toml", run("config", "--show").output)
    assert "rewritten (safe)" in run("one").output


MISTAKES = [
    ("kep = []\n", "unknown key 'kep'; did you mean 'keep'?"),
    ("min_saving = 3\n", "unknown key 'min_saving'; did you mean 'min-saving'?"),
    ("write = true\n", "unknown key 'write'"),
    ("override = []\n", "unknown key 'override'; did you mean 'overrides'?"),
    ("keep = [\n", "is no TOML file"),
    ("keep = 'a'\nkeep = 'b'\n", "is no TOML file"),
    ("keep = 2020-01-01\n", "date is no value for an option"),
    ("min-saving = 'much'\n", "'much' is not a valid float range"),
    ("min-saving = -1\n", "is not in the range x>=0"),
    ("unsafe = 'perhaps'\n", "'perhaps' is not a valid boolean"),
    ("runtime-base = 'tiny'\n", "'tiny' is not one of 'auto', 'same', 'minimal'"),
    ("format = 'yaml'\n", "'yaml' is not one of"),
    ("base-map = ['golang:1.22']\n", "write OLD=NEW"),
    ("blank-lines = 12\n", "12 is not in the range 0<=x<=9"),
    ("comment = 'perhaps'\n", "'perhaps' is not a valid boolean"),
    ("stage = 'Build'\n", "a stage's name is a-z"),
    ("stage = 'scratch'\n", "a stage's name is a-z"),
    ("knowledge = 'nowhere.toml'\n", "does not exist"),
    ("extend = 3\n", "extend: give the path of one file"),
    ("extend = 'nowhere.toml'\n", "nowhere.toml cannot be read"),
    ("extend = '.dockerfix.toml'\n", "leads back to itself"),
    ("overrides = 'one'\n", "write [[overrides]] in front of each one"),
    ("[overrides]\npaths = ['one']\n", "write [[overrides]] in front of each one"),
    ("[[overrides]]\nkeep = ['git']\n", "overrides number 1: paths: give a list of patterns"),
    ("[[overrides]]\npaths = 'one'\n", "overrides number 1: paths: give a list of patterns"),
    ("[[overrides]]\npaths = []\n", "overrides number 1: paths: give a list of patterns"),
    (
        "[[overrides]]\npaths = ['a']\n[[overrides]]\npaths = ['one']\nkep = []\n",
        "overrides number 2: unknown key 'kep'",
    ),
    ("[[overrides]]\npaths = ['one']\nformat = 'json'\n", "format is about the whole run"),
    ("[[overrides]]\npaths = ['one']\ncontext = '.'\n", "context is about the whole run"),
    ("[[overrides]]\npaths = ['one']\nmin-saving = 'x'\n", "'x' is not a valid float range"),
    ("[[overrides]]\npaths = ['one']\nstage = 'A'\n", "a stage's name is a-z"),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES, ids=[said[:40] for _, said in MISTAKES])
def test_a_mistake_ends_the_run_with_a_clear_error(folder: Path, text: str, said: str) -> None:
    put(folder / ".dockerfix.toml", text)
    before = (folder / "one/Dockerfile").read_bytes()
    result = run("--write", "one")
    assert result.exit_code == 2
    assert said in result.output
    assert (folder / "one/Dockerfile").read_bytes() == before


PRAGMAS = [
    ("# dockerfix: skip\n", "DF418", "is not known"),
    ("# dockerfix: keep\n", "DF418", "is not known"),
    ("# dockerfix: keep=\n", "DF418", "is not known"),
    ("# dockerfix: keep=a b\n", "DF418", "is not known"),
    ("# dockerfix: skip-file=yes\n", "DF418", "is not known"),
    ("# dockerfix: KEEP=git\n", "DF418", "is not known"),
    ("# dockerfix: build\n", "DF423", "stands above FROM: only ADD, COPY, RUN have a side"),
    ("# dockerfix: runtime=curl\n", "DF418", "is not known"),
    ("# dockerfix: keep=vim\n", "DF423", "nothing installs vim, which the pragma keeps"),
    ("# dockerfix: keep=gcc,vim\n", "DF423", "nothing installs vim"),
    ("# dockerfix: skip-file\n# syntax=docker/dockerfile:1\n", "DF423", "stands above `# syntax=docker/dockerfile:1`"),
    ("# dockerfix: keep=gcc\n# escape=`\n", "DF423", "stands above `# escape=`"),
]


@pytest.mark.parametrize(("text", "code", "said"), PRAGMAS)
def test_a_pragma_that_cannot_do_what_it_says_is_a_finding(folder: Path, text: str, code: str, said: str) -> None:
    file = folder / "one/Dockerfile"
    put(file, text + file.read_text())
    output = run("one").output
    assert code in output
    assert said in output


@pytest.mark.parametrize("pragma", ["skip-file", "keep=gcc"])
def test_a_reason_may_be_asked_for(folder: Path, pragma: str) -> None:
    file = folder / "one/Dockerfile"
    original = file.read_text()
    put(file, f"# dockerfix: {pragma}\n{original}")
    assert "DF423" not in run("one").output
    assert "gives no reason" in run("one", "--require-reason").output
    put(file, f'# dockerfix: {pragma} reason="people exec it"\n{original}')
    assert "DF423" not in run("one", "--require-reason").output
    put(file, f'# dockerfix: {pragma} reason=""\n{original}')
    assert "gives no reason" in run("one", "--require-reason").output
