"""What the command line makes of the files around a Dockerfile."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from transformer.cli import main

_DOCKERFILE = """FROM debian:bookworm
RUN apt-get update && apt-get install -y gcc libc6-dev
COPY src/hello.c /hello.c
RUN gcc -o /hello /hello.c
CMD ["/hello"]
"""


def _project(root: Path) -> None:
    (root / ".git").mkdir()
    (root / "src").mkdir()
    (root / "docker").mkdir()
    (root / "src/hello.c").write_text("int main(void) { return 0; }\n")
    (root / "docker/Dockerfile").write_text(_DOCKERFILE)


def _run(root: Path, *words: str) -> str:
    return CliRunner().invoke(main, [*words, str(root / "docker")]).output


def test_without_a_compose_file_the_directory_is_not_the_context(tmp_path: Path) -> None:
    _project(tmp_path)
    assert "DF419" in _run(tmp_path)


def test_a_compose_file_above_says_what_the_context_is(tmp_path: Path) -> None:
    _project(tmp_path)
    (tmp_path / "compose.yml").write_text("services: {a: {build: {context: ., dockerfile: docker/Dockerfile}}}\n")
    output = _run(tmp_path)
    assert "DF419" not in output
    assert "rewritten (safe)" in output


def test_a_refusal_names_the_file_and_the_line(tmp_path: Path) -> None:
    _project(tmp_path)
    (tmp_path / "compose.yml").write_text(
        "services:\n  a:\n    build: {context: ., dockerfile: docker/Dockerfile}\n    command: gcc -v\n"
    )
    assert "compose.yml:4:1: error DF420 build-tools-used-elsewhere" in _run(tmp_path)
    assert "rewritten (safe)" in _run(tmp_path, "--no-context"), "nothing but the Dockerfile is read then"
