"""What Ruby runs: literals exactly, nothing where nothing runs, and everything else is unknown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transformer.context.ruby_source import read, read_markup, read_page


def said(code: str) -> tuple[list[str], list[str], list[str]]:
    found = read(code)
    return [m.text for m in found.commands], [m.text for m in found.dynamic], [m.text for m in found.code]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("", id="empty"),
        pytest.param("puts File.read('a').lines.map(&:strip)", id="another module"),
        pytest.param("# system 'git'\na = 'eval'", id="a comment and a string"),
        pytest.param("=begin\nsystem 'git'\n=end", id="a block comment"),
        pytest.param("@db.exec('select 1'); /a/.match(b); queue.spawn { 1 }", id="other methods of those names"),
        pytest.param("instance_eval { foo }; class_eval(&block)", id="a block is code that stands there"),
        pytest.param('send("#{name}=", 1); obj.send(:name)', id="a name that can be none of them"),
        pytest.param("obj.public_send(action)", id="private functions of Kernel are not public"),
        pytest.param("ERB::Util.html_escape(a)", id="a helper"),
        pytest.param("Process.clock_gettime(0); Kernel.rand; IO.read('a')", id="other functions of those modules"),
        pytest.param("exec; system_name = 1; def sh_path = 2", id="no call of them"),
        pytest.param("form_for(a, method: :post)", id="a keyword"),
        pytest.param("TTY::Prompt.new", id="a gem of the same family that runs nothing"),
        pytest.param("list.join('|'); open('a|b')", id="a bar that starts nothing"),
        pytest.param("::Kernel.raise x; ::Kernel::Float(a); module Kernel; end", id="Kernel for other things"),
        pytest.param("Foreman::Rush.new; module Rush; end", id="another module of the name"),
        pytest.param("run Rails.application", id="rack's run"),
        pytest.param("command 'build' do |c|\n  c.action\nend", id="a command that is defined"),
        pytest.param("require 'rake'; require 'inline_svg'; import 'mkmf.rb'", id="libraries that compile nothing"),
    ],
)
def test_nothing(code: str) -> None:
    assert said(code) == ([], [], [])


@pytest.mark.parametrize(
    ("code", "commands"),
    [
        ("system('git', 'status')", ["git"]),
        ("system 'git status'", ["git"]),
        ("`uname -a | cut -c1`", ["cut", "uname"]),
        ("%x(date)", ["date"]),
        ("Open3.capture3({'A' => 'b'}, 'convert a b')", ["convert"]),
        ("Kernel.system('x'); Process.spawn('y', out: 'z')", ["x", "y"]),
        ("IO.popen(['git', 'log']); IO.popen('hg log', 'r')", ["git", "hg"]),
        ("self.system('foo')", ["foo"]),
        ("sh 'make -j2'", ["make"]),
        ("system('git fetch && git log')", ["git"]),
        ("PTY.spawn('top')", ["top"]),
        ("::Kernel.system('x')", ["x"]),
        ("run 'git fetch'", ["git"]),
        ("every(1.day) { command 'pg_dump db | gzip' }", ["gzip", "pg_dump"]),
        ("system('gem', 'list')", ["gem"]),
    ],
)
def test_commands(code: str, commands: list[str]) -> None:
    assert said(code) == (commands, [], [])


@pytest.mark.parametrize(
    "code",
    [
        "system(name)",
        "`ls #{x}`",
        'system("git #{x}")',
        "exec(*words)",
        "system('env', 'git')",
        "system('sh -c x')",
        "system(<<~SH)\n  git\nSH",
        "IO.popen(words)",
        "Open3.pipeline('a', 'b')",
        "include Open3",
        "k = Kernel",
        "alias run system",
        "alias_method :run, :system",
        "method(:exec)",
        "obj.send(:system, 'x')",
        "open('|git log')",
        "IO.read('| git log')",
        "Terrapin::CommandLine.new('a').run",
        "TTY::Command.new.run('a')",
        "Fiddle.dlopen('a')",
        "require 'mkmf'",
        "require 'bundler/inline'\ngemfile { gem 'pg' }",
        "every(1.day) { command 'pg_dump db > dump' }",
        "every(1.day) { rake 'report' }",
        "system('rake report')",
        "system('bundle', 'install')",
        "def a(\n  system",
    ],
)
def test_unknown_programs(code: str) -> None:
    _, dynamic, _ = said(code)
    assert dynamic


@pytest.mark.parametrize(
    "code",
    [
        "eval(a)",
        "instance_eval(text)",
        "class_eval 'def a; end'",
        "send(name)",
        'send("#{a}")',
        'send("s#{a}")',
        "ERB.new(a)",
    ],
)
def test_unknown_code(code: str) -> None:
    assert said(code)[2]


def test_libraries_are_named() -> None:
    assert [m.text for m in read("extend FFI::Library\nffi_lib 'vips', 'z'").libraries] == ["vips", "z"]
    assert read("ffi_lib name").dynamic


def test_pages() -> None:
    assert (
        read_page("<p method='post'>`a`</p>\n<% form do |f| %>\n<%= f.name %>\n<% end %><%# system x %>").dynamic == ()
    )
    assert read_page("<%= `df #{x}` -%>").dynamic
    assert [m.text for m in read_page("<% system('df') %>").commands] == ["df"]
    assert read_markup("%p= name\n%a{href: x} Send it").dynamic == ()
    assert read_markup("- system(x)").dynamic


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab\"'`#{}()|%x:&<>~=\n systemvlnd.", max_size=60))
def test_any_text_is_read(text: str) -> None:
    read(text)
    read_page(text)
