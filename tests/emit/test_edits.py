"""Deletions that a reviewer would not notice: what is left reads as if it had always been so."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.emit.edits import apply_edits
from transformer.emit.physical import Shape
from transformer.ir.plan import TextEdit
from transformer.ir.source import Span


def without(text: str, *parts: str, shape: Shape | None = None) -> str:
    """Delete the first place of each part."""
    spans = [Span(text.index(part), text.index(part) + len(part)) for part in parts]
    return apply_edits(text, [TextEdit(span, "") for span in spans], shape or Shape(body=4))


def block(text: str) -> str:
    """Return an indented literal as the text of an instruction: without its last line end."""
    return dedent(text).removesuffix("\n")


NOOP = [
    "RUN a \\\n\n   # b\n  && c  ",
    "RUN a \\",
    "RUN <<EOF\n\n# a\n\nEOF",
    "FROM a\t",
    "RUN a\\\nb",
    "RUN a \r\n",
]


@pytest.mark.parametrize("text", NOOP)
def test_no_edit_no_change(text: str) -> None:
    assert apply_edits(text, []) == text


@pytest.mark.parametrize("text", NOOP)
def test_an_edit_that_changes_nothing_changes_nothing(text: str) -> None:
    assert apply_edits(text, [TextEdit(Span(0, 0), "")]) == text


TRAILING = """\
RUN apt-get update && \\
    # the compiler
    apt-get install -y gcc && \\
    # the program
    make && \\
    # clean up
    rm -rf /x"""
LEADING = """\
RUN apt-get update \\
    # packages
    && apt-get install -y \\
        gcc \\
        libpq5 \\
    # the program
    && make \\
    && rm -rf /x"""
GROUPS = """\
RUN apt-get install -y \\
    # compilers
    gcc \\
    g++ \\
    # libraries
    libpq5"""

DELETIONS = [
    pytest.param(
        TRAILING,
        "apt-get install -y gcc && \\\n    # the program\n    ",
        """\
        RUN apt-get update && \\
            # the program
            make && \\
            # clean up
            rm -rf /x
        """,
        id="trailing connectors: a command and what follows it",
    ),
    pytest.param(
        TRAILING,
        " && \\\n    # the compiler\n    apt-get install -y gcc",
        """\
        RUN apt-get update && \\
            # the program
            make && \\
            # clean up
            rm -rf /x
        """,
        id="trailing connectors: a command and what comes before it",
    ),
    pytest.param(
        TRAILING,
        " && \\\n    # clean up\n    rm -rf /x",
        """\
        RUN apt-get update && \\
            # the compiler
            apt-get install -y gcc && \\
            # the program
            make
        """,
        id="the last command",
    ),
    pytest.param(
        TRAILING,
        "apt-get update && \\\n    # the compiler\n    ",
        """\
        RUN \\
            # the compiler
            apt-get install -y gcc && \\
            # the program
            make && \\
            # clean up
            rm -rf /x
        """,
        id="the first command above a comment",
    ),
    pytest.param(
        LEADING,
        "make \\\n    && ",
        """\
        RUN apt-get update \\
            # packages
            && apt-get install -y \\
                gcc \\
                libpq5 \\
            && rm -rf /x
        """,
        id="leading connectors: a command and what follows it",
    ),
    pytest.param(
        LEADING,
        " \\\n    # the program\n    && make",
        """\
        RUN apt-get update \\
            # packages
            && apt-get install -y \\
                gcc \\
                libpq5 \\
            && rm -rf /x
        """,
        id="leading connectors: a command and what comes before it",
    ),
    pytest.param(
        LEADING,
        " \\\n    # packages\n    && apt-get install -y \\\n        gcc \\\n        libpq5",
        """\
        RUN apt-get update \\
            # the program
            && make \\
            && rm -rf /x
        """,
        id="a command of several lines",
    ),
    pytest.param(
        LEADING,
        "apt-get install -y \\\n        gcc \\\n        libpq5 \\\n    # the program\n    && ",
        """\
        RUN apt-get update \\
            # the program
            && make \\
            && rm -rf /x
        """,
        id="the comment of the command that is kept stays",
    ),
    pytest.param(
        "RUN set -eux; \\\n\tmake; \\\n\trm /x",
        "set -eux; \\\n\tmake; \\\n\t",
        "RUN rm /x",
        id="all but the last",
    ),
    pytest.param("RUN set -eux; \\\n\tmake; \\\n\trm /x", "; \\\n\tmake", "RUN set -eux; \\\n\trm /x", id="semicolons"),
    pytest.param("RUN set -eux; \\\n\tmake; \\\n\trm /x", "rm /x", "RUN set -eux; \\\n\tmake", id="dangling semicolon"),
    pytest.param("RUN a \\\n && b", "b", "RUN a", id="dangling connector on its own line goes as well"),
    pytest.param("RUN a && \\\n  b", "b", "RUN a", id="dangling connector"),
    pytest.param(
        "RUN find / -exec rm {} \\; && \\\n  b", "&& \\\n  b", "RUN find / -exec rm {} \\;", id="escaped semicolon"
    ),
    pytest.param("RUN a && b && c", "a && ", "RUN b && c", id="one line: first"),
    pytest.param("RUN a && b && c", " && b", "RUN a && c", id="one line: middle"),
    pytest.param("RUN a && b && c", "b &&", "RUN a && c", id="one line: stray space"),
    pytest.param("RUN a \\\n   && b && c", " \\\n   && b", "RUN a \\\n   && c", id="a line keeps its own place"),
    pytest.param("RUN a && \\\n   b; c", "a && \\\n   b; ", "RUN c", id="keyword left alone"),
    pytest.param("RUN \\\n   a && \\\n   b", "a && \\\n   ", "RUN \\\n   b", id="keyword was alone before"),
    pytest.param("run a \\\n\n   && b \\\n\n   && c", " \\\n\n   && b", "run a \\\n\n   && c", id="blank lines inside"),
]


@pytest.mark.parametrize(("before", "part", "after"), DELETIONS)
def test_deleted_commands(before: str, part: str, after: str) -> None:
    assert without(before, part) == (block(after) if after.startswith(" ") else after)


WORDS = [
    pytest.param("RUN x gcc libpq5", ["gcc"], "RUN x libpq5", id="middle"),
    pytest.param("RUN x gcc libpq5", ["libpq5"], "RUN x gcc", id="last"),
    pytest.param("RUN x gcc make libpq5", ["gcc", "make"], "RUN x libpq5", id="two neighbours"),
    pytest.param("RUN x gcc make \\\n  libpq5", ["gcc", "make"], "RUN x \\\n  libpq5", id="a line's rest"),
    pytest.param("RUN x gcc \\\n  make libpq5", ["gcc \\\n  make"], "RUN x libpq5", id="over a line end"),
    pytest.param("RUN x\\\n gcc \\\nlibpq5", ["gcc"], "RUN x \\\nlibpq5", id="words never grow together"),
    pytest.param(GROUPS, ["gcc"], GROUPS.replace("    gcc \\\n", ""), id="a comment of two words stays with one"),
    pytest.param(
        GROUPS,
        [" \\\n    # compilers\n    gcc"],
        GROUPS.replace("    gcc \\\n", ""),
        id="even if it lies between the word and the one before",
    ),
    pytest.param(
        GROUPS, ["gcc", "g++"], "RUN apt-get install -y \\\n    # libraries\n    libpq5", id="and goes with both"
    ),
    pytest.param(GROUPS, ["libpq5"], GROUPS[: GROUPS.index(" \\\n    # lib")], id="the last line and its comment"),
    pytest.param(
        "RUN x \\\n  libpq5 \\\n  # compiler\n  gcc g++ \\\n && y",
        ["gcc g++"],
        "RUN x \\\n  libpq5 \\\n && y",
        id="the next command is no part of the group",
    ),
    pytest.param("RUN x \\\n  a \\\n  b && \\\n  y", ["b"], "RUN x \\\n  a && \\\n  y", id="the connector moves up"),
    pytest.param("RUN x \\\n  a \\\n  b; \\\n  y", ["b"], "RUN x \\\n  a; \\\n  y", id="and the semicolon"),
    pytest.param("ENV A=1 \\\n    B=2 \\\n    C=3", ["B=2"], "ENV A=1 \\\n    C=3", id="a pair of ENV"),
    pytest.param("ENV A=1 \\\n    B=2", ["A=1"], "ENV B=2", id="the first pair of ENV"),
]


@pytest.mark.parametrize(("before", "parts", "after"), WORDS)
def test_deleted_words(before: str, parts: list[str], after: str) -> None:
    assert without(before, *parts) == after


def test_insertions_and_replacements() -> None:
    edits = [TextEdit(Span(5, 6), "b"), TextEdit(Span(0, 0), "ARG X=1\n"), TextEdit(Span(6, 6), " AS build")]
    assert apply_edits("FROM a  ", edits, Shape(newline="\r\n", body=5)) == "ARG X=1\r\nFROM b AS build  "


def test_a_replacement_beside_a_deletion_keeps_its_distance() -> None:
    edits = [TextEdit(Span(6, 10), ""), TextEdit(Span(10, 19), "libpq5")]
    assert apply_edits("RUN x gcc libpq-dev && y", edits, Shape(body=4)) == "RUN x libpq5 && y"


def test_a_replacement_over_lines_stands_where_it_began() -> None:
    assert apply_edits("RUN a \\\n  b \\\n  c", [TextEdit(Span(4, 11), "d")], Shape(body=4)) == "RUN d \\\n  c"


def test_other_escape_character_and_line_ends() -> None:
    before = "RUN a `\r\n  && b `\r\n  && c \\"
    assert without(before, " `\r\n  && b", shape=Shape("`", "\r\n", 4)) == "RUN a `\r\n  && c \\"
    assert without(before, "&& c \\", shape=Shape("`", "\r\n", 4)) == "RUN a `\r\n  && b"
    assert apply_edits("RUN a", [TextEdit(Span(5, 5), " && \\\n b")], Shape("`", "\r\n", 4)) == "RUN a && `\r\n b"


HEREDOC = "RUN <<EOF\nset -e\nmake \\\n  all\n# why\nrm /x\nEOF"


@pytest.mark.parametrize(
    ("part", "after"),
    [
        ("make \\\n  all\n", "RUN <<EOF\nset -e\n# why\nrm /x\nEOF"),
        ("  all", "RUN <<EOF\nset -e\nmake\n# why\nrm /x\nEOF"),
        ("# why\nrm /x\n", "RUN <<EOF\nset -e\nmake \\\n  all\nEOF"),
    ],
)
def test_bodies_of_heredocs_have_the_continuations_of_the_shell(part: str, after: str) -> None:
    body = Span(HEREDOC.index("set"), HEREDOC.rindex("EOF"))
    assert without(HEREDOC, part, shape=Shape("`", body=4, heredocs=(body,))) == after


def test_a_word_that_goes_on_in_the_next_line_stays_one() -> None:
    text = "RUN apt-get install gcc && rm -rf /var/l\\\nib && make"
    assert without(text, "apt-get install gcc && ") == "RUN rm -rf /var/l\\\nib && make"
    assert without(text, " && make") == "RUN apt-get install gcc && rm -rf /var/l\\\nib"


@pytest.mark.parametrize("spans", [[(0, 2), (1, 3)], [(2, 1)], [(0, 99)], [(-1, 0)]])
def test_edits_that_overlap_or_lie_outside_are_errors(spans: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="overlaps another one or lies outside"):
        apply_edits("RUN a", [TextEdit(Span(*span), "") for span in spans])


@st.composite
def chains(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """Draw a RUN of numbered commands in the style of some author, and the place of each command."""
    lead, glue = draw(st.sampled_from([("", "; "), ("&& ", " "), ("", " && ")]))
    text, spans = "RUN ", []
    for number in range(draw(st.integers(2, 6))):
        if number:
            text += glue if glue.strip() else " "
            gaps = ["", "\\\n    ", "\\\n\t# note\n\t", "\\\n\n  ", "\\\n  \\\n\\\n# note\n "]
            text += draw(st.sampled_from(gaps)) + lead
        spans.append(Span(len(text), len(text) + len(f"c{number}")))
        text += f"c{number}"
    return text, spans


def commands(text: str) -> list[str]:
    """Return the commands of a RUN as BuildKit and the shell see them."""
    lines = [line for line in text.split("\n") if line.strip() and not line.strip().startswith("#")]
    joined = re.sub(r"\\\n", "", "\n".join(lines))
    assert "\n" not in joined, joined
    return [part.strip() for part in re.split(r"&&|;", joined.removeprefix("RUN "))]


@given(chain=chains(), data=st.data())
def test_any_run_of_commands_can_be_deleted_with_either_connector(
    chain: tuple[str, list[Span]], data: st.DataObject
) -> None:
    text, spans = chain
    first = data.draw(st.integers(0, len(spans) - 1))
    last = data.draw(st.integers(first, len(spans) - 1 - (first == 0)))
    before = first > 0 and (last == len(spans) - 1 or data.draw(st.booleans()))
    span = Span(spans[first - 1].end, spans[last].end) if before else Span(spans[first].start, spans[last + 1].start)
    after = apply_edits(text, [TextEdit(span, "")], Shape(body=4))
    assert commands(after) == [f"c{n}" for n in range(len(spans)) if not first <= n <= last]
    lines = after.split("\n")
    assert not any(line.strip(" \t\\") in {"", "&&", ";"} for line in lines if line not in text.split("\n"))
    assert not lines[-1].endswith("\\")
    assert lines[-1] == lines[-1].rstrip()
    assert not re.search(r"\S  \S", after)


@given(
    words=st.lists(st.sampled_from(["gcc", "make", "libpq5", "curl"]), min_size=1, max_size=8),
    gaps=st.lists(
        st.sampled_from([" ", "  ", " \\\n", " \\\n    ", "\\\n  ", " \\\n  # note\n  "]), min_size=8, max_size=8
    ),
    data=st.data(),
)
def test_words_that_are_not_deleted_stay(words: list[str], gaps: list[str], data: st.DataObject) -> None:
    text, spans = "RUN x", []
    for gap, word in zip(gaps, words, strict=False):
        text += gap
        spans.append(Span(len(text), len(text) + len(word)))
        text += word
    dropped = data.draw(st.sets(st.integers(0, len(words) - 1)))
    after = apply_edits(text, [TextEdit(spans[index], "") for index in dropped], Shape(body=4))
    assert " ".join(commands(after)).split() == ["x", *(w for index, w in enumerate(words) if index not in dropped)]
    assert not after.endswith(("\\", " "))


@given(text=st.text("RUN ab\\\n# &;`\r\t<", min_size=1, max_size=40), data=st.data())
def test_any_text_and_any_edits_give_a_text(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    spans = [Span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    edits = [TextEdit(span, data.draw(st.sampled_from(["", "", "x", " y\n"]))) for span in spans]
    assert isinstance(apply_edits(text, edits, Shape(data.draw(st.sampled_from("\\`")))), str)
