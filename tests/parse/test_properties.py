"""What must hold of any input: nothing is lost, nothing overlaps, nothing raises."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import event, example, given
from hypothesis import strategies as st

from tests.parse.strategies import dockerfiles
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.ir.source import Source, Span
from transformer.parse.canonical import canonical
from transformer.parse.lines import scan
from transformer.parse.parser import parse, render, tiles
from transformer.parse.variables import scope_at_from
from transformer.rules import RULES


def _holds(data: bytes) -> None:
    source = Source.from_bytes("Dockerfile", data)
    parsed = parse(source)
    event(type(parsed).__name__ if isinstance(parsed, Dockerfile) else parsed.code)
    if isinstance(parsed, Diagnostic):
        _is_a_good_answer(parsed, source)
        return
    assert render(parsed).encode("utf-8", "surrogateescape") == data
    _tiles_in_order(parsed)
    for instruction in parsed.instructions:
        _maps_to_the_source(instruction, parsed)


def _is_a_good_answer(diagnostic: Diagnostic, source: Source) -> None:
    assert diagnostic.code in RULES
    assert diagnostic.message.isprintable()
    assert diagnostic.position is not None
    assert 1 <= diagnostic.position.line <= len(source.line_starts)
    assert diagnostic.position.column >= 1


def _tiles_in_order(parsed: Dockerfile) -> None:
    at = 0
    for tile in tiles(parsed):
        span = tile if isinstance(tile, Span) else tile.span
        assert span.start == at < span.end
        at = span.end
    assert at == len(parsed.source.text)
    assert [tile for tile in tiles(parsed) if isinstance(tile, Instruction)] == list(parsed.instructions)


def _maps_to_the_source(instruction: Instruction, parsed: Dockerfile) -> None:
    text, offsets = parsed.source.text, instruction.offsets
    mapped = [offsets.to_source(at) for at in range(len(instruction.logical))]
    assert "".join(text[at] for at in mapped) == instruction.logical
    assert mapped == sorted(set(mapped))
    # what lies between two mapped characters is a join: escape, blanks, line end, comments, blank lines
    for before, after in pairwise(mapped):
        assert after == before + 1 or text[before + 1] == parsed.escape
    assert instruction.span.start <= mapped[0]
    assert mapped[len(instruction.logical.rstrip()) - 1] < instruction.span.end
    assert instruction.position == parsed.source.position(mapped[0])
    assert instruction.text == instruction.span.slice(text)
    assert instruction.logical[: len(instruction.keyword)].upper() == instruction.keyword
    for heredoc in instruction.heredocs:
        assert heredoc.body == heredoc.span.slice(text)


@given(st.binary(max_size=300))
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"RUN " + b"[" * 100_000)
@example(b"FROM a\nRUN " + b"[" * 60_000)
@example(b"FROM a\nRUN <<" + b"${a:-" * 10_000)
def test_any_bytes_give_an_answer(data: bytes) -> None:
    _holds(data)


@given(st.text(st.sampled_from("FROM ARGUNCPY\n\r\\`#<>E=-\t'\"[]$ \ufeff\x0b\x1c\xa0\udcff"), max_size=80))
def test_any_text_of_a_dockerfiles_letters_gives_an_answer(text: str) -> None:
    _holds(b"FROM a\n" + text.encode("utf-8", "surrogateescape"))


@given(dockerfiles())
def test_a_dockerfile_survives_parsing(text: str) -> None:
    _holds(text.encode("utf-8", "surrogateescape"))


@given(dockerfiles())
def test_parsing_again_what_was_rendered_gives_the_same(text: str) -> None:
    source = Source.from_bytes("Dockerfile", text.encode("utf-8", "surrogateescape"))
    parsed = parse(source)
    if isinstance(parsed, Dockerfile):
        again = Source.from_bytes("Dockerfile", render(parsed).encode("utf-8", "surrogateescape"))
        assert parse(again) == parsed


@given(dockerfiles())
def test_an_instruction_alone_reads_as_it_did_in_the_file(text: str) -> None:
    parsed = parse(Source.from_bytes("Dockerfile", text.encode("utf-8", "surrogateescape")))
    if isinstance(parsed, Diagnostic) or parsed.escape != "\\":
        return
    for instruction in parsed.instructions:
        alone = parse(
            Source.from_bytes("D", f"FROM a\n{instruction.text}\nUSER x\n".encode("utf-8", "surrogateescape"))
        )
        assert isinstance(alone, Dockerfile)
        assert [i.keyword for i in alone.instructions] == ["FROM", instruction.keyword, "USER"]
        assert alone.instructions[1].logical.rstrip() == instruction.logical.rstrip()
        assert alone.instructions[1].args == instruction.args


@given(dockerfiles())
def test_the_canonical_text_has_as_many_lines(text: str) -> None:
    source = Source.from_bytes("Dockerfile", text.encode("utf-8", "surrogateescape"))
    lines = canonical(scan(source, {})).split("\n")[:-1]
    assert len(lines) == len([start for start in source.line_starts if start < len(source.text)])


@given(st.text(st.sampled_from("abX_${}:-+#%/?*'\"\\ <"), max_size=30))
@example("$" * 70_000)
@example("${a:-" * 5_000)
def test_expansion_never_raises_and_knows_its_prefix(word: str) -> None:
    parsed = parse(Source.from_bytes("Dockerfile", b"FROM x\nARG a\nENV b=known\n"))
    assert isinstance(parsed, Dockerfile)
    scope = scope_at_from(parsed).stage({})
    for instruction in parsed.instructions[1:]:
        scope = scope.after(instruction)
    found = scope.expand(word)
    assert not found.known or found.prefix == found.text
    for value in ("", "value", "*/x"):
        told = scope_at_from(parsed, {"a": value}).stage({})
        for instruction in parsed.instructions[1:]:
            told = told.after(instruction)
        settled = told.expand(word)
        assert not settled.known or settled.text.startswith(found.prefix)
