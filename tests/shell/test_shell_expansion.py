"""What words become."""

from __future__ import annotations

import pytest

from transformer.ir.script import SimpleCommand, Word
from transformer.ir.source import Span
from transformer.shell import Expanded, expand, fields, parse_script

ENV = {
    "x": "one two",
    "v": "1.2.3",
    "f": "/a/b.tar.gz",
    "empty": "",
    "dark": None,
    "HOME": "/root",
    "g": "*.c",
    "n": "7",
}


def words_of(text: str) -> tuple[Word, ...]:
    command = parse_script(text).items[0].command
    assert isinstance(command, SimpleCommand)
    return command.words


def value_of(text: str) -> Word:
    command = parse_script(text).items[0].command
    assert isinstance(command, SimpleCommand)
    value = command.assignments[0].value
    assert value is not None
    return value


def texts(word: str, *, split: bool = True) -> list[str]:
    """Return the fields, an unknown one as its prefix and a question mark."""
    found = expand(words_of("a " + word)[1], ENV, split=split)
    return [field.text if field.known else field.prefix + "?" for field in found]


UNCHANGED = ["a", "/usr/bin/x", "--prefix=/x", "a:b", "{}", "a~b", "100%", "x=y", "@", "a,b"]

KNOWN = [
    ("'a b'", ["a b"]),
    ("$x", ["one", "two"]),
    ('"$x"', ["one two"]),
    ("a$x/b", ["aone", "two/b"]),
    ('"a"$x"b"', ["aone", "twob"]),
    ("$empty", []),
    ('"$empty"', [""]),
    ('""', [""]),
    ("$empty''", [""]),
    ("$unset", []),
    ("a$unset", ["a"]),
    ("${v}-x", ["1.2.3-x"]),
    ("${unset:-a b}", ["a", "b"]),
    ('${unset:-"a b"}', ["a b"]),
    ('"${unset:-a b}"', ["a b"]),
    ("${unset:-$v}", ["1.2.3"]),
    ("${unset:-${empty:-d}}", ["d"]),
    ("${empty:-d}", ["d"]),
    ("${empty-d}", []),
    ("${v:-d}", ["1.2.3"]),
    ("${v:+a}", ["a"]),
    ("${unset:+a}", []),
    ("${empty+a}", ["a"]),
    ("${dark+a}", ["a"]),
    ("${v:=d}", ["1.2.3"]),
    ("${unset:=d}", ["d"]),
    ("${v:?no}", ["1.2.3"]),
    ("${f%.*}", ["/a/b.tar"]),
    ("${f%%.*}", ["/a/b"]),
    ("${f#*/}", ["a/b.tar.gz"]),
    ("${f##*/}", ["b.tar.gz"]),
    ("${v%[0-9]}", ["1.2."]),
    ("${v%'.3'}", ["1.2"]),
    ("${v%x}", ["1.2.3"]),
    ("${v/./_}", ["1_2.3"]),
    ("${v//./_}", ["1_2_3"]),
    ("${v//./}", ["123"]),
    ("${v:2}", ["2.3"]),
    ("${v:0:3}", ["1.2"]),
    ("${#v}", ["5"]),
    ("${x^^}", ["ONE", "TWO"]),
    ("~", ["/root"]),
    ("~/x", ["/root/x"]),
    ("'~'/x", ["~/x"]),
    ("\\~/x", ["~/x"]),
    ("a:~/x", ["a:~/x"]),
]

UNKNOWN = [
    ("$dark", ["?"]),
    ("/a/$dark/b", ["/a/?"]),
    ("$x/$dark", ["one", "two/?"]),
    ("/a/$(b)", ["/a/?"]),
    ("$((1+2))", ["?"]),
    ("/a/{b,c}", ["/a/?"]),
    ("${dark:-a}", ["?"]),
    ("${dark:+a}", ["?"]),
    ("${unset:?no}", ["?"]),
    ("${unset:-$(a)}", ["?"]),
    ("${!v}", ["?"]),
    ("${v@Q}", ["?"]),
    ("${v[0]}", ["?"]),
    ("${v/*/a}", ["?"]),
    ("${v#$v}", ["?"]),
    ("${v%[!0-9}", ["?"]),
    ("${v%[z-a]}", ["?"]),
    ("${v%*1*2*3*4*}", ["?"]),
    ("${v:-1}", ["1.2.3"]),
    ("${v: -1}", ["?"]),
    ("${unset:-~/x}", ["?"]),
    ("${v^x}", ["?"]),
    ("$1", ["?"]),
    ('"$@"', ["?"]),
    ("~user/x", ["?"]),
]


