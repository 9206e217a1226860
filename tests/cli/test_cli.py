"""The command line as a contract: what is printed where, what is written, and the exit codes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from tests.report import outcomes
from transformer import __version__, pipeline
from transformer.cli import main
from transformer.config import Options
from transformer.context.build_context import BuildContext
from transformer.ir.plan import Outcome
from transformer.ir.source import Source

KINDS = {make.__name__: make for make in outcomes.ALL}


@dataclass
class Lab:
    """Runs the command in a folder of its own, where a file's second line says what its outcome is to be."""

    root: Path
    calls: list[tuple[str, Options, BuildContext | None]]

    def put(self, name: str, kind: str = "rewritten", newline: str = "\n") -> Path:
        """Make a Dockerfile of a kind."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"FROM a\n# {kind}\nCMD b\n".replace("\n", newline).encode())
        return path

    def run(self, *args: str, stdin: bytes = b"") -> Result:
        """Run the command and show whatever went wrong."""
        result = CliRunner().invoke(main, list(args), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Return a lab with a pipeline that does what it is told."""
    lab = Lab(tmp_path, [])

    def transform(source: Source, options: Options, context: BuildContext | None, journal: Any = None) -> Outcome:
        lab.calls.append((source.path, options, context))
        kind = source.text.split("\n")[1].strip("# \r")
        outcome = KINDS[kind](source.path)
        after = source.text.replace("FROM a", "FROM a AS build") if outcome.rewritten else None
        return replace(outcome, source=source, rewritten=after)

    monkeypatch.setattr(pipeline, "transform", transform)
    monkeypatch.chdir(tmp_path)
    return lab


# ------------------------------------------------------------------------------------------------ nothing is changed


def _identity(file: Path) -> tuple[int, ...]:
    """Return what changes when a file is written or replaced; reading it changes the time of access only."""
    found = file.stat()
    return found.st_ino, found.st_size, found.st_mode, found.st_mtime_ns, found.st_ctime_ns


def test_a_dry_run_writes_nothing(lab: Lab) -> None:
    file = lab.put("Dockerfile")
    before = _identity(file)
    result = lab.run("Dockerfile")
    assert result.exit_code == 0
    assert result.stdout.startswith("--- a/Dockerfile\n+++ b/Dockerfile\n@@ ")
    assert result.stdout.endswith("Nothing was written: --write applies the changes.\n")
    assert result.stderr == ""
    assert _identity(file) == before


@pytest.mark.parametrize("kind", ["unchanged", "refused", "failed", "unsafe"])
def test_write_leaves_alone_what_is_not_rewritten(lab: Lab, kind: str) -> None:
    file = lab.put("Dockerfile", kind)
    before = _identity(file)
    lab.run("--write", ".")
    assert _identity(file) == before


def test_a_directory_without_dockerfiles(lab: Lab) -> None:
    result = lab.run(".")
    assert (result.exit_code, result.stdout) == (0, "no Dockerfile found in .\n")


def test_without_paths_it_looks_here(lab: Lab) -> None:
    lab.put("sub/Dockerfile", "unchanged")
    assert "sub/Dockerfile: unchanged" in lab.run().stdout


# -------------------------------------------------------------------------------------------------------- exit codes

CODES = [
    ([], ["unchanged"], 0),
    ([], ["refused"], 0),
    ([], ["rewritten"], 0),
    ([], ["failed"], 2),
    (["--check"], ["unchanged", "refused", "unsafe"], 0),
    (["--check"], ["unchanged", "rewritten"], 1),
    (["--check"], ["rewritten", "failed"], 2),
    (["--strict"], ["rewritten"], 0),
    (["--strict"], ["refused"], 1),
    (["--strict"], ["unsafe"], 1),
    (["--check", "--strict"], ["unchanged"], 0),
    (["--check", "--strict"], ["refused"], 1),
    (["--fail-on", "rewritten"], ["unchanged", "refused", "unsafe"], 0),
    (["--fail-on", "rewritten"], ["rewritten"], 1),
    (["--fail-on", "refused"], ["refused"], 1),
    (["--fail-on", "unsafe"], ["refused", "rewritten"], 0),
    (["--fail-on", "unsafe"], ["unsafe"], 1),
    (["--fail-on", "unsafe", "--fail-on", "rewritten"], ["rewritten"], 1),
    (["--fail-on", "rewritten"], ["rewritten", "failed"], 2),
    (["--exit-zero"], ["rewritten", "refused", "unsafe"], 0),
    (["--exit-zero"], ["failed"], 0),
    (["--write"], ["rewritten", "refused"], 0),
    (["--write"], ["rewritten", "failed"], 2),
]


