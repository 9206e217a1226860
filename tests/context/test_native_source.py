"""What C and C++ sources say: nothing by default, literals exactly, everything else as dynamic."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transformer.context.build_context import BuildContext
from transformer.context.native_source import Mention, NativeProgram, read, scan


def texts(mentions: tuple[Mention, ...]) -> list[str]:
    return [mention.text for mention in mentions]


def said(code: str) -> dict[str, list[str]]:
    found = scan("a.c", code)
    kinds = ("commands", "scripts", "dynamic_commands", "loads", "dynamic_loads", "opens", "dynamic_opens")
    return {kind: texts(getattr(found, kind)) for kind in kinds if getattr(found, kind)}


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("", id="empty"),
        pytest.param("int main(void) { return 0; }", id="a program"),
        pytest.param('// system("git")\n/* fopen("a")\n*/', id="comments"),
        pytest.param('// continued \\\nsystem("git")\n', id="a comment over two lines"),
        pytest.param('const char *s = "system(x)";', id="in a string"),
        pytest.param('const char *s = R"x(system(a)")x";', id="in a raw string"),
        pytest.param("char c = '\"'; char d = '\\''; int n = 1'000'000;", id="characters and separated digits"),
        pytest.param("my_system(x); systemd(x); fopen_s2(x);", id="other names"),
        pytest.param("obj->system(x); obj.popen(x);", id="methods"),
        pytest.param("int system; system = 2; return system + 1;", id="a variable of that name"),
        pytest.param("dlopen(NULL, RTLD_NOW); dlopen(nullptr, 1); dlopen(0, 1);", id="the program itself"),
        pytest.param("std::ifstream in; std::ofstream& out;", id="streams that open nothing"),
        pytest.param("#include <fstream>\n#include <process.h>\n", id="includes"),
    ],
)
def test_nothing(code: str) -> None:
    assert said(code) == {}
    assert scan("a.c", code).complete


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('system("git log")', {"commands": ["git"]}),
        ('std::system("ls | wc -l")', {"scripts": ["ls | wc -l"]}),
        ('system("sudo git")', {"scripts": ["sudo git"]}),
        ('system("cd /tmp")', {"scripts": ["cd /tmp"]}),
        ('system(". ./env")', {"scripts": [". ./env"]}),
        ('system("")', {"scripts": [""]}),
        ('popen("X=1 git", "r")', {"scripts": ["X=1 git"]}),
        ('FILE *p = popen ( "uptime" , "r" );', {"commands": ["uptime"]}),
        ('execlp("git", "git", "log", NULL)', {"commands": ["git"]}),
        ('execl("/bin/ls", "ls", 0); execvp("cc", argv)', {"commands": ["/bin/ls", "cc"]}),
        ('posix_spawn(&pid, "/bin/ls", 0, 0, argv, env)', {"commands": ["/bin/ls"]}),
        ('dlopen("libm.so.6", RTLD_NOW)', {"loads": ["libm.so.6"]}),
        ('dlmopen(LM_ID_BASE, "a.so", 1)', {"loads": ["a.so"]}),
        ('fopen("a.txt", "r"); open("/etc/b", O_RDONLY); opendir("c")', {"opens": ["/etc/b", "a.txt", "c"]}),
        ('freopen("log", "w", stdout); openat(fd, "x", 0)', {"opens": ["log", "x"]}),
        ('fopen("a" "b" /* c */ "d", "r")', {"opens": ["abd"]}),
        ('fopen("t\\x61b\\101\\n", "r")', {"opens": ["tabA\n"]}),
        ('std::ifstream in("a"); std::ofstream out{"b"}; std::fstream("c")', {"opens": ["a", "b", "c"]}),
        ('std::basic_ifstream<char> in("a");', {"opens": ["a"]}),
        ('auto p = std::make_unique<std::ifstream>("a");', {"opens": ["a"]}),
        ('std::ifstream in; in.open("a");', {"opens": ["a"]}),
        ('class A { std::ifstream in_; A() : in_("a") {} };', {"opens": ["a"]}),
        ('fs::directory_iterator("d")', {"opens": ["d"]}),
        ('#define DIR "/usr/share"\nfopen(DIR "/x", "r")', {"opens": ["/usr/share/x"]}),
        ('fopen(R"(a\\b)", "r")', {"opens": ["a\\b"]}),
    ],
)
def test_literals(code: str, expected: dict[str, list[str]]) -> None:
    assert said(code + "\n") == expected


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        pytest.param("system(cmd)", "dynamic_commands", id="variable"),
        pytest.param('system(("a" + x).c_str())', "dynamic_commands", id="composed"),
        pytest.param("execvp(argv[0], argv)", "dynamic_commands", id="argv"),
        pytest.param("execv(path", "dynamic_commands", id="no closing bracket"),
        pytest.param("run = system;", "dynamic_commands", id="function as a value"),
        pytest.param("call(popen, x)", "dynamic_commands", id="function as an argument"),
        pytest.param("#define RUN(x) system(x)\n", "dynamic_commands", id="in a macro"),
        pytest.param("syscall(SYS_execve, x)", "dynamic_commands", id="system call"),
        pytest.param("fexecve(fd, a, b)", "dynamic_commands", id="fexecve"),
        pytest.param("QProcess p;", "dynamic_commands", id="Qt"),
        pytest.param("#include <boost/process.hpp>\n", "dynamic_commands", id="boost"),
        pytest.param("dlopen(path, 1)", "dynamic_loads", id="dlopen"),
        pytest.param('QLibrary l("x");', "dynamic_loads", id="Qt library"),
        pytest.param("fopen(argv[1], mode)", "dynamic_opens", id="fopen"),
        pytest.param('chdir("x")', "dynamic_opens", id="another directory"),
        pytest.param("std::ifstream in(path);", "dynamic_opens", id="stream"),
        pytest.param('std::ifstream in("a"), other(path);', "dynamic_opens", id="a second stream"),
        pytest.param("std::ifstream in; in.open(path);", "dynamic_opens", id="opened later"),
        pytest.param("struct A { std::ifstream in_; A(P p) : in_(p) {} };", "dynamic_opens", id="member"),
        pytest.param('fopen(DIR "/x", "r")', "dynamic_opens", id="macro that is not defined here"),
        pytest.param('#define D "a"\n#define D "b"\nfopen(D, "r")', "dynamic_opens", id="two definitions"),
        pytest.param(
            '#ifndef D\n#define D "a"\n#endif\nfopen(D, "r")', "dynamic_opens", id="definition that may be given"
        ),
        pytest.param('#define D x\nfopen(D, "r")', "dynamic_opens", id="macro that is no literal"),
        pytest.param('#define D(x) "a"\nfopen(D, "r")', "dynamic_opens", id="macro with arguments"),
    ],
)
def test_dynamic(code: str, kind: str) -> None:
    assert said(code).get(kind)


def test_a_mention_has_its_place() -> None:
    assert scan("src/a.c", 'int f() {\n  fopen(\n    "x", "r");\n  fopen(pick(1,\n 2), "r"); }').opens == (
        Mention("x", "src/a.c", 3),
    )
    assert scan("a.c", "\n fopen(pick(1,\n 2), r);").dynamic_opens == (Mention("pick(1, 2)", "a.c", 2),)


def test_strings_leave_out_included_names() -> None:
    found = scan("a.c", '#include "a.h"\n# include "b.h"\nconst char *s = "x\\n", *t = L"w";')
    assert found.strings == {"x\n", "w"}


@pytest.mark.parametrize(
    ("code", "foreign", "roams"),
    [
        ("#include <vector>\n", (), False),
        ("#include <filesystem>\n", (), True),
        ("#include <experimental/filesystem>\n#include <pqxx/pqxx>\n", ("pqxx/pqxx",), True),
        ("#include <boost/filesystem.hpp>\n", ("boost/filesystem.hpp",), False),
    ],
)
def test_whose_headers_are_included(code: str, foreign: tuple[str, ...], roams: bool) -> None:
    found = scan("a.cpp", code)
    assert (found.foreign, found.roams) == (foreign, roams)


@pytest.mark.parametrize("code", ['"open\n', "/* open", 'R"(open'])
def test_not_complete(code: str) -> None:
    assert not scan("a.c", code).complete


# -------------------------------------------------------------------------------------------------------------- context
def context(root: Path, **files: str) -> BuildContext:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return BuildContext(root)


def test_the_files_below_the_roots_are_read(tmp_path: Path) -> None:
    files = {
        name: f'fopen("{name}", "r");'
        for name in ("a.c", "src/b.cpp", "src/deep/c.HPP", "src/d.txt", "src/Makefile", "e.c", "z.y")
    }
    found = read(context(tmp_path, **files), ("src", "a.c", "z.y"))
    assert texts(found.opens) == ["a.c", "src/b.cpp", "src/deep/c.HPP", "z.y"]
    assert found.complete


def test_macros_and_streams_are_known_in_all_files(tmp_path: Path) -> None:
    files = {
        "a.h": '#define D "x"\nstruct A { std::ifstream in_; };\n',
        "b.cc": 'void A::f() { fopen(D, "r"); in_.open("y"); }',
    }
    assert texts(read(context(tmp_path, **files), (".",)).opens) == ["x", "y"]


def test_no_sources(tmp_path: Path) -> None:
    assert read(context(tmp_path, **{"a.txt": ""}), (".",)) == NativeProgram()
    assert not read(context(tmp_path), ("missing.c",)).complete


def test_a_source_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_bytes(b"\xff")
    assert not read(BuildContext(tmp_path), (".",)).complete


# --------------------------------------------------------------------------------------------------------------- bounds
FRAGMENTS = st.sampled_from(
    [
        '"',
        "'",
        "\\",
        "//",
        "/*",
        "*/",
        "\n",
        'R"x(',
        ')x"',
        "fopen",
        "system",
        "(",
        ")",
        "{",
        "}",
        ",",
        ";",
        "ifstream ",
        "in",
        "#define ",
        "#ifdef ",
        "D ",
        '#include "',
        "dlopen(",
        "chdir(",
        "= ",
        "u8'",
        "1'0",
        "<",
        ">",
    ]
)


@settings(deadline=None)
@given(st.lists(FRAGMENTS | st.text(max_size=5), max_size=40).map("".join))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(scan("a.c", text).complete, bool)


@pytest.mark.parametrize(
    "text",
    [
        "/*",
        '"\\"',
        'R"(',
        "fopen(",
        "fopen",
        "ifstream a;",
        "ifstream ",
        "#define a \n",
        '#define A "',
        "fstream<",
        "x(" * 9 + "system(",
    ],
)
def test_time_is_linear(text: str) -> None:
    start = time.process_time()
    scan("a.c", text * (200_000 // len(text)))
    assert time.process_time() - start < 10


def test_too_many_mentions_are_not_complete() -> None:
    assert not scan("a.c", "fopen(x, y);\n" * 5_000).complete
