"""What a file parses to: first what must not be misread, then each construct, then what is refused and where."""

from __future__ import annotations

import pytest

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Dockerfile, Flag, Instruction
from transformer.ir.source import Position, Source, Span
from transformer.parse.parser import MAX_BYTES, MAX_LINE_BYTES, parse, render, tiles


def parsed(data: str | bytes) -> Dockerfile:
    encoded = data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
    result = parse(Source.from_bytes("Dockerfile", encoded))
    assert isinstance(result, Dockerfile), result
    assert render(result).encode("utf-8", "surrogateescape") == encoded
    return result


def second(body: str) -> Instruction:
    """The instruction after FROM."""
    return parsed(f"FROM a\n{body}").instructions[1]


@pytest.mark.parametrize(
    ("text", "keywords"),
    [
        pytest.param("FROM a", "FROM", id="no line end"),
        pytest.param("FROM a\nRUN", "FROM RUN", id="keyword only, no line end"),
        pytest.param("FROM a\nRUN <<E\nFROM b\nRUN x\nE\nUSER x", "FROM RUN USER", id="instructions in a heredoc"),
        pytest.param("FROM a\nRUN <<E\nRUN x \\\nE\nUSER x", "FROM RUN USER", id="continuation in a heredoc"),
        pytest.param("FROM a\nRUN <<E\nE\nUSER x", "FROM RUN USER", id="empty heredoc"),
        pytest.param("FROM a\nCOPY <<A <<B /d/\nUSER 1\nA\nUSER 2\nB\nUSER x", "FROM COPY USER", id="two heredocs"),
        pytest.param('FROM a\nRUN cat <<<"x"\nUSER x', "FROM RUN USER", id="here-string"),
        pytest.param("FROM a\nRUN x <<-E\n\tUSER y\n\tE\nUSER x", "FROM RUN USER", id="indented terminator"),
        pytest.param("FROM a\nRUN x \\\n\n\n  y\nUSER x", "FROM RUN USER", id="blank continuation lines"),
        pytest.param("FROM a\nRUN x \\\n# RUN z\n  y\nUSER x", "FROM RUN USER", id="comment in a continuation"),
        pytest.param("FROM a\nRUN x \\\n# c \\\n  y\nUSER x", "FROM RUN USER", id="comment that ends in an escape"),
        pytest.param("FROM a\nRUN x \\\\\nUSER x", "FROM RUN USER", id="an escaped escape continues nothing"),
        pytest.param("FROM a\nRUN x \\ \t\ny\nUSER x", "FROM RUN USER", id="blanks after the escape"),
        pytest.param("FROM a\nRUN\\\n x\nUSER x", "FROM RUN USER", id="escape right after the keyword"),
        pytest.param("# escape=`\nFROM a\nRUN x `\n y\nUSER C:\\\nUSER x", "FROM RUN USER USER", id="backtick"),
        pytest.param("# check=skip=all\n# escape=`\nFROM a\nRUN x `\n y", "FROM RUN", id="escape after check"),
        pytest.param("# c\n# escape=`\nFROM a\nRUN x \\\n y", "FROM RUN", id="too late for a directive"),
        pytest.param("\n# escape=`\nFROM a\nRUN x \\\n y", "FROM RUN", id="too late after a blank line"),
        pytest.param("\ufefffrom a\r\nRun x \\\r\n\r\n y\r\n", "FROM RUN", id="BOM, CRLF, small letters"),
        pytest.param("ARG A=1\nARG B\nFROM a", "ARG ARG FROM", id="ARG before FROM"),
        pytest.param("FROM a\nONBUILD RUN x\nONBUILD COPY a b", "FROM ONBUILD ONBUILD", id="ONBUILD stays whole"),
        pytest.param("FROM a\nRUN x \\", "FROM RUN", id="continuation into the end"),
        pytest.param("FROM a\nRUN x \\\n# c\n\n", "FROM RUN", id="continuation into comments and the end"),
        pytest.param("FROM a\nRUN x\x0by\x0c\nUSER x", "FROM RUN USER", id="vertical tab and form feed"),
        pytest.param(
            'FROM a\nMAINTAINER x\nSHELL ["a"]\nSTOPSIGNAL 9\nVOLUME /a\nEXPOSE 80\n'
            "HEALTHCHECK NONE\nENTRYPOINT []\nCMD x\nLABEL a=b\nADD a b\nWORKDIR /",
            "FROM MAINTAINER SHELL STOPSIGNAL VOLUME EXPOSE HEALTHCHECK ENTRYPOINT CMD LABEL ADD WORKDIR",
            id="the rest of the keywords",
        ),
    ],
)
def test_instructions_are_found_where_buildkit_finds_them(text: str, keywords: str) -> None:
    assert " ".join(instruction.keyword for instruction in parsed(text).instructions) == keywords