@pytest.mark.parametrize("format_", ["text", "diff", "json", "sarif", "github"])
@pytest.mark.parametrize(("args", "kinds", "code"), CODES)
def test_exit_codes(lab: Lab, args: list[str], kinds: list[str], code: int, format_: str) -> None:
    for kind in kinds:
        lab.put(f"Dockerfile.{kind}", kind)
    assert lab.run(*args, "--format", format_, ".").exit_code == code


USAGE = [
    (["--write", "--check", "."], "exclude each other"),
    (["--exit-zero", "--check", "."], "ask for another exit status"),
    (["--exit-zero", "--fail-on", "unsafe", "."], "ask for another exit status"),
    (["--fail-on", "unchanged", "."], "unchanged"),
    (["--context", ".", "--no-context", "."], "exclude each other"),
    (["--context", "nowhere", "."], "does not exist"),
    (["--runtime-base", "minimal", "."], "not supported yet: use auto or same"),
    (["--base-map", "golang:1.22", "."], "OLD=NEW"),
    (["--base-map", "=b", "."], "OLD=NEW"),
    (["--min-saving", "-1", "."], "range"),
    (["--format", "yaml", "."], "yaml"),
    (["--write", "-", "."], "it takes no other path"),
    (["--write", "--format", "json", "-"], "--format"),
    (["-o", "no/such/folder/x", "."], "cannot write no/such/folder/x"),
    (["explain"], "PATH|CODE"),
    (["explain", "DF999"], "there is no code DF999"),
    (["explain", "--dump", "tokens", "x"], "tokens"),
    (["--frobnicate"], "frobnicate"),
]


@pytest.mark.parametrize(("args", "words"), USAGE)
def test_usage_errors(lab: Lab, args: list[str], words: str) -> None:
    file = lab.put("Dockerfile")
    before = _identity(file)
    result = lab.run(*args)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""
    assert _identity(file) == before


def test_a_file_that_is_not_there(lab: Lab) -> None:
    lab.put("Dockerfile", "unchanged")
    result = lab.run("nowhere", "Dockerfile")
    assert result.exit_code == 2
    assert "nowhere: error DF104 unreadable-input\n      No such file or directory\n" in result.stdout
    assert "Dockerfile: unchanged" in result.stdout


# ---------------------------------------------------------------------------------------------------------- the product


def test_a_summary_ends_the_report_of_several_files(lab: Lab) -> None:
    for kind in ("refused", "rewritten", "unchanged"):
        lab.put(f"Dockerfile.{kind}", kind)
    shown = lab.run(".").stdout
    assert "\n\n3 files: 1 rewritten, 1 unchanged, 1 refused\nNothing was written" in shown
    assert "\n\n\n" not in shown


def test_write_reports_and_applies(lab: Lab) -> None:
    file = lab.put("Dockerfile", newline="\r\n")
    file.chmod(0o640)
    result = lab.run("--write", ".")
    assert result.exit_code == 0
    assert file.read_bytes() == b"FROM a AS build\r\n# rewritten\r\nCMD b\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert "Dockerfile: rewritten (safe)" in result.stdout
    assert "Nothing was written" not in result.stdout


def test_a_link_out_of_the_given_path_is_an_error_that_spares_the_other_files(lab: Lab) -> None:
    outside = lab.put("Dockerfile")
    inside = lab.put("in/b/Dockerfile")
    (lab.root / "in/Dockerfile").symlink_to(outside)
    result = lab.run("--write", "in")
    assert result.exit_code == 2
    assert "not rewritten: it is a link to" in result.stdout
    assert outside.read_text().startswith("FROM a\n")
    assert inside.read_text().startswith("FROM a AS build\n")


