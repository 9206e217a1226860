"""What PHP runs: literals exactly, nothing where nothing runs, and everything else is unknown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transformer.context.php_source import read, read_markup


def said(code: str) -> tuple[list[str], bool]:
    found = read(code)
    return sorted(m.text for m in found.commands), bool(found.dynamic or found.code)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("", id="empty"),
        pytest.param("<html>exec('x')</html>", id="text outside of code"),
        pytest.param("<?php // exec('git');\n# `ls`\n/* system('x') */ $a = 'eval it';", id="comments and a string"),
        pytest.param("<?php $db->exec('select 1'); $this->system($x); Foo::exec($q);", id="methods of those names"),
        pytest.param("<?php $pdo->exec($sql); curl_exec($handle); $statement->exec($x);", id="other functions"),
        pytest.param("<?php function system_info() {} system_info();", id="a longer name"),
        pytest.param("<?php if (function_exists('exec') && is_callable('system')) {}", id="questions about a name"),
        pytest.param("<?php in_array('exec', explode(',', ini_get('disable_functions')));", id="a list of names"),
        pytest.param("<?php $next = fn($x) => $x; $next(1);", id="a closure by its variable"),
        pytest.param("<?php function f(callable $c) { return $c(1); }", id="a parameter"),
        pytest.param(
            "<?php $f = function ($x) use ($g) { return $x; }; array_map($f, []);", id="a closure is handed on"
        ),
        pytest.param("<?php call_user_func([$object, 'run']); call_user_func('strlen', 'x');", id="methods and others"),
        pytest.param("<?php assert($a > 1); assert(is_int($b));", id="assert of an expression"),
        pytest.param("<?php preg_replace('/a/i', 'b', $c); preg_replace($p, 'b', $c);", id="patterns"),
        pytest.param("<?php require __DIR__ . '/vendor/autoload.php'; include 'a.php';", id="files of the project"),
        pytest.param("<?php class Processor {} new Processor('x'); new ProcessorFactory();", id="other classes"),
        pytest.param("<?php namespace App; class Mail { function mail() {} } (new Mail)->mail();", id="its own mail"),
        pytest.param("<?php eval_it($x); $evaluate = 1;", id="a name that begins so"),
    ],
)
def test_nothing(code: str) -> None:
    assert said(code) == ([], False)


@pytest.mark.parametrize(
    ("code", "commands"),
    [
        ("exec('git status');", ["git"]),
        ('shell_exec("git log");', ["git"]),
        ("EXEC('git log'); \\Exec('hg log');", ["git", "hg"]),
        ("$x = `uname -a | cut -c1`;", ["cut", "uname"]),
        ("system('git fetch && git log');", ["git"]),
        ("passthru('convert a.png b.png', $status);", ["convert"]),
        ("$h = popen('/usr/sbin/sendmail -t', 'w');", ["/usr/sbin/sendmail"]),
        ("proc_open(['git', 'log', $x], [], $pipes);", ["git"]),
        ("proc_open('git log', [], $pipes);", ["git"]),
        ("pcntl_exec('/usr/bin/top', ['-b']);", ["/usr/bin/top"]),
        ("exec('git' . ' log');", ["git"]),
        ("mail('a@b', 'c', 'd');", ["sendmail"]),
        ("new Process(['git', 'log', $branch]);", ["git"]),
        ("new \\Symfony\\Component\\Process\\Process(['git']);", ["git"]),
        ("Process::fromShellCommandline('git log | head');", ["git", "head"]),
        ("Process::run('git log'); Process::start(['hg']);", ["git", "hg"]),
        ("namespace App; exec('git log');", ["git"]),
        ("exec(<<<'EOT'\ngit log\nEOT\n);", ["git"]),
        ("exec(command: 'git log');", ["git"]),
        ("@exec('git log', $out);", ["git"]),
    ],
)
def test_literals(code: str, commands: list[str]) -> None:
    assert said(f"<?php {code}") == (commands, False)


@pytest.mark.parametrize(
    "code",
    [
        "exec($command);",
        'exec("git log $x");',
        "exec('git log ' . escapeshellarg($x));",
        "exec(sprintf('git log %s', $x));",
        "`$command`;",
        "`git log {$x}`;",
        "exec('sh -c foo');",
        "exec('bash x.sh');",
        "exec('sudo git log');",
        "exec('env A=b git');",
        "exec('php -r \"exec(1);\"');",
        "exec('find . -exec rm {} +');",
        "exec('$(git log)');",
        "proc_open($words, [], $pipes);",
        "proc_open([$program, 'x'], [], $pipes);",
        "proc_open(['sh', '-c', 'git'], [], $pipes);",
        "pcntl_exec($path);",
        "eval($code);",
        "eval('return 1;');",
        "create_function('$a', 'return $a;');",
        "assert('system(1)');",
        "preg_replace('/x/e', 'exec($1)', $a);",
        "$f = 'exec'; $f('git');",
        '$f = "shell_exec"; $f($x);',
        "array_map('system', $commands);",
        "usort($a, 'passthru');",
        "call_user_func('exec', 'git');",
        "call_user_func('\\\\exec', 'git');",
        "call_user_func($prefix . 'ec', 'git');",
        "call_user_func_array($_GET['f'], $a);",
        "$_GET['f']($x);",
        "($prefix . 'ec')('git');",
        "$name = $prefix . 'ec'; $name('git');",
        "$GLOBALS['f']('x');",
        "$this->handlers['x']('git');",
        "use function exec as run; run('git');",
        "use function Foo\\bar, exec; ",
        "new ReflectionFunction($name);",
        "new Process($words);",
        "new Process('git log ' . $x);",
        "new Process([$binary, 'x']);",
        "Process::fromShellCommandline($x);",
        "Process::path('/x')->run('git');",
        "Process::pool(fn($p) => 1);",
        "new PhpProcess('<?php x();');",
        "(new ExecutableFinder())->find('git');",
        "dl('x.so');",
        "FFI::load('x.h');",
        "FFI::cdef('int f();', $library);",
        "require '/usr/share/php/Smarty/Smarty.class.php';",
        "include 'https://example.com/x.php';",
        'include "/opt/tool/$x.php";',
        "register_shutdown_function('exec', 'git');",
        "define('RUN', 'exec'); constant('RUN')('x');",
        "$f = exec(...); $f('git');",
        "$f = strlen(...) ?: 'system'; $f('git');",
        "$map = ['a' => 'exec']; $map['a']('git');",
        "exec('git') this is no code (",
    ],
)
def test_unknown(code: str) -> None:
    assert said(f"<?php {code}")[1]


@pytest.mark.parametrize(
    "code",
    [
        "FFI::cdef('int f();', 'libfoo.so.1');",
        "\\FFI::cdef('int f();', '/usr/lib/libfoo.so.1');",
    ],
)
def test_libraries(code: str) -> None:
    assert [m.text.rpartition("/")[2] for m in read(f"<?php {code}").libraries] == ["libfoo.so.1"]


@pytest.mark.parametrize(
    "text", ["@php exec('git') @endphp", "{{ shell_exec($x) }}", "{php}system('x');{/php}", "<?php exec($x) ?>"]
)
def test_markup_that_may_run(text: str) -> None:
    assert read_markup(text).dynamic


@pytest.mark.parametrize("text", ["<b>{{ $name }}</b>", "@if ($system) yes @endif", "exec summary"])
def test_markup_that_runs_nothing(text: str) -> None:
    found = read_markup(text)
    assert (found.commands, found.dynamic, found.code) == ((), (), ())


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_no_text_breaks_it(text: str) -> None:
    read(text)
    read("<?php " + text)
    read_markup(text)
