"""What commands put or make among the sources of the project: the program may read it there, by any name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext
from transformer.ir.diagnostic import Applicability
from transformer.ir.plan import Outcome

C = """FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make cmake unzip curl git golang-go
WORKDIR /src
COPY . .
{run}
CMD {command}
"""
OPENS = '#include <stdio.h>\nint main(int n, char **v) {{ FILE *f = fopen({what}, "r"); return !f; }}\n'
MAKEFILE = "app: main.c\n\t$(CC) -o $@ $<\n"
FETCH = "RUN curl -fsSL -o data.bin https://example.com/data.bin"
SERVES = """package main

import "net/http"

func main() { http.ListenAndServe(":80", http.FileServer(http.Dir("www"))) }
"""
GOMOD = "module example.com/app\n\ngo 1.22\n"
RUNS_GIT = 'package main\n\nimport "os/exec"\n\nfunc main() { exec.Command("git", "version").Run() }\n'
SILENT = "package main\n\nfunc main() {}\n"


def outcome(folder: Path, run: str, files: dict[str, str], command: str = '["./app"]') -> Outcome:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    dockerfile = C.format(run=run, command=command)
    return answer(dockerfile.encode(), options(()), BuildContext(folder)).outcome


def final(found: Outcome) -> list[str]:
    assert found.rewritten is not None, found.diagnostics
    assert found.applicability is not None
    return found.rewritten.rpartition("\nFROM ")[2].splitlines()


NAMED = '"data.bin"'
C_CASES = [
    pytest.param(FETCH + "\nRUN make", NAMED, '["./app"]', True, id="named"),
    pytest.param(FETCH + "\nRUN make", "v[1]", '["./app", "data.bin"]', True, id="an argument"),
    pytest.param(FETCH + "\nRUN make", "v[1]", '["./app"]', True, id="nobody knows which"),
    pytest.param(FETCH + "\nRUN make", '"/etc/other"', '["./app"]', True, id="it may be a source that opens it"),
    pytest.param(FETCH.replace("data.bin", "data.h") + "\nRUN make", "v[1]", '["./app"]', False, id="a header"),
    pytest.param(FETCH + " && gzip -d < data.bin > /dev/null\nRUN make", NAMED, '["./app"]', True, id="read before"),
]


@pytest.mark.parametrize(("run", "what", "command", "stays"), C_CASES)
def test_what_is_fetched_among_sources(tmp_path: Path, run: str, what: str, command: str, stays: bool) -> None:
    files = {"main.c": OPENS.format(what=what), "Makefile": MAKEFILE}
    lines = final(outcome(tmp_path, run, files, command))
    assert any(line.startswith("COPY --from=build /src/data") for line in lines) is stays


def test_what_is_unpacked_and_compiled_goes(tmp_path: Path) -> None:
    run = "RUN curl -fsSL https://example.com/x.tgz | tar xz -C /opt && cd /opt/x && make && cp x /usr/local/bin/x"
    lines = final(outcome(tmp_path, run, {"main.c": "int main(void) { return 0; }\n"}, '["x"]'))
    assert not any("/opt/x" in line for line in lines)


def test_what_is_made_of_the_sources_is_served(tmp_path: Path) -> None:
    files = {"go.mod": GOMOD, "main.go": SERVES, "web/index.html": "x\n"}
    makefile = "www:\n\tmkdir -p www\n\tgcc -o www/tool tool.c\n\tcp web/index.html www/\n"
    files |= {"Makefile": makefile, "tool.c": "int main(void) { return 0; }\n"}
    lines = final(outcome(tmp_path, "RUN make www\nRUN go build -o app .", files))
    assert any(line.startswith("COPY --from=build /src/www") for line in lines)


def test_what_is_generated_in_a_served_directory_is_carried(tmp_path: Path) -> None:
    files = {"go.mod": GOMOD, "main.go": SERVES, "www/index.html": "x\n"}
    lines = final(outcome(tmp_path, "RUN go generate ./... && go build -o app .", files))
    assert "COPY --from=build /src /src" in lines
    lines = final(outcome(tmp_path, "RUN go vet ./... && go build -o app .", files))
    assert "COPY www /src/www" in lines
    assert "COPY --from=build /src/app /src/app" in lines


@pytest.mark.parametrize(("name", "whole"), [("app.conf", True), ("other.conf", False)])
def test_what_cmake_writes_while_it_configures(tmp_path: Path, name: str, whole: bool) -> None:
    text = "project(a C)\nadd_executable(app main.c)\nconfigure_file(app.conf.in app.conf)\n"
    files = {"main.c": OPENS.format(what=f'"/src/b/{name}"'), "CMakeLists.txt": text, "app.conf.in": "x\n"}
    files |= {"b/other.conf": "x\n"}
    lines = final(outcome(tmp_path, "RUN cmake -B b && cmake --build b", files, '["/src/b/app"]'))
    assert ("COPY --from=build /src/b /src/b" in lines) is whole


MKDIRS = [
    ("mkdir -p /opt/{a,b}", "RUN mkdir -p /opt/{a,b}"),
    ("mkdir -p /opt/$(hostname)", "RUN mkdir -p /opt/$(hostname)"),
]


@pytest.mark.parametrize(("command", "line"), MKDIRS)
def test_directories_of_names_that_are_not_known_are_made_again(tmp_path: Path, command: str, line: str) -> None:
    lines = final(outcome(tmp_path, f"RUN {command}\nRUN gcc -o app main.c", {"main.c": "int main(void) {}\n"}))
    assert line in lines


def test_a_directory_of_the_base_is_not_made_again(tmp_path: Path) -> None:
    lines = final(outcome(tmp_path, "RUN mkdir -p /opt\nRUN gcc -o app main.c", {"main.c": "int main(void) {}\n"}))
    assert not any("mkdir" in line for line in lines)


GIT = [
    pytest.param("RUN make app", {"Makefile": "app:\n\tgo build -o app .\n", "main.go": RUNS_GIT}, '["./app"]', True,
                 id="Go built by make runs it"),
    pytest.param("RUN make app", {"Makefile": "app:\n\tgo build -o app .\n", "main.go": SILENT}, '["./app"]', False,
                 id="Go built by make runs nothing"),
    pytest.param("RUN { go build -o app . ; gcc -o tool c/tool.c; }",
                 {"main.go": SILENT, "c/tool.c": '#include <stdlib.h>\nint main(void) { return system("git gc"); }\n'},
                 '["./tool"]', True, id="two compilers in one command"),
    pytest.param("RUN go install example.com/tool@v1.0.0 && go build -o app .", {"main.go": SILENT},
                 '["/root/go/bin/tool"]', True, id="a tool that was not read is started"),
    pytest.param("RUN go install example.com/tool@v1.0.0 && go build -o app .", {"main.go": SILENT}, '["./app"]', False,
                 id="a tool that was not read is not started"),
    pytest.param("RUN go generate ./... && go build -o app .", {"main.go": SILENT}, '["./app"]', True,
                 id="code that was generated"),
]  # fmt: skip


@pytest.mark.parametrize(("run", "files", "command", "stays"), GIT)
def test_who_may_run_git(tmp_path: Path, run: str, files: dict[str, str], command: str, stays: bool) -> None:
    lines = final(outcome(tmp_path, run, {"go.mod": GOMOD, **files}, command))
    assert any(" git" in line for line in lines) is stays


@pytest.mark.parametrize(("code", "stays"), [(RUNS_GIT, True), (SILENT, False)])
def test_settings_stay_with_the_program_that_reads_them(tmp_path: Path, code: str, stays: bool) -> None:
    run = "RUN git config --system safe.directory '*' && go build -o app ."
    lines = final(outcome(tmp_path, run, {"go.mod": GOMOD, "main.go": code}))
    assert any("git config" in line for line in lines) is stays


STAGED = "project(a C)\nadd_executable(app main.c)\ninstall(TARGETS app DESTINATION bin)\n"
INSTALLED = [
    ("cmake --install b --prefix /opt/a", "/opt/a/bin/app"),
    ("DESTDIR=/opt/r cmake --install b", "/opt/r/usr/local/bin/app"),
    ("env DESTDIR=/opt/r cmake --build b --target install", "/opt/r/usr/local/bin/app"),
    ("cmake --install b", "/usr/local/bin/app"),
]


@pytest.mark.parametrize(("command", "path"), INSTALLED)
def test_where_cmake_installs(tmp_path: Path, command: str, path: str) -> None:
    files = {"main.c": "int main(void) { return 0; }\n", "CMakeLists.txt": STAGED}
    lines = final(outcome(tmp_path, f"RUN cmake -B b && cmake --build b && {command}", files, f'["{path}"]'))
    assert f"COPY --from=build {path} {path}" in lines


def test_a_component_is_not_all(tmp_path: Path) -> None:
    files = {"main.c": "int main(void) { return 0; }\n", "CMakeLists.txt": STAGED}
    run = "RUN cmake -B b && cmake --build b && cmake --install b --component data"
    found = outcome(tmp_path, run, files, '["/src/b/app"]')
    assert found.applicability is Applicability.UNSAFE


def test_one_package_is_a_program_and_several_are_none(tmp_path: Path) -> None:
    lines = final(outcome(tmp_path, "RUN go build ./...", {"go.mod": GOMOD, "main.go": SILENT}))
    assert "COPY --from=build /src/app /src/app" in lines
    found = outcome(tmp_path, "RUN go build ./...", {"x/x.go": "package x\n"})
    assert [d.code for d in found.diagnostics if d.code == "DF412"]


def test_a_program_goes_into_a_directory_of_the_context(tmp_path: Path) -> None:
    files = {"go.mod": GOMOD, "main.go": SILENT, "bin/x.sh": "true\n"}
    lines = final(outcome(tmp_path, "RUN go build -o bin .", files, '["/src/bin/app"]'))
    assert "COPY --from=build /src/bin/app /src/bin/app" in lines


def test_a_subshell_enters_a_directory_of_the_context(tmp_path: Path) -> None:
    run = "RUN (cd sub && gcc -o app main.c) && cp sub/app app"
    lines = final(outcome(tmp_path, run, {"sub/main.c": "int main(void) { return 0; }\n"}))
    assert "COPY --from=build /src/app /src/app" in lines


def test_the_body_of_a_file_needs_its_argument(tmp_path: Path) -> None:
    run = "ARG N=3\nCOPY <<EOF /etc/app.conf\nn=$N\nEOF\nRUN gcc -o app main.c"
    lines = final(outcome(tmp_path, run, {"main.c": OPENS.format(what='"/etc/app.conf"')}))
    assert "ARG N=3" in lines


PLACES = [
    pytest.param({"what": '"logs/app.log"'}, "logs/.gitkeep", True, id="the program makes a file there"),
    pytest.param({"what": "v[1]"}, "logs/.gitkeep", True, id="nobody knows which file"),
    pytest.param({"what": "v[1]"}, "logs/.gitignore", True, id="kept by what it ignores"),
    pytest.param({"what": '"/etc/app.log"'}, "logs/.gitkeep", False, id="the program makes another file"),
    pytest.param({"what": '"src/app.log"'}, "src/other.h", True, id="a directory of sources"),
    pytest.param({"what": "v[1]"}, "src/other.h", False, id="a directory of sources that nothing names"),
]


@pytest.mark.parametrize(("words", "file", "stays"), PLACES)
def test_a_directory_that_is_there_to_be_filled(tmp_path: Path, words: dict[str, str], file: str, stays: bool) -> None:
    run = "RUN gcc -o app main.c other.c"
    lines = final(outcome(tmp_path, run, {"main.c": OPENS.format(**words), "other.c": "int a;\n", file: ""}))
    folder = file.partition("/")[0]
    assert any(line.startswith("COPY ") and f"/src/{folder}" in line for line in lines) is stays


MESON = [
    ("meson setup b --prefix=/opt/a && meson install -C b", "/opt/a"),
    ("meson setup b --prefix=/opt/a && ninja -C b install", "/opt/a"),
    ("meson setup b && meson install -C b --destdir /opt/r", "/opt/r"),
    ("meson setup b && meson install -C b", "/usr/local"),
]


@pytest.mark.parametrize(("command", "path"), MESON)
def test_where_meson_installs(tmp_path: Path, command: str, path: str) -> None:
    files = {"main.c": "int main(void) { return 0; }\n", "meson.build": "project('a', 'c')\n"}
    lines = final(outcome(tmp_path, f"RUN {command}", files, f'["{path}/bin/app"]'))
    assert f"COPY --from=build {path} {path}" in lines


MAINS = [
    pytest.param({}, ["/root/go/bin/app"], id="one program"),
    pytest.param({"cmd/more/main.go": SILENT}, ["/root/go/bin/app", "/root/go/bin/more"], id="two programs"),
    pytest.param({"_old/main.go": SILENT, "testdata/x/main.go": SILENT}, ["/root/go/bin/app"], id="no packages"),
    pytest.param({"tools/go.mod": "module t\n", "tools/main.go": SILENT}, ["/root/go/bin/app"], id="another module"),
    pytest.param({"cmd/t/main.go": "//go:build special\n\n" + SILENT}, ["/root/go/bin"], id="a tag decides"),
    pytest.param({"cmd/t/main.go": "//go:build linux && !windows\n\n" + SILENT},
                 ["/root/go/bin/app", "/root/go/bin/t"], id="a tag that holds"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "carried"), MAINS)
def test_which_packages_are_programs(tmp_path: Path, files: dict[str, str], carried: list[str]) -> None:
    files = {"go.mod": GOMOD, "cmd/app/main.go": SILENT, **files}
    lines = final(outcome(tmp_path, "ENV PATH=/root/go/bin:$PATH\nRUN go install ./...", files, '["app"]'))
    assert [line.split()[2] for line in lines if line.startswith("COPY --from")] == carried


OWNERS = [
    ("chown app .", True),
    ("chown app /src", True),
    ("chmod 777 /src", True),
    ("chown app /src/main.c", False),
    ("chmod 600 main.c", False),
]


@pytest.mark.parametrize(("command", "again"), OWNERS)
def test_the_directory_that_it_starts_in_keeps_its_owner(tmp_path: Path, command: str, again: bool) -> None:
    """A change of a source goes with it; of a directory whose sources are left behind it does not."""
    run = f"RUN useradd app\nRUN gcc -o app main.c && {command}\nUSER app"
    lines = final(outcome(tmp_path, run, {"main.c": OPENS.format(what='"/etc/other"')}))
    assert (f"RUN {command}" in lines) is again


def test_a_library_of_any_name_is_loaded(tmp_path: Path) -> None:
    loads = '#include <dlfcn.h>\nint main(void) { return !dlopen("./mod.bin", RTLD_NOW); }\n'
    files = {"main.c": loads, "mod.c": "int a;\n", "Makefile": MAKEFILE}
    lines = final(outcome(tmp_path, "RUN gcc -shared -fPIC -o mod.bin mod.c\nRUN make", files))
    assert "COPY --from=build /src/mod.bin /src/mod.bin" in lines
