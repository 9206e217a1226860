"""What Java runs, loads and opens: literals exactly, nothing where nothing runs, and everything else is unknown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transformer.context.java_source import read


def method(body: str) -> str:
    return f"class A {{ void f(String x, java.util.List<String> l) throws Exception {{\n{body}\n}} }}"


def said(body: str) -> tuple[list[str], bool]:
    found = read(method(body))
    return [m.text for m in found.commands], bool(found.dynamic)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="empty"),
        pytest.param("// new ProcessBuilder(x)\nint i = 0;", id="a line of comment"),
        pytest.param("/* Runtime.getRuntime().exec(x) */", id="a block of comment"),
        pytest.param('String s = "new ProcessBuilder(x)";', id="a string"),
        pytest.param("int n = Runtime.getRuntime().availableProcessors();", id="the machine for other things"),
        pytest.param("properties.load(in); jedis.exec();", id="other methods of those names"),
        pytest.param('Class.forName(x); Integer.class.getMethod("exec");', id="reflection on other classes"),
        pytest.param("Object o = new ProcessBuilderFactory();", id="a class of a like name"),
    ],
)
def test_nothing(body: str) -> None:
    assert said(body) == ([], False)


@pytest.mark.parametrize(
    ("body", "commands"),
    [
        ('Runtime.getRuntime().exec("git log");', ["git"]),
        ('Runtime.getRuntime().exec(new String[]{"convert", "a", x});', ["convert"]),
        ('Runtime.getRuntime().exec(new String[]{"sh", "-c", "ls | wc -l"});', ["ls", "sh", "wc"]),
        ('new ProcessBuilder("git", x).start();', ["git"]),
        ('new ProcessBuilder(java.util.Arrays.asList("ffmpeg", "-i", x)).start();', ["ffmpeg"]),
        ('new ProcessBuilder(List.of("ffmpeg"));', ["ffmpeg"]),
        ('new ProcessBuilder(new ArrayList<>(List.of("git", "a"))).start();', ["git"]),
        ('var b = new ProcessBuilder(); b.command("git", "x");', ["git"]),
        ('new ProcessBuilder("/usr/bin/git").start();', ["/usr/bin/git"]),
        ('Runtime r = Runtime.getRuntime(); r.exec("git");', ["git"]),
    ],
)
def test_literals(body: str, commands: list[str]) -> None:
    assert said(body) == (commands, False)


@pytest.mark.parametrize(
    "body",
    [
        "Runtime.getRuntime().exec(x);",
        'Runtime.getRuntime().exec("git " + x);',
        'new ProcessBuilder("sh", "-c", "curl " + x).start();',
        'new ProcessBuilder("bash", "run.sh").start();',
        'new ProcessBuilder("env", "git").start();',
        'new ProcessBuilder("python3", "x.py").start();',
        "new ProcessBuilder(l).start();",
        "new ProcessBuilder(new String[]{x}).start();",
        "ProcessBuilder b = new ProcessBuilder(); take(b);",
        "ProcessBuilder b = new ProcessBuilder(); b.command(l);",
        "Function<String[], Object> g = ProcessBuilder::new;",
        'Class.forName("java.lang.ProcessBuilder");',
        'Runtime.class.getMethod("exec", String.class);',
        'parser.parse("T(java.lang.Runtime).getRuntime()");',
        'System.loadLibrary("foo");',
        'System.load("/usr/lib/libfoo.so");',
        'com.sun.jna.Native.load("c", A.class);',
        "java.lang.foreign.Linker.nativeLinker();",
        "new org.apache.commons.exec.DefaultExecutor();",
        "javax.tools.ToolProvider.getSystemJavaCompiler();",
        "com.sun.tools.attach.VirtualMachine.attach(x);",
        'java.util.spi.ToolProvider.findFirst("jar");',
        "new javax.script.ScriptEngineManager();",
        'new \\u0050rocessBuilder("a").start();',
        "this is no Java } exec( {",
    ],
)
def test_unknown(body: str) -> None:
    assert said(body)[1]


@pytest.mark.parametrize(
    ("body", "opens", "computed"),
    [
        ('new java.io.File("data/x.txt");', ("data/x.txt",), False),
        ('java.nio.file.Path.of("/etc/x");', ("/etc/x",), False),
        ('new java.net.URL("file:conf/a.xml");', ("conf/a.xml",), False),
        ("new java.io.File(x);", (), True),
        ('new java.io.FileReader("a/" + x);', (), True),
        ('java.nio.file.Paths.get("a", x);', (), True),
        ("int i = 0;", (), False),
    ],
)
def test_files(body: str, opens: tuple[str, ...], *, computed: bool) -> None:
    found = read(method(body))
    assert (found.opens, found.computed) == (opens, computed)


def test_what_it_draws_and_looks_up() -> None:
    assert read("import java.awt.Font; class A {}").desktop
    assert read(method("java.nio.file.Files.probeContentType(p);")).mime
    assert not read(method("int i = 0;")).desktop


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    read(text)
    read(method(text))
