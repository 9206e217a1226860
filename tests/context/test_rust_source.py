"""What Rust runs, loads and opens: literals exactly, nothing where nothing runs, and everything else is unknown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transformer.context.rust_source import RustProgram, read

STD = "use std::process::Command;\n"


def said(code: str, **others: str) -> RustProgram:
    return read({"src/main.rs": code, **{f"src/{name}.rs": text for name, text in others.items()}})


def runs(code: str, **others: str) -> tuple[list[str], list[str]]:
    found = said(code, **others)
    return [m.text for m in found.commands], [m.text for m in (*found.dynamic_commands, *found.dynamic_loads)]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("", id="empty"),
        pytest.param(
            '// Command::new("git")\n/* Command::new("git") /* nested */ Command::new("git") */', id="comments"
        ),
        pytest.param('fn f() { println!("Command::new(x)"); let s = r#"Command::new("git")"#; }', id="strings"),
        pytest.param(STD + "#[cfg(test)]\nmod tests { fn f() { Command::new(x); } }", id="tests"),
        pytest.param(STD + "#[test]\n#[ignore]\nfn f() { Command::new(x); }", id="one test"),
        pytest.param('use clap::Command;\nfn f() { Command::new(name); Command::new("build"); }', id="clap's command"),
        pytest.param("fn f() { clap::Command::new(name); }", id="clap's command by its path"),
        pytest.param("fn f(c: &mut std::process::Command) -> Option<Command> { None }", id="a type"),
        pytest.param("fn f() { Command::new(std::env::current_exe().unwrap()); }", id="the program itself"),
        pytest.param("fn system(x: u8) {} fn f() { system(1); self.system(2); db.exec(3) }", id="own functions"),
        pytest.param('include!("other.rs"); include!(concat!(env!("OUT_DIR"), "/made.rs"));', id="sources"),
        pytest.param('#[path = "unix.rs"] mod sys;', id="a module"),
        pytest.param('#[path = "."] mod sys { mod x; }', id="a directory"),
        pytest.param('#[path = "../tests/a.rs"] #[cfg(test)] mod a;', id="a module of tests"),
        pytest.param("use std::fs;\ntype T = ();\nfn f() -> T { fs::x(); T }", id="a type without a name"),
        pytest.param("fn f() { let c = '\"'; let l: &'static str = x; }", id="a quote and a lifetime"),
        pytest.param('fn f() { unsafe { std::arch::asm!("nop") } }', id="assembly that computes"),
        pytest.param("use libc::{c_int, getpid};\nfn f() { unsafe { getpid() } }", id="other functions of C"),
    ],
)
def test_nothing(code: str) -> None:
    assert runs(code) == ([], [])


@pytest.mark.parametrize(
    ("code", "commands"),
    [
        ('fn f() { std::process::Command::new("git").arg("log"); }', ["git"]),
        (STD + 'fn f() { Command::new("git"); Command::new(&"hg".to_string()); }', ["git", "hg"]),
        ('use std::process::Command as Cmd;\nfn f() { Cmd::new("git"); }', ["git"]),
        ('use std::process;\nfn f() { process::Command::new("git"); }', ["git"]),
        ('use std::{fs, process::{self as p, Stdio}};\nfn f() { p::Command::new("git"); }', ["git"]),
        ('use std::process::*;\nfn f() { Command::new("git"); }', ["git"]),
        ('use tokio::process::Command;\nfn f() { tokio::select! { _ = Command::new("git").status() => {} } }', ["git"]),
        (STD + 'fn f() { println!("{:?}", vec![Command::new("git")]); }', ["git"]),
        (STD + 'macro_rules! run { () => { Command::new("git") } }', ["git"]),
        (STD + 'const GIT: &str = "git";\nfn f() { Command::new(GIT); Command::new(super::GIT); }', ["git"]),
        (STD + 'fn f() { Command::new("sh").arg("-c").arg("git log | wc -l"); }', ["git", "sh", "wc"]),
        (STD + 'fn f() { Command::new("bash").args(["-c", "hg log"]).status(); }', ["bash", "hg"]),
        (STD + 'type Tool = Command;\ntype Other = Tool;\nfn f() { Other::new("git"); }', ["git"]),
        ('fn f() { Command /* x */ ::new("git"); Command::new("h\\u{67}"); }', ["git", "hg"]),
        (STD + 'struct A { #[cfg(test)] x: u8 }\nfn f() { Command::new("git"); }', ["git"]),
        (STD + '#[cfg(not(test))]\nfn f() { Command::new("git"); }', ["git"]),
        (STD + 'fn f() { Command::new(Path::new("/usr/bin/git")); }', ["/usr/bin/git"]),
        ('use duct::cmd;\nfn f() { cmd!("git", "log"); cmd("hg", &["log"]); }', ["git", "hg"]),
        ('use xshell::{cmd, Shell};\nfn f() { cmd!(sh, "git log {range}").run(); }', ["git"]),
        ('fn f() { subprocess::Exec::cmd("git"); subprocess::Exec::shell("hg log"); }', ["git", "hg"]),
        ('fn f() { async_process::Command::new("git"); portable_pty::CommandBuilder::new("hg"); }', ["git", "hg"]),
    ],
)
def test_known(code: str, commands: list[str]) -> None:
    assert runs(code) == (commands, [])


@pytest.mark.parametrize(
    "code",
    [
        STD + "fn f(x: &str) { Command::new(x); }",
        STD + 'fn f() { Command::new(format!("git-{x}")); }',
        STD + 'fn f() { Command::new(concat!("g", "it")); }',
        STD + 'fn f() { Command::new(if cfg!(windows) { "where" } else { "which" }); }',
        STD + 'fn f() { Command::new(std::env::var("GIT").unwrap_or("git".into())); }',
        STD + "fn f() { names.map(Command::new); }",
        STD + "fn f() { let run = Command::new; run(x); }",
        STD + 'const GIT: &str = env!("GIT");\nfn f() { Command::new(GIT); }',
        STD + 'fn f() { <Command>::new("git"); }',
        STD + 'fn f() { let mut c = Command::new("sh"); c.arg("-c").arg("git"); }',
        STD + 'fn f() { Command::new("sh").arg("-c").arg(format!("git {x}")); }',
        STD + 'fn f() { Command::new("bash").arg("run.sh"); }',
        STD + 'fn f() { Command::new("env").arg("git"); }',
        STD + "macro_rules! run { ($x:expr) => { Command::new($x) } }",
        "fn f() { unsafe { libc::system(c.as_ptr()) } }",
        "use libc::*;\nfn f() { unsafe { system(c) } }",
        "use libc::{c_char, popen};\nfn f() { let run = popen; }",
        "use nix::unistd::execvp as go;\nfn f() { go(&a, &b); }",
        'extern "C" { fn popen(a: *const u8, b: *const u8); }\nfn f() { unsafe { popen(a, b) } }',
        'fn f() { unsafe { std::arch::asm!("syscall") } }',
        "fn f() { libloading::Library::new(name); }",
        "fn f() { unsafe { libloading::os::unix::Library::open(Some(name), 2) } }",
        "use dlopen2::wrapper::Container;\nfn f() { let c: Container<Api> = Container::load(x); }",
        'include!("commands.inc");',
        '#[path = "../tests/tool.rs"] mod tool;',
        "fn f() { cmd_lib::run_cmd!(git log); }",
        'fn f() { cmd!(sh, "{tool} log"); }',
        'fn f() { open::that("https://example.org"); }',
        STD + 'fn f() { Command::new("git"); /* no end',
    ],
)
def test_unknown(code: str) -> None:
    assert runs(code)[1]


def test_other_names_are_followed_from_file_to_file() -> None:
    tools = "pub use std::process::Command as Tool;\npub type Other = std::process::Command;"
    code = 'use crate::tools::{Tool, Other as More};\nfn f() { Tool::new("git"); More::new("hg"); }'
    assert runs(code, tools=tools) == (["git", "hg"], [])


def test_constants_of_other_files() -> None:
    assert runs(STD + "fn f() { Command::new(tools::GIT); }", tools='pub const GIT: &str = "git";') == (["git"], [])


@pytest.mark.parametrize(
    ("code", "opened"),
    [
        ('use std::fs::File;\nfn f() { File::open("a.txt"); }', ["a.txt"]),
        ('use std::fs;\nfn f() { fs::read_to_string("b.txt"); std::fs::read_dir("c"); }', ["b.txt", "c"]),
        ('use std::fs::read as load;\nfn f() { load("d"); }', ["d"]),
        ('use std::fs::*;\nfn f() { write("e", x); }', ["e"]),
        ('fn f() { tokio::fs::read("g"); OpenOptions::new().read(true).open("h"); }', ["g", "h"]),
        ('fn f() { Path::new("i").exists(); }', ["i"]),
        ('fn f() { ServeDir::new("static"); Files::new("/", "./public"); FileServer::from("www"); }',
         ["./public", "static", "www"]),
    ],
)  # fmt: skip
def test_opened(code: str, opened: list[str]) -> None:
    found = said(code)
    assert ([m.text for m in found.opens], found.dynamic_opens) == (opened, ())


@pytest.mark.parametrize(
    "code",
    [
        "fn f(p: &Path) { std::fs::read(p); }",
        "fn f(p: &Path) { p.exists(); }",
        "fn f() { File::options().open(name); }",
        'fn f() { File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("a")); }',
        'const HERE: &str = env!("CARGO_MANIFEST_DIR");',
        "use std::fs;\nfn f() { names.map(fs::read); }",
    ],
)
def test_opened_by_unknown_names(code: str) -> None:
    assert said(code).dynamic_opens


def test_links_and_libraries() -> None:
    found = said(
        '#[link(name = "z")] extern "C" {}\n#[link(name = "own", kind = "static")] extern "C" {}\n'
        'fn f() { libloading::Library::new("libfoo.so.1"); }'
    )
    assert [m.text for m in found.links] == ["z"]
    assert [m.text for m in found.libraries] == ["libfoo.so.1"]


def test_all_texts_are_strings() -> None:
    assert {"a b", "c.txt"} <= said('fn f() { g("a b"); /* it"s */ h("c.txt") }').strings


PIECES = (
    *"()[]{}<>#!.,;:=&*'\"/\\\n",
    *("::", "//", "/*", "*/", "use", "type", "as", "self", "crate", "fn", "const", "extern", "X", "A", 'r#"', "b'"),
    *("Command", "new", "process", "std", "fs", "read", "File", "open", "libc", "system", "cmd!", "include!", "link"),
    *("path", "cfg(test)", "#[test]", "arg", "current_exe", '"sh"', '"-c"', '"git log"', "GIT", "asm!", "Library"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=40), st.lists(st.sampled_from(PIECES), max_size=20))
@settings(max_examples=400)
def test_any_text_is_read(pieces: list[str], others: list[str]) -> None:
    found = said(STD + " ".join(pieces) + "\nfn f() { Command::new(x) }", other="".join(others) + " Command::new(y)")
    assert isinstance(found, RustProgram)
