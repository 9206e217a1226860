"""Defaults from a configuration file: which one counts, what the line overrides, and what a mistake says."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cases import FIXTURES
from transformer.cli import main
from transformer.cli.explain import explain
from transformer.cli.settings import SettingsError, settings

KNOWN = {k: k.replace("-", "_") for k in ("keep", "min-saving", "base-map", "unsafe", "knowledge")}


def defaults(folder: Path, known: dict[str, str]) -> dict[str, object]:
    return {name: one.value for name, one in settings(folder, lambda: known).values.items()}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    inner = tmp_path / "app" / "image"
    inner.mkdir(parents=True)
    for name in ("Dockerfile", "hello.c"):
        (inner / name).write_bytes((FIXTURES / "c-hello" / name).read_bytes())
    monkeypatch.chdir(inner)
    return inner


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_without_a_file_there_are_no_defaults(folder: Path) -> None:
    assert defaults(folder, KNOWN) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".dockerfix.toml", "min-saving = 9000\nkeep = ['git']\n"),
        ("pyproject.toml", "[tool.dockerfix]\nmin-saving = 9000\nkeep = ['git']\n"),
    ],
)
def test_the_nearest_file_above_counts(folder: Path, name: str, text: str) -> None:
    (folder.parent / name).write_text(text, encoding="utf-8")
    assert defaults(folder, KNOWN) == {"min_saving": 9000, "keep": ["git"]}
    assert "DF505" in run().output
    (folder / ".dockerfix.toml").write_text("keep = []\n", encoding="utf-8")
    assert defaults(folder, KNOWN) == {"keep": []}
    assert "rewritten (safe)" in run().output


def test_a_project_file_that_says_nothing_of_us_is_passed_over(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[project]\nname = 'dockerfix-user'\n", encoding="utf-8")
    (folder.parent / "pyproject.toml").write_text("[tool.dockerfix]\nunsafe = true\n", encoding="utf-8")
    assert defaults(folder, KNOWN) == {"unsafe": True}


def test_the_line_goes_before_the_file(folder: Path) -> None:
    (folder / ".dockerfix.toml").write_text("min-saving = 9000\n", encoding="utf-8")
    assert "DF505" in run().output
    assert "rewritten (safe)" in run("--min-saving", "1").output


def test_tables_are_pairs_and_files_are_found_from_the_configuration(folder: Path) -> None:
    text = "knowledge = 'own.toml'\n[base-map]\n'ubuntu:18.04' = 'ubuntu:18.04-slim'\n"
    (folder.parent / ".dockerfix.toml").write_text(text, encoding="utf-8")
    (folder.parent / "own.toml").write_text("", encoding="utf-8")
    assert defaults(folder, KNOWN) == {
        "knowledge": str(folder.parent / "own.toml"),
        "base_map": ["ubuntu:18.04=ubuntu:18.04-slim"],
    }
    assert "FROM ubuntu:18.04-slim" in run("--unsafe").output


def test_sub_commands_have_the_same_defaults(folder: Path) -> None:
    (folder / ".dockerfix.toml").write_text("min-saving = 9000\nformat = 'json'\n", encoding="utf-8")
    assert "DF505" in CliRunner().invoke(explain, ["."]).output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kep = []\n", "unknown key 'kep'; did you mean 'keep'?"),
        ("write = true\n", "unknown key 'write'"),
        ("keep = [\n", "is no TOML file"),
        ("keep = 2020-01-01\n", "date is no value"),
        ("min-saving = 'much'\n", "--min-saving"),
    ],
)
def test_a_mistake_ends_the_run_with_a_clear_error(folder: Path, text: str, said: str) -> None:
    (folder / ".dockerfix.toml").write_text(text, encoding="utf-8")
    result = run()
    assert result.exit_code == 2
    assert said in result.output


def test_a_table_of_ours_that_is_none(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool]\ndockerfix = 3\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="no table"):
        defaults(folder, KNOWN)
