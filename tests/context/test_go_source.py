"""What Go sources say: nothing by default, literals exactly, everything else as dynamic."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transformer.context.build_context import BuildContext
from transformer.context.go_source import GoProgram, main_name, read

MOD = "module example.com/app\n\ngo 1.22\n"


def context(root: Path, **files: str) -> BuildContext:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return BuildContext(root)


def program(root: Path, code: str, *imports: str, **files: str) -> GoProgram:
    lines = "".join(f"import {name}\n" if '"' in name else f'import "{name}"\n' for name in imports)
    return read(context(root, **{"go.mod": MOD, "main.go": f"package main\n{lines}\n{code}\n", **files}), ".")


def texts(mentions: tuple[object, ...]) -> list[str]:
    return [getattr(mention, "text") for mention in mentions]  # noqa: B009


@pytest.mark.parametrize(
    ("code", "imports"),
    [
        pytest.param("func main() {}", (), id="nothing"),
        pytest.param('func main() { println("exec.Command") }', ("os/exec",), id="in a string"),
        pytest.param("// exec.Command(x) os.Open(y)\n/* os.Open(z)\n*/", ("os/exec", "os"), id="in comments"),
        pytest.param("var s = `exec.Command(x)\nos.Open(y)`", ("os/exec", "os"), id="in a raw string"),
        pytest.param("func f() { exec.Command(x) }", (), id="not the package"),
        pytest.param("func f() { exec.Command(x) }", ("example.com/app/exec",), id="another package of that name"),
        pytest.param("func f() { e.Command(x); os.Getenv(x) }", ("os/exec", "os"), id="another function"),
        pytest.param("func f(c *exec.Cmd) error { return c.Run() }", ("os/exec",), id="only the type"),
        pytest.param("func f() { os.Open(x) }", ('_ "os"',), id="blank import"),
        pytest.param('func f() { time.LoadLocation("UTC") }', ("time",), id="UTC needs no file"),
        pytest.param('func f() { sql.Open("postgres", dsn) }', ("database/sql",), id="network database"),
        pytest.param('func f() { http.ListenAndServeTLS(":1", "", "", nil) }', ("net/http",), id="no certificate"),
    ],
)
def test_nothing(tmp_path: Path, code: str, imports: tuple[str, ...]) -> None:
    found = program(tmp_path, code, *imports, **{"exec/exec.go": "package exec\n"})
    assert found.commands + found.dynamic_commands + found.opens + found.dynamic_opens + found.uses_timezones == ()
    assert found.complete


@pytest.mark.parametrize(
    ("code", "imports", "commands", "scripts"),
    [
        ('exec.Command("git", "log")', ("os/exec",), ["git"], []),
        ('exec.CommandContext(ctx, "git")', ("os/exec",), ["git"], []),
        ('exec.LookPath("convert")', ("os/exec",), ["convert"], []),
        ("exec.Command(`git`)", ("os/exec",), ["git"], []),
        ('exec . Command (\n\t"git",\n)', ("os/exec",), ["git"], []),
        ('run.Command("git")', ('run "os/exec"',), ["git"], []),
        ('syscall.Exec("/bin/ls", nil, nil)', ("syscall",), ["/bin/ls"], []),
        ('os.StartProcess("/bin/ls", nil, nil)', ("os",), ["/bin/ls"], []),
        ('exec.Command("\\x67it")', ("os/exec",), ["git"], []),
        ('exec.Command("sh", "-c", "git log | head")', ("os/exec",), ["sh"], ["sh -c 'git log | head'"]),
        ('exec.Command("/bin/bash", "-c", "git log")', ("os/exec",), ["/bin/bash", "git"], []),
        ('exec.Command("sh", "-c", "sudo git")', ("os/exec",), ["sh"], ["sh -c 'sudo git'"]),
        ('exec.Command("sh", "run.sh")', ("os/exec",), ["sh"], ["sh run.sh"]),
        ('exec.Command("bash")', ("os/exec",), ["bash"], []),
        ('exec.Command("/usr/bin/env", "python3")', ("os/exec",), ["/usr/bin/env"], ["/usr/bin/env python3"]),
        ("", ("go/build",), ["go"], []),
    ],
)
def test_commands(tmp_path: Path, code: str, imports: tuple[str, ...], commands: list[str], scripts: list[str]) -> None:
    found = program(tmp_path, f"func f() {{ {code} }}", *imports)
    assert (texts(found.commands), texts(found.scripts), found.dynamic_commands) == (commands, scripts, ())


@pytest.mark.parametrize(
    ("code", "imports"),
    [
        pytest.param("exec.Command(name)", ("os/exec",), id="variable"),
        pytest.param('exec.Command("gi" + t)', ("os/exec",), id="partly literal"),
        pytest.param("exec.Command(os.Args[0])", ("os/exec",), id="expression"),
        pytest.param("exec.Command()", ("os/exec",), id="no argument"),
        pytest.param("exec.Command(f())", ("os/exec",), id="call"),
        pytest.param('exec.Command("sh", "-c", script)', ("os/exec",), id="shell with an unknown script"),
        pytest.param("run := exec.Command", ("os/exec",), id="function as a value"),
        pytest.param('exec.Command("git"', ("os/exec",), id="no closing bracket"),
        pytest.param('_ = exec.Cmd{Path: "x"}', ("os/exec",), id="built by hand"),
        pytest.param("new(exec.Cmd)", ("os/exec",), id="made empty"),
        pytest.param('plugin.Open("x.so")', ("plugin",), id="plugin"),
        pytest.param("Command(x)", ('. "os/exec"',), id="dot import"),
        pytest.param("", ("net/http/cgi",), id="cgi"),
    ],
)
def test_dynamic_commands(tmp_path: Path, code: str, imports: tuple[str, ...]) -> None:
    assert program(tmp_path, f"func f() {{ {code} }}", *imports).dynamic_commands


@pytest.mark.parametrize(
    ("code", "imports", "opens"),
    [
        ('os.Open("a.txt")', ("os",), ["a.txt"]),
        ('os.OpenFile("a", os.O_RDONLY, 0)', ("os",), ["a"]),
        ('os.ReadFile("a"); os.ReadDir("b"); os.Stat("c"); os.DirFS("d")', ("os",), ["a", "b", "c", "d"]),
        ('ioutil.ReadFile("a"); ioutil.ReadDir("b")', ("io/ioutil",), ["a", "b"]),
        ('template.ParseFiles("a.html", "b.html")', ("html/template",), ["a.html", "b.html"]),
        ('template.Must(template.New("x").ParseGlob("t/*.html"))', ("text/template",), ["t/*.html"]),
        ('http.Handle("/", http.FileServer(http.Dir("static")))', ("net/http",), ["static"]),
        ('http.ServeFile(w, r, "index.html")', ("net/http",), ["index.html"]),
        ('http.ListenAndServeTLS(":1", "c.pem", "k.pem", nil)', ("net/http",), ["c.pem", "k.pem"]),
        ('srv.ListenAndServeTLS("c.pem", "k.pem")', ("net/http",), ["c.pem", "k.pem"]),
        ('tls.LoadX509KeyPair("c", "k")', ("crypto/tls",), ["c", "k"]),
        (
            'filepath.Walk("d", f); filepath.Glob("g/*"); filepath.WalkDir("w", f)',
            ("path/filepath",),
            ["d", "g/*", "w"],
        ),
        ('os.Open(filepath.Join("a", "b", "c.txt"))', ("os", "path/filepath"), ["a/b/c.txt"]),
        ('os.Open(path.Join("a", filepath.Join("b", "../c")))', ("os", "path"), ["a/c"]),
        ('os.Open("a" + "b")', ("os",), ["ab"]),
        ("os.Open(NAME)", ("os",), ["const.txt"]),
        ('os.Open(DIR + "/x")', ("os",), ["data/x"]),
        ('sql.Open("sqlite3", "file:app.db?cache=shared")', ("database/sql",), ["app.db"]),
    ],
)
def test_opens(tmp_path: Path, code: str, imports: tuple[str, ...], opens: list[str]) -> None:
    constants = 'package main\nconst NAME = "const.txt"\nconst (\n\tDIR string = "data"\n\tN = 1\n)\n'
    found = program(tmp_path, f"func f() {{ {code} }}", *imports, **{"const.go": constants})
    assert (texts(found.opens), found.dynamic_opens) == (opens, ())


@pytest.mark.parametrize(
    ("code", "more"),
    [
        pytest.param("os.Open(name)", "", id="variable"),
        pytest.param("os.Open(os.Args[1])", "", id="argument"),
        pytest.param('os.Open(fmt.Sprintf("%s.txt", x))', "", id="formatted"),
        pytest.param("open := os.Open", "", id="function as a value"),
        pytest.param('os.Open(filepath.Join("a", x))', "", id="joined with a variable"),
        pytest.param('os.Open(filepath.Join("a") + x)', "", id="joined and more"),
        pytest.param('os.Chdir("data")', "", id="another directory"),
        pytest.param("t.ParseFiles(files...)", "", id="a slice"),
        pytest.param("os.Open(C)", 'const C = "a"\nfunc g(C string) {}', id="a parameter of the constant's name"),
        pytest.param("os.Open(C)", 'const C = "a"\nfunc g(x interface{}, C string) {}', id="a later parameter"),
        pytest.param("os.Open(C)", 'const C = "a"\nfunc g() { x, C := 1, 2 }', id="a variable of the constant's name"),
        pytest.param("os.Open(C)", 'func g() { const C = "a" }\nfunc h() { const C = "b" }', id="two constants"),
        pytest.param("os.Open(C)", 'const C = "a" + x', id="a constant that is no literal"),
        pytest.param("os.Open(C)", 'var C = "a"', id="a variable with a literal"),
        pytest.param('sql.Open("sqlite3", path)', "", id="database file"),
    ],
)
def test_dynamic_opens(tmp_path: Path, code: str, more: str) -> None:
    found = program(tmp_path, f"func f() {{ {code} }}\n{more}", "os", "path/filepath", "database/sql")
    assert found.dynamic_opens
    assert not found.opens


def test_a_mention_has_its_place(tmp_path: Path) -> None:
    found = program(tmp_path, "func f() {\n\tos.Open(\n\t\tpick(1,\n\t\t2))\n}", "os")
    assert [(m.text, m.path, m.line) for m in found.dynamic_opens] == [("pick(1, 2)", "main.go", 6)]


def test_strings_leave_out_imports_and_embeds(tmp_path: Path) -> None:
    code = '//go:embed static/* "a b" all:tpl\nvar fs embed.FS\n'
    code += 'var s = []string{"x\\n", `raw\\n`, "\\u00e9"}\nvar r = \'q\'\n'
    found = program(tmp_path, code, "embed")
    assert found.strings == {"x\n", "raw\\n", "é"}
    assert found.embeds == {"static/*", "a b", "tpl"}


def test_embeds_are_below_their_package(tmp_path: Path) -> None:
    found = program(
        tmp_path, "", **{"web/web.go": "package web\n\n//go:embed *.html\nvar f string\n// a //go:embed in text\n"}
    )
    assert found.embeds == {"web/*.html"}


# ------------------------------------------------------------------------------------------------------------- packages
def test_no_sources(tmp_path: Path) -> None:
    assert read(context(tmp_path, **{"a.txt": ""}), ".") == GoProgram()
    assert not read(context(tmp_path, **{"a.txt": ""}), "missing").complete


def test_mains(tmp_path: Path) -> None:
    main = "package main\n"
    files = {
        "go.mod": MOD,
        "lib.go": "package app\n",
        "cmd/api/main.go": main,
        "cmd/job/main.go": "// text\n\n" + main,
        "tool.go": "//go:build ignore\n\n" + main,
        "old.go": "// +build ignore\n\n" + main,
        "win/main.go": "//go:build windows && amd64\n" + main,
        "mac/m_darwin.go": main,
        "x/x_test.go": main,
        "testdata/t.go": main,
        "vendor/v/v.go": main,
        "tags/a.go": "//go:build windows || custom\n" + main,
        "nolinux/a.go": "//go:build !linux\n" + main,
        "linux/a_linux_amd64.go": main,
    }
    assert read(context(tmp_path, **files), ".").mains == ("cmd/api", "cmd/job", "linux", "tags")


def test_a_program_of_the_standard_library(tmp_path: Path) -> None:
    found = program(tmp_path, "", "fmt", "example.com/app/db", **{"db/db.go": 'package db\nimport "net/http"\n'})
    assert found.stdlib_only
    assert not found.third_party
    assert found.imports == {"fmt", "example.com/app/db", "net/http"}
    assert (found.uses_tls, found.uses_mime, found.uses_netdb, found.uses_users) == (True, True, True, False)


@pytest.mark.parametrize(
    ("imported", "uses"),
    [
        ("fmt", ""),
        ("net", "netdb"),
        ("net/url", ""),
        ("net/netip", ""),
        ("net/smtp", "tls netdb"),
        ("crypto/tls", "tls netdb"),
        ("mime", "mime"),
        ("net/http/httputil", "tls mime netdb"),
        ("os/user", "users"),
        ("archive/tar", "users"),
        ("net/mail", "mime netdb"),
        ("expvar", "tls mime netdb"),
        ("crypto/sha256", ""),
        ("github.com/a/b", "tls mime netdb users"),
    ],
)
def test_uses(tmp_path: Path, imported: str, uses: str) -> None:
    found = program(tmp_path, "", imported)
    flags = {"tls": found.uses_tls, "mime": found.uses_mime, "netdb": found.uses_netdb, "users": found.uses_users}
    assert [name for name, used in flags.items() if used] == uses.split()


def test_time_zones(tmp_path: Path) -> None:
    code = 'func f() { time.LoadLocation("Europe/Rome"); time.LoadLocation(zone) }'
    assert texts(program(tmp_path, code, "time").uses_timezones) == ["Europe/Rome", "zone"]
    assert program(tmp_path, code, "time", '_ "time/tzdata"').uses_timezones == ()


def test_third_party_without_sources(tmp_path: Path) -> None:
    found = program(tmp_path, "", "fmt", "github.com/a/b", "example.com/application")
    assert found.third_party == {"github.com/a/b", "example.com/application"}
    assert (found.stdlib_only, found.vendored, found.complete) == (False, False, True)


def test_vendored_sources_are_read_as_far_as_they_are_needed(tmp_path: Path) -> None:
    vendor = {
        "vendor/github.com/a/b/b.go": 'package b\nimport (\n\t"os/exec"\n\tc "github.com/c"\n)\n'
        'func f() { exec.Command("git") }\nvar s = "foreign"\n',
        "vendor/github.com/c/c.go": 'package c\nimport "os/user"\n',
        "vendor/github.com/unused/u.go": 'package u\nimport "os/exec"\nfunc f() { exec.Command("unused") }\n',
    }
    found = program(tmp_path, "", "github.com/a/b", **vendor)
    assert (found.vendored, texts(found.commands), found.uses_users, found.uses_tls) == (True, ["git"], True, False)
    assert found.third_party == {"github.com/a/b"}
    assert found.strings == frozenset()


def test_vendored_only_in_part(tmp_path: Path) -> None:
    vendor = {"vendor/github.com/a/b/b.go": 'package b\nimport "github.com/c"\n'}
    found = program(tmp_path, "", "github.com/a/b", **vendor)
    assert (found.vendored, found.uses_tls) == (False, True)


def test_a_local_replacement_is_own_code(tmp_path: Path) -> None:
    files = {
        "go.mod": MOD + "replace github.com/a/b v1.0.0 => ./b\n",
        "b/go.mod": "module github.com/a/b\n",
        "b/b.go": 'package b\nimport "os/user"\n',
        "main.go": 'package main\nimport "github.com/a/b"\n',
    }
    found = read(context(tmp_path, **files), ".")
    assert (found.stdlib_only, found.uses_users, found.complete) == (True, True, True)
    files["go.mod"] = MOD + "replace github.com/a/b => ../b\n"
    files["b/go.mod"] = "module other\n"
    assert not read(context(tmp_path, **files), ".").stdlib_only


def test_the_module_around_a_directory_is_read(tmp_path: Path) -> None:
    files = {
        "go.mod": MOD,
        "cmd/a/main.go": 'package main\nimport "example.com/app/db"\n',
        "db/db.go": 'package db\nimport "os/user"\n',
    }
    found = read(context(tmp_path, **files), "cmd/a")
    assert (found.module, found.uses_users, found.complete, found.mains) == ("example.com/app", True, True, ("cmd/a",))


def test_gopath_mode(tmp_path: Path) -> None:
    files = {"main.go": 'package main\nimport "github.com/me/app/db"\n', "db/db.go": "package db\n"}
    assert read(context(tmp_path, **files), ".").third_party == {"github.com/me/app/db"}
    found = read(context(tmp_path, **files), ".", import_path="github.com/me/app")
    assert (found.module, found.stdlib_only, found.complete) == (None, True, True)


def test_cgo(tmp_path: Path) -> None:
    code = "/*\n#cgo LDFLAGS: -lz -lm\n#include <stdio.h>\n"
    code += 'static void f() { system("git log"); fopen("c.txt", "r"); popen(x); }\n*/\nimport "C"\n'
    found = program(tmp_path, code, **{"x.c": 'int g(void) { return open("beside.txt", 0); }\n'})
    assert found.cgo
    assert found.cgo_flags == {"-lz", "-lm"}
    assert found.imports == {"C"}
    assert (texts(found.commands), texts(found.opens), texts(found.dynamic_commands)) == (
        ["git"],
        ["beside.txt", "c.txt"],
        ["x"],
    )
    assert not program(tmp_path, "").cgo


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("a.go", 'package main\nvar s = "open\n', id="string without end"),
        pytest.param("a.go", "package main\nvar s = `open\n", id="raw string without end"),
        pytest.param("a.go", "package main\n/* open\n", id="comment without end"),
        pytest.param("a.go", "package main\nvar r = 'open\n", id="rune without end"),
        pytest.param("a.go", "func f() {}\n", id="no package"),
        pytest.param("a.go", 'package main\nimport "example.com/app/generated"\n', id="own package is missing"),
        pytest.param("sub/go.mod", "go 1.22\n", id="module without name"),
    ],
)
def test_not_complete(tmp_path: Path, name: str, text: str) -> None:
    assert not program(tmp_path, "", **{name: text}).complete


def test_a_source_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bad.go").write_bytes(b"package main // \xff\n")
    assert not program(tmp_path, "").complete


def test_a_linked_source_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link.go").symlink_to("main.go")
    assert not program(tmp_path, "").complete


@pytest.mark.parametrize(
    ("module", "package", "name"),
    [
        ("example.com/app", ".", "app"),
        ("example.com/app", "", "app"),
        ("example.com/app", "cmd/tool", "tool"),
        ("example.com/app/v2", ".", "app"),
        ("example.com/app", "cmd/tool/v3", "tool"),
        ("example.com/app/v1", ".", "v1"),
        ("app", ".", "app"),
        ("v2", ".", "v2"),
        ("gopkg.in/yaml.v3", ".", "yaml.v3"),
        ("example.com/app", "sub/x", "x"),
        ("example.com/app", "sub", "inner"),
        (None, ".", None),
        (None, "cmd/tool", "tool"),
    ],
)
def test_main_name(tmp_path: Path, module: str | None, package: str, name: str | None) -> None:
    files = {
        "main.go": "package main\n",
        "cmd/tool/main.go": "package main\n",
        "cmd/tool/v3/main.go": "package main\n",
        "sub/x/m.go": "package main\n",
    }
    if module:
        files |= {"go.mod": f"module {module} // comment\n", "sub/go.mod": 'module "example.com/inner"\n'}
    assert main_name(read(context(tmp_path, **files), "."), package) == name


# --------------------------------------------------------------------------------------------------------------- bounds
FRAGMENTS = st.sampled_from(
    [
        "package main\n",
        "import ",
        '"os"',
        "(",
        ")",
        '"',
        "`",
        "'",
        "\\",
        "//",
        "/*",
        "*/",
        "\n",
        "os.",
        "Open",
        "const ",
        "x",
        " = ",
        "exec.Command",
        ",",
        "//go:build ",
        "//go:embed ",
        'import "C"\n',
        "func ",
        "{",
        "}",
        "+",
        "filepath.Join",
        "=>",
        "./",
        "\ufeff",
        "\0",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(FRAGMENTS | st.text(st.characters(codec="utf-8"), max_size=5), max_size=40).map("".join), st.booleans())
def test_any_text_is_read(tmp_path: Path, text: str, module: bool) -> None:
    (tmp_path / "go.mod").write_text(text if module else MOD, "utf-8")
    (tmp_path / "main.go").write_text(text, "utf-8")
    found = read(BuildContext(tmp_path), ".")
    assert main_name(found, ".") is None or found.module


@pytest.mark.parametrize("text", ["/*", "`", '"\\"', "os.Open(", "os.Open", "const (", "func(", "[x,", "import ("])
def test_time_is_linear(tmp_path: Path, text: str) -> None:
    start = time.process_time()
    program(tmp_path, text * (200_000 // len(text)), "os")
    assert time.process_time() - start < 10