def test_the_diff_format_is_a_patch_and_nothing_else(lab: Lab) -> None:
    for kind in ("refused", "rewritten", "unsafe"):
        lab.put(f"Dockerfile.{kind}", kind)
    result = lab.run("--format", "diff", ".")
    assert result.stdout.startswith("--- a/Dockerfile.rewritten\n")
    assert result.stdout.count("--- a/") == 1
    assert "start.sh:7:3: refused: DF410 toolchain-at-run-time: start.sh calls make\n" in result.stderr
    assert result.stderr.endswith("3 files: 1 rewritten, 2 refused\n")


def test_bytes_that_are_not_utf_8_pass_through(lab: Lab) -> None:
    (lab.root / "Dockerfile").write_bytes(b"FROM a\n# rewritten\n# \xe9\n")
    assert b"\n # \xe9\n" in lab.run("--format", "diff", "Dockerfile").stdout_bytes
    lab.run("--write", "Dockerfile")
    assert (lab.root / "Dockerfile").read_bytes().endswith(b"# \xe9\n")


def test_json(lab: Lab) -> None:
    lab.put("a/Dockerfile")
    lab.put("b/Dockerfile", "failed")
    result = lab.run("--format", "json", ".")
    report = json.loads(result.stdout)
    assert [entry["path"] for entry in report["results"]] == ["a/Dockerfile", "b/Dockerfile"]
    assert "b/Dockerfile:2:6: error: DF101" in result.stderr


def test_the_report_may_go_to_a_file(lab: Lab) -> None:
    lab.put("Dockerfile")
    result = lab.run("--format", "json", "-o", "report.json", "Dockerfile")
    assert result.stdout == ""
    assert json.loads(Path("report.json").read_text())["version"] == 1


def test_standard_input(lab: Lab) -> None:
    result = lab.run("-", stdin=b"FROM a\n# rewritten\n")
    assert result.stdout.startswith("--- a/Dockerfile\n")
    assert lab.calls[0][2] is None


@pytest.mark.parametrize(
    ("kind", "out"), [("rewritten", "FROM a AS build\n# rewritten\n"), ("refused", "FROM a\n# refused\n")]
)
def test_write_with_standard_input_is_a_filter(lab: Lab, kind: str, out: str) -> None:
    result = lab.run("--write", "-", stdin=f"FROM a\n# {kind}\n".encode())
    assert (result.exit_code, result.stdout) == (0, out)


# ---------------------------------------------------------------------------------------------------------- the options


def test_options_arrive(lab: Lab) -> None:
    lab.put("app/Dockerfile")
    lab.run("--pin", "--keep", "git,curl", "--keep", "tar", "--base-map", "a:1=b@sha256:0", "--unsafe", "app",
            "--min-saving", "1.5", "--runtime-base", "same")  # fmt: skip
    assert lab.calls[0][1] == Options(
        runtime_base="same",
        base_map=(("a:1", "b@sha256:0"),),
        pin=True,
        keep=("git", "curl", "tar"),
        min_saving=1_500_000,
        unsafe=True,
    )


CONTEXTS: list[tuple[list[str], tuple[str, str] | None]] = [
    (["app/Dockerfile"], ("app", "Dockerfile")),
    (["."], ("app", "Dockerfile")),
    (["--no-context", "."], None),
    (["--context", ".", "app/Dockerfile"], (".", "app/Dockerfile")),
    (["--context", "other", "app/Dockerfile"], ("other", "Dockerfile")),
]


@pytest.mark.parametrize(("args", "expected"), CONTEXTS)
def test_contexts(lab: Lab, args: list[str], expected: tuple[str, str] | None) -> None:
    lab.put("app/Dockerfile")
    (lab.root / "other").mkdir()
    lab.run(*args)
    given = lab.calls[0][2]
    context = given() if callable(given) else given
    assert (None if context is None else (str(context.root), context.dockerfile)) == expected


COLOURS: list[tuple[list[str], dict[str, str], bool]] = [
    ([], {}, False),
    (["--color", "never"], {}, False),
    (["--color", "always"], {}, True),
    (["--color", "always"], {"NO_COLOR": "1"}, True),
]


@pytest.mark.parametrize(("args", "env", "coloured"), COLOURS)
def test_colour(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, args: list[str], env: dict[str, str], coloured: bool
) -> None:
    lab.put("Dockerfile")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in lab.run(*args, "Dockerfile").stdout) == coloured


