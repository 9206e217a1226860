"""What a variable is worth at each point of a file: the words that stay unknown first."""

from __future__ import annotations

import pytest

from transformer.ir.dockerfile import Dockerfile
from transformer.ir.source import Source
from transformer.parse.parser import parse
from transformer.parse.variables import DEFAULT_PATH, Scope, arg_declarations, scope_at_from


def dockerfile(text: str) -> Dockerfile:
    result = parse(Source.from_bytes("Dockerfile", text.encode()))
    assert isinstance(result, Dockerfile), result
    return result


def end_of(text: str, base_env: dict[str, str] | None = None, build_args: dict[str, str] | None = None) -> Scope:
    """The scope after the last instruction."""
    parsed = dockerfile(text)
    scope = scope_at_from(parsed, build_args)
    started = False
    for instruction in parsed.instructions:
        if instruction.keyword == "FROM":
            scope, started = scope.stage(base_env), True
        elif started:
            scope = scope.after(instruction)
    return scope


@pytest.mark.parametrize(
    ("text", "word", "prefix"),
    [
        pytest.param("FROM a\nARG v", "/x/$v/y", "/x/", id="ARG without a default"),
        pytest.param("FROM a\nARG v", "${v:-1}", "", id="its default in the word is not sure either"),
        pytest.param("FROM a\nARG v", "a${v:+b}c", "a", id="nor is its presence"),
        pytest.param("FROM a\nARG v", '"/x/$v"', "/x/", id="inside quotes"),
        pytest.param("FROM a\nARG v\nENV p=/opt/$v", "$p/bin", "/opt/", id="ENV made of it begins as it does"),
        pytest.param("FROM a\nARG v\nENV p=/opt/$v", "a${p}b", "a/opt/", id="the same with braces"),
        pytest.param("FROM a\nARG v\nENV p=/opt/$v", "${p%/*}", "", id="but not once it is cut"),
        pytest.param("ARG v\nFROM a\nARG v", "$v", "", id="a global ARG without a default"),
        pytest.param("FROM a\nARG TARGETARCH=amd64", "$TARGETARCH", "", id="the platform"),
        pytest.param("FROM a\nARG http_proxy=x", "$http_proxy", "", id="the proxy of the client"),
        pytest.param("FROM a\nENV v=1\nARG v=2", "$v", "", id="ARG after ENV: builders differ"),
        pytest.param("FROM a\nENV v=1\nARG v", "$v", "", id="bare ARG after ENV: depends on the caller"),
        pytest.param("FROM a\nENV w=/w\nARG k\nENV $k=1", "$w", "", id="ENV of an unknown name may set any"),
        pytest.param("FROM a", "${v:?}", "", id="the build stops"),
        pytest.param("FROM a", "/x/${v", "/x/", id="no word at all"),
        pytest.param("FROM a", "/x/${v/\\a/b}", "/x/", id="a pattern that is none"),
    ],
)
def test_unknown_with_what_it_begins_with(text: str, word: str, prefix: str) -> None:
    expansion = end_of(text, {}).expand(word)
    assert (expansion.known, expansion.prefix) == (False, prefix)


