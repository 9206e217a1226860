"""What the documentation shows on a console is what the command prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.console import Example, examples, fits, run
from tests.docs.pages import REPO, Block, Page, pages

BLOCKS = [
    pytest.param(page, block, id=f"{page.path.relative_to(REPO)}:{block.line}")
    for page in pages()
    for block in page.blocks
    if block.marker == "run"
]


@pytest.mark.parametrize(("page", "block"), BLOCKS)
def test_a_console_block_shows_what_is_printed(page: Page, block: Block, tmp_path: Path) -> None:
    folder = tmp_path / "playground"
    folder.mkdir()
    for name, file in ((b.marker.removeprefix("file: "), b) for b in page.blocks if b.marker.startswith("file: ")):
        (folder / name).write_text(file.text, encoding="utf-8")
    commands = examples(block.text)
    assert commands
    printed = run(commands, folder)
    assert len(printed) == len(commands)
    for example, output in zip(commands, printed, strict=True):
        assert fits(example.output, output), f"$ {example.command}\n{output}"


def test_every_console_block_is_run() -> None:
    forgotten = [
        f"{page.path.name}:{block.line}"
        for page in pages()
        for block in page.blocks
        if block.language == "console" and block.marker != "run"
    ]
    assert not forgotten


def test_the_readme_has_console_blocks() -> None:
    readme = next(page for page in pages() if page.path.name == "README.md")
    assert any(block.marker == "run" for block in readme.blocks)


def test_a_block_is_cut_at_its_commands() -> None:
    text = "$ a \\\n  b\nout\n\n$ c\n"
    assert examples(text) == (Example("a \\\n  b", "out"), Example("c", ""))


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a\nb", "a\nb\n\n", True),
        ("a\n...\nd", "a\nb\nc\nd\n", True),
        ("a\n...", "a\n", True),
        ("", "", True),
        ("", "a\n", False),
        ("a", "a\nb\n", False),
        ("a.c", "abc\n", False),
    ],
)
def test_only_three_dots_stand_for_other_lines(expected: str, printed: str, same: bool) -> None:
    assert fits(expected, printed) is same