@pytest.mark.parametrize(
    ("text", "logical"),
    [
        ("RUN a \\\n  b", "RUN a   b"),
        ("  RUN a", "RUN a"),
        ("RUN a\\\nb", "RUN ab"),
        ("RUN a \\\n# c\n\n b", "RUN a  b"),
        ("RUN a \\ \t \r\n b \r\n", "RUN a  b "),
        ("RUN a \\\\\n", "RUN a \\\\"),
        ("RUN a \\", "RUN a "),
        ("RUN a \\\n\\\n# c\n", "RUN a "),
        ("RUN <<E\nx\nE\n", "RUN <<E"),
    ],
)
def test_the_logical_line_is_buildkits(text: str, logical: str) -> None:
    assert second(text).logical == logical


def test_a_derived_offset_leads_back_to_its_character() -> None:
    text = "FROM a\n  RUN apt-get \\\n# why\n\n    install \\\r\n  gcc\n"
    run = parsed(text).instructions[1]
    at = run.logical.index("gcc")
    assert run.offsets.to_source(at) == text.index("gcc")
    assert run.offsets.span_to_source(Span(at, at + 3)).slice(text) == "gcc"
    script = run.offsets.shifted(run.body)
    assert script.to_source(run.argument_text.index("install")) == text.index("install")


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("RUN  a  b ", ("a  b",)),
        ('RUN [ "a", "b c" ]', ("a", "b c")),
        ('RUN ["a", ]', ('["a", ]',)),
        ("RUN ['a']", ("['a']",)),
        ('CMD ["\\ud800x"]', ("\ufffdx",)),
        ("RUN", ()),
        ("ENV a=b c='d e' f=\"$g\" h=", ("a", "b", "c", "'d e'", "f", '"$g"', "h", "")),
        ("ENV key some  value ", ("key", "some  value")),
        ("LABEL a=b \\\n  c=d", ("a", "b", "c", "d")),
        ("ARG a", ("a",)),
        ("ARG a=b c d=", ("a", "b", "c", "d", "")),
        ("COPY a  b\t/c", ("a", "b", "/c")),
        ('COPY "a b" /c', ('"a', 'b"', "/c")),
        ('COPY ["a b", "/c"]', ("a b", "/c")),
        ("COPY <<E /c\nE", ("<<E", "/c")),
        ("FROM --platform=$P b AS c", ("b", "AS", "c")),
        ("WORKDIR /a b ", ("/a b",)),
        ("USER  x", ("x",)),
        ("EXPOSE 80 $p/udp", ("80", "$p/udp")),
        ('VOLUME ["/a"]', ("/a",)),
        ("HEALTHCHECK --interval=1s CMD curl x", ("CMD", "curl x")),
        ('HEALTHCHECK CMD ["a"]', ("CMD", "a")),
        ("ONBUILD  RUN --mount=x a", ("RUN --mount=x a",)),
        ("MAINTAINER a b", ("a b",)),
    ],
)
def test_arguments_are_split_as_buildkit_does(text: str, args: tuple[str, ...]) -> None:
    assert second(text).args == args


@pytest.mark.parametrize(
    ("text", "flags", "rest"),
    [
        ("COPY --chown=1:1 --link a b", (Flag("chown", "1:1"), Flag("link", None)), "a b"),
        ('COPY --chown="a b" a b', (Flag("chown", "a b"),), "a b"),
        ("RUN --mount=type=cache,target=/x \\\n  --network=none \\\n  a --b", None, "a --b"),
        ("RUN -- --a", (), "--a"),
        ("RUN --a=\\ b c", (Flag("a", " b"),), "c"),
        ("RUN a --b", (), "a --b"),
        ("RUN --a=", (Flag("a", ""),), ""),
    ],
)
def test_flags_stand_before_the_arguments(text: str, flags: tuple[Flag, ...] | None, rest: str) -> None:
    instruction = second(text)
    assert flags is None or instruction.flags == flags
    assert instruction.argument_text == rest


def test_heredocs_have_bodies_and_spans() -> None:
    text = "FROM a\nCOPY <<-'A' <<B /d/\n\tx $y\n\tA\nz\r\nB\nUSER x\n"
    copy = parsed(text).instructions[1]
    first, other = copy.heredocs
    assert (first.name, first.body, first.strip_tabs, first.expand) == ("A", "\tx $y\n", True, False)
    assert (other.name, other.body, other.strip_tabs, other.expand) == ("B", "z\r\n", False, True)
    assert [heredoc.span.slice(text) for heredoc in copy.heredocs] == [first.body, other.body]
    assert copy.text.endswith("\nB")


def test_tiles_and_comments() -> None:
    text = "\ufeff# escape=`\r\n# c1\r\n\r\n from a\r\nRUN x `\r\n  # c2\r\n y\r\n#c3"
    result = parsed(text)
    assert [type(tile).__name__ for tile in tiles(result)] == [
        *("Span", "Directive", "Comment", "Span", "Instruction", "Span", "Instruction", "Span", "Comment")
    ]
    assert [comment.text for comment in result.comments] == ["# c1", "# c2", "#c3"]
    assert [(d.name, d.value, d.span.slice(text)) for d in result.directives] == [("escape", "`", "# escape=`\r\n")]
    assert (result.escape, result.newline) == ("`", "\r\n")
    assert result.instructions[0].position == Position(4, 2)
    assert result.instructions[0].text == " from a"


