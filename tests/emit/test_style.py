"""House style: it moves lines and adds one comment, and says nothing else than the plain split."""

from __future__ import annotations

import pytest

from tests.cases import Case, solved, split_cases
from transformer.config import Options
from transformer.emit.dockerfile import emit
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.source import Source
from transformer.parse.parser import parse

COMMENT = "# The final image: what runs, without what only builds it."


def read(text: str) -> Dockerfile:
    dockerfile = parse(Source.from_bytes("Dockerfile", text.encode("utf-8", "surrogateescape")))
    assert not isinstance(dockerfile, Diagnostic)
    return dockerfile


@pytest.mark.parametrize("case", split_cases(), ids=lambda case: case.name)
@pytest.mark.parametrize("lines", [0, 1, 3])
def test_the_instructions_stay_and_one_comment_comes(case: Case, lines: int) -> None:
    values = solved(case.name).values
    dockerfile, plan = values["parse"], values["plan"]
    plain = read(emit(dockerfile, plan))
    text = emit(dockerfile, plan, Options(blank_lines=lines, comment=True))
    styled = read(text)
    assert [i.text for i in styled.instructions] == [i.text for i in plain.instructions]
    comments = [c.text for c in styled.comments]
    assert comments.count(COMMENT) == 1
    comments.remove(COMMENT)
    assert comments == [c.text for c in plain.comments]
    above = text.replace("\r\n", "\n").partition(COMMENT)[0]
    assert len(above) - len(above.rstrip("\n")) == lines + 1
    assert ("\r\n" in text) == ("\r\n" in dockerfile.source.text)
