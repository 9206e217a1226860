"""A library of the context that is compiled already: what it is linked with and runs stands in no source."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext

C = {"main.c": '#include "acme.h"\nint main(void) { return acme(); }\n', "acme.h": "int acme(void);\n"}
GO = {
    "main.go": 'package main\n\n// #include "acme.h"\nimport "C"\n\nfunc main() { C.acme() }\n',
    "go.mod": "module a\n",
}
RUST = {
    "Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n',
    "src/main.rs": 'extern "C" { fn acme() -> i32; }\nfn main() { unsafe { acme() }; }\n',
}
WORLDS = {
    "gcc:12-bookworm": (C, "gcc -o /usr/local/bin/app main.c -Llib -lacme", "app"),
    "golang:1.22-bookworm": (GO, "go build -o /usr/local/bin/app .", "app"),
    "rust:1.75-bookworm": (RUST, "cargo build --release", "target/release/app"),
}


def base(folder: Path, image: str, more: dict[str, str]) -> str:
    """Return the base of the final stage of a safe split; "" without one."""
    files, build, program = WORLDS[image]
    for name, content in {**files, **more}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    text = f'FROM {image}\nWORKDIR /app\nCOPY . .\nRUN {build}\nCMD ["{program}"]\n'
    outcome = answer(text.encode(), options(()), BuildContext(folder)).outcome
    rewritten = outcome.rewritten if outcome.status.value == "rewritten" else None
    return (rewritten or "").rpartition("\nFROM ")[2].partition("\n")[0]


@pytest.mark.parametrize("image", list(WORLDS))
@pytest.mark.parametrize("file", ["lib/libacme.so", "lib/libacme.so.1", "lib/libacme.a", "part.o"])
def test_every_tool_stays(tmp_path: Path, image: str, file: str) -> None:
    assert base(tmp_path, image, {file: "\x7fELF"}).startswith("buildpack-deps:bookworm")


@pytest.mark.parametrize("image", list(WORLDS))
@pytest.mark.parametrize("file", ["lib/readme.txt", "vendor/acme/libacme.a"])
def test_no_library(tmp_path: Path, image: str, file: str) -> None:
    assert base(tmp_path, image, {file: "x"}) == "debian:bookworm-slim"
