"""What the tool emits for the fixtures is right, and a finding can be understood."""

from __future__ import annotations

import pytest

from tests.cases import answer
from tests.validate.solved import Solved, from_answer, named, split
from transformer.config import Options


@pytest.mark.parametrize("solved", split(), ids=lambda solved: solved.name)
def test_what_is_emitted_validates(solved: Solved) -> None:
    assert solved.judge(solved.emitted) == ()


def test_a_finding_names_the_law_and_the_line() -> None:
    solved = named("c-hello")
    finding = solved.judge(solved.emitted.replace("ENTRYPOINT", "LABEL a=b\nENTRYPOINT"))[0]
    assert finding.code == "DF901"
    assert finding.message == "nothing invented: line 10 of the rewrite, `LABEL a=b`: it does not stand in the original"
    assert finding.position is not None
    assert finding.position.line == 10


def test_what_is_lost_is_shown_in_the_original() -> None:
    solved = named("c-hello")
    finding = solved.judge(solved.emitted.replace('ENTRYPOINT ["/build/hello"]\n', ""))[0]
    assert finding.message.startswith('nothing lost: line 7, `ENTRYPOINT ["/build/hello"]`')


def test_text_that_is_no_dockerfile_is_one_finding() -> None:
    (finding,) = named("c-hello").judge("hello\n")
    assert finding.message.startswith("it parses: ")


APPENDED = b"""FROM debian:bookworm
RUN apt-get update && apt-get install -y gcc libc6-dev make wget
RUN wget -O /tmp/a.tgz https://example.org/a.tgz && tar xzf /tmp/a.tgz -C /tmp && cd /tmp/a \\
 && ./configure --prefix=/opt/a && make && make install
RUN echo "option" >> /opt/a/etc/a.conf
COPY b.c /tmp/
RUN gcc -o /usr/local/bin/b /tmp/b.c
CMD ["/opt/a/bin/a"]
"""


def test_what_the_builder_did_to_an_artifact_is_not_done_again() -> None:
    """The carried tree holds the option already, whatever the plan makes of the line."""
    solved = from_answer("appended", answer(APPENDED, Options(unsafe=True), None))
    if solved is not None:
        once, line = solved.emitted, 'RUN echo "option" >> /opt/a/etc/a.conf\n'
        builder, _, final = once.rpartition("FROM debian")
        twice = once if line in final else f"{builder}FROM debian{final.replace('CMD', line + 'CMD')}"
        assert solved.judge(twice)
