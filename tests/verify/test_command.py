"""``dockerfix verify`` as a command: what it refuses, what it says, and its exit status."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from tests.cases import FIXTURES
from transformer import verification
from transformer.cli import main
from transformer.cli.verify import verify
from transformer.report import verification as report
from transformer.verification import Request
from transformer.verify.procedure import Pair
from transformer.verify.verdict import Difference, Directory, Left, Measures, Package, Status, Verification

MEASURES = Measures(300_000_000, 310_000_000, 5, 12000, 160, 11, 12.5)
SMALL = Measures(100_000_000, 110_000_000, 3, 6000, 80, 11, 3.0)
LEFT = Left(
    (Package("gcc", "the compiler"), Package("make", "only builds")),
    (Directory("/usr/lib/gcc", 80_000_000, "files of gcc"),),
    (),
)
SAME = Verification(Status.EQUIVALENT, (), "", "", MEASURES, SMALL, LEFT, (("dpkg", 3),))
OTHER = Verification(
    Status.DIFFERS,
    (Difference("E2", "/app|x", "file 755 0:0", "", "left\x1b[31m behind", 6),),
    "",
    "",
    MEASURES,
    SMALL,
    LEFT,
)
NOTHING = Verification(Status.UNVERIFIABLE, reason="the original: it does not build", log="line\n```\nend")
SCHEMA = json.loads(Path(report.__file__).with_name("schema_verify_v1.json").read_text("utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Dockerfile", "hello.c"):
        (tmp_path / name).write_bytes((FIXTURES / "c-hello" / name).read_bytes())
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Verification], list[Pair]]:
    """Give a verdict without an engine; return what was compared."""

    def answer(verdict: Verification) -> list[Pair]:
        pairs: list[Pair] = []

        def compare(pair: Pair, request: Request, tell: Callable[[str], None]) -> Verification:
            pairs.append(pair)
            return verdict

        monkeypatch.setattr(verification, "compare", compare)
        return pairs

    return answer


def run(*words: str) -> Result:
    return CliRunner().invoke(verify, list(words))


@pytest.mark.parametrize(("verdict", "status"), [(SAME, 0), (OTHER, 1), (NOTHING, 2)])
@pytest.mark.parametrize("kind", ["text", "json", "markdown"])
def test_exit_status(
    folder: Path, asked: Callable[[Verification], list[Pair]], verdict: Verification, status: int, kind: str
) -> None:
    asked(verdict)
    result = run("--format", kind, str(folder))
    assert result.exit_code == status
    assert verdict.status.value in result.output
    assert "\x1b" not in result.output


def test_the_rewrite_of_the_tool_is_compared(folder: Path, asked: Callable[[Verification], list[Pair]]) -> None:
    pairs = asked(SAME)
    assert "equivalent: both images are the same" in run(str(folder)).output
    assert b"COPY --from=build /build/hello /build/hello" in pairs[0].new
    assert pairs[0].old == (folder / "Dockerfile").read_bytes()
    assert pairs[0].context == folder


def test_the_report_names_law_place_and_cause(folder: Path, asked: Callable[[Verification], list[Pair]]) -> None:
    asked(OTHER)
    text = run("-v", str(folder)).output
    for said in ("E2 /app|x", "Dockerfile:6", "left\\x1b[31m behind", "300.0 MB", "gcc: the compiler"):
        assert said in text
    assert "/app\\|x" in run("--format", "markdown", str(folder)).output
    found = json.loads(run("--format", "json", str(folder)).output)
    assert (found["version"], found["status"], found["differences"][0]["law"]) == (1, "differs", "E2")


def test_the_schema_is_one_and_names_every_key() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for known, of in (
        (SCHEMA, ("version", "path", *Verification.__struct_fields__)),
        (SCHEMA["properties"]["differences"]["items"], Difference.__struct_fields__),
        (SCHEMA["$defs"]["measures"], Measures.__struct_fields__),
    ):
        assert set(known["required"]) == set(known["properties"]) == set(of)


@pytest.mark.parametrize("verdict", [SAME, OTHER, NOTHING])
def test_each_verdict_fits_the_schema(
    folder: Path, asked: Callable[[Verification], list[Pair]], verdict: Verification
) -> None:
    asked(verdict)
    jsonschema.validate(json.loads(run("--format", "json", str(folder)).output), SCHEMA)


@pytest.mark.parametrize("kind", ["text", "markdown"])
def test_what_could_not_be_observed_is_said(
    folder: Path, asked: Callable[[Verification], list[Pair]], kind: str
) -> None:
    asked(replace(SAME, notes=("nothing answers on port 80",)))
    assert "nothing answers on port 80" in run("--format", kind, str(folder)).output


def test_a_log_cannot_end_its_fence(folder: Path, asked: Callable[[Verification], list[Pair]]) -> None:
    asked(NOTHING)
    assert run("--format", "markdown", str(folder)).output.count("```") == 2


def test_another_dockerfile_is_compared(folder: Path, asked: Callable[[Verification], list[Pair]]) -> None:
    pairs = asked(SAME)
    (folder / "Other").write_text("FROM golang:1.22-bookworm AS b\nFROM debian:bookworm-slim\n", encoding="utf-8")
    (folder / "Dockerfile").write_text("FROM golang:1.22-bookworm\n", encoding="utf-8")
    assert run("--against", str(folder / "Other"), str(folder / "Dockerfile")).exit_code == 0
    assert pairs[0].new.startswith(b"FROM golang:1.22-bookworm AS b")
    assert {"GOPATH", "/usr/local/go/bin"} <= pairs[0].may_go


def test_a_revision_is_compared(folder: Path, asked: Callable[[Verification], list[Pair]]) -> None:
    pairs = asked(SAME)
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True)
    before = (folder / "Dockerfile").read_bytes()
    assert "are the same" in run("--since", "HEAD", str(folder)).output
    (folder / "Dockerfile").write_bytes(before + b"LABEL a=b\n")
    assert run("--since", "HEAD", str(folder)).exit_code == 0
    assert (pairs[0].old, pairs[0].new) == (before, before + b"LABEL a=b\n")
    for revision in ("no-such-revision", "--output=x"):
        assert run("--since", revision, str(folder)).exit_code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--against", "x", "--since", "y"], "exclude each other"),
        (["--against", "no-such-file"], "no-such-file"),
        (["no-such-folder"], "no-such-folder"),
        (["--smoke", "it's"], "--smoke"),
        (["--timeout", "0"], "--timeout"),
    ],
)
def test_a_request_that_cannot_be_met(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(folder)
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.output


def test_a_file_without_a_rewrite_says_why(folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM debian:bookworm\nCMD true\n", encoding="utf-8")
    result = run(str(folder))
    assert result.exit_code == 2
    assert "no rewrite to verify: DF4" in result.output


def test_an_unsafe_rewrite_is_asked_for(tmp_path: Path, asked: Callable[[Verification], list[Pair]]) -> None:
    pairs = asked(SAME)
    source = FIXTURES / "python-full-unpinned"
    for path in source.iterdir():
        if path.name != "case.toml" and not path.name.startswith("expected."):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    assert "--unsafe verifies it" in run(str(tmp_path)).output
    assert run("--unsafe", str(tmp_path)).exit_code == 0
    assert b"slim" in pairs[0].new


def test_no_engine_is_exit_2(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    result = run(str(folder))
    assert result.exit_code == 2
    assert "install docker, podman or buildah" in result.output


@pytest.mark.parametrize(("verdict", "written", "status"), [(SAME, True, 0), (OTHER, False, 0), (NOTHING, False, 0)])
@pytest.mark.parametrize("fixture", ["c-hello", "python-full-unpinned"])
def test_only_what_is_equivalent_is_written(
    tmp_path: Path,
    asked: Callable[[Verification], list[Pair]],
    fixture: str,
    verdict: Verification,
    written: bool,
    status: int,
) -> None:
    asked(verdict)
    for path in (FIXTURES / fixture).iterdir():
        if path.name != "case.toml" and not path.name.startswith("expected."):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    before = (tmp_path / "Dockerfile").read_bytes()
    result = CliRunner().invoke(main, ["--write", "--verify", str(tmp_path)])
    assert result.exit_code == status
    assert ((tmp_path / "Dockerfile").read_bytes() != before) is written
    assert ("DF802" in result.output) is not written
    assert ("E2 /app|x" in result.output) is (verdict is OTHER)


@pytest.mark.parametrize("words", [["--verify"], ["--write", "--verify", "-"]])
def test_verify_goes_with_write(words: list[str]) -> None:
    assert CliRunner().invoke(main, words).exit_code == 2


def test_without_the_reader_of_programs_nothing_is_built(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "find_spec", lambda _: None)
    monkeypatch.setattr(verification, "detect", lambda _: pytest.fail("an engine was looked for"))
    result = run(str(folder))
    assert result.exit_code == 2
    assert "pip install 'dockerfix[verify]'" in result.output
