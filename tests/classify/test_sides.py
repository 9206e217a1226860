"""The pragmas that give an instruction its side: whatever they say of which one, no wrong split comes out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cases import Case, all_cases, solve
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.source import Source
from transformer.parse.parser import parse

CASES = [case for case in all_cases() if "\r" not in case.data.decode("utf-8", "replace")]


def read(data: bytes) -> Dockerfile | None:
    dockerfile = parse(Source.from_bytes("Dockerfile", data))
    return None if isinstance(dockerfile, Diagnostic) else dockerfile


def marked(data: bytes, side: str) -> Iterator[bytes]:
    """Yield the file once for each instruction that may have a side, with the pragma above it."""
    dockerfile = read(data)
    for instruction in dockerfile.instructions if dockerfile is not None else ():
        if instruction.keyword in {"RUN", "COPY", "ADD"}:
            text, at = dockerfile.source.text, instruction.span.start  # type: ignore[union-attr]
            yield f"{text[:at]}# dockerfix: {side}\n{text[at:]}".encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("side", ["build", "runtime"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_side_of_any_instruction_makes_a_split_that_our_own_check_stops(case: Case, side: str) -> None:
    for data in marked(case.data, side):
        outcome = solve(case, data).outcome
        assert not [(d.message, data) for d in outcome.diagnostics if d.code.startswith("DF9")]
        if outcome.rewritten is not None:
            again = solve(case, outcome.rewritten.encode("utf-8", "surrogateescape")).outcome
            assert [d.code for d in again.diagnostics] == ["DF404"], "its pragmas still stand above what has a side"


FILE = """FROM debian:bookworm
RUN apt-get update && apt-get install -y gcc libc6-dev
{above}COPY hello.c /src/
RUN gcc /src/hello.c \\
{inside}    -o /usr/local/bin/hello
{last}CMD ["hello"]
{behind}"""
MISUSED = [
    ({"inside": "# dockerfix: build\n"}, "stands above no instruction"),
    ({"behind": "# dockerfix: build\n"}, "stands above no instruction"),
    ({"last": "# dockerfix: runtime\n"}, "stands above CMD"),
    ({"above": "# dockerfix: runtime\n# dockerfix: build\n"}, "both sides"),
    ({"above": "# dockerfix: build=copy\n"}, "is not known"),
]


@pytest.mark.parametrize(("lines", "said"), MISUSED, ids=[said for _, said in MISUSED])
def test_a_side_without_an_instruction_is_refused(lines: dict[str, str], said: str) -> None:
    text = FILE.format(**{"above": "", "inside": "", "last": "", "behind": ""} | lines)
    hello = next(case for case in all_cases() if case.name == "c-hello")
    (found,) = solve(hello, text.encode()).outcome.diagnostics
    assert found.code in {"DF418", "DF423"}
    assert said in found.message
