"""The commands of a Makefile: nothing where anything is unclear, else what GNU make prints with ``-n``."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.context.makefile import recipes

UNKNOWN = "${__unknown}"


def make(
    text: str,
    *files: str,
    goals: str = "",
    environment: Mapping[str, str] | None = None,
    directory: str = "",
    **variables: str,
) -> tuple[str, ...] | None:
    folders = {name.rpartition("/")[0] for name in files}
    lines = recipes(
        text,
        goals=tuple(goals.split()),
        variables=variables,
        exists=lambda name: name in files or name.rstrip("/") in folders,
        glob=lambda pattern: tuple(
            f for f in files if fnmatch.fnmatchcase(f, pattern) and f.count("/") == pattern.count("/")
        ),
        environment=environment,
        directory=directory,
    )
    return None if lines is None else tuple(re.sub("(?<=[^ \n]) +", " ", line) for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("# only a comment\n", id="no rule"),
        pytest.param("all: missing\n\techo\n", id="neither a file nor a rule"),
        pytest.param("all: a.o\n%.o: %.c\n", id="a pattern rule without recipe cancels the built-in one"),
        pytest.param("include config.mk\nall:\n\techo\n", id="include"),
        pytest.param("-include a.c\nall:\n\techo\n", id="optional include of a file that is there"),
        pytest.param("-include a.d\nall:\n\techo\na.d: a.c\n\tcc -MM a.c > a.d\n", id="included file has a rule"),
        pytest.param("-include a.d\nall:\n\techo\n%.d: %.c\n\tcc -MM $< > $@\n", id="included file has a pattern rule"),
        pytest.param("Makefile: Makefile.in\n\t./config.status\nall:\n\techo\n", id="makes its own Makefile"),
        pytest.param("define X\nfoo\nendef\nall:\n\techo\n", id="define"),
        pytest.param("all:\n\techo $(call f,1)\n", id="call"),
        pytest.param("$(eval X = 1)\nall:\n\techo\n", id="eval"),
        pytest.param("all: $(foreach x,a b,$(x).o)\n\techo\n", id="foreach"),
        pytest.param("VPATH = src\nall: a.o\n", id="VPATH"),
        pytest.param("vpath %.c src\nall: a.o\n", id="vpath"),
        pytest.param("unexport X\nall:\n\techo\n", id="unexport"),
        pytest.param("undefine X\nall:\n\techo\n", id="undefine"),
        pytest.param("private X = 1\nall:\n\techo\n", id="private"),
        pytest.param(".ONESHELL:\nall:\n\tcd /tmp\n\tls\n", id="ONESHELL"),
        pytest.param(".SECONDEXPANSION:\nall: $$(X)\n\techo\n", id="second expansion"),
        pytest.param(".RECIPEPREFIX = >\nall:\n> echo\n", id="recipe prefix"),
        pytest.param("SHELL = /usr/bin/python3\nall:\n\tprint()\n", id="another shell"),
        pytest.param("MAKEFLAGS += -r\nall: a.o\n", id="flags that matter"),
        pytest.param("all:: a.c\n\techo\n", id="double colon"),
        pytest.param("all b &: a.c\n\techo\n", id="grouped targets"),
        pytest.param("all: X = 1\nall:\n\techo $(X)\n", id="target with a variable of its own"),
        pytest.param("all: $(shell cat list)\n\techo\n", id="needs come from a command"),
        pytest.param("$(shell cat list): a.c\n\techo\n", id="targets come from a command"),
        pytest.param("X := $(shell mkdir -p build)\nall:\n\techo\n", id="a command with an effect"),
        pytest.param("X := $(shell date > stamp)\nall:\n\techo\n", id="a command that writes"),
        pytest.param("X := $(shell ./version.sh)\nall:\n\techo\n", id="a script"),
        pytest.param("X := $(shell sed -i s/a/b/ f)\nall:\n\techo\n", id="sed -i"),
        pytest.param("X := $(shell find . -delete)\nall:\n\techo\n", id="find -delete"),
        pytest.param("X := $(shell awk 'BEGIN{system(\"rm x\")}')\nall:\n\techo\n", id="awk system()"),
        pytest.param("X != ./gen\nall:\n\techo\n", id="shell assignment of a script"),
        pytest.param("ifeq ($(shell arch),x86_64)\nX = 1\nendif\nall:\n\techo\n", id="condition on a command"),
        pytest.param("ifeq ($(USER),root)\nX = 1\nendif\nall:\n\techo\n", id="condition on the environment"),
        pytest.param("ifdef USER\nX = 1\nendif\nall:\n\techo\n", id="ifdef of the environment"),
        pytest.param("ifeq (a\nendif\nall:\n\techo\n", id="broken condition"),
        pytest.param("ifeq (a,a)\nall:\n\techo\n", id="no endif"),
        pytest.param("endif\nall:\n\techo\n", id="endif alone"),
        pytest.param("all:\n\techo '$(shell date)'\n", id="unknown text in single quotes"),
        pytest.param("all:\n\tcat <<EOF\n", id="here-document"),
        pytest.param("all: all2\nall2: all\n\techo\n", id="circle"),
        pytest.param("X = $(X) a\nall:\n\techo $(X)\n", id="variable in itself"),
        pytest.param("X = $(wildcard\nall:\n\techo\n\techo $(X)\n", id="bracket without end"),
        pytest.param("all: out\nout: a.c\n\tcp a.c out\nout: b.c\n\tcp b.c out\n", id="two recipes"),
        pytest.param("all: there\nthere: a.c\n\tcp a.c there\n", id="target is there, perhaps old"),
        pytest.param("all: m\n", id="yacc by a built-in rule"),
        pytest.param("all: -lm\n\techo\n", id="library as a need"),
        pytest.param("all: lib.a(a.o)\n\techo\n", id="archive member"),
        pytest.param("all: ~/x\n\techo\n", id="home directory"),
        pytest.param("%:\n\techo $@\nall: x\n", id="a rule for everything"),
        pytest.param("all: a.c\n\techo $*\n", id="stem of an explicit rule"),
        pytest.param("all:\n\techo $(MAKEFILE_LIST)\n", id="MAKEFILE_LIST"),
        pytest.param("all:\n\techo $(CURDIR)\n", id="CURDIR without a directory"),
        pytest.param("all:\n\techo $(word 0,a b)\n", id="word 0"),
        pytest.param("all:\n\techo $(abspath a)\n", id="abspath"),
        pytest.param("X = $(subst a,b,$(shell date))\nall:\n\techo $(X)\n", id="function of what is not known"),
        pytest.param("what is this\nall:\n\techo\n", id="no rule and no assignment"),
        pytest.param("all: ; echo '# x'\n", id="comment sign behind a semicolon"),
        pytest.param("X = a\\#b\nall:\n\techo $(X)\n", id="quoted comment sign"),
    ],
)
def test_not_understood(text: str) -> None:
    assert make(text, "a.c", "b.c", "m.y", "there") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("all:\n", (), id="nothing to do"),
        pytest.param("all: a.c\n", (), id="a source only"),
        pytest.param("hello: a.c\n\tgcc -o hello a.c\n", ("gcc -o hello a.c",), id="explicit"),
        pytest.param("all: a\n", ("cc a.c -o a",), id="built-in program"),
        pytest.param("all: a.o\n", ("cc -c -o a.o a.c",), id="built-in object"),
        pytest.param(
            "CFLAGS=-O2\na: a.o b.o\n", ("cc -O2 -c -o a.o a.c", "cc -O2 -c -o b.o b.c", "cc a.o b.o -o a"), id="linked"
        ),
        pytest.param("CXX=c++\nall: z.o\n", ("c++ -c -o z.o z.cpp",), id="C++"),
        pytest.param(
            "all: x y\nx y: a.c\n\techo $@ $< $^ $?\n",
            ("echo x a.c a.c a.c", "echo y a.c a.c a.c"),
            id="several targets",
        ),
        pytest.param(
            "all: x\n\t@echo 1\n\t-echo 2\n\t+@echo 3\nx:\n\techo x\n",
            ("echo x", "echo 1", "echo 2", "echo 3"),
            id="prefixes",
        ),
        pytest.param(
            "a: a.o\na.o: a.c src/h.h\n",
            ("cc -c -o a.o a.c", "cc a.o -o a"),
            id="rule without recipe gets the built-in one",
        ),
        pytest.param(
            "SRCS := $(wildcard *.c)\nall: $(SRCS:.c=.o)\n%.o: %.c | out\n\tgcc -c $< -o $@ # $*\nout:\n\tmkdir $@\n",
            ("mkdir out", "gcc -c a.c -o a.o # a", "gcc -c b.c -o b.o # b"),
            id="wildcard, substitution, pattern and order-only",
        ),
        pytest.param(
            "O = $(patsubst src/%.c,build/%.o,$(wildcard src/*.c))\nall: $(O)\nbuild/%.o: src/%.c\n\tcc -c $< -o $@\n",
            ("cc -c src/c.c -o build/c.o",),
            id="pattern with directories",
        ),
        pytest.param(
            "all: src/c.o\n%.o: %.c\n\tcc $< $(@D) $(@F) $*\n",
            ("cc src/c.c src c.o src/c",),
            id="pattern below a directory",
        ),
        pytest.param(
            "P = a b\nall: $(P)\n$(P): %: %.c\n\tgcc $< -o $@ # $*\n",
            ("gcc a.c -o a # a", "gcc b.c -o b # b"),
            id="static pattern",
        ),
        pytest.param(".c.o:\n\tgcc -c $<\nall: a.o\n", ("gcc -c a.c",), id="suffix rule"),
        pytest.param(
            "%.p1 %.p2: %.c\n\tgen $<\nall: a.p1 a.p2\n", ("gen a.c",), id="pattern with two targets runs once"
        ),
        pytest.param("all: q.o\n%.c: %.in\n\tcp $< $@\n", ("cp q.in q.c", "cc -c -o q.o q.c"), id="chain"),
        pytest.param(
            "A = $(B)\nB = 1\nC := $(B)\nB = 2\nall:;echo $(A) ${C} $B $$X\n",
            ("echo 2 1 2 $X",),
            id="late and early variables",
        ),
        pytest.param(
            "A = 1\nA ?= 2\nB ?= 3\nC += 4\nC += 5\nall:\n\techo $(A) $(B) $(C)\n", ("echo 1 3 4 5",), id="?= and +="
        ),
        pytest.param("X = a \\\n  b # c\nall:\n\techo $(X)end\n", ("echo a b end",), id="continuation and comment"),
        pytest.param(
            "all:\n\tfor i in a; do \\\n\t  echo $$i; \\\n\tdone\n",
            ("for i in a; do \\\n  echo $i; \\\ndone",),
            id="continued command",
        ),
        pytest.param("all:\n\tcd src && ls\n\tls\n", ("( cd src && ls )", "ls"), id="each line has its own shell"),
        pytest.param("all:\n\tX=1; echo $$X # c\n", ("( X=1; echo $X # c\n)",), id="assignment before a comment"),
        pytest.param("all:\n\t# nothing\n", (), id="a comment is no command"),
        pytest.param("all:\n\t$(MAKE) -C src all\n", ("make -C src all",), id="recursive"),
        pytest.param("export GOOS = linux\nall:\n\tgo build\n", ("export GOOS=linux", "go build"), id="export"),
        pytest.param("A = it's\nexport A B\nall:\n\tx\n", ('export A="it\'s"', "export B=", "x"), id="export of names"),
        pytest.param("A = 1\n.EXPORT_ALL_VARIABLES:\nall:\n\tx\n", ("export A=1", "x"), id="export everything"),
        pytest.param(
            "F = $(shell pkg-config --libs zlib)\nall:\n\tcc $(F)\n", (f"cc {UNKNOWN}",), id="a command in flags"
        ),
        pytest.param(
            "V := $(shell git describe --tags 2>/dev/null || echo dev)\nall:\n\tx -DV=$(V)\n",
            (f"x -DV={UNKNOWN}",),
            id="git describe",
        ),
        pytest.param("F != pkg-config --libs zlib\nall:\n\tcc $(F)\n", (f"cc {UNKNOWN}",), id="shell assignment"),
        pytest.param("all:\n\tcp a $(HOME)/a\n", ("cp a ${HOME}/a",), id="HOME is the shell's"),
        pytest.param("all:\n\tcp a $(PWD)/a\n", (f"cp a {UNKNOWN}/a",), id="PWD is not known"),
        pytest.param(
            "ifeq ($(shell uname -s),Linux)\nL=-lrt\nelse\nL=-framework\nendif\nall:\n\tx $(L)\n",
            ("x -lrt",),
            id="Linux",
        ),
        pytest.param("ifeq ($(OS),Windows_NT)\nE=.exe\nendif\nall:\n\tx $(E)\n", ("x",), id="unset variable"),
        pytest.param("ifneq \"a\" 'b'\nX=1\nendif\nall:\n\tx $(X)\n", ("x 1",), id="quoted condition"),
        pytest.param("ifdef N\nX=1\nelse ifndef N\nX=2\nelse\nX=3\nendif\nall:\n\tx $(X)\n", ("x 2",), id="else if"),
        pytest.param(
            "ifdef N\nifeq (a,a)\nX=1\nelse\nX=2\nendif\nendif\nall:\n\tx $(X)\n",
            ("x",),
            id="condition in a dead branch",
        ),
        pytest.param(
            "all:\nifdef N\n\techo n\nelse\n\techo y\nendif\n\techo z\n",
            ("echo y", "echo z"),
            id="condition in a recipe",
        ),
        pytest.param(".PHONY: there\nthere: a.c\n\techo $@\n", ("echo there",), id="a phony target is made"),
        pytest.param("all: there\nthere:\n\techo\n", (), id="a file that needs nothing is there"),
        pytest.param("there: FORCE\n\techo\nFORCE:\n", ("echo",), id="forced"),
        pytest.param(".DEFAULT_GOAL := z\na:\n\techo a\nz:\n\techo z\n", ("echo z",), id="default goal"),
        pytest.param(".SUFFIXES:\nall: a.o\n%.o: %.c\n\tx $<\n", ("x a.c",), id="no suffix rules"),
        pytest.param("all: a.h2\n.SUFFIXES: .h2\n.c.h2:\n\tgen $<\n", ("gen a.c",), id="new suffix"),
        pytest.param("-include missing.d\nall:\n\techo\n", ("echo",), id="optional include of nothing"),
        pytest.param(".POSIX:\nall: a\n", ("c99 -O1 a.c -o a",), id="POSIX"),
        pytest.param("all: ./a\n./a: ./a.c\n\tcc -o $@ $<\n", ("cc -o a a.c",), id="leading dot"),
        pytest.param(".depend: a.c\n\tx\nall: .depend\n", ("x",), id="a file with a dot"),
        pytest.param("$(info hello)\n$(warning x)\nall:\n\techo\n", ("echo",), id="info"),
        pytest.param("\ufeffall:\r\n\techo\r\n", ("echo",), id="BOM and CRLF"),
    ],
)
def test_commands(text: str, expected: tuple[str, ...]) -> None:
    assert make(text, "a.c", "b.c", "q.in", "z.cpp", "src/c.c", "src/h.h", "there") == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("addprefix -I,a b", "-Ia -Ib"),
        ("addsuffix .c,a b", "a.c b.c"),
        ("notdir x/y.c z", "y.c z"),
        ("dir x/y.c z", "x/ ./"),
        ("basename x.y/z a.c", "x.y/z a"),
        ("suffix a.c b", ".c"),
        ("filter %.c,a.c b.h", "a.c"),
        ("filter-out %.c,a.c b.h", "b.h"),
        ("sort c b a b", "a b c"),
        ("firstword c b", "c"),
        ("lastword c b", "b"),
        ("word 2,a b", "b"),
        ("words a b c", "3"),
        ("strip   a  b ", "a b"),
        ("subst a,b,aca", "bcb"),
        ("patsubst %.c,%.o,a.c b.h", "a.o b.h"),
        ("findstring a,cab", "a"),
        ("if x,y,z", "y"),
        ("if ,y,z", "z"),
        ("or ,b", "b"),
        ("and a,b", "b"),
        ("and ,b", ""),
        ("wildcard *.c x", "a.c b.c"),
    ],
)
def test_functions(call: str, expected: str) -> None:
    assert make(f"all:\n\techo [$({call})]\n", "a.c", "b.c") == (f"echo [{expected}]",)


def test_install_with_variables_of_the_command_line() -> None:
    text = (
        "PREFIX ?= /usr/local\nall: a\ninstall: all\n\tinstall -m755 a $(DESTDIR)$(PREFIX)/bin/a\n.PHONY: all install\n"
    )
    assert make(text, "a.c", goals="install") == ("cc a.c -o a", "install -m755 a /usr/local/bin/a")
    assert make(text, "a.c", goals="all install", PREFIX="/opt") == (
        "export PREFIX=/opt",
        "cc a.c -o a",
        "install -m755 a /opt/bin/a",
    )


def test_the_command_line_wins_over_the_file_and_the_file_over_the_environment() -> None:
    text = "CC = gcc\nCFLAGS += -Wall\noverride L += -lm\nall:\n\t$(CC) $(CFLAGS) $(L)\n"
    assert make(text, CC="clang", L="-lz") == ("export CC=clang", "clang -Wall -lz -lm")
    assert make(text, environment={"CC": "clang", "CFLAGS": "-O2", "L": "-lz"}) == (
        "export CC=gcc",
        'export CFLAGS="-O2 -Wall"',
        'export L="-lz -lm"',
        "gcc -O2 -Wall -lz -lm",
    )


def test_variables_reach_a_recursive_make() -> None:
    text = "all:\n\t$(MAKE) -C lib\n"
    assert make(text, V="a b") == ('export V="a b"', 'make V="a b" -C lib')
    assert make("all:\n\tmake -C lib\n", V="1") is None


def test_a_value_that_is_not_known_stays_unknown() -> None:
    assert make("all:\n\tcp a $(DESTDIR)/a\n", DESTDIR=UNKNOWN) == (f'export DESTDIR="{UNKNOWN}"', f"cp a {UNKNOWN}/a")
    assert make("all: $(X)\n", X=UNKNOWN) is None


def test_the_directory_is_known_if_given() -> None:
    assert make("all:\n\tGOBIN=$(CURDIR)/bin go install\n", directory="/src") == ("( GOBIN=/src/bin go install )",)
    assert make("D := $(shell pwd)\nall:\n\techo $(D)\n", directory="/src") == ("echo /src",)


def test_each_target_is_made_once_in_order() -> None:
    text = "all: x y\nx: c\n\techo x\ny: c\n\techo y\nc:\n\techo c\n"
    assert make(text) == ("echo c", "echo x", "echo y")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "A0 = x\n" + "".join(f"A{i} = $(A{i - 1})$(A{i - 1})\n" for i in range(1, 40)) + "all:\n\techo $(A39)\n",
            id="doubling",
        ),
        pytest.param(
            "all: t0\n" + "".join(f"t{i}: t{i + 1}\n\techo\n" for i in range(2000)) + "t2000:\n", id="deep needs"
        ),
        pytest.param("all:\n\techo " + "$(strip " * 3000 + ")" * 3000 + "\n", id="deep functions"),
        pytest.param("all:\n" + "\techo\n" * 50_000, id="many lines"),
        pytest.param("#" * 500_000, id="large"),
    ],
)
def test_bounded(text: str) -> None:
    assert make(text) is None


FRAGMENTS = st.sampled_from(
    [
        "all",
        ":",
        "=",
        ":=",
        "+=",
        "$(",
        ")",
        "${",
        "}",
        "\n",
        "\n\t",
        "%",
        ".c",
        ".o",
        "$@",
        "$<",
        "$",
        "#",
        "\\\n",
        "ifeq ",
        "(",
        ",",
        "endif",
        "else",
        "include ",
        "-include x",
        "export ",
        "override ",
        ".PHONY",
        "a",
        " ",
        ";",
        "|",
        "wildcard ",
        "shell ",
        "patsubst ",
        "'",
        '"',
        "::",
        "\\",
        "define",
        "\0",
    ]
)


@given(st.lists(FRAGMENTS | st.text(max_size=5), max_size=40).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    lines = make(text, "a.c", "x")
    assert lines is None or all(lines)
