"""The whole text of a split: what moves, what stays, and every byte that is nobody's business."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.emit.plans import carry, cut, read, split
from transformer.emit.dockerfile import emit
from transformer.ir.plan import Added, Kept, TextEdit
from transformer.ir.source import Span

HELLO = """\
FROM ubuntu:18.04

RUN apt-get update
RUN apt-get install -y gcc
ADD hello.c /build/hello.c
RUN gcc /build/hello.c -o /build/hello
ENTRYPOINT ["/build/hello"]
"""
HELLO_SPLIT = """\
FROM ubuntu:18.04 AS build

RUN apt-get update
RUN apt-get install -y gcc
ADD hello.c /build/hello.c
RUN gcc /build/hello.c -o /build/hello

FROM ubuntu:18.04
COPY --from=build /build/hello /build/hello
ENTRYPOINT ["/build/hello"]
"""


def hello(text: str) -> str:
    """Split a text that has the six instructions of the hello world."""
    file = read(text)
    return emit(file, split(file, 4, (carry(4, "/build/hello"), Kept(5)), base="ubuntu:18.04"))


def test_hello_world_is_the_example_of_the_design() -> None:
    assert hello(HELLO) == HELLO_SPLIT


PYTHON = """\
FROM python:3.12
WORKDIR /app
# psycopg2 is built from source
RUN apt-get update && apt-get install -y --no-install-recommends gcc libpq-dev && rm -rf /var/lib/apt/lists/*
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
EXPOSE 8000
CMD ["gunicorn", "-b", "0.0.0.0:8000", "app:app"]
"""
PYTHON_SPLIT = """\
FROM python:3.12 AS build
WORKDIR /app
# psycopg2 is built from source
RUN apt-get update && apt-get install -y --no-install-recommends gcc libpq-dev && rm -rf /var/lib/apt/lists/*
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

FROM python:3.12-slim
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends libpq5 && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/lib/python3.12/site-packages /usr/local/lib/python3.12/site-packages
COPY --from=build /usr/local/bin /usr/local/bin
COPY . .
EXPOSE 8000
CMD ["gunicorn", "-b", "0.0.0.0:8000", "app:app"]
"""


def test_python_is_the_second_example_of_the_design() -> None:
    file = read(PYTHON)
    (gcc,) = cut(file, "gcc ")
    (dev,) = cut(file, "libpq-dev")
    final = (
        Kept(1),
        Kept(2, (gcc, TextEdit(dev.span, "libpq5"))),
        carry(4, "/usr/local/lib/python3.12/site-packages"),
        carry(4, "/usr/local/bin"),
        Kept(5),
        Kept(6),
        Kept(7),
    )
    assert emit(file, split(file, 4, final, base="python:3.12-slim")) == PYTHON_SPLIT


BYTES = [
    pytest.param(lambda text: text.replace("\n", "\r\n"), id="crlf"),
    pytest.param(lambda text: "\ufeff" + text, id="byte order mark"),
    pytest.param(lambda text: "# syntax=docker/dockerfile:1\n# escape=`\n" + text, id="directives"),
    pytest.param(lambda text: "\n\n# a file of ours\n\n" + text, id="header"),
    pytest.param(lambda text: text + "\n\n# vim: ft=dockerfile\n", id="footer"),
    pytest.param(lambda text: text.replace("apt-get update", "apt-get update # caf\udce9"), id="no utf-8"),
    pytest.param(
        lambda text: text.replace("RUN", "run").replace("apt-get update", "apt-get  \\\n\n update"), id="messy"
    ),
    pytest.param(lambda text: text.removesuffix("\n"), id="no final newline"),
    pytest.param(lambda text: text + "\n\n\n", id="many final newlines"),
]


@pytest.mark.parametrize("change", BYTES)
def test_bytes_outside_of_the_cut_stay(change) -> None:  # type: ignore[no-untyped-def]
    assert hello(change(HELLO)) == change(HELLO_SPLIT)


def test_a_file_that_ends_with_a_continuation_into_nothing() -> None:
    assert hello(HELLO.removesuffix("\n") + " \\") == HELLO_SPLIT.removesuffix("\n")


def test_a_build_that_ends_with_the_file_does_not_swallow_the_second_stage() -> None:
    file = read("FROM a\nCMD x\nRUN make \\")
    assert emit(file, split(file, 2, (carry(2, "/x"), Kept(1)), moved=(1,))) == (
        "FROM a AS build\nRUN make\n\nFROM debian:12\nCOPY --from=build /x /x\nCMD x"
    )


MOVES = [
    pytest.param(
        """\
        FROM a

        LABEL x=1

        RUN make
        CMD x
        """,
        (1,),
        (Kept(1), carry(2, "/x"), Kept(3)),
        """\
        FROM a AS build

        RUN make

        FROM debian:12

        LABEL x=1

        COPY --from=build /x /x
        CMD x
        """,
        id="a blank line on each side becomes one",
    ),
    pytest.param(
        """\
        FROM a
        # who wrote it
        # and when
        LABEL x=1
        EXPOSE 80
        RUN make
        CMD x
        """,
        (1, 2),
        (Kept(1), Kept(2), carry(3, "/x"), Kept(4)),
        """\
        FROM a AS build
        RUN make

        FROM debian:12
        # who wrote it
        # and when
        LABEL x=1
        EXPOSE 80
        COPY --from=build /x /x
        CMD x
        """,
        id="comments directly above travel",
    ),
    pytest.param(
        """\
        FROM a

        # ---- the settings ----

        EXPOSE 80

        # the program
        RUN make

        # ---- start ----


        # it starts here
        CMD x
        """,
        (1,),
        (Kept(1), carry(2, "/x"), Kept(3)),
        """\
        FROM a AS build

        # ---- the settings ----

        # the program
        RUN make

        FROM debian:12

        EXPOSE 80

        COPY --from=build /x /x

        # ---- start ----

        # it starts here
        CMD x
        """,
        id="loose comments stay in the builder and travel behind it",
    ),
    pytest.param(
        """\
        FROM a
        # where it lives
        WORKDIR /x
        RUN make
        # unused
        RUN rm -rf /tmp/x
        CMD x
        """,
        (),
        (Kept(1), carry(2, "/x"), Kept(4)),
        """\
        FROM a AS build
        # where it lives
        WORKDIR /x
        RUN make

        FROM debian:12
        WORKDIR /x
        COPY --from=build /x /x
        CMD x
        """,
        id="comments of both stages stay in the builder and those of nothing go",
    ),
    pytest.param(
        """\
        FROM a
        RUN make one

        RUN make two

        RUN make links

        # finally
        CMD x
        """,
        (),
        (carry(1, "/one"), carry(2, "/two"), Added(3, "RUN ldconfig"), Kept(4)),
        """\
        FROM a AS build
        RUN make one

        RUN make two

        RUN make links

        FROM debian:12
        COPY --from=build /one /one
        COPY --from=build /two /two

        RUN ldconfig

        # finally
        CMD x
        """,
        id="carried paths stand together",
    ),
]


@pytest.mark.parametrize(("before", "moved", "final", "after"), MOVES)
def test_layout(before, moved, final, after) -> None:  # type: ignore[no-untyped-def]
    file = read(dedent(before))
    end = max(i.index for i in file.instructions if i.text.startswith("RUN make"))
    assert emit(file, split(file, end, final, moved=moved)) == dedent(after)


def test_a_blank_line_with_a_tab_is_kept_as_it_is() -> None:
    file = read("FROM a\nRUN make\n\t\nCMD x\n")
    assert emit(file, split(file, 1, (carry(1, "/x"), Kept(2)))).endswith("/x /x\n\t\nCMD x\n")


def test_builder_lines_end_the_builder() -> None:
    file = read("FROM a\nRUN make\nCMD x\n")
    assert emit(file, split(file, 1, (Kept(2),), lines=("RUN strip /x \\\n  /y", "RUN rm /z"))) == (
        "FROM a AS build\nRUN make\nRUN strip /x \\\n  /y\nRUN rm /z\n\nFROM debian:12\nCMD x\n"
    )


def test_our_lines_are_written_with_the_escape_character_of_the_file() -> None:
    file = read("# escape=`\r\nFROM a\r\nRUN make\r\nCMD x\r\n")
    text = emit(file, split(file, 1, (Added(1, "RUN a && \\\n    b"), Kept(2))))
    assert text.endswith("FROM debian:12\r\nRUN a && `\r\n    b\r\nCMD x\r\n")


def test_comments_go_with_the_bytes_they_were_written_for() -> None:
    file = read("FROM a\nRUN make\n# link\nRUN make links && useradd u\nCMD x\n")
    final = (Added(2, "RUN ldconfig"), Kept(2, cut(file, "make links && ")), Kept(3))
    assert emit(file, split(file, 1, final)).endswith("\nFROM debian:12\nRUN ldconfig\n# link\nRUN useradd u\nCMD x\n")


def test_a_global_argument_may_be_added_above_the_first_stage() -> None:
    file = read("# the base\nFROM a\nRUN make\nCMD x\n")
    at = file.instructions[0].span.start
    plan = split(file, 1, (Kept(2),), edits=(TextEdit(Span(at, at), "ARG TAG=1\n"),))
    assert emit(file, plan).startswith("# the base\nARG TAG=1\nFROM a AS build\nRUN make\n")


def test_an_edit_that_would_get_lost_is_an_error() -> None:
    file = read("FROM a\n\nLABEL x=1\nRUN make\nCMD x\n")
    plan = split(file, 2, (Kept(1), Kept(3)), moved=(1,), edits=cut(file, "x=1"))
    with pytest.raises(ValueError, match="lies in no instruction of the builder"):
        emit(file, plan)


INSTRUCTIONS = st.lists(
    st.sampled_from(["RUN make", "ENV A=1", "# word", "", "  ", "LABEL b=c", "run a && \\\n  b", "COPY a b"]),
    max_size=12,
)


@given(above=INSTRUCTIONS, below=INSTRUCTIONS, newline=st.sampled_from(["\n", "\r\n"]), final=st.booleans())
def test_nothing_but_the_cut_is_added(above: list[str], below: list[str], newline: str, final: bool) -> None:
    """Builder and kept lines taken together are the old file, line for line, apart from runs of blank lines."""
    text = "\n".join(["FROM a", *above, "RUN last", *below, "CMD x"]).replace("\n", newline) + newline * final
    file = read(text)
    end = next(i.index for i in file.instructions if i.text == "RUN last")
    after = emit(file, split(file, end, tuple(Kept(i.index) for i in file.instructions[end + 1 :])))
    builder, _, kept = after.partition(newline + newline + "FROM debian:12")
    assert builder == text[: file.instructions[end].span.end].replace("FROM a", "FROM a AS build", 1)
    assert words(kept) == words(text[file.instructions[end].span.end :])
    assert after.endswith(newline) == final
    assert after.count("\n") == after.count(newline)


def words(text: str) -> list[str]:
    """Return the lines that say something."""
    return [line.rstrip("\r") for line in text.split("\n") if line.strip()]


@given(order=st.permutations(range(1, 5)), count=st.integers(0, 4))
def test_moved_instructions_leave_no_doubled_blank_lines(order: list[int], count: int) -> None:
    file = read("FROM a\n\nLABEL a=1\n\n# two\nLABEL b=2\n\nLABEL c=3\nLABEL d=4\n\nRUN make\n\nCMD x\n")
    moved = tuple(sorted(order[:count]))
    after = emit(file, split(file, 5, (*map(Kept, moved), carry(5, "/x"), Kept(6)), moved=moved))
    assert "\n\n\n" not in after
    assert words(after).count("# two") == 1


def test_same_text_for_the_same_plan() -> None:
    file = read(HELLO)
    plan = split(file, 4, (carry(4, "/build/hello"), Kept(5)))
    assert emit(file, plan) == emit(replace(file), replace(plan))
