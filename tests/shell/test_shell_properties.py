"""What holds for any text."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct

from transformer.ir.script import Item, Redirect, Script, SimpleCommand, Word
from transformer.ir.source import Span
from transformer.shell import exec_form, expand, fields, parse_script

PIECES = (
    *" \t\n\\'\"`$(){}[]<>|&;#=*?~!é𝄞\r\x00\udc80",
    *(
        "&&",
        "||",
        "$(",
        "${",
        "$((",
        "))",
        "<<E",
        "\nE\n",
        "<<-'E'",
        ";;",
        ">&",
        "2>",
        "<(",
        "[[ ",
        " ]]",
        "$'",
        "x=",
        "~/",
    ),
    *("if ", "then ", "else ", "fi", "for ", " in ", "do ", "done", "case ", "esac", "while ", "f() ", "export ", "! "),
    *("a", "b ", "c.d", "-e ", "/x/", "1", "$x", ":-"),
)
SHELL = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
TEXT = st.one_of(SHELL, st.text(max_size=30))


def children(node: object) -> Iterator[object]:
    """Yield the parts of a node that have a place in the text."""
    for name in node.__struct_fields__:  # type: ignore[attr-defined]
        value = getattr(node, name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Struct) and not isinstance(each, Span):
                yield each


def check(node: object, outer: Span, text: str) -> None:
    """Check the places of a node and of all below it."""
    span = getattr(node, "span", outer)
    assert 0 <= span.start <= span.end <= len(text)
    assert outer.start <= span.start
    assert span.end <= outer.end
    if isinstance(node, Word):
        assert span.slice(text) == node.raw
    if isinstance(node, Script):
        assert node.text == text
        in_order([item.span for item in node.items])
        assert [item.operator == "" for item in node.items] == [True, *[False] * (len(node.items) - 1)][
            : len(node.items)
        ]
    if isinstance(node, SimpleCommand):
        in_order([word.span for word in node.words])
    for child in children(node):
        # the body of a here-document stands after the line
        check(child, Span(0, len(text)) if isinstance(node, Redirect) and node.operator == "<<" else span, text)


def in_order(spans: list[Span]) -> None:
    assert all(left.end <= right.start for left, right in pairwise(spans))


@given(TEXT)
@example("cat <<E $(a <<E\nE\n)\nE")
def test_every_text_is_read_and_places_nest(text: str) -> None:
    script = parse_script(text)
    assert script.text == text
    check(script, Span(0, len(text)), text)


@given(TEXT)
def test_words_always_expand(text: str) -> None:
    for word in all_words(parse_script(text)):
        whole = expand(word, {"x": "a b", "y": None}, split=False)
        assert len(whole) == 1
        for field in (*expand(word, {"x": "a b", "y": None}), *whole):
            assert field.text.startswith(field.prefix)
            assert not field.known or field.prefix == field.text
        for name, span in fields(word):
            assert name
            assert word.span.start <= span.start < span.end <= word.span.end


def all_words(node: object) -> Iterator[Word]:
    if isinstance(node, Word):
        yield node
    for child in children(node):
        yield from all_words(child)


SAFE_WORD = st.text(st.sampled_from("abz09_./:@%+,-'\" \\é"), max_size=8)


@given(st.lists(SAFE_WORD, min_size=1, max_size=5).map(" ".join))
def test_literal_words_agree_with_shlex(arguments: str) -> None:
    text = "run " + arguments
    try:
        expected = shlex.split(text)
    except ValueError:
        assert [type(item.command).__name__ for item in parse_script(text).items] == ["OpaqueCommand"]
        return
    if text.rstrip(" ").endswith("\\"):
        return  # a backslash at the end: shlex fails or drops it
    (item,) = parse_script(text).items
    if isinstance(item.command, SimpleCommand):
        assert [field.text for word in item.command.words for field in expand(word, {})] == expected


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=4
    )
)
def test_quoted_arguments_survive(args: list[str]) -> None:
    (item,) = exec_form(tuple(args)).items
    assert isinstance(item, Item)
    assert isinstance(item.command, SimpleCommand)
    assert [field.text for word in item.command.words for field in expand(word, {})] == args
    (again,) = parse_script("run " + shlex.join(args)).items
    if isinstance(again.command, SimpleCommand):
        assert [field.text for word in again.command.words[1:] for field in expand(word, {})] == args
