"""What JavaScript runs: literals exactly, nothing where nothing runs, and everything else is unknown."""

from __future__ import annotations

import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transformer.context.javascript_source import JavaScriptSource, read


def said(code: str) -> tuple[list[str], list[str]]:
    found = read(code)
    return [m.text for m in found.commands], [m.text for m in found.dynamic]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("", id="empty"),
        pytest.param("const fs = require('fs'); console.log(fs.readFileSync('a'))", id="another module"),
        pytest.param("// child_process\nconst a = 'eval';", id="a comment and a string"),
        pytest.param("import type { ChildProcess } from 'child_process';\nlet p: ChildProcess;", id="a type"),
        pytest.param("const { fork } = require('child_process'); fork('./worker.js')", id="node runs a module"),
        pytest.param("const cp = require('child_process'); cp.spawn(process.execPath, [file])", id="node itself"),
        pytest.param("const { rm, cp } = require('shelljs'); rm('-rf', x); cp(a, b)", id="shelljs by itself"),
        pytest.param("const a = require(`./lang/${name}`); import('../x/' + y)", id="files of the project"),
        pytest.param("const require = createRequire(import.meta.url); require('fs')", id="a require of its own"),
        pytest.param("/a/.exec(b); db.exec(sql); spawn('git')", id="other functions of those names"),
        pytest.param("x instanceof Function", id="a question"),
        pytest.param("new Worker('./worker.js')", id="a worker"),
        pytest.param("const x = <a href='eval'>{child_process}</a>; ", id="JSX"),
        "freeProcess.binding('util')",
    ],
)
def test_nothing(code: str) -> None:
    assert said(code) == ([], [])


@pytest.mark.parametrize(
    ("code", "programs"),
    [
        ("require('child_process').execSync('ls -l')", ["ls"]),
        ("const { exec } = require('child_process'); exec('git log | head -1', done)", ["git", "head"]),
        ("const { exec: run } = require('node:child_process'); run('git fetch && git gc; sync')", ["git", "sync"]),
        ("import * as cp from 'child_process'; cp.spawn('ffmpeg', ['-i', file])", ["ffmpeg"]),
        ("import { execFile as e } from 'child_process';\nconst run = util.promisify(e); run('/usr/bin/tesseract')",
         ["/usr/bin/tesseract"]),
        ("import cp from 'child_process'; const { exec } = cp; exec('du -sh')", ["du"]),
        ("const cp = await import('child_process'); cp.exec(`id`)", ["id"]),
        ("let cp; try { cp = require('child_process') } catch {} cp.exec('who')", ["who"]),
        ("const { exec } = require('child_process'); promisify(exec)('git gc')", ["git"]),
        ("import execa from 'execa'; await execa('git', ['log'])", ["git"]),
        ("const spawn = require('cross-spawn'); spawn.sync('npm', ['ls'])", ["npm"]),
        ("const { execSync } = require('child_process'); execSync('npm config list')", ["npm"]),
        ("const sh = require('shelljs'); sh.exec('git gc'); sh.mkdir('-p', x)", ["git"]),
        ("const { spawn } = require('child_process'); spawn('make check', { shell: true })", ["make"]),
    ],
)  # fmt: skip
def test_programs(code: str, programs: list[str]) -> None:
    found, unknown = said(code)
    assert sorted(found) == sorted(programs)
    assert unknown == []


