"""What is read out of a script."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from transformer.ir.script import Group, OpaqueCommand, Script, SimpleCommand
from transformer.shell import parse_script

Outline = Callable[[Script], str]

NOTHING = ["", " ", "\n", "\n\n  \n", "# only a comment", "  # a\n# b\n", "\\\n # a"]

WORDS = [
    ("a b", "[a b]"),
    ("a 'b c' \"d e\"", "[a 'b c' 'd e']"),
    ('a"b"c', "[a'b'c]"),
    ("a\\ b", "[a' 'b]"),
    ("a \\ b '\\'", "[a ' 'b '\\\\']"),
    ("sed s/x$/y/ /^$/d", "[sed s/x$/y/ /^$/d]"),
    ('a "" b', "[a '' b]"),
    ('a "\\$x\\"\\n"', "[a '$x\"\\\\n']"),
    ("a $'x\\ty\\'' b", '[a "x\\ty\'" b]'),
    ('a "b$c"d', "[a 'b'Q${c}d]"),
    ("a $b${c}d", "[a ${b}${c}d]"),
    ("a ${x:-d e} ${x%.*} ${#x} ${!x}", "[a ${x:-d e} ${x%.*} ${xlength} ${xindirect}]"),
    ("a $1 $@ $? $$ $", "[a ${1} ${@} ${?} ${$} $]"),
    ("a b\\\nc", "[a bc]"),
    ("a \\\n  b", "[a b]"),
    ("a {b,c}d e{1..3}", "[a ?{b,c}d? e?{1..3}?]"),
    ("a {} {b} {{.X}} {,}", "[a {} {b} {{.X}} ?{,}?]"),
    ("a ~/x '~' *.c", "[a ~/x '~' *.c]"),
    ("make -j$(nproc)", "[make -j<[nproc]>]"),
    ('a "$(b; c)" `d`', "[a Q<[b] ; [c]> <[d]>]"),
    ("a $((1+2)) $(<f)", "[a ?$((1+2))? <[<f]>]"),
    ('a "`b \\"c\\"`"', "[a Q<OPAQUE>]"),
    ("a `b '\\.c'`", "[a <[b '\\\\.c']>]"),
    ("a ${x:-$(b c)} ${y-`d`}", "[a <[b c]> <[d]>]"),
    ('a ${x:-"b$(c)"} ${x:-${y:-`d`}}', "[a <[c]> <[d]>]"),
    ("a \"${x:-'y'}\" ${x:-'}'}", "[a Q${x:-'y'} ${x:-'}'}]"),
    ("a <(b) >(c)", "[a <[b]> <[c]>]"),
    ("a b#c '#d' #e", "[a b#c '#d']"),
    ("a x/$b/c-$b.d e", "[a x/${b}/c-${b}.d e]"),
    ("a x-`b`-`c` d", "[a x-<[b]>-<[c]> d]"),
    ("a x`b`", "[a x<[b]>]"),
    ("a é 'ü' $x", "[a é 'ü' ${x}]"),
]

LISTS = [
    ("a && b || c; d", "[a] && [b] || [c] ; [d]"),
    ("a\nb;\n\n# x\nc\n", "[a] NL [b] ; [c]"),
    ("a && # why\n b", "[a] && [b]"),
    ("set -eux; a; b", "[set -eux] ; [a] ; [b]"),
    ("cd a && (cd b; make) && make install", "[cd a] && ([cd b] ; [make]) && [make install]"),
    ("{ a; b; } || c", "{[a] ; [b]} || [c]"),
    ("a & b", "([a]) & [b]"),
    ("a && b & c &", "([a] && [b]) & ([c])"),
    ("! a && ! b", "! [a] && ! [b]"),
    ("! a | b", "! <[a] | [b]>"),
    ("curl -fsSL u | tar xz -C /x", "<[curl -fsSL u] | [tar xz -C /x]>"),
    ("a | b | c && d", "<[a] | [b] | [c]> && [d]"),
    ("a |& b", "<[a] | [b]>"),
    ("[ -f x ] && y || z", "[[ -f x ]] && [y] || [z]"),
    ('[ "$a" = "b c" ] || exit 1', "[[ Q${a} = 'b c' ]] || [exit 1]"),
    ("[[ $x =~ ^[0-9]+$ && -d y ]]", "[[[ ${x} =~ ^[0-9]+$ '&&' -d y ]]]"),
    ("test -f x -a -d y", "[test -f x -a -d y]"),
]

REDIRECTS = [
    ("a > b", "[a >b]"),
    ("a >b c", "[a c >b]"),
    (">b a c", "[a c >b]"),
    ("> x", "[>x]"),
    ("a && b > x", "[a] && [b >x]"),
    ("a || b | c > y && d", "[a] || <[b] | [c >y]> && [d]"),
    ("(a && b > x | c)", "([a] && <[b >x] | [c]>)"),
    ("{ a; } | b | c && (d) || e", "<{[a]} | [b] | [c]> && ([d]) || [e]"),
    ("if a | b | c && case x in *) d;; esac; then e; fi", "if{<[a] | [b] | [c]> && case x{[d]}}{[e]}"),
    ("! a || b > x | c | d", "! [a] || <[b >x] | [c] | [d]>"),
    ("a 2>&1 >>b <c >|d", "[a >&1 >>b <c >|d]"),
    ("a 2>/dev/null | b", "<[a >/dev/null] | [b]>"),
    ("a &> b; c &>> d", "[a &>b] ; [c &>>d]"),
    ("exec 3>&-", "[exec >&-]"),
    ('a <<< "b $c" d', "[a d <<<'b 'Q${c}]"),
    ("(a) > x; { b; } > y", "([a]) >x ; {[b]} >y"),
    ("a > x/$b/c-$b.d", "[a >x/${b}/c-${b}.d]"),
    ("cat <<EOF > x && b\nhi $y\nEOF\nc", "[cat <<'hi 'Q${y}'\\n' >x] && [b] NL [c]"),
    ("cat <<'EOF' | b && c\nhi $y\nEOF\n", "<[cat <<'hi $y\\n'] | [b]> && [c]"),
    ("cat <<-E\n\ta\n\t\tb$x\n\tE\n", "[cat <<'a\\nb'Q${x}'\\n']"),
    ("cat <<A <<B\nx\nA\ny\nB\nz", "[cat <<'x\\n' <<'y\\n'] NL [z]"),
    ("cat <<A\n$(b c) `d`\nA", "[cat <<Q<[b c]>' 'Q<[d]>'\\n']"),
    ('a "$(cat <<EOF\nx\nEOF\n)" b', "[a Q<[cat <<'x\\n']> b]"),
    ("cat <<E\n$((1+2)) $((1+$(a))) `b \\`c\\``\nE", "[cat <<Q?$((1+2))?' 'Q<OPAQUE>' 'Q<OPAQUE>'\\n']"),
    ("while a; do b; done <<E\nx\nE", "while{[a]}{[b]} <<'x\\n'"),
    ("cat <<EOF |\na && b 'c\nEOF\nd", '<[cat <<"a && b \'c\\n"] | [d]>'),
]

ASSIGNMENTS = [
    ("a=b c", "[a=b; c]"),
    ("a=b c=d", "[a=b; c=d;]"),
    ("a= b", "[a=; b]"),
    ('buildDeps="gcc make"; apt-get install $buildDeps', "[buildDeps='gcc make';] ; [apt-get install ${buildDeps}]"),
    ("PATH+=:/x", "[PATH+=:/x;]"),
    ("a=$(b c) d", "[a=<[b c]>; d]"),
    ("export A=b C='d e' F", "[A=b; C='d e'; export A=b C='d e' F]"),
    ("export A=$B:$C/x-$D.e", "[A=${B}:${C}/x-${D}.e; export A=${B}:${C}/x-${D}.e]"),
    ("declare -x A=; readonly B=c", "[A=; declare -x A=] ; [B=c; readonly B=c]"),
    ("unset a", "[unset a]"),
    ("a=(b $(c)) d[1]=e", "[a=<[c]>; d=?e?;]"),
]

COMPOUND = [
    ("if a; then b; fi", "if{[a]}{[b]}"),
    ("if a; then b; elif c; then d; else e; f; fi > g", "if{[a]}{[b]}{[c]}{[d]}{[e] ; [f]} >g"),
    ("if ! a; then\n b\nfi | c", "<if{! [a]}{[b]} | [c]>"),
    ("for i in a $b; do c $i; done", "for i a ${b}{[c ${i}]}"),
    ("for i in $(a)\ndo b\ndone", "for i <[a]>{[b]}"),
    ("for i; do a; done", "for i Q${@}{[a]}"),
    ("for ((i=0; i<3; i++)); do a; done", "for ?((i=0; i<3; i++))?{[a]}"),
    ("a | while read -r x; do b; done", "<[a] | while{[read -r x]}{[b]}>"),
    ("while read x; do a; done < f", "while{[read x]}{[a]} <f"),
    ("until a; do b; done", "until{[a]}{[b]}"),
    ('case "$x" in a|b) c;; (d*) e; f ;; *) ;; esac', "case Q${x}{[c]}{[e] ; [f]}{}"),
    ("f() { a; b; }; f", "f(){[a] ; [b]} ; [f]"),
    ("function f { a; } > x", "f(){{[a]} >x}"),
    ("f() ( a )", "f(){([a])}"),
]

DOUBTFUL = [
    ("a 'b", "OPAQUE"),
    ("a && ", "OPAQUE"),
    ("if a; then b", "OPAQUE"),
    ("then", "OPAQUE"),
    ("a; }", "OPAQUE"),
    ("a;; b", "OPAQUE"),
    ("(( a = 1 ))", "OPAQUE"),
    ("a <<EOF\nb", "OPAQUE"),
    ("a <> b && c", "OPAQUE && [c]"),
    ("a && b <> c || d; e", "[a] && OPAQUE || [d] ; [e]"),
    ('a $"b"', "OPAQUE"),
    ("a $\\\nb", "OPAQUE"),
    ("a\r\nb\r\n", "OPAQUE NL OPAQUE"),
    ("rm !(a) && b", "OPAQUE"),
    ("a & b <> c", "OPAQUE"),
    ("; a", "OPAQUE"),
    ("! ! a", "OPAQUE"),
    ("a | ! b", "OPAQUE"),
    ("for ((i=$(a);;)); do b; done", "OPAQUE"),
    ("case x in $(a)) b;; esac", "OPAQUE"),
    ("a $[1+2]", "OPAQUE"),
    ("a ${x y}", "OPAQUE"),
    ("[ a < b ]", "OPAQUE"),
    ("[ a]", "OPAQUE"),
    ("a <<-`x`\n", "OPAQUE"),
    ("a() { b <> c; }; d", "OPAQUE"),
    ("a && { b <> c; } && d", "[a] && OPAQUE && [d]"),
    ("a ||\n<> b\n\n\nc\n", "[a] || OPAQUE NL [c]"),
    ("case x in a) b <> c;; esac; d", "OPAQUE"),
]


@pytest.mark.parametrize("text", NOTHING)
def test_nothing(text: str) -> None:
    assert parse_script(text).items == ()


@pytest.mark.parametrize(("text", "expected"), WORDS + LISTS + REDIRECTS + ASSIGNMENTS + COMPOUND + DOUBTFUL)
def test_outline(text: str, expected: str, outline: Outline) -> None:
    assert outline(parse_script(text)) == expected


def test_comment_in_backquotes_is_no_word(outline: Outline) -> None:
    script = parse_script("a b `# it's why` c && `#` d '`# no`'")
    assert outline(script) == "[a b c] && [d '`# no`']"


def test_spans_are_characters_not_bytes() -> None:
    text = "echo 'äöü€𝄞' x && \udce4b y"
    script = parse_script(text)
    commands = [item.command for item in script.items]
    words = [word for command in commands if isinstance(command, SimpleCommand) for word in command.words]
    assert [word.span.slice(text) for word in words] == ["echo", "'äöü€𝄞'", "x", "\udce4b", "y"]
    assert [word.raw for word in words] == ["echo", "'äöü€𝄞'", "x", "\udce4b", "y"]


def test_no_character_crashes_the_parser() -> None:
    for code in range(0x80, 0x110000, 1999):
        assert parse_script(f"a{{{chr(code)}x").items


def test_item_span_covers_negation_and_redirections() -> None:
    text = "a && ! b > c; d"
    assert [item.span.slice(text) for item in parse_script(text).items] == ["a", "! b > c", "d"]


def test_background_span_covers_the_list() -> None:
    text = "cd x && b & c"
    first = parse_script(text).items[0]
    assert isinstance(first.command, Group)
    assert first.span.slice(text) == "cd x && b"


def test_heredoc_spans() -> None:
    text = "cat <<EOF > x && b\nhi\nEOF\n"
    command = parse_script(text).items[0].command
    assert isinstance(command, SimpleCommand)
    heredoc = command.redirects[0]
    assert (heredoc.span.slice(text), heredoc.body) == ("<<EOF", "hi\n")
    assert heredoc.target is not None
    assert heredoc.target.span.slice(text) == "hi\n"


def test_opaque_item_says_why_and_where() -> None:
    text = "a &&  b <> c  && d"
    command = parse_script(text).items[1].command
    assert isinstance(command, OpaqueCommand)
    assert (command.reason, command.span.slice(text)) == ("syntax error", "b <> c")


@pytest.mark.parametrize("opening", ["(", "$(", "{ ", "`", "${x:-", "if ", '"$('])
def test_deep_nesting_is_read_or_opaque(opening: str) -> None:
    assert parse_script("a " + opening * 2000).items


def test_long_lists_do_not_recurse() -> None:
    script = parse_script(" && ".join(f"echo {n} >> f" for n in range(3000)))
    assert len(script.items) == 3000
    assert not any(isinstance(item.command, OpaqueCommand) for item in script.items)


def test_tree_sitter_is_loaded_late() -> None:
    code = "import sys, transformer.shell; sys.exit('tree_sitter' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
