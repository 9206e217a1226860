"""What the virtual machine is told to load, and what the tools of Java write."""

from __future__ import annotations

import shlex
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


@pytest.mark.parametrize(
    "line",
    [
        "java -XX:OnOutOfMemoryError='jmap -dump:file=/x %p' -jar app.jar",
        "java '-XX:OnError=jstack %p; kill %p' -jar app.jar",
    ],
)
def test_what_runs_when_something_fails(line: str) -> None:
    scripts = started(tuple(shlex.split(line)), "/app", lambda _: None).scripts
    assert [text.split()[0] for text in scripts] in (["jmap"], ["jstack"])
    assert "%p" not in scripts[0]


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


POM = """<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>app</artifactId>
<version>1</version>{}</project>
"""
MAVEN = "FROM maven:3.9-eclipse-temurin-17\nWORKDIR /app\nCOPY . .\nRUN mvn package\nCMD java -jar target/app-1.jar\n"


def project(folder: Path, text: str, code: str, files: dict[str, str]) -> tuple[str, str, str]:
    """Return status, applicability and final stage of a project with one class."""
    source = f"class Main {{ public static void main(String[] a) throws Exception {{ {code} }} }}\n"
    for name, content in {"pom.xml": POM.format(""), "src/main/java/Main.java": source, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    found = answer(text.encode(), options(()), BuildContext(folder)).outcome
    rewritten = found.rewritten or ""
    return found.status.value, found.applicability.label, rewritten[rewritten.rfind("\nFROM") :]


@pytest.mark.parametrize(
    ("code", "files", "kept"),
    [
        ('new java.io.File("src/main/resources/x.txt");', {"src/main/resources/x.txt": ""}, "src/main/resources"),
        ('java.nio.file.Paths.get("src", a[0]);', {"src/main/resources/x.txt": ""}, "COPY src "),
        ('new java.io.File(System.getProperty("user.dir") + "/src/" + a[0]);', {"src/x.txt": ""}, "COPY src "),
        ('java.nio.file.Files.walk(java.nio.file.Paths.get("."));', {"data/x.txt": ""}, "COPY . ."),
        ("new java.io.File(a[0]);", {"data/x.txt": "", "src/main/resources/y": ""}, "COPY data "),
        (
            'x.locations("filesystem:src/main/resources", new java.io.File(a[0]));',
            {"src/main/resources/x": ""},
            "COPY src",
        ),
        ('new javax.swing.ImageIcon("img/" + a[0]);', {"img/x.png": "", "other/y": ""}, "COPY img "),
        (
            'System.setProperty("java.util.logging.config.file", "log.properties");',
            {"log.properties": ""},
            "log.properties",
        ),
        ('builder.parse("conf/a.xml");', {"conf/a.xml": "", "conf/b.xml": ""}, "conf/a.xml"),
    ],
)
def test_what_code_names_stays(tmp_path: Path, code: str, files: dict[str, str], kept: str) -> None:
    status, applicability, text = project(tmp_path, MAVEN, code, files)
    assert (status, applicability) == ("rewritten", "safe")
    assert kept in text
    assert "target/app-1.jar" in text


def test_what_a_script_names_stays(tmp_path: Path) -> None:
    text = MAVEN.replace("CMD java -jar target/app-1.jar", 'ENTRYPOINT ["./run.sh"]')
    script = "#!/bin/sh\ncp -r src/main/resources /tmp/data\nexec java -jar target/app-1.jar\n"
    files = {"run.sh": script, "src/main/resources/x": "", "src/main/other/y": ""}
    status, applicability, final_stage = project(tmp_path, text, "new java.io.File(a[0]);", files)
    assert (status, applicability) == ("rewritten", "safe")
    assert "src/main/resources" in final_stage
    assert "src/main/other" not in final_stage


def test_resources_stay_behind(tmp_path: Path) -> None:
    _, applicability, text = project(
        tmp_path, MAVEN, "new java.io.File(a[0]);", {"src/main/resources/x": "", "d/y": ""}
    )
    assert applicability == "safe"
    assert "COPY d " in text
    assert "src" not in text


JDK = "FROM eclipse-temurin:17-jdk-jammy\nWORKDIR /app\n{}\nCOPY . .\nRUN javac -d out src/main/java/Main.java\n{}\n"
FETCHED = "RUN curl -o /opt/l/a.jar https://repo.example.org/a.jar"


@pytest.mark.parametrize(
    ("before", "after", "files"),
    [
        (FETCHED, "ENV JAVA_TOOL_OPTIONS=-javaagent:/opt/l/a.jar\nCMD java -cp out Main", {}),
        (FETCHED, "ENV CLASSPATH=out:/opt/l/a.jar\nCMD java Main", {}),
        (FETCHED, "CMD java -cp 'out:/opt/l/*' Main", {}),
        ("COPY lib /opt/l", "CMD java -cp 'out:/opt/l/*' Main", {"lib/x.jar": "PK"}),
        ("", 'ENV JDK_JAVA_OPTIONS="--add-modules jdk.jshell"\nCMD java -cp out Main', {}),
        ("", "RUN echo 'class B {}' > src/B.java && javac -d out src/B.java\nCMD java -cp out Main", {}),
        ("", "CMD java -cp out Main", {"src/main/kotlin/A.kt": "fun a() {}"}),
        ("", "CMD java -cp out Main", {"src/main/resources/x.sh": "convert"}),
        ("", "CMD java -cp out Main", {"src/main/resources/x.sql": "CREATE ALIAS x AS $$ void f() {} $$"}),
        ("", "CMD java -cp out Main", {"src/main/webapp/x.jsp": "<% %>"}),
    ],
)
def test_what_nobody_read_is_not_safe(tmp_path: Path, before: str, after: str, files: dict[str, str]) -> None:
    status, applicability, _ = project(tmp_path, JDK.format(before, after), "", files)
    assert (status, applicability) == ("refused", "unsafe")


@pytest.mark.parametrize(
    ("env", "cmd"),
    [
        ("", "['java', '-XX:OnOutOfMemoryError=jmap %p', '-cp', 'out', 'Main']"),
        ("ENV JAVA_TOOL_OPTIONS=-XX:OnError=jmap", "['java', '-cp', 'out', 'Main']"),
        ("ENV JAVA_OPTS=-XX:OnError=jmap", "java $JAVA_OPTS -cp out Main"),
        ("ENV JAVA_OPTS=-XX:OnError=jmap", 'exec java "${JAVA_OPTS:-}" -cp out Main'),
    ],
)
def test_tools_of_the_kit_that_run_when_something_fails(tmp_path: Path, env: str, cmd: str) -> None:
    text = JDK.format(env, "CMD " + (cmd.replace("'", '"') if cmd.startswith("[") else cmd))
    status, _, _ = project(tmp_path, text, "", {})
    assert status == "refused"


@pytest.mark.parametrize(
    "env", ["ENV JAVA_OPTS=-Xmx1g", "ENV JAVA_OPTS='-XX:OnError=\"kill %p\"'", "ENV OTHER=-XX:OnError=jmap"]
)
def test_options_that_run_nothing_of_the_kit(tmp_path: Path, env: str) -> None:
    status, applicability, _ = project(tmp_path, JDK.format(env, "CMD java $JAVA_OPTS -cp out Main"), "", {})
    assert (status, applicability) == ("rewritten", "safe")


@pytest.mark.parametrize("kit", ["openjdk-17-jdk", "openjdk-17-jdk-headless", "default-jdk-headless"])
def test_the_kit_of_a_distribution(tmp_path: Path, kit: str) -> None:
    before = f"RUN apt-get update && apt-get install -y --no-install-recommends {kit}"
    text = JDK.format(before, "CMD java -cp out Main").replace("eclipse-temurin:17-jdk-jammy", "debian:bookworm")
    status, applicability, final_stage = project(tmp_path, text, "", {})
    assert (status, applicability) == ("rewritten", "safe")
    assert f"{kit.removesuffix('-headless').removesuffix('-jdk')}-jre-headless" in final_stage
    assert "-jdk" not in final_stage.replace("openjdk", "")


MODULE = """<project><modelVersion>4.0.0</modelVersion>
<parent><groupId>g</groupId><artifactId>app</artifactId><version>1</version></parent><artifactId>{}</artifactId>{}</project>
"""
SHADED = """<dependencies><dependency><groupId>g</groupId><artifactId>part</artifactId><version>1</version></dependency>
</dependencies><build><plugins><plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-shade-plugin</artifactId>
<executions><execution><phase>package</phase><goals><goal>shade</goal></goals></execution></executions></plugin></plugins></build>
"""


@pytest.mark.parametrize("options_of_maven", ["", "-pl server -am", "-am -pl :server"])
def test_a_module_that_another_one_needs(tmp_path: Path, options_of_maven: str) -> None:
    files = {
        "pom.xml": POM.format(
            "<packaging>pom</packaging><modules><module>part</module><module>server</module></modules>"
        ),
        "part/pom.xml": MODULE.format("part", ""),
        "server/pom.xml": MODULE.format("server", SHADED),
    }
    text = MAVEN.replace("mvn package", f"mvn package {options_of_maven}").replace("target/app", "server/target/server")
    status, applicability, final_stage = project(tmp_path, text, "", files)
    assert (status, applicability) == ("rewritten", "safe")
    assert "COPY --from=build /app/server/target/server-1.jar" in final_stage
    assert ("part/target" in final_stage) == (not options_of_maven)


@pytest.mark.parametrize("text", ['{"main": "verticles.Hello"}', "# Hello.java says more", "a.javadoc: 'x'"])
def test_no_name_of_a_source(tmp_path: Path, text: str) -> None:
    status, applicability, _ = project(
        tmp_path, JDK.format("", "CMD java -cp out Main"), "", {"src/main/resources/c.json": text}
    )
    assert (status, applicability) == ("rewritten", "safe")


@pytest.mark.parametrize(
    "base", ["maven:3.6-jdk-8", "maven:3.9.6-eclipse-temurin-17", "eclipse-temurin:17.0.11_9-jdk-jammy"]
)
def test_tags_that_ended_and_are_like_listed_ones(tmp_path: Path, base: str) -> None:
    text = JDK.format("", "CMD java -cp out Main").replace("eclipse-temurin:17-jdk-jammy", base)
    status, applicability, _ = project(tmp_path, text, "", {})
    assert (status, applicability) == ("rewritten", "safe")


@pytest.mark.parametrize("base", ["amazoncorretto:17", "amazoncorretto:8", "openjdk:17", "gradle:jdk21-corretto"])
def test_a_distribution_that_is_not_supported(tmp_path: Path, base: str) -> None:
    text = JDK.format("", "CMD java -cp out Main").replace("eclipse-temurin:17-jdk-jammy", base)
    status, _, _ = project(tmp_path, text, "", {})
    assert status == "refused"


@pytest.mark.parametrize("base", ["openjdk:8u131-jdk", "java:8", "amazoncorretto:17", "gradle:8.5-jdk17"])
def test_images_of_which_too_little_is_known(tmp_path: Path, base: str) -> None:
    text = JDK.format("", "CMD java -cp out Main").replace("eclipse-temurin:17-jdk-jammy", base)
    status, applicability, _ = project(tmp_path, text, "", {})
    assert (status, applicability) != ("rewritten", "safe")


@pytest.mark.parametrize(
    ("release", "packages", "installed"),
    [
        ("debian:bookworm", "default-jdk", "default-jre-headless"),
        ("debian:bookworm", "openjdk-17-jdk maven gradle ant", "openjdk-17-jre-headless"),
        ("ubuntu:22.04", "openjdk-8-jdk maven", "openjdk-8-jre-headless openjdk-8-jre"),
        ("ubuntu:24.04", "openjdk-17-jdk-headless maven", "openjdk-17-jre-headless"),
    ],
)
def test_the_runtime_of_a_kit(tmp_path: Path, release: str, packages: str, installed: str) -> None:
    apt = f"RUN apt-get update && apt-get install -y --no-install-recommends {packages}"
    build = "WORKDIR /app\nCOPY . .\nRUN javac -d out src/main/java/Main.java\nCMD java -cp out Main"
    text = f"FROM {release}\n{apt}\n{build}\n"
    status, applicability, final_stage = project(tmp_path, text, "", {})
    assert (status, applicability) == ("rewritten", "safe")
    assert f"--no-install-recommends {installed}\n" in final_stage
