"""What Python scripts say: nothing by default, literals exactly, everything else as dynamic; and never an exception."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import libcst
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from libcst.metadata import MetadataWrapper, PositionProvider

from transformer.context.python_calls import CALLS, OBJECTS, RUNNING, UNSEEN
from transformer.context.python_plain import plain
from transformer.context.python_said import PythonSource
from transformer.context.python_source import parsed, read
from transformer.context.python_text import MAX_TEXT, is_standard

KINDS = (
    "commands",
    "dynamic_commands",
    "dynamic_imports",
    "dynamic_code",
    "loads",
    "dynamic_loads",
    "opens",
    "dynamic_opens",
)


def understood(code: str) -> PythonSource:
    found = read(code)
    assert found is not None
    return found


def said(code: str) -> dict[str, list[str]]:
    found = understood(code)
    return {kind: [mention.text for mention in getattr(found, kind)] for kind in KINDS if getattr(found, kind)}


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("", id="empty"),
        pytest.param("print('hello')", id="a program"),
        pytest.param("import os, sys\nsys.exit(os.getpid())", id="other functions of the same modules"),
        pytest.param("import os\nenv = dict(os.environ, A='1')\nos.environ.get('B')", id="the environment"),
        pytest.param("# import os; os.system('git')", id="a comment"),
        pytest.param("import os\nx = \"os.system('git')\"", id="in a string"),
        pytest.param("import platform\nplatform.system()", id="a function of that name in another module"),
        pytest.param("sh = 'x'\ninvoke = print\nrunner.invoke(sh)", id="names of such modules that are no modules"),
        pytest.param("import re\nre.compile('x')", id="compile of re"),
        pytest.param("import os\nhasattr(os, 'fork')", id="a question"),
        pytest.param("import subprocess as s\nx = s.PIPE\ntry:\n    pass\nexcept s.CalledProcessError:\n    pass",
                     id="constants and exceptions"),
        pytest.param("import subprocess as s\ndef f(p: s.Popen) -> s.Popen:\n    return p\ns.DEVNULL",
                     id="annotations"),
        pytest.param("import subprocess\nx = isinstance(1, subprocess.Popen)\nsubprocess.PIPE", id="isinstance"),
        pytest.param("import ctypes\nctypes.CDLL(None)", id="the program itself as a library"),
        pytest.param("import a\nclass A:\n    def open(self): pass\n    def exec(self): pass", id="methods"),
        pytest.param("from distutils.version import LooseVersion\nLooseVersion('1')", id="beside what compiles"),
        pytest.param("f(open=1, exec=2)\nimport a", id="keywords of those names"),
        pytest.param("app.run(['x'])\nself.call('y')\nimport a", id="methods that mean many things"),
    ],
)  # fmt: skip
def test_nothing(code: str) -> None:
    assert said(code) == {}


SUBPROCESS = "import subprocess, shlex, sys\n"
OS = "import os\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (SUBPROCESS + "subprocess.run(['git', 'log'])", ["git log"]),
        (SUBPROCESS + "subprocess.call(('git',))", ["git"]),
        (SUBPROCESS + "subprocess.check_call(args=['git'])", ["git"]),
        (SUBPROCESS + "subprocess.Popen(['git', x, *y]).wait()", ["git \u2039unknown\u203a \u2039unknown\u203a"]),
        (SUBPROCESS + "subprocess.check_output(['git'] + args)", ["git \u2039unknown\u203a"]),
        (SUBPROCESS + "subprocess.run('git')", ["git"]),
        (SUBPROCESS + "subprocess.run(b'git')", ["git"]),
        (SUBPROCESS + "subprocess.run('git log | cat', shell=True)", ["git log | cat"]),
        (SUBPROCESS + "subprocess.run(['git log'], shell=True)", ["git log"]),
        (SUBPROCESS + "subprocess.run('git ' 'lo' + 'g', shell=True)", ["git log"]),
        (SUBPROCESS + "subprocess.run(shlex.split('git log'))", ["git log"]),
        (SUBPROCESS + "subprocess.run('git log'.split())", ["git log"]),
        (SUBPROCESS + "subprocess.getoutput('uptime')", ["uptime"]),
        (SUBPROCESS + "subprocess.run([sys.executable, 'a.py'])", ["python3 a.py"]),
        (SUBPROCESS + "subprocess.run(['/app/x'], cwd='/app')", ["/app/x"]),
        ("import subprocess as sp\nsp.run(['git'])", ["git"]),
        ("from subprocess import run as go\ngo(['git'])", ["git"]),
        ("from subprocess import *\nrun(['git'])", ["git"]),
        ("def f():\n    run(['git'])\nfrom subprocess import run", ["git"]),
        ("try:\n    import x as s\nexcept ImportError:\n    import subprocess as s\ns.run(['git'])", ["git"]),
        ("from helper import subprocess\nsubprocess.run(['git'])", ["git"]),
        ("import helper\nhelper.os.system('git')", ["git"]),
        ("import a\na.libc.system(b'git')", ["git"]),
        ("import sys\nx = a.Popen(['git'])", ["git"]),
        (OS + "os.system('cd /tmp && ls')", ["cd /tmp && ls"]),
        (OS + "os.popen('git').read()", ["git"]),
        (OS + "os.execvp('git', ['git', 'log'])", ["git log"]),
        (OS + "os.execlp('git', 'git', 'log')", ["git log"]),
        (OS + "os.execv('/bin/x', args)", ["/bin/x \u2039unknown\u203a"]),
        (OS + "os.spawnlp(os.P_WAIT, 'git', 'git', 'log')", ["git log"]),
        (OS + "os.spawnv(os.P_WAIT, '/bin/x', ['x', 'y'])", ["/bin/x y"]),
        (OS + "os.posix_spawn('/bin/x', ['x'], os.environ)", ["/bin/x"]),
        (OS + "cmd = ['/bin/x', '-p', port]\ncmd.append('y')\nprint(cmd)\nos.execv(cmd[0], cmd)",
         ["/bin/x -p \u2039unknown\u203a \u2039unknown\u203a"]),
        ("import shutil\nif shutil.which('git'): pass", ["git"]),
        ("import pexpect\npexpect.spawn('ssh host')\npexpect.spawn('ftp', ['host'])",
         ["ftp \u2039unknown\u203a", "ssh host"]),
        ("import asyncio\nasync def f():\n    await asyncio.create_subprocess_exec('git', 'log')", ["git log"]),
        ("import asyncio\nasync def f():\n    await asyncio.create_subprocess_shell('git log')", ["git log"]),
        ("import pty\npty.spawn(['git'])", ["git"]),
        ("import subprocess\nCMD: list[str] = ['git']\nsubprocess.run(CMD)", ["git"]),
        ("import subprocess\nCMD = ('git',)\nx = CMD\nsubprocess.run(CMD)", ["git"]),
        ("\ufeffimport os\r\nos.system('git')", ["git"]),
    ],
)  # fmt: skip
def test_literal_commands(code: str, expected: list[str]) -> None:
    assert said(code) == {"commands": expected}


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(SUBPROCESS + "subprocess.run(cmd)", id="variable"),
        pytest.param(SUBPROCESS + "subprocess.run([cmd, 'x'])", id="first of a list"),
        pytest.param(SUBPROCESS + "subprocess.run([*cmd, 'x'])", id="spread"),
        pytest.param(SUBPROCESS + "subprocess.run(f'git {x}', shell=True)", id="composed"),
        pytest.param(SUBPROCESS + "subprocess.run('git %s' % x, shell=True)", id="formatted"),
        pytest.param(SUBPROCESS + "subprocess.run('git', shell=flag)", id="a shell or not"),
        pytest.param(SUBPROCESS + "subprocess.run(['git'], **options)", id="unseen options"),
        pytest.param(SUBPROCESS + "subprocess.run(['git'], executable=x)", id="another program"),
        pytest.param(SUBPROCESS + "subprocess.run(['git'], -1, x)", id="another program by place"),
        pytest.param(SUBPROCESS + "subprocess.run(['./x'], cwd=y)", id="a relative path elsewhere"),
        pytest.param(SUBPROCESS + "import os\nos.chdir(y)\nsubprocess.run(['./x'])", id="a relative path after chdir"),
        pytest.param(SUBPROCESS + "subprocess.run(['sh', '-c', x])", id="a shell's script"),
        pytest.param(SUBPROCESS + "subprocess.run(['sudo', x])", id="a wrapper"),
        pytest.param(SUBPROCESS + "subprocess.run([sys.executable, x])", id="an interpreter"),
        pytest.param(SUBPROCESS + "subprocess.run()", id="no arguments"),
        pytest.param(SUBPROCESS + "subprocess.run('')", id="no program"),
        pytest.param(SUBPROCESS + "run = subprocess.run", id="function as a value"),
        pytest.param(SUBPROCESS + "f(subprocess)", id="module as a value"),
        pytest.param(SUBPROCESS + "class P(subprocess.Popen): pass", id="as a base class"),
        pytest.param(SUBPROCESS + "CMD = ['git']\nCMD = x\nsubprocess.run(CMD)", id="two values"),
        pytest.param(SUBPROCESS + "CMD = ['git']\nCMD.insert(0, x)\nsubprocess.run(CMD)", id="list that changes"),
        pytest.param(SUBPROCESS + "CMD = ['git']\nCMD[0] = x\nsubprocess.run(CMD)", id="item that changes"),
        pytest.param(SUBPROCESS + "CMD = ['git']\nchange(CMD)\nsubprocess.run(CMD)", id="list that is handed on"),
        pytest.param(SUBPROCESS + "C = 'git'\ndef f(C):\n    subprocess.run([C])", id="parameter of the same name"),
        pytest.param(SUBPROCESS + "C = 'git'\nfor C in x:\n    subprocess.run([C])", id="loop over the same name"),
        pytest.param("from subprocess import run", id="imported for others"),
        pytest.param("from compat import x\nimport subprocess", id="module that is imported for others"),
        pytest.param(OS + "os.execv(sys.argv[1], sys.argv[1:])", id="argv"),
        pytest.param(OS + "getattr(os, 'sys' + 'tem')('x')", id="getattr"),
        pytest.param(OS + "os.popen(x)", id="popen"),
        pytest.param("import sys\nsys.modules['subprocess'].run(x)", id="sys.modules"),
        pytest.param("__import__('subprocess').run(x)", id="an import in the middle"),
        pytest.param("import importlib\nNAME = 'subprocess'\nimportlib.import_module(f(NAME)).run(x)",
                     id="computed import of a module that is named"),
        pytest.param("__import__(x).system(y)", id="a function that is known by its name alone"),
        pytest.param("import webbrowser\nwebbrowser.open(x)", id="browser"),
        pytest.param("import shutil\nshutil.which(x)", id="which"),
        pytest.param("import pty\npty.fork()", id="fork"),
        pytest.param("import sh\nsh.git('log')", id="a module that runs programs for others"),
        pytest.param("from invoke import run\nrun('git log')", id="a function of one"),
        pytest.param("from setuptools._distutils.spawn import spawn\nspawn(['git'])", id="distutils by another name"),
        pytest.param("import pyximport\npyximport.install()", id="a module that compiles what is imported"),
        pytest.param("from cffi import FFI\nffi = FFI()", id="one that compiles when it is asked to"),
        pytest.param("from setuptools import setup\nsetup(name='x')", id="one that builds extensions"),
        pytest.param("import pip\npip.main(['install', 'x'])", id="one that installs"),
        pytest.param(SUBPROCESS + "subprocess.run(['npm', 'run', x])", id="a script of the project that is not known"),
        pytest.param("import anyio\nasync def f():\n    await anyio.run_process(['git'])", id="AnyIO"),
        pytest.param("from twisted.internet import reactor\nreactor.spawnProcess(p, 'git', ['git'])", id="Twisted"),
    ],
)  # fmt: skip
def test_dynamic_commands(code: str) -> None:
    assert "dynamic_commands" in said(code)
    assert "commands" not in said(code)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import importlib\nimportlib.import_module(x)", id="computed import"),
        pytest.param("__import__(x)", id="computed import by function"),
        pytest.param("import runpy\nrunpy.run_path('x.py')", id="runpy"),
        pytest.param("import sys\nsys.path.insert(0, x)", id="other module directories"),
        pytest.param("from sys import path\npath.append(x)", id="other module directories by name"),
        pytest.param("import sys\nsys.modules[__name__].x = 1", id="sys.modules"),
        pytest.param("from logging import config\nconfig.fileConfig(x)", id="logging configuration"),
    ],
)
def test_dynamic_imports(code: str) -> None:
    assert set(said(code)) == {"dynamic_imports"}


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("exec(x)", id="exec"),
        pytest.param("y = eval", id="eval as a value"),
        pytest.param("import builtins\nbuiltins.exec(x)", id="exec of builtins"),
        pytest.param("globals()[x]()", id="globals"),
        pytest.param("import runpy\nrunpy.run_path('bin/tool')", id="a script without an extension"),
        pytest.param("import runpy\nrunpy.run_path(x)", id="a computed script"),
        pytest.param("import imp\nimp.load_source('x', 'bin/tool')", id="imp, likewise"),
        pytest.param("\uff45\uff58\uff45\uff43(x)", id="a name in other letters"),
    ],
)
def test_dynamic_code(code: str) -> None:
    assert set(said(code)) == {"dynamic_code"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import ctypes\nctypes.CDLL('libm.so.6')", {"loads": ["libm.so.6"]}),
        ("from ctypes import cdll\ncdll.LoadLibrary('./x.so')", {"loads": ["./x.so"]}),
        ("import ctypes.util as u\nu.find_library('curl')", {"loads": ["curl"]}),
        ("import ctypes, ctypes.util\nctypes.CDLL(ctypes.util.find_library('c'))", {"loads": ["c"]}),
        ("import ctypes\nctypes.CDLL(x)", {"dynamic_loads": ["ctypes.CDLL(x)"]}),
        ("open('a'); open(file='b')", {"opens": ["a", "b"]}),
        ("import io\nio.open('/etc/x')", {"opens": ["/etc/x"]}),
        ("from pathlib import Path\nPath('/etc', 'x').read_text()", {"opens": ["/etc/x"]}),
        ("NAME = 'a'\nopen(NAME)", {"opens": ["a"]}),
        ("import os\nopen(os.path.join('/etc', 'x'))", {"opens": ["/etc/x"]}),
        ("open(x)", {"dynamic_opens": ["open(x)"]}),
        ("f = open", {"dynamic_opens": ["open"]}),
        ("from pathlib import Path\nPath(__file__).parent", {"dynamic_opens": ["Path(__file__)"]}),
        ("import os\nos.chdir('/x')\nopen('a')", {"opens": ["/x"], "dynamic_opens": ["open('a')"]}),
    ],
)
def test_libraries_and_files(code: str, expected: dict[str, list[str]]) -> None:
    assert said(code) == expected


def test_imports() -> None:
    code = "import os.path, a.b as c\nfrom d.e import f\ndef g():\n    import h\nimportlib.import_module('i.j')\n"
    found = understood(code + "import importlib\nfrom . import k\n__import__('l')")
    assert found.imports == {"os", "a", "d", "h", "i", "importlib", "l"}
    assert found.relative
    assert [(m.text, m.line) for m in found.imported if m.text in "adh"] == [("a", 1), ("d", 2), ("h", 4)]


def test_strings() -> None:
    assert {"a", "bc", "/x/", "e"} <= understood("import x\nf('a', b'bc', f'/x/{y}', 'd' if z else 'e')").strings


def test_a_mention_has_the_line_of_its_call() -> None:
    found = understood(
        'import os\nx = """\n\n"""  # c\ny = (\n  "a"\n  f"""\n{z}""", \\\n)\n\nos.system(\n  "git")\nopen(q)'
    )
    assert [mention.line for mention in found.commands] == [11]
    assert [mention.line for mention in found.dynamic_opens] == [13]


@pytest.mark.parametrize("name", ["json.decoder", "shutil", "zipapp"])
def test_lines_are_those_of_libcst(name: str) -> None:
    from transformer.context.python_source import _Reader

    file = Path(json.__file__).parent.parent / f"{name.replace('.', '/')}.py"
    reader = _Reader(libcst.parse_module(file.read_text("utf-8")))
    reader.source()
    positions = MetadataWrapper(reader.module, unsafe_skip_copy=True).resolve(PositionProvider)
    calls = [(call, line) for call, line in reader.calls if not call.lpar]
    assert calls
    assert [line for _, line in calls] == [positions[call].start.line for call, _ in calls]


# ------------------------------------------------------------------------------------------------------- not understood
@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import os\nprint 'x'", id="Python 2"),
        pytest.param("import os\ndef f(:", id="syntax error"),
        pytest.param("import pty\nx = 'a", id="open string"),
        pytest.param("import os\n\0", id="a null byte"),
        pytest.param("import pty\nx = '\ud800'", id="half a surrogate pair"),
        pytest.param("# coding: utf-7\nimport os", id="another encoding"),
        pytest.param("import os\n" + "x = 1\n" * MAX_TEXT, id="too long"),
        pytest.param("import pty\nx = " + "(" * 50_000, id="deep and open"),
        pytest.param("import pty\nx = " + "[" * 40_000 + "]" * 40_000, id="deep"),
        pytest.param("import pty\nx = 1" + "+1" * 40_000, id="long sum"),
        pytest.param("import pty\nx = (1\n" + "+1\n" * 30_000 + ")", id="long sum over lines"),
        pytest.param("import pty\nx = (" + "1+(1,)+" * 10_000 + "1)", id="long sum of tuples"),
        pytest.param("import pty\nx = a" + ".b" * 40_000, id="long chain of attributes"),
        pytest.param("import pty\nx = a" + "()" * 40_000, id="long chain of calls"),
        pytest.param("import pty\nx = " + "not " * 20_000 + "1", id="not"),
        pytest.param("import pty\nx = " + "lambda:" * 10_000 + "1", id="lambda"),
        pytest.param("import pty\nx = " + "'a' " * 20_000, id="many strings"),
        pytest.param("import pty\nif 1: pass\n" + "elif 1: pass\n" * 7_000, id="elif"),
        pytest.param("import pty\nx = f'{" + "(" * 40_000 + ")" * 40_000 + "}'", id="deep in an f-string"),
        pytest.param("import pty\nx = f\"{\"\" " + "((((\"\" " * 10_000, id="deep in quotes in an f-string"),
    ],
)  # fmt: skip
def test_not_understood_and_quickly_so(code: str) -> None:
    started = time.process_time()
    assert read(code) is None
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("x = " + "[" * 40_000 + "]" * 40_000, id="deep"),
        pytest.param("x = 1" + "+1" * 40_000, id="long sum"),
        pytest.param("x = a" + ".b" * 40_000, id="long chain"),
        pytest.param("if 1: pass\n" + "elif 1: pass\n" * 7_000, id="elif"),
        pytest.param("x = f'{" + "(" * 40_000 + ")" * 40_000 + "}'", id="deep in an f-string"),
    ],
)
def test_what_is_deep_and_runs_nothing_is_read_quickly(code: str) -> None:
    started = time.process_time()
    found = read("import json\n" + code)
    assert found is not None
    assert found.imports == {"json"}
    assert time.process_time() - started < 3


def test_the_quick_reading_says_what_libcst_says() -> None:
    """The law of the quick reading: it is the whole truth, or there is none. Formats in braces are no paths."""
    files = sorted(Path(json.__file__).parent.parent.glob("[a-z]*/[a-z]*.py"))[::9]
    read_twice = 0
    for file in files:
        text = file.read_text("utf-8", "surrogateescape")
        quick = plain(text)
        slow = parsed(text) if quick is not None and len(text) < 20_000 else None
        if quick is None or slow is None:
            continue
        read_twice += 1
        assert (quick.imports, quick.imported, quick.relative) == (slow.imports, slow.imported, slow.relative), file
        assert not any(getattr(slow, kind) for kind in KINDS), file
        assert quick.strings <= slow.strings, file
        assert not any("/" in text for text in slow.strings - quick.strings), file
    assert read_twice > 20


WORDS = st.sampled_from(sorted({*CALLS, *OBJECTS, *UNSEEN, *RUNNING, "x.system", "sh.check_output", "builtins.open"}))
SPELLINGS = st.sampled_from(
    [
        "import {head}\n{name}('git')",
        "import {head} as h\nh.{rest}('git')",
        "from {module} import {tail} as f\nf('git')",
        "from {module} import *\n{tail}('git')",
        "import json, {head}\nf({name})",
        "import {head}\nf({head})",
        "import {head}\nx = f'{{{name}(1)}}'",
        "import {head}\n{head} \\\n  .{rest}('git')",
        "import {head}\n({head}).{rest}('git')",
    ]
)


@given(WORDS, SPELLINGS)
@settings(max_examples=300, deadline=None)
def test_the_quick_reading_leaves_all_that_matters_to_libcst(name: str, spelling: str) -> None:
    module, _, tail = name.rpartition(".")
    head, _, rest = name.partition(".")
    code = spelling.format(name=name, head=head, rest=rest or head, module=module or "builtins", tail=tail)
    slow = parsed(code)
    if slow is not None and any(getattr(slow, kind) for kind in KINDS):
        assert plain(code) is None


FRAGMENTS = st.sampled_from(
    """
    import|from|os|subprocess|as|*|.run|.system|.Popen|.path|open|exec|eval|(|)|[|]|{|}|,|:|;|=|+|.|'|"|'git'|"ls"|f'|{x}|
    b''|True|shell|cwd|\\|#|@|def f|class A|lambda|for|in|if|else|elif|not|await|async|with|match|case|try|except|
    global|del|return|yield|->|**|\t|\r|\x0c|\ufeff|\0|\u00e9|\uff4fpen|0|1e9|'''|\"\"\"|__import__|sys.argv|cmd|[0]
    """.replace("\n", "").split("|")
)
LINES = st.lists(st.one_of(FRAGMENTS, st.just(" "), st.just("\n"), st.just("\n    "), st.text(max_size=3)), max_size=40)


@given(LINES.map(lambda parts: "import os, subprocess\n" + "".join(parts)))
@settings(max_examples=200, deadline=None)
@example("import os\n'\\N{no such}'")
@example("import os\nos.system(b'\\xff')")
@example("import os\nf(**a, b, *c)")
def test_it_never_raises(code: str) -> None:
    read(code)


@given(st.text())
@settings(max_examples=100, deadline=None)
def test_it_never_raises_for_any_text(code: str) -> None:
    read(code)


# ------------------------------------------------------------------------------------------------------------- the rest
def test_standard_modules_do_not_depend_on_the_python_that_this_runs_with() -> None:
    assert all(map(is_standard, ("os", "telnetlib", "imp", "zoneinfo")))
    assert not any(map(is_standard, ("requests", "distutils", "venv", "ensurepip", "tkinter", "pip", "")))


ASK = """
import sys
from pathlib import Path
from tests.cases import FIXTURES, solve, load
for name in sys.argv[1:]:
    solve(load(FIXTURES / name))
print("libcst" in sys.modules)
"""


@pytest.mark.parametrize(
    ("fixtures", "expected"),
    [
        (("c-hello", "c-entry-script-tools", "noop-dev-image", "node-full-to-slim"), "False"),
        (("c-python-launcher",), "True"),
    ],
)
def test_libcst_is_imported_only_when_a_python_file_matters(fixtures: tuple[str, ...], expected: str) -> None:
    root = Path(__file__).resolve().parent.parent.parent
    asked = subprocess.run(
        [sys.executable, "-c", ASK, *fixtures], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    assert asked.stdout.strip() == expected


def test_a_text_without_a_word_that_matters_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libcst", None)
    assert read("x = 1\nprint(x)\n") == PythonSource()