@pytest.mark.parametrize(
    ("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)]
)
def test_colour_on_a_terminal(monkeypatch: pytest.MonkeyPatch, env: dict[str, str], coloured: bool) -> None:
    from transformer.cli.options import colour_of

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert colour_of("auto", None) == coloured
    assert not colour_of("auto", "report.txt")


# ------------------------------------------------------------------------------------------------------------- explain


def test_explain_a_file(lab: Lab) -> None:
    lab.put("Dockerfile")
    result = lab.run("explain", "Dockerfile")
    assert result.exit_code == 0
    assert "   4  build      gcc /build/hello.c -o /build/hello\n      makes /build/hello (line 4)\n" in result.stdout


@pytest.mark.parametrize("name", ["DF410", "df410", "toolchain-at-run-time"])
def test_explain_a_code(lab: Lab, name: str) -> None:
    result = lab.run("explain", name)
    assert (result.exit_code, result.stdout[:27]) == (0, "DF410 toolchain-at-run-time")


def test_a_path_called_like_a_sub_command(lab: Lab) -> None:
    lab.put("explain/Dockerfile", "unchanged")
    assert "explain/Dockerfile: unchanged" in lab.run("./explain").stdout
    assert "Usage: dockerfix explain" in lab.run("explain").stderr


def test_explain_a_file_that_is_not_there(lab: Lab) -> None:
    result = lab.run("explain", "nowhere")
    assert result.exit_code == 2
    assert "DF104" in result.stdout


def test_dump(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a\nCMD b\n")
    result = CliRunner().invoke(main, ["explain", "--dump", "cst", str(tmp_path / "Dockerfile")])
    assert result.stdout.startswith("Dockerfile\n  escape: ")


def test_dump_of_a_phase_that_was_not_reached(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM\n")
    result = CliRunner().invoke(main, ["explain", "--dump", "plan", str(tmp_path / "Dockerfile")])
    assert result.exit_code == 2
    assert result.stdout == "the file did not get as far as plan: it ended in parse\n"


# --------------------------------------------------------------------------------------------------------- our failures


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a Dockerfile on which the first phase fails."""

    def fail(_: Source) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(pipeline, "_parse", fail)
    (tmp_path / "Dockerfile").write_text("FROM a\n")
    return str(tmp_path / "Dockerfile")


def test_a_bug_of_ours_is_an_error_without_a_traceback(broken: str) -> None:
    result = CliRunner().invoke(main, [broken])
    assert result.exit_code == 2
    assert "DF902 internal-error\n      RecursionError in parse: too deep\n" in result.stdout
    assert "Traceback" not in result.output


def test_unless_somebody_wants_to_see_it(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKERFIX_DEBUG", "1")
    assert isinstance(CliRunner().invoke(main, [broken]).exception, RecursionError)


# ---------------------------------------------------------------------------------------------------------- processes


def dockerfix(*args: str, **extra: Any) -> subprocess.CompletedProcess[str]:
    """Run the tool as a process of its own."""
    command = [sys.executable, "-m", "transformer", *args]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, **extra)


def test_as_a_process(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM\n")
    result = dockerfix(str(tmp_path))
    assert result.returncode == 2
    assert "DF101" in result.stdout
    assert result.stderr == ""


def test_version() -> None:
    assert dockerfix("--version").stdout == f"dockerfix {__version__}\n"


@pytest.mark.parametrize("args", [["-h"], ["--help"], ["explain", "-h"]])
def test_help(args: list[str]) -> None:
    assert dockerfix(*args).stdout.startswith("Usage: dockerfix ")


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"Dockerfile.{number}").write_text("FROM\n")
    command = f"'{sys.executable}' -m transformer '{tmp_path}' | head -n 1"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, env=environment)
    assert result.stdout.count("\n") == 1
    assert result.stderr == ""


def test_starting_imports_no_more_than_click() -> None:
    ours = "{name for name in sys.modules if name.startswith(('transformer', 'jinja2'))}"
    code = f"import sys, transformer.cli; print(*sorted({ours}))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    parts = ["", ".cli", ".cli.configured", ".cli.options", ".cli.output"]
    assert result.stdout.split() == [f"transformer{part}" for part in parts]
