"""Templates of one's own: what they may add, what they may not change, and what a mistake says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cases import FIXTURES, solved, split_cases
from transformer.cli import main
from transformer.config import Options
from transformer.emit.dockerfile import emit
from transformer.ir.diagnostic import Diagnostic
from transformer.templating import builtin
from transformer.validate.additions import additions
from transformer.verification import pair_of

HEAD = '{% extends "builtin/dockerfile/split.j2" %}\n'
LABELS = """{% block header %}
# Kept by the platform team: ask there before you change it.
{% endblock %}
{% block build_end %}
ARG HTTPS_PROXY
{% endblock %}
{% block final_header %}
# {{ base }}: what runs
{% endblock %}
{% block final_start %}
LABEL com.example.team="platform" {{ escape }}
      com.example.base="{{ base }}"
{% endblock %}
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app").mkdir()
    for name in ("Dockerfile", "hello.c"):
        (tmp_path / "app" / name).write_bytes((FIXTURES / "c-hello" / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(tree: Path, text: str, name: str = "dockerfile/split.j2") -> None:
    file = tree / "own" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["--template-dir", "own", *words])


def test_comments_labels_and_proxies_are_added_and_named(tree: Path) -> None:
    put(tree, HEAD + LABELS)
    result = run("--write", "app")
    assert result.exit_code == 0, result.output
    assert (tree / "app/Dockerfile").read_text().startswith("# Kept by the platform team")
    assert '\nFROM ubuntu:18.04\nLABEL com.example.team="platform" \\\n' in (tree / "app/Dockerfile").read_text()
    assert "Added by your templates" in result.output
    (tree / "app/Dockerfile").write_bytes((FIXTURES / "c-hello/Dockerfile").read_bytes())
    (report,) = json.loads(run("--format", "json", "app").output)["results"]
    assert report["additions"][0] == "ARG HTTPS_PROXY"
    assert "# Kept by the platform team: ask there before you change it." in report["additions"]
    assert len(report["additions"]) == 4


@pytest.mark.parametrize("case", split_cases(), ids=lambda case: case.name)
def test_every_split_takes_the_additions_and_stays_what_it_is(case: object, tmp_path: Path) -> None:
    put(tmp_path, HEAD + LABELS.replace("ARG HTTPS_PROXY\n", ""))
    values = solved(case.name).values  # type: ignore[attr-defined]
    dockerfile, plan = values["parse"], values["plan"]
    plain = emit(dockerfile, plan)
    text = emit(dockerfile, plan, Options(template_dir=str(tmp_path / "own")))
    found = additions(plain, text)
    assert not isinstance(found, Diagnostic), found
    assert len(found) == 3
    assert additions(plain, plain) == ()
    assert ("\r\n" in text) == ("\r\n" in plain)
    assert "\n" not in text.replace("\r\n", "") or "\r\n" not in plain


CHANGES = [
    ("{% block final_start %}\nRUN rm -rf /\n{% endblock %}", "add or change `RUN rm -rf /`"),
    ("{% block final_start %}\nENV A=b\n{% endblock %}", "add or change `ENV A=b`"),
    ("{% block final_start %}\nUSER nobody\n{% endblock %}", "add or change `USER nobody`"),
    ("{% block build_end %}\nCOPY . /secret\n{% endblock %}", "add or change `COPY . /secret`"),
    ("{% block build_end %}\nFROM scratch\n{% endblock %}", "add or change `FROM scratch`"),
    ("{% block header %}\nARG PATH=/evil\n{% endblock %}", "none of BuildKit's own proxy arguments"),
    ("{% block header %}\n# dockerfix: skip-file\n{% endblock %}", "they add the pragma"),
    ("{% block header %}\n# syntax=evil/frontend\n{% endblock %}", "they change the parser directives"),
    ("{% block header %}\nthis is no instruction\n{% endblock %}", "cannot be parsed"),
    ("{% block final_header %}\nLABEL a \\\n{% endblock %}", "would not only add"),
    ("{% block final_start %}\n{{ nothing }}\n{% endblock %}", "'nothing' is undefined"),
    ("{% block final_start %}\n{{ 1 / 0 }}\n{% endblock %}", "division by zero"),
    ("{% block final_start %}\n{{ path.__class__.__mro__ }}\n{% endblock %}", "unsafe"),
]


@pytest.mark.parametrize(("text", "said"), CHANGES, ids=[said for _, said in CHANGES])
def test_a_template_that_does_more_than_add_stops_the_file(tree: Path, text: str, said: str) -> None:
    put(tree, HEAD + text)
    result = run("--write", "app")
    assert result.exit_code == 2
    assert "DF601" in result.output
    assert said in result.output
    assert (tree / "app/Dockerfile").read_bytes() == (FIXTURES / "c-hello/Dockerfile").read_bytes()


def test_a_label_of_the_file_cannot_be_replaced(tree: Path) -> None:
    with (tree / "app/Dockerfile").open("a") as file:
        file.write("LABEL com.example.team=mine\n")
    put(tree, HEAD + LABELS)
    assert "LABEL com.example.team, which the file has" in run("app").output


def test_a_template_that_prints_nothing_of_ours_leaves_it_out(tree: Path) -> None:
    put(tree, "{{ builder }}{{ eol }}")
    assert "they leave out `FROM ubuntu:18.04`" in run("app").output


MISTAKES = [
    ("dockerfile/split.j2", "{% block %}", "own/dockerfile/split.j2:1:"),
    ("dockerfile/split.j2", HEAD + "\n{% for %}", "own/dockerfile/split.j2:3:"),
    (
        "dockerfile/spilt.j2",
        "",
        "there is no template dockerfile/spilt.j2 to override; did you mean dockerfile/split.j2?",
    ),
    ("report/text.j2", "{{ what }}", "own/report/text.j2:1: 'what' is undefined"),
    ("report/text.j2", '{% include "nowhere.j2" %}', "nowhere.j2"),
]


@pytest.mark.parametrize(("name", "text", "said"), MISTAKES)
def test_a_mistake_says_file_and_line(tree: Path, name: str, text: str, said: str) -> None:
    put(tree, text, name)
    result = run("--write", "app")
    assert result.exit_code == 2
    assert said in result.output.replace("\n", " ")


def test_a_report_of_ones_own(tree: Path) -> None:
    put(tree, "{{ title }} is {{ status }}.\n", "report/text.j2")
    assert "app/Dockerfile is rewritten (safe).\n" in run("app").output


def test_the_templates_are_listed_and_copied(tree: Path) -> None:
    listed = CliRunner().invoke(main, ["templates", "--list"]).output
    assert [line.split()[0] for line in listed.splitlines()] == [name for name, _ in builtin()]
    copied = CliRunner().invoke(main, ["templates", "--copy", "dockerfile/split.j2"]).output
    put(tree, copied)
    plain = CliRunner().invoke(main, ["--format", "diff", "app"]).output
    assert run("--format", "diff", "app").output == plain
    assert "there is no template x" in CliRunner().invoke(main, ["templates", "--copy", "x"]).output
    assert CliRunner().invoke(main, ["templates"]).exit_code == 2


def test_verify_knows_what_was_declared(tree: Path) -> None:
    from transformer.api import transform
    from transformer.config import Options

    put(tree, HEAD + LABELS)
    options = Options(template_dir=str(tree / "own"))
    pair = pair_of(transform("app/Dockerfile", options), options)
    assert pair.declared == {"com.example.team", "com.example.base"}