@pytest.mark.parametrize(
    "code",
    [
        "const { spawn } = require('child_process'); spawn(tool)",
        "const { exec } = require('child_process'); exec(`git log ${range}`)",
        "const { exec } = require('child_process'); exec('$TOOL x')",
        "const { exec } = require('child_process'); exec('a > b')",
        "const { exec } = require('child_process'); exec('A=1 make')",
        "const { spawn } = require('child_process'); spawn('sh', ['-c', x])",
        "const { spawn } = require('child_process'); spawn('strace', ['git'])",
        "const { spawnSync } = require('child_process'); spawnSync('npm', ['run', 'plugins'])",
        "const { execSync } = require('child_process'); execSync('npx prisma generate')",
        "const { execSync } = require('child_process'); execSync('pip install x')",
        "const gyp = require('node-gyp')()",
        "const { spawn } = require('child_process'); spawn('find', ['.', '-exec', 'git', ';'])",
        "const { spawn } = require('child_process'); module.exports = { spawn }",
        "const { exec } = require('child_process'); module.exports = promisify(exec)",
        "const { exec = other } = require('child_process'); exec('a')",
        "const { ...all } = require('child_process'); all.exec('a')",
        "const cp = require('child_process'); run(cp)",
        "const cp = require('child_process'); cp[name]('a')",
        "const name = 'child_process'; require(name)",
        "export { exec } from 'child_process'",
        "export * from 'child_process'",
        "import cp = require('child_process'); cp.exec('a')",
        "class A { constructor() { this.exec = require('child_process').exec } }",
        "function f(run = require('child_process').exec) { run('a') }",
        "import 'shelljs/global'; exec('git')",
        "import { $ } from 'execa'; await $`git log`",
        "import { $ } from 'zx'; await $`git log`",
        "import vm from 'node:vm'",
        "require('./addon.node')",
        "process.dlopen(m, f)",
        "process.binding('spawn_sync')",
        "const { exec } = require('child_process'); exec(",
    ],
)
def test_unknown(code: str) -> None:
    assert said(code)[1]


@pytest.mark.parametrize(
    "code",
    [
        "require(name)",
        "import(name)",
        "const load = createRequire(import.meta.url)",
        "process.mainModule.require(x)",
    ],
)
def test_modules_by_names_that_are_not_there(code: str) -> None:
    found = read(code)
    assert found.dynamic_imports
    assert found.dynamic == found.dynamic_code == ()


@pytest.mark.parametrize(
    "code", ["eval(x)", "const run = eval; run(x)", "new Function(x)", "new Worker(code, { eval: true })"]
)
def test_code_that_is_not_there(code: str) -> None:
    found = read(code)
    assert found.dynamic_code
    assert found.dynamic == found.dynamic_imports == ()


def test_places_are_those_of_the_calls() -> None:
    found = read("const cp = require('child_process');\n\ncp.exec(\n  'git');\ncp.exec(x)")
    assert [(m.text, m.line) for m in (*found.commands, *found.dynamic)] == [("git", 3), ("cp.exec(x)", 5)]


def test_types_are_read_where_they_are() -> None:
    code = "import { exec } from 'child_process';\nconst a = <string>b;\nexec('git');"
    assert read(code, typescript=True).commands
    assert read(code).dynamic, "in other files it is markup"


@pytest.mark.parametrize(
    "code", ["eval" + "(" * 30_000, "eval;" + "[" * 30_000 + "]" * 30_000, "eval;" + "a+" * 30_000]
)
def test_deep_texts_take_little_time(code: str) -> None:
    started = time.process_time()
    read(code)
    assert time.process_time() - started < 5


FRAGMENTS = st.sampled_from(
    """
    import|from|require|(|)|{|}|[|]|,|;|=|=>|.|'|"|`|${|child_process|'child_process'|exec|spawn|promisify|const|let|await|
    async|export|default|type|as|*|new|Function|eval|<a>|</a>|/|:|?|!|...|class A|function f|x|1|\\|\n|//|/*|*/|execa|$
    """.replace("\n", "").split("|")
)


@given(st.lists(st.one_of(FRAGMENTS, st.text(max_size=3)), max_size=40), st.booleans())
@settings(max_examples=200)
def test_it_never_raises(parts: list[str], typescript: bool) -> None:
    read("const cp = require('child_process');" + " ".join(parts), typescript=typescript)


def test_a_text_without_a_word_that_matters_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_typescript", None)
    assert read("const a = require('fs'); import('./b.js'); a.x()") == JavaScriptSource()