@pytest.mark.parametrize("word", UNCHANGED)
def test_plain_word_is_itself(word: str) -> None:
    found = words_of("a " + word)[1]
    assert expand(found, {}) == (Expanded(word, True, word, False, False, found.span),)


@pytest.mark.parametrize(("word", "expected"), KNOWN + UNKNOWN)
def test_fields(word: str, expected: list[str]) -> None:
    assert texts(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("$x", "one two"),
        ("$empty", ""),
        ("$unset", ""),
        ("a:~/x", "a:/root/x"),
        ("$v:~", "1.2.3:/root"),
        ("$dark", "?"),
    ],
)
def test_without_splitting_there_is_one_field(word: str, expected: str) -> None:
    assert texts(word, split=False) == [expected]


def test_unset_is_unknown_if_asked() -> None:
    (word,) = words_of("$nowhere")
    assert expand(word, {}) == ()
    (found,) = expand(word, {}, unset_is_unknown=True)
    assert (found.known, found.many) == (False, True)
    (default,) = expand(words_of("${nowhere:-d}")[0], {}, unset_is_unknown=True)
    assert not default.known


@pytest.mark.parametrize(
    ("word", "glob"),
    [
        ("*.c", True),
        ("'*.c'", False),
        ("a?", True),
        ("[", False),
        ("[$HOME]", True),
        ("[ab]", True),
        ("\\*", False),
        ("$g", True),
        ('"$g"', False),
        ("a", False),
    ],
)
def test_glob(word: str, glob: bool) -> None:
    assert expand(words_of("a " + word)[1], ENV)[0].glob is glob


@pytest.mark.parametrize(
    ("word", "many"),
    [
        ("$dark", True),
        ('"$dark"', False),
        ("$(a)", True),
        ('"$(a)"', False),
        ("{a,b}", True),
        ('"$@"', True),
        ("$v", False),
    ],
)
def test_an_unquoted_unknown_may_be_many(word: str, many: bool) -> None:
    assert expand(words_of("a " + word)[1], ENV)[0].many is many


def test_changed_ifs_makes_splitting_unknown() -> None:
    (field,) = expand(words_of("a $x")[1], {**ENV, "IFS": ":"})
    assert not field.known


def test_only_literal_words_have_a_span() -> None:
    text = "apt-get install gcc 'make' $x"
    found = [field for word in words_of(text) for field in expand(word, ENV)]
    assert [field.span and field.span.slice(text) for field in found] == [
        "apt-get",
        "install",
        "gcc",
        "'make'",
        None,
        None,
    ]


def test_fields_of_a_list_in_an_assignment() -> None:
    text = 'set -ex; buildDeps="gcc  make \\\n\tlibpq-dev" && apt-get install $buildDeps'
    command = parse_script(text).items[1].command
    assert isinstance(command, SimpleCommand)
    value = command.assignments[0].value
    assert value is not None
    found = fields(value)
    assert [name for name, _ in found] == ["gcc", "make", "libpq-dev"]
    assert [span.slice(text) for _, span in found] == ["gcc", "make", "libpq-dev"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("gcc", [("gcc", "gcc")]),
        ("'a b'c", [("a", "a"), ("bc", "b'c")]),
        ('"a\\$b c"', [("a$b", "a\\$b"), ("c", "c")]),
        ("a\\ b", [("a", "a"), ("b", "b")]),
        ('"a\\\nb"', [("ab", "a\\\nb")]),
        ("'a\\b'", [("a\\b", "a\\b")]),
        ("'\n a\n b\n'", [("a", "a"), ("b", "b")]),
        ('"a $b"', []),
        ("$(a)", []),
        ("$'a b'", []),
        ("''", []),
    ],
)
def test_fields_know_their_place(value: str, expected: list[tuple[str, str]]) -> None:
    text = "é=1; x=" + value
    command = parse_script("é; x=" + value).items[1].command
    assert isinstance(command, SimpleCommand)
    word = command.assignments[0].value
    assert word is not None
    text = "é; x=" + value
    assert [(name, span.slice(text)) for name, span in fields(word)] == expected


def test_quotes_are_no_part_of_a_place() -> None:
    assert fields(value_of("x='gcc'")) == (("gcc", Span(3, 6)),)