@pytest.mark.parametrize(
    ("text", "word", "value"),
    [
        ("FROM a", "$v", ""),
        ("FROM a", "$PATH", DEFAULT_PATH),
        ("FROM a", "${v:-d}", "d"),
        ("FROM a", "${v-$w}x", "x"),
        ("FROM a\nARG v=1", "$v", "1"),
        ("FROM a\nARG v=1", "${v:+set}", "set"),
        ("FROM a\nARG v=1", "'$v' \\$v \"$v\"", "$v $v 1"),
        ("FROM a\nARG v=a.tar.gz", "${v%.gz}|${v%%.*}|${v#a.}|${v##*.}|${v/tar/x}", "a.tar|a|tar.gz|gz|a.x.gz"),
        ("ARG v=1\nFROM a", "$v", ""),
        ("ARG v=1\nFROM a\nARG v", "$v", "1"),
        ("ARG v=1\nFROM a\nARG v=2", "$v", "2"),
        ("ARG v=1\nARG w=$v.2\nFROM a\nARG w", "$w", "1.2"),
        ("ARG v=1\nFROM a\nARG v\nFROM b", "$v", ""),
        ("FROM a\nARG v=1\nARG v=2", "$v", "2"),
        ("FROM a\nARG v=1\nENV v=2", "$v", "2"),
        ("FROM a\nARG v=1\nENV v=$v", "$v", "1"),
        ("FROM a\nARG a=1 b=$a", "$b", "1"),
        ("FROM a\nENV a=0\nENV a=1 b=$a", "$a$b", "10"),
        ("FROM a\nENV a=1 b=$a", "$b", ""),
        ("FROM a\nENV p some  words", "$p", "some  words"),
        ("FROM a\nENV k=v\nENV $k=1", "$v", "1"),
        ("FROM a\nENV p=/x\nENV PATH=$p/bin:$PATH", "$PATH", f"/x/bin:{DEFAULT_PATH}"),
        ("FROM a\nENV v=1\nARG v=1", "$v", "1"),
        ("FROM a\nENV v=1", "/x$$v$", "/xv$"),
        ("FROM a\nRUN export v=1\nONBUILD ENV v=2\nLABEL v=3", "$v", ""),
        ("# escape=`\nFROM a\nENV v=1", "c:\\$v `$v", "c:\\1 $v"),
    ],
)
def test_known(text: str, word: str, value: str) -> None:
    expansion = end_of(text, {}).expand(word)
    assert (expansion.text, expansion.known, expansion.prefix) == (value, True, value)


def test_a_base_that_nobody_knows_may_set_any_name() -> None:
    scope = end_of("FROM a\nENV v=1")
    assert scope.expand("$v").known
    assert scope.expand("/a:$PATH") == type(scope.expand(""))("/a:$PATH", False, "/a:")


def test_the_base_images_environment() -> None:
    scope = end_of("FROM a\nENV PATH=/x:$PATH", {"PATH": "/usr/bin", "HOME": "/root"})
    assert scope.expand("$PATH").text == "/x:/usr/bin"
    assert scope.env == {"PATH", "HOME"}
    assert not end_of("FROM a\nARG V=1", {"V": "2"}).expand("$V").known


def test_the_callers_build_args() -> None:
    given = {"v": "9", "undeclared": "x", "TARGETARCH": "arm64"}
    scope = end_of("ARG v=1\nFROM a\nARG v=2\nARG TARGETARCH", {}, given)
    assert scope.expand("$v$undeclared$TARGETARCH").text == "9arm64"
    assert scope.env == {"PATH"}


def test_from_sees_global_args_and_the_platform() -> None:
    parsed = dockerfile("ARG tag=3.12\nARG flavour\nARG both=$tag-x\nFROM a\nARG late=1\n")
    scope = scope_at_from(parsed)
    assert scope.expand("python:${both}").text == "python:3.12-x"
    assert scope.expand("python:$tag-$flavour").prefix == "python:3.12-"
    assert scope.expand("x$late").text == "x"
    assert not scope.expand("$BUILDPLATFORM").known
    told = scope_at_from(parsed, platform={"TARGETARCH": "arm64"})
    assert told.expand("$TARGETARCH").text == "arm64"
    stage = told.stage({})
    assert stage.expand("$TARGETARCH").text == ""
    assert stage.after(dockerfile("FROM a\nARG TARGETARCH").instructions[1]).expand("$TARGETARCH").text == "arm64"


def test_after_from_starts_a_stage() -> None:
    parsed = dockerfile("ARG v=1\nFROM a\nARG v\nFROM b\n")
    scope = scope_at_from(parsed)
    for instruction in parsed.instructions[1:]:
        scope = scope.after(instruction)
    assert not scope.values
    assert not scope.closed


def test_a_heredoc_keeps_its_quotes() -> None:
    scope = end_of("# escape=`\nFROM a\nENV v=1\nARG u", {})
    assert scope.expand_heredoc("'$v' \"\\$v\" it's\n").text == "'1' \"$v\" it's\n"
    assert scope.expand_heredoc("'$v' $u").prefix == "'1' "


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("ARG a", (("a", None),)),
        ("ARG a b=c", (("a", None), ("b", "c"))),
        ("ARG a=b c", (("a", "b"), ("c", None))),
        ("ARG a= 'b=c d'", (("a", ""), ("'b", "c d'"))),
    ],
)
def test_the_words_of_arg(text: str, declared: tuple[tuple[str, str | None], ...]) -> None:
    assert arg_declarations(dockerfile(f"{text}\nFROM a").instructions[0]) == declared
