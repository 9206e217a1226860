"""Which commands of a script read what does not stand in it."""

from __future__ import annotations

import pytest

from transformer.shell import parse_script
from transformer.shell.command_lines import commands


@pytest.mark.parametrize(
    ("text", "fed"),
    [
        ("sh", []),
        ("echo ls | sh", []),
        ("printf 'ls\n' | sh -e", []),
        ("cat <<X | sh\nls\nX", []),
        ("sh <<X\nls\nX", []),
        ("sh <<< ls", []),
        ("ls > f", []),
        ("cat f | sh <<X\nls\nX", []),
        ("sh < f", ["sh"]),
        ("cat f | sh", ["sh"]),
        ("cat f | tee g | sh", ["tee", "sh"]),
        ('echo "$X" | sh', ["sh"]),
        ("echo $(cat f) | sh", ["sh"]),
        ("(ls; sh) < f", ["ls", "sh"]),
        ("ls | { cd x; sh; }", ["cd", "sh"]),
        ("if a; then sh < f; fi", ["sh"]),
        ("while read x; do sh; done", []),
        ("while read x; do sh; done < f", ["read", "sh"]),
    ],
)
def test_what_is_fed(text: str, fed: list[str]) -> None:
    assert [line.words[0] for line in commands(parse_script(text)) if line.fed and line.words] == fed


def test_what_input_comes_from_is_named() -> None:
    (line,) = commands(parse_script('sort -u < "/etc/x" > y'))
    assert line.words == ("sort", "-u")
    assert line.reads == ("/etc/x",)
