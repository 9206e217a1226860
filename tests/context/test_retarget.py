"""How a service of a Compose file gets another target: only that changes, or there is no offer."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.cases import FIXTURES
from transformer import Options, transform
from transformer.cli import main
from transformer.context.retarget import changed, retarget
from transformer.context.yaml_nodes import documents
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.verdict import OtherBuild


def build_of(text: str, name: str = "test") -> OtherBuild | None:
    service = documents(text)[0].get("services", name)
    assert service is not None
    found = retarget(name, service)
    return OtherBuild("compose.yaml", name, found.insertions, Diagnostic("DF420", ""), False) if found else None


def written(text: str) -> str | None:
    build = build_of(text)
    return changed(text, (build,), "build") if build is not None else None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("services:\n  test: {build: ., command: make}\n", id="a service in braces"),
        pytest.param("services:\n  test:\n    build: {context: ., target: x}\n", id="a target already"),
        pytest.param("services:\n  test:\n    build:\n      context: .\n      target: x\n", id="a target, in lines"),
        pytest.param("services:\n  test:\n    extends: web\n    command: make\n", id="extends"),
        pytest.param("services:\n  web: &w\n    build: .\n  test:\n    <<: *w\n    command: make\n", id="merged"),
        pytest.param("x: &b\n  context: .\nservices:\n  test:\n    build: *b\n", id="an anchor elsewhere"),
        pytest.param("x: &b {context: .}\nservices:\n  test:\n    build:\n      <<: *b\n", id="a merged build"),
        pytest.param("services:\n  test:\n    build: >-\n      .\n", id="a folded text"),
        pytest.param("services:\n  test:\n    build:\n      .\n", id="a text in the next line"),
        pytest.param("services:\n  test:\n    build:\n", id="nothing"),
        pytest.param("services:\n  test:\n", id="no mapping"),
    ],
)
def test_no_offer(text: str) -> None:
    assert written(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            """
            services:
              test:
                build: ./app   # here
                command: make
            """,
            """
            services:
              test:
                build:
                  context: ./app
                  target: build   # here
                command: make
            """,
            id="a text",
        ),
        pytest.param(
            """
            services:
              test:
                build: "./a b"
            """,
            """
            services:
              test:
                build:
                  context: "./a b"
                  target: build
            """,
            id="a text in quotes",
        ),
        pytest.param(
            """
            services:
                test:
                    command: make
                    build:
                        # ours
                        context: .
                        args:
                            A: "1"
            """,
            """
            services:
                test:
                    command: make
                    build:
                        # ours
                        target: build
                        context: .
                        args:
                            A: "1"
            """,
            id="a mapping",
        ),
        pytest.param(
            """
            services:
              test:
                build: {context: ., args: {A: 1}}
            """,
            """
            services:
              test:
                build: {target: build, context: ., args: {A: 1}}
            """,
            id="a mapping in braces",
        ),
        pytest.param(
            """
            services:
              test:
                command: make
            """,
            """
            services:
              test:
                build:
                  target: build
                command: make
            """,
            id="an override",
        ),
    ],
)
def test_the_target_and_nothing_else(text: str, expected: str) -> None:
    assert written(dedent(text)) == dedent(expected)
    crlf = dedent(text).replace("\n", "\r\n")
    assert written(crlf) == dedent(expected).replace("\n", "\r\n")


def test_two_services_of_one_file() -> None:
    text = "services:\n  a:\n    build: .\n  b:\n    build: .\n"
    builds = tuple(b for b in (build_of(text, "a"), build_of(text, "b")) if b)
    result = changed(text, builds, "build") or ""
    assert [s.get("build", "target").text for s in documents(result)[0].get("services").members().values()] == [  # type: ignore[union-attr]
        "build",
        "build",
    ]


def test_a_file_that_changed_meanwhile_is_not_touched() -> None:
    build = build_of("services:\n  test:\n    build: .\n")
    assert build is not None
    assert changed("services:\n  # more\n  test:\n    build: .\n", (build,), "build") is None
    assert changed("", (build,), "build") is None


# ------------------------------------------------------------------------------------------------------------ in a run
@pytest.fixture
def project(tmp_path: Path) -> Path:
    source = FIXTURES / "unsafe-compose-target"
    for name in ("Dockerfile", "Makefile", "hello.c", "compose.yaml"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    (tmp_path / ".git").mkdir()
    return tmp_path


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return int(ended.value.code or 0)


def test_both_files_are_written_only_with_unsafe(project: Path) -> None:
    before = {p: p.read_bytes() for p in project.iterdir() if p.is_file()}
    assert run("--write", str(project)) == 0
    assert {p: p.read_bytes() for p in before} == before
    assert run("--write", "--unsafe", str(project)) == 0
    assert "AS build" in (project / "Dockerfile").read_text()
    assert "target: build" in (project / "compose.yaml").read_text()
    assert transform(project / "Dockerfile").status.value == "unchanged"


def test_one_stays_as_it_is_if_the_other_cannot_be_written(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformer.cli import run as module
    from transformer.writing import UnwritableError, replace_file

    def only_compose(path: str, given: str, old: bytes, new: bytes) -> None:
        if path.endswith("Dockerfile"):
            raise UnwritableError("no")
        replace_file(path, given, old, new)

    before = {p: p.read_bytes() for p in project.iterdir() if p.is_file()}
    monkeypatch.setattr(module, "replace_file", only_compose)
    assert run("--write", "--unsafe", str(project)) == 2
    assert {p: p.read_bytes() for p in before} == before


def test_the_stage_has_the_name_that_was_asked_for(project: Path) -> None:
    outcome = transform(project / "Dockerfile", Options(stage="compile"))
    assert "target: compile" in outcome.others[0].after


def test_a_batch_does_not_deliver_half_of_it(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    from transformer.cli.batch import batch

    (project / ".git").rmdir()
    before = {p: p.read_bytes() for p in project.iterdir() if p.is_file()}
    ledger = tmp_path_factory.mktemp("ledger") / "led"
    with pytest.raises(SystemExit) as ended:
        batch([str(project), "--write", "--unsafe", "--workers", "1", "--ledger", str(ledger)])
    assert not ended.value.code
    assert {p: p.read_bytes() for p in before} == before
