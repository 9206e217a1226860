"""A program runs a tool of the full image in whatever way: it is in the new image, or the split is not called safe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext

LOCK = """{"name": "x", "lockfileVersion": 3, "packages": {"": {"name": "x", "dependencies": {"ms": "2.1.3"}},
"node_modules/ms": {"version": "2.1.3"}}}"""
MANIFEST = '{"name": "x", "scripts": {"start": "node ./bin/www"}, "dependencies": {"ms": "2.1.3"}}'
GEMS = """GEM
  remote: https://rubygems.org/
  specs:
    rack (2.2.4)

PLATFORMS
  ruby

DEPENDENCIES
  rack
"""
WORLDS = {
    "python": ("python:3.12-bookworm", "pip install -r requirements.txt", {"requirements.txt": "click==8.1.7\n"}),
    "node": ("node:20-bookworm", "npm ci", {"package.json": MANIFEST, "package-lock.json": LOCK}),
    "ruby": ("ruby:3.1-bookworm", "bundle install", {"Gemfile": 'gem "rack"\n', "Gemfile.lock": GEMS}),
}
RUN_JS = 'require("child_process").exec("hg pull")\n'
RUN_PY = 'import os\nos.system("hg pull")\n'


def final(folder: Path, world: str, extra: str, cmd: str, files: dict[str, str]) -> str | None:
    """Return the final stage of a safe split; None where it is not called safe."""
    base, install, own = WORLDS[world]
    for name, text in {**own, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    text = f"FROM {base}\nWORKDIR /app\nCOPY . .\nRUN {install}\n{extra}\nCMD {cmd}\n"
    outcome = answer(text.encode(), options(()), BuildContext(folder)).outcome
    return outcome.rewritten if outcome.status.value == "rewritten" else None


PLAIN = [
    ("python", '["python", "app.py"]', {"app.py": "import click\n"}),
    ("node", '["node", "app.js"]', {"app.js": 'require("ms")\n'}),
    ("ruby", '["ruby", "app.rb"]', {"app.rb": 'require "rack"\n'}),
]


@pytest.mark.parametrize(
    "extra",
    ["", "RUN ln -s /app/x /usr/local/bin/vcs", "RUN cp x /usr/local/bin/vcs", "RUN cp x /tmp/hg && rm /tmp/hg"],
)
@pytest.mark.parametrize(("world", "cmd", "files"), PLAIN)
def test_nothing_runs_it(tmp_path: Path, world: str, extra: str, cmd: str, files: dict[str, str]) -> None:
    found = final(tmp_path, world, extra, cmd, {**files, "x": "text\n"})
    assert found is not None
    assert "mercurial" not in found


@pytest.mark.parametrize(
    ("world", "extra", "cmd", "files"),
    [
        ("python", "", '["python", "app.py"]', {"app.py": RUN_PY}),
        ("python", "", '["python", "app.py"]', {"app.py": 'import os\nT = "/usr/bin/hg"\nos.execv(T, [T])\n'}),
        ("python", "", '["python", "app.py"]', {"app.py": "", "t.py": RUN_PY}),
        ("python", "", '["python", "-m", "pkg"]', {"pkg/__main__.py": RUN_PY, "pkg/__init__.py": ""}),
        ("python", "", '["./run"]', {"run": f"#!/usr/bin/env python3\n{RUN_PY}"}),
        ("python", "", '["python", "run"]', {"run": RUN_PY}),
        ("python", "", '["python", "app.py"]',
         {"app.py": 'import subprocess\nsubprocess.run("./t.sh")\n', "t.sh": "#!/bin/sh\nhg pull\n"}),
        ("python", "", '["python", "app.py"]',
         {"app.py": 'import subprocess\nsubprocess.run(["awk", "BEGIN{system(\\"hg\\")}"])\n'}),
        ("python", "", '["python", "app.py"]', {"app.py": 'import subprocess\nsubprocess.run(["node", "x.js"])\n'}),
        ("python", "", '["python", "app.py"]', {"app.py": "import sh\nsh.hg('pull')\n"}),
        ("python", "", '["sh", "-c", "[ -x /usr/bin/hg ] && hg pull; python app.py"]', {"app.py": ""}),
        ("python", "ENV TOOL=hg", '["sh", "-c", "$TOOL pull; python app.py"]', {"app.py": ""}),
        ("python", "", '["/usr/bin/hg", "pull"]', {"app.py": ""}),
        ("node", "", '["node", "--run", "go"]',
         {"package.json": MANIFEST.replace("node ./bin/www", "true").replace("start", "go").replace("true", "hg id")}),
        ("python", "", '["perl", "x.pl"]', {"x.pl": 'system("hg")\n'}),
        ("python", "", '["jupyter", "execute", "x.ipynb"]', {"x.ipynb": "{}"}),
        ("python", "HEALTHCHECK CMD hg --version", '["python", "app.py"]', {"app.py": ""}),
        ("python", "COPY p.sh /etc/profile.d/", '["bash", "-lc", "python app.py"]', {"app.py": "", "p.sh": "hg id\n"}),
        ("python", "COPY rc /root/.bashrc", '["bash", "-ic", "python app.py"]', {"app.py": "", "rc": "hg id\n"}),
        ("python", "COPY s.py /usr/local/lib/python3.12/", '["python", "app.py"]', {"app.py": "", "s.py": RUN_PY}),
        ("python", "RUN sed -i s/a/b/ app.py", '["python", "app.py"]', {"app.py": ""}),
        ("python", "RUN curl -fsSLo x.py https://e.com/x", '["python", "app.py"]', {"app.py": ""}),
        ("python", "RUN curl -fsSL https://e.com/x | tar -xz", '["python", "app.py"]', {"app.py": ""}),
        ("python", "RUN hg --version > version", '["python", "app.py"]', {"app.py": ""}),
        ("python", "RUN ln -s /usr/bin/hg /usr/local/bin/vcs", '["python", "app.py"]',
         {"app.py": 'import os\nos.system("vcs pull")\n'}),
        ("python", "RUN cp /usr/bin/hg /usr/local/bin/vcs", '["python", "app.py"]',
         {"app.py": 'import os\nos.system("vcs pull")\n'}),
        ("python", "RUN echo 'hg pull' > /usr/local/bin/up && chmod +x /usr/local/bin/up", '["python", "app.py"]',
         {"app.py": 'import os\nos.system("up")\n'}),
        ("python", "", '["python", "app.py"]', {"app.py": "import runpy\nrunpy.run_path('bin/t')\n", "bin/t": RUN_PY}),
        ("python", "", '["python", "app.py"]',
         {"app.py": "import imp\nimp.load_source('t', 'bin/t')\n", "bin/t": RUN_PY}),
        ("python", "COPY <<EOF /s.sh\n#!/bin/sh\nhg pull\nEOF", '["/s.sh"]', {"app.py": ""}),
        ("python", "COPY <<EOF /app/z.py\nimport os\nEOF", '["python", "z.py"]', {"app.py": ""}),
        ("node", "", '["npm", "start"]', {"bin/www": f"#!/usr/bin/env node\n{RUN_JS}", "app.js": ""}),
        ("node", "", '["node", "app.js"]', {"app.js": 'require("child_process").execFile("/usr/bin/hg", ["pull"])\n'}),
        ("node", "", '["node", "app.js"]',
         {"app.js": 'require("child_process").execFile("./t.sh")\n', "t.sh": "#!/bin/bash\nhg pull\n"}),
        ("node", "", '["node", "app.js"]', {"app.js": 'require("child_process").spawn("python3", ["x.py"])\n'}),
        ("node", "", '["node", "app.js"]', {"app.js": 'require("mz/child_process").exec("hg pull")\n'}),
        ("node", "", '["node", "webpack.x.js"]', {"app.js": "", "webpack.x.js": RUN_JS}),
        ("node", "ENV NODE_OPTIONS=--require=/opt/x.js\nCOPY x.js /opt/", '["node", "app.js"]',
         {"app.js": "", "x.js": RUN_JS}),
        ("node", "", '["node", "app.js"]',
         {"app.js": "", "compose.yml": "services:\n  a:\n    build: .\n    command: sh -c 'hg pull && node app.js'\n"}),
        ("node", "", '["node", "app.js"]',
         {"app.js": 'new (require("worker_threads").Worker)("./bin/t")\n', "bin/t": RUN_JS}),
        ("ruby", "", '["ruby", "app.rb"]', {"app.rb": 'load File.expand_path("../t", __FILE__)\n', "t": "`hg id`\n"}),
        ("ruby", "", '["ruby", "app.rb"]', {"app.rb": 'system("/usr/bin/hg", "pull")\n'}),
        ("ruby", "", '["bin/app"]', {"app.rb": "", "bin/app": '#!/usr/bin/env ruby\nsystem("hg pull")\n'}),
        ("ruby", "", '["ruby", "app.rb"]', {"app.rb": 'system("python3 x.py")\n'}),
        ("ruby", "", '["rake", "x"]', {"app.rb": "", "Rakefile": 'task(:x) { sh "hg pull" }\n'}),
        ("ruby", "", '["foreman", "start"]', {"app.rb": "", "Procfile": "web: hg pull\n"}),
        ("ruby", "", '["ruby", "app.rb"]', {"app.rb": "", "config/x.yml": "a: <%= `hg id` %>\n"}),
        ("ruby", "ENV RUBYOPT=-r/opt/x.rb\nCOPY x.rb /opt/", '["ruby", "app.rb"]',
         {"app.rb": "", "x.rb": 'system("hg")\n'}),
        ("ruby", "", '["ruby", "app.rb"]', {"app.rb": "", "Gemfile": 'gem "rack"\nputs `hg id`\n'}),
        ("ruby", "", '["ruby", "app.rb"]', {"app.rb": "", ".env": "V=$(hg id)\n"}),
    ],
)  # fmt: skip
def test_something_does(tmp_path: Path, world: str, extra: str, cmd: str, files: dict[str, str]) -> None:
    (tmp_path / ".git").mkdir()
    found = final(tmp_path, world, extra, cmd, files)
    assert found is None or "mercurial" in found.rpartition("\nFROM ")[2]


@pytest.mark.parametrize(
    "cmd",
    [
        '["sh", "run.sh"]',
        "sh run.sh",
        '["bash", "-x", "run.sh"]',
        '["bash", "-o", "pipefail", "run.sh"]',
        '["sh", "-e", "./run.sh"]',
        '["/bin/sh", "/app/run.sh"]',
        '["sh", "-c", "sh run.sh"]',
        '["sh", "-c", "./run.sh"]',
        '["bash", "-c", ". run.sh; python app.py"]',
        '["nice", "sh", "run.sh"]',
    ],
)
@pytest.mark.parametrize("first", ["", "# starts all\n", "#!/bin/sh\n", "set -e\n"])
def test_a_script_that_a_shell_is_given_does(tmp_path: Path, cmd: str, first: str) -> None:
    script = f"{first}hg pull\nexec python app.py\n"
    found = final(tmp_path, "python", "", cmd, {"app.py": "import click\n", "run.sh": script})
    assert found is not None
    assert "mercurial" in found.rpartition("\nFROM ")[2]


@pytest.mark.parametrize(
    ("step", "cmd"),
    [
        ("RUN cp x.sh /run.sh && chmod +x /run.sh", '["/run.sh"]'),
        ("RUN mv x.sh /run.sh", '["sh", "/run.sh"]'),
        ("RUN ln -s /app/x.sh /run.sh", '["sh", "/run.sh"]'),
        ("RUN cat x.sh > /run.sh", '["sh", "/run.sh"]'),
        ("RUN cp -r d /d", '["sh", "/d/y.sh"]'),
        ("RUN install -m 755 x.sh /usr/local/bin/up", '["up"]'),
        ("RUN cp x.sh /usr/local/bin/up && cp /usr/local/bin/up /up", '["/up"]'),
        ("COPY x.sh /usr/local/bin/up\nRUN chmod +x /usr/local/bin/up", '["up"]'),
    ],
)
@pytest.mark.parametrize("line", ["hg pull", "ls"])
def test_a_script_that_a_step_puts_elsewhere(tmp_path: Path, step: str, cmd: str, line: str) -> None:
    script = f"#!/bin/sh\n{line}\nexec python /app/app.py\n"
    files = {"app.py": "import click\n", "x.sh": script, "d/y.sh": script}
    found = final(tmp_path, "python", step, cmd, files)
    assert found is not None
    assert ("mercurial" in found.rpartition("\nFROM ")[2]) == (line == "hg pull")


@pytest.mark.parametrize(
    "line",
    [
        "cd x\nsh t2.sh",
        "cd x && ./t2.sh",
        'cd "$(dirname "$0")"\nsh t2.sh',
        'sh "$(dirname "$0")/t2.sh"',
        "DIR=/app/x\nbash $DIR/t2.sh",
        "for f in /app/x/*.sh; do sh $f; done",
        "for f in /app/x/*.sh; do . $f; done",
        "run-parts /app/x",
        "sh < x/t2.sh",
        "cat x/t2.sh | sh",
        "cat x/t2.sh | bash -e",
        "cat x/t2.sh | bash -s -- a",
        "sh -x < x/t2.sh",
        "bash -e <<X\nhg pull\nX",
        "command hg pull",
        "builtin command -p hg pull",
        "command -v hg && echo has it",
        "alias vcs=hg\nvcs pull",
        'set -- hg pull\n"$@"',
        'set -- timeout 5 hg pull "$@"\nexec "$@"',
        "PATH=/app/x:$PATH t2.sh",
        "export PATH=/app/x:$PATH\nt2.sh",
        '"tool_$1" pull',
        "/usr/bin/hg pull",
        "(sh) < x/t2.sh",
        "{ cd x; sh; } < x/t2.sh",
        "sed s/a/a/ x/t2.sh | { cd x; sh; }",
        'printf "%s" "$(cat x/t2.sh)" | sh',
        "cat x/t2.sh | tee /tmp/l | sh",
        'eval "$(cat x/t2.sh)"',
        "nohup sh x/t2.sh &",
        "sudo -u x sh x/t2.sh",
        "timeout -s KILL 5 sh x/t2.sh",
        "flock /tmp/l x/t2.sh",
        "export A=$(sh x/t2.sh)",
        "while ! sh x/t2.sh; do sleep 1; done",
    ],
)
def test_a_script_that_a_script_runs_does(tmp_path: Path, line: str) -> None:
    scripts = {"x/m.sh": f"{line}\npython app.py\n", "x/t2.sh": "hg pull\n"}
    found = final(tmp_path, "python", "", '["sh", "x/m.sh"]', {"app.py": "import click\n", **scripts})
    assert found is None or "mercurial" in found.rpartition("\nFROM ")[2]


@pytest.mark.parametrize(
    "line",
    [
        "sh x/t2.sh",
        "cd x && ./t2.sh && cd ..",
        'sh "$(dirname "$0")/t2.sh"',
        "echo ls | sh",
        "cat <<X | sh\nls\nX",
        "command ls",
        "command -v ls",
        "alias l=ls\nl",
        'set -- ls "$@"\n"$@"',
        "set -e",
        "/bin/ls",
        "export PATH=/app/x:$PATH\nt2.sh",
        "sh x/t2.sh < app.py",
        "cat app.py | sh <<X\nls\nX",
        "bash",
        'exec "$@"',
        "echo hg",
    ],
)
def test_a_script_that_a_script_runs_does_not(tmp_path: Path, line: str) -> None:
    scripts = {"x/m.sh": f"{line}\npython app.py\n", "x/t2.sh": "ls\n"}
    found = final(tmp_path, "python", "", '["sh", "x/m.sh"]', {"app.py": "import click\n", **scripts})
    assert found is not None
    assert "mercurial" not in found.rpartition("\nFROM ")[2]


C_FILE = """FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends gcc git libc6-dev
WORKDIR /app
COPY . .
RUN gcc -O2 -o hello hello.c
CMD {cmd}
"""
INCLUDES = "#include <stdlib.h>\n#include <unistd.h>\n"


def compiled(folder: Path, body: str, script: str, cmd: str) -> str | None:
    """Return the final stage of a safe split of a program in C, and of a script beside it."""
    (folder / "hello.c").write_text(f"{INCLUDES}int main(int c, char **v) {{ {body} return 0; }}\n")
    (folder / "e.sh").write_text(f"#!/bin/bash\n{script}\nexec ./hello\n")
    outcome = answer(C_FILE.format(cmd=cmd).encode(), options(()), BuildContext(folder)).outcome
    return outcome.rewritten if outcome.status.value == "rewritten" else None


@pytest.mark.parametrize(
    ("body", "script"),
    [
        ("", ""),
        ("", 'stop() { kill $P; }\ntrap stop TERM\ntrap - INT\ntrap "" HUP'),
        ("", 'exec "$@"'),
        ('puts("git");', "# git pull"),
    ],
)
def test_nothing_of_a_compiled_program_runs_it(tmp_path: Path, body: str, script: str) -> None:
    found = compiled(tmp_path, body, script, '["./e.sh", "./hello"]')
    assert found is not None
    assert " git " not in found.rpartition("\nFROM ")[2]


@pytest.mark.parametrize(
    ("body", "script"),
    [
        ('system("git pull");', ""),
        ('execl("/usr/bin/git", "git", "x", (char *)0);', ""),
        ('char *a[] = {"git", 0}; execvp(a[0], a);', ""),
        ('void (*f)(const char *) = (void *)system; f("git");', ""),
        ("system(getenv(v[1]));", ""),
        ('system("python3 x.py");', ""),
        ("", "git pull"),
        ("", 'T=git\n"$T" pull'),
        ("", 'C=(git pull)\n"${C[@]}"'),
        ("", 'trap "git gc" EXIT'),
        ("", "up() { git pull; }\nup"),
        ("", 'eval "gi""t pull"'),
        ("", "echo pull | xargs git"),
        ("", "find . -exec git add {} +"),
        ("", "V=$(git rev-parse HEAD)"),
        ("", "bash <<X\ngit pull\nX"),
        ("", "cat <(git log)"),
        ("", "alias g=git\ng pull"),
        ("", "case $1 in run) git pull ;; esac"),
        ("", "python3 -c \"import os; os.system('git')\""),
    ],
)
def test_a_compiled_program_or_its_script_does(tmp_path: Path, body: str, script: str) -> None:
    found = compiled(tmp_path, body, script, '["./e.sh", "run"]')
    assert found is None or " git" in found.rpartition("\nFROM ")[2]
