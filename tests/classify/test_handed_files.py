"""A file that a program hands to another one is in the new image."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext

GO = """FROM golang:1.22-bookworm
WORKDIR /app
COPY . .
RUN CGO_ENABLED=0 go build -o /app/hello .
CMD ["./hello"]
"""
GO_MAIN = """package main

import (
	"os"
	"os/exec"
)

func main() {
	_ = exec.ErrDot
	BODY
}
"""
GCC = """FROM gcc:12-bookworm
WORKDIR /app
COPY . .
RUN gcc -o hello hello.c
CMD ["./hello"]
"""


def final(folder: Path, world: str, body: str) -> str:
    """Return the final stage of the split of a program whose main function has this body."""
    if world == "go":
        (folder / "go.mod").write_text("module example.com/hello\n\ngo 1.22\n")
        (folder / "main.go").write_text(GO_MAIN.replace("BODY", body))
    else:
        (folder / "hello.c").write_text(f"#include <stdlib.h>\nint main(void) {{ {body} return 0; }}\n")
    (folder / "t.sh").write_text("ls\n")
    outcome = answer((GO if world == "go" else GCC).encode(), options(()), BuildContext(folder)).outcome
    assert outcome.rewritten is not None
    return outcome.rewritten.rpartition("\nFROM ")[2]


@pytest.mark.parametrize(
    ("world", "body"),
    [
        ("go", 'exec.Command("sh", "t.sh").Run()'),
        ("go", 'exec.Command("sh", "-c", "sh t.sh").Run()'),
        ("go", 'exec.Command("cat", "t.sh").Run()'),
        ("go", 'os.ReadFile("t.sh")'),
        ("gcc", 'system("sh t.sh");'),
        ("gcc", 'system("cat t.sh");'),
    ],
)
def test_it_is_there(tmp_path: Path, world: str, body: str) -> None:
    assert "t.sh" in final(tmp_path, world, body)


@pytest.mark.parametrize(("world", "body"), [("go", "os.Getpid()"), ("gcc", "getenv(0);")])
def test_nothing_names_it(tmp_path: Path, world: str, body: str) -> None:
    assert "t.sh" not in final(tmp_path, world, body)