def test_an_open_continuation_is_no_part_of_the_instruction() -> None:
    run = parsed("FROM a\nRUN x \\\n# c\n").instructions[1]
    assert run.text == "RUN x"
    assert run.logical == "RUN x "
    assert parsed("FROM a\nRUN x\\\n \\").instructions[1].text == "RUN x"


@pytest.mark.parametrize("data", [b"FROM a\nRUN echo \xff\xfe\n", b"FROM a\n# \x80\nENV a=\xc3(\n"])
def test_bytes_that_are_no_utf8_survive(data: bytes) -> None:
    parsed(data)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "DF103", 1, 1),
        ("# only\n\n", "DF103", 1, 1),
        ("ARG a\n", "DF103", 1, 1),
        ("RUN x\n", "DF103", 1, 1),
        ("ARG a\n\n RUN x\nFROM a\n", "DF101", 3, 2),
        ("FROM a\n  RUM x\n", "DF105", 2, 3),
        ("FROM a\nRUN x\n  && y\n", "DF105", 3, 3),
        ("FROM\u00a0a\n", "DF105", 1, 1),
        ("FROM a\nu\u017fer x\n", "DF105", 2, 1),
        ('FROM a\nENTRYPOINT["x"]\n', "DF105", 2, 1),
        ("\\\n", "DF105", 1, 1),
        ("FROM a\n\nENV x\n", "DF101", 3, 1),
        ("FROM a\nENV a=b c\n", "DF101", 2, 1),
        ("FROM a\nENV =b\n", "DF101", 2, 1),
        ("FROM a\nLABEL\n", "DF101", 2, 1),
        ("FROM a b\n", "DF101", 1, 1),
        ("FROM a AS 1b\n", "DF101", 1, 1),
        ("FROM a\nARG b= =c\n", "DF101", 2, 1),
        ("FROM a\nCOPY --from=b\u00a0c d e\n", "DF102", 2, 1),
        ("FROM a\nUSER x\x1c\n", "DF102", 2, 1),
        ("FROM a\nCOPY --chown=\u00e0 a b\n", "DF102", 2, 1),
        ("FROM a\nCOPY a\n", "DF101", 2, 1),
        ("FROM a\nCOPY a <<E\nE\n", "DF101", 2, 1),
        ("FROM a\nWORKDIR\n", "DF101", 2, 1),
        ("FROM a\nONBUILD\n", "DF101", 2, 1),
        ("FROM a\nSHELL bash\n", "DF101", 2, 1),
        ("FROM a\nHEALTHCHECK curl x\n", "DF101", 2, 1),
        ("FROM a\nHEALTHCHECK NONE x\n", "DF101", 2, 1),
        ("FROM a\nHEALTHCHECK CMD\n", "DF101", 2, 1),
        ("FROM a\nRUN [1]\n", "DF101", 2, 1),
        ("FROM a\nRUN <<E\nx\n", "DF101", 2, 1),
        ("# escape=x\nFROM a\n", "DF101", 1, 1),
        ("# escape=`\n# escape=`\nFROM a\n", "DF101", 2, 1),
        ("FROM a\nRUN " + "[" * 50_000, "DF101", 1, 1),
        ("FROM a\n#" + "x" * MAX_LINE_BYTES, "DF101", 2, 1),
        ("FROM a\n# " + "é" * 40_000, "DF101", 2, 1),
        ("# a=" + " " * 50_000 + "x", "DF104", 1, 1),
        ("FROM a\n" + "#\n" * (MAX_BYTES // 2), "DF104", 1, 1),
        ("FROM a\nONBUILD RUN <<E\nRUN x\nE x\n", "DF105", 4, 1),
        ("FROM a\nONBUILD RUN <<E\nRUN x\nUSER E\n", "DF102", 2, 1),
        ("FROM a\nRUN cat <<''\nx\n\nUSER x\n", "DF102", 2, 1),
        ("FROM a\nCM\\\nD x\n", "DF102", 2, 1),
        ("FROM a\n\\\nRUN x\n", "DF102", 2, 1),
    ],
)
def test_bad_input_is_a_value_with_a_place(text: str, code: str, line: int, column: int) -> None:
    result = parse(Source.from_bytes("Dockerfile", text.encode()))
    assert isinstance(result, Diagnostic)
    assert (result.code, result.position) == (code, Position(line, column))


def test_the_longest_line_that_buildkit_takes() -> None:
    parsed("FROM a\n#" + "x" * (MAX_LINE_BYTES - 1) + "\nUSER x\n")


def test_a_message_is_printable_and_short() -> None:
    result = parse(Source.from_bytes("Dockerfile", b"FROM a\n\xff\x07" + b"x" * 500))
    assert isinstance(result, Diagnostic)
    assert result.message.startswith("unknown instruction: \\udcff\\x07xxx")
    assert len(result.message) < 250
