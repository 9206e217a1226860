"""Files that are sources by their names and data by their use: directories that the program is told, templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext

MANIFEST = '[package]\nname = "tool"\nversion = "0.1.0"\nedition = "2021"\n'
OPENS = "std::fs::read(std::env::args().nth(1).unwrap());"
RUST = "FROM rust:1.75-bookworm\nWORKDIR /app\nCOPY . .\n{}\nRUN cargo build --release\n{}\n"
CMD = 'CMD ["target/release/tool"]'


def final(folder: Path, text: str, code: str, files: tuple[str, ...]) -> str:
    """Return the final stage of a safe split."""
    own = {
        "Cargo.toml": MANIFEST,
        "src/main.rs": f"fn main() {{ {code} }}\n",
        "run.sh": "exec target/release/tool www\n",
    }
    for name, content in {**own, **dict.fromkeys(files, "x\n")}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    outcome = answer(text.encode(), options(()), BuildContext(folder)).outcome
    assert outcome.status.value == "rewritten", outcome.diagnostics
    assert outcome.rewritten is not None
    return outcome.rewritten[outcome.rewritten.rindex("\nFROM ") :]


WWW = ("www/index.html", "www/deny.toml", "www/src/a.rs")


@pytest.mark.parametrize(
    ("env", "cmd"),
    [
        ("ENV ROOT=/app/www", CMD),
        ("VOLUME /app/www", CMD),
        ("", 'CMD ["target/release/tool", "www"]'),
        ("", 'CMD ["target/release/tool", "--root=www"]'),
        ("", 'ENTRYPOINT ["target/release/tool"]\nCMD ["./www"]'),
        ("", "CMD target/release/tool www"),
        ("", 'CMD ["sh", "run.sh"]'),
    ],
)
def test_a_directory_that_the_program_is_told(tmp_path: Path, env: str, cmd: str) -> None:
    assert "COPY www /app/www\n" in final(tmp_path, RUST.format(env, cmd), OPENS, WWW)


def test_the_directory_is_not_told(tmp_path: Path) -> None:
    text = final(tmp_path, RUST.format("ENV ROOT=/app", CMD), OPENS, WWW)
    assert "COPY www/index.html /app/www/\n" in text
    assert "deny" not in text


@pytest.mark.parametrize(
    ("code", "files", "kept"),
    [
        (OPENS, ("templates/server.rs", "templates/x.txt"), "COPY templates "),
        ('std::fs::read(format!("examples/{}.rs", 1));', ("examples/a.rs",), "COPY examples "),
        ('std::fs::read(format!("src/parts/{name}.rs"));', ("src/parts/a.rs",), "COPY src/parts "),
    ],
)
def test_templates_that_are_sources_by_name(tmp_path: Path, code: str, files: tuple[str, ...], kept: str) -> None:
    assert kept in final(tmp_path, RUST.format("", CMD), code, files)


@pytest.mark.parametrize("file", ["src/more.rs", "tests/t.rs", "examples/e.rs", "build.rs", "part/src/lib.rs"])
def test_sources_stay_behind(tmp_path: Path, file: str) -> None:
    text = final(tmp_path, RUST.format("", CMD), OPENS, (file, "data/x"))
    assert "COPY data /app/data\n" in text
    assert ".rs" not in text
    assert file.partition("/")[0] not in text


CLOSED = 'std::fs::write("logs/app.log", "x");'


@pytest.mark.parametrize(
    ("code", "files", "kept"),
    [
        (CLOSED, ("logs/.gitkeep",), "COPY logs /app/logs\n"),
        (CLOSED, ("logs/README.md", "logs/old/a.txt"), "COPY logs/README.md /app/logs/\n"),
        (CLOSED, ("logs/old/a.txt",), "COPY logs /app/logs\n"),
        (OPENS, ("uploads/.gitkeep", "data/x"), "COPY uploads /app/uploads\n"),
        (OPENS, ("uploads/.gitignore", "uploads/a/.gitkeep"), "COPY uploads /app/uploads\n"),
        (OPENS, ("uploads/a/.keep",), "COPY uploads /app/uploads\n"),
    ],
)
def test_directories_that_the_program_writes_into(tmp_path: Path, code: str, files: tuple[str, ...], kept: str) -> None:
    assert kept in final(tmp_path, RUST.format("", CMD), code, files)


@pytest.mark.parametrize(
    "copy", ["COPY uploads uploads", "COPY uploads/.gitkeep uploads/", "COPY uploads/ /app/uploads/"]
)
def test_a_copy_that_makes_a_directory(tmp_path: Path, copy: str) -> None:
    text = RUST.format("", CMD).replace("COPY . .", f"COPY Cargo.toml .\nCOPY src src\n{copy}")
    assert f"{copy}\n" in final(tmp_path, text, OPENS, ("uploads/.gitkeep",))


@pytest.mark.parametrize(
    ("code", "files"),
    [
        (CLOSED, ("logs-of-others/.gitkeep",)),
        ("", ("logs/.gitkeep", "logs/a.txt")),
        (OPENS, (".gitignore", "src/.gitkeep")),
    ],
)
def test_directories_that_nothing_is_written_into(tmp_path: Path, code: str, files: tuple[str, ...]) -> None:
    text = final(tmp_path, RUST.format("", CMD), code, files)
    assert not any(word in text for word in ("COPY logs", "COPY src", ".gitignore"))
