"""The text for the second reader: the same lines, with the traps taken out."""

from __future__ import annotations

import pytest

from transformer.ir.source import Source
from transformer.parse.canonical import canonical
from transformer.parse.lines import scan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("FROM a\nRUN b\n", "FROM a\nRUN b\n", id="plain"),
        pytest.param("FROM a\n\n\nRUN b \\\n  c\n", "FROM a\n\n\nRUN b \\\n  c\n", id="blank lines and continuations"),
        pytest.param("\ufeffFROM a\r\n", "FROM a\n", id="BOM and CRLF"),
        pytest.param("RUN a \\\n\n# b\n c\n", "RUN a \\\n#\n#\n c\n", id="blank continuation line"),
        pytest.param("RUN a \\\n# c\n\n", "RUN a \n#\n\n", id="continuation into the end"),
        pytest.param("RUN a \\\\\nRUN b\n", "RUN a .\nRUN b\n", id="escaped escape"),
        pytest.param("RUN a \\\x0b\nRUN b\n", "RUN a .\nRUN b\n", id="escape before a vertical tab"),
        pytest.param("RUN\\\n a\n", "RUN \\\n a\n", id="escape glued to the keyword"),
        pytest.param("#check=a\n# Escape = `\nRUN a`\nb\n", "# syntax=x\n# escape=`\nRUN a`\nb\n", id="directives"),
        pytest.param("# c\n# escape=`\nRUN a`\n", "#\n#\nRUN a`\n", id="no directives"),
    ],
)
def test_canonical(text: str, expected: str) -> None:
    assert canonical(scan(Source.from_bytes("Dockerfile", text.encode()), {})) == expected


def test_heredoc_lines_become_comments() -> None:
    source = Source.from_bytes("Dockerfile", b"RUN a <<E\nRUN b\n\nE\nRUN c\n")
    assert canonical(scan(source, {1: 3})) == "RUN a <<E\n#\n#\n#\nRUN c\n"
