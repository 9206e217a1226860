"""What the virtual machine is told to load, and what the tools of Java write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext
from transformer.ecosystems.jvm.launching import started

HELLO = 'class Main { public static void main(String[] a) { System.out.println("hello"); } }\n'


@pytest.mark.parametrize(
    ("line", "code", "opens"),
    [
        ("java -jar app.jar", ("app.jar",), ()),
        ("java -Xmx1g -jar app.jar --server.port=1", ("app.jar",), ()),
        ("java -cp a:lib/* Main conf/x.yml", ("a", "lib"), ("conf/x.yml",)),
        ("java --class-path=a.jar Main", ("a.jar",), ()),
        ("java -p mods -m a/b.C", ("mods",), ()),
        ("java Main", ("/app",), ()),
        ("java -javaagent:agent.jar=conf.yml -jar app.jar", ("agent.jar", "app.jar"), ("conf.yml",)),
        ("java -Dlog=file:conf/log.xml -jar app.jar", ("app.jar",), ("conf/log.xml",)),
        ("java -agentlib:jdwp=transport=dt_socket -jar app.jar", ("app.jar",), ()),
        ("mvn package", (), ()),
    ],
)
def test_what_is_loaded(line: str, code: tuple[str, ...], opens: tuple[str, ...]) -> None:
    found = started(tuple(line.split()), "/app", lambda _: None)
    assert (found.code, found.opens, found.unread) == (code, opens, "")


@pytest.mark.parametrize(
    "line",
    [
        "java -jar $JAR",
        "java -cp /root/.m2/repository/a.jar Main",
        "java -agentlib:profiler -jar app.jar",
        "java --add-modules jdk.jshell -jar app.jar",
        "java --add-modules=ALL-SYSTEM -jar app.jar",
        "java @options",
    ],
)
def test_what_is_not_known(line: str) -> None:
    assert started(tuple(line.split()), "/app", lambda _: None).unread


def test_a_file_of_arguments() -> None:
    assert started(("java", "@o"), "/app", {"/app/o": "-cp lib/* # no\n# -jar x\nMain"}.get).code == ("lib",)
    assert started(("java", "@o"), "/app", lambda _: "@o").unread == "@o"


def final(folder: Path, text: str, **files: str) -> str:
    for name, content in {"Main.java": HELLO, **files}.items():
        (folder / name.replace("__", ".")).write_text(content)
    outcome = answer(text.encode(), options(()), BuildContext(folder)).outcome
    rewritten = outcome.rewritten or ""
    return rewritten[rewritten.rfind("\nFROM") :]


FROM = "FROM eclipse-temurin:17-jdk-jammy\nWORKDIR /app\nCOPY Main.java src/\n"


@pytest.mark.parametrize(
    ("run", "cmd", "carried"),
    [
        ("javac -d out src/Main.java", '["java", "-cp", "out", "Main"]', "/app/out"),
        ("javac src/Main.java", '["java", "-cp", "src", "Main"]', "/app/src"),
        ("javac -d o src/*.java && jar cf a.jar -C o .", '["java", "-cp", "a.jar", "Main"]', "/app/a.jar"),
        (
            "javac -d o src/Main.java && jar --create --file a.jar --main-class Main -C o .",
            '["java", "-jar", "a.jar"]',
            "/app/a.jar",
        ),
        ("javac -d o src/Main.java && jar -cfe /opt/a.jar Main -C o .", '["java", "-jar", "/opt/a.jar"]', "/opt/a.jar"),
        (
            "cd src && javac -encoding UTF-8 -Xlint:all -d /classes Main.java",
            '["java", "-cp", "/classes", "Main"]',
            "/classes",
        ),
    ],
)
def test_where_tools_write(tmp_path: Path, run: str, cmd: str, carried: str) -> None:
    text = final(tmp_path, f"{FROM}RUN {run}\nCMD {cmd}\n")
    assert f"COPY --from=build {carried} {carried}" in text
    assert "FROM eclipse-temurin:17-jre-jammy" in text
    assert "javac" not in text


@pytest.mark.parametrize(
    ("before", "run"),
    [
        ("", "javac -d out src/Main.java && javac --strange x src/Main.java"),
        ("", "javac -d out src/Main.java && java -cp out Main"),
        ("RUN curl -o /lib/x.jar https://repo.example.org/x.jar", "javac -cp /lib/x.jar -d out src/Main.java"),
    ],
)
def test_what_is_not_safe(tmp_path: Path, before: str, run: str) -> None:
    text = f'{FROM}{before}\nRUN {run}\nCMD ["java", "-cp", "out", "Main"]\n'
    (tmp_path / "Main.java").write_text(HELLO)
    outcome = answer(text.encode(), options(()), BuildContext(tmp_path)).outcome
    assert outcome.status.value == "refused"
