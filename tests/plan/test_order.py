"""What stands before a line of the final stage that needs it: the ARG that it names, the tree that it writes into."""

from __future__ import annotations

import pytest

from tests.cases import answer
from transformer.config import Options
from transformer.ir.plan import Outcome

HEAD = "FROM debian:bookworm\nRUN apt-get update && apt-get install -y wget gcc make libc6-dev\n"


def _outcome(text: str) -> Outcome:
    return answer((HEAD + text).encode(), Options(unsafe=True), None).outcome


def _final(text: str) -> str:
    return str(_outcome(text).rewritten).partition("\nFROM debian:bookworm\n")[2]


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (("NAME=a", "OTHER=b"), []),
        (("NAME=a", "FOLDER=/srv/x"), ["FOLDER"]),
        (("NAME=a", "FOLDER=/srv/$NAME"), ["NAME", "FOLDER"]),
        (("NAME=a", "MIDDLE=${NAME}", "FOLDER=/srv/$MIDDLE"), ["NAME", "MIDDLE", "FOLDER"]),
        (("NAME=a", "NAMES=b", "FOLDER=/srv/$NAMES"), ["NAMES", "FOLDER"]),
    ],
)
def test_an_argument_stays_with_the_one_that_names_it(arguments: tuple[str, ...], kept: list[str]) -> None:
    lines = "".join(f"ARG {one}\n" for one in arguments)
    used = "WORKDIR $FOLDER\n" if "FOLDER" in lines else ""
    text = _final(f"{lines}{used}COPY a.c /src/\nRUN gcc -o /usr/local/bin/a /src/a.c\nCMD a\n")
    assert [line.split()[1].partition("=")[0] for line in text.splitlines() if line.startswith("ARG")] == kept


@pytest.mark.parametrize(
    ("after", "order"),
    [
        ("npm install -g grunt && echo 1 > /etc/made", ["COPY", "RUN"]),
        ("echo 1 > /etc/made", ["RUN", "COPY"]),
    ],
)
def test_a_tree_is_there_before_a_command_of_the_same_run_writes_into_it(after: str, order: list[str]) -> None:
    fetch = "RUN echo 1 > /usr/local/etc/rc\nRUN wget http://example.com/node-v1.tar.gz && tar xzf node-v1.tar.gz"
    build = "cd node-v1 && ./configure && make && make install && cd /"
    lines = _final(f"{fetch} && {build} && {after}\nCMD node\n").splitlines()
    last = after.rpartition("&& ")[2]
    assert [line.split()[0] for line in lines if last in line or line.endswith(" /usr/local /usr/local")] == order
