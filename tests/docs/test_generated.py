"""The generated parts are up to date, and the tables that are written by hand name everything that there is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from typing import Any

import click
import pytest

from tests.docs import generated, manpage
from tests.docs.pages import REPO, Page, pages
from transformer.cli import main
from transformer.cli.explain import explain
from transformer.rules import RULES

README = Page(REPO / "README.md")
PAGES = [pytest.param(page, id=str(page.path.relative_to(REPO))) for page in pages()]


@pytest.mark.parametrize("page", PAGES)
def test_the_generated_parts_are_up_to_date(page: Page, update: bool) -> None:
    wanted = generated.renewed(page.text)
    if update:
        page.path.write_text(wanted, encoding="utf-8")
    else:
        assert page.text == wanted, "pytest tests/docs --update writes it"


def test_the_manual_page_is_up_to_date(update: bool) -> None:
    file = REPO / "docs/dockerfix.1"
    if update:
        file.write_text(manpage.page(), encoding="utf-8")
    assert file.read_text(encoding="utf-8") == manpage.page(), "pytest tests/docs --update writes it"


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_the_manual_page_is_one() -> None:
    command = ["groff", "-man", "-Tutf8", "-ww", str(REPO / "docs/dockerfix.1")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not done.stderr
    shown = re.sub(r".\x08|\x1b\[\d*m", "", done.stdout)
    assert all(f"dockerfix {name}".rstrip() in shown for name in manpage.COMMANDS)


@pytest.mark.parametrize(("name", "part"), [("README.md", "rules-table"), ("docs/rules.md", "rules-list")])
def test_the_rules_are_where_readers_look_for_them(name: str, part: str) -> None:
    text = (REPO / name).read_text(encoding="utf-8")
    assert part in generated.names(text)
    for rule in RULES.values():
        assert rule.code in text
        assert rule.name in text
        assert rule.summary in text


def test_every_phase_of_a_code_has_a_title() -> None:
    assert {code[2] for code in RULES} <= generated.PHASES.keys()


@pytest.mark.parametrize("page", PAGES)
def test_only_codes_that_exist_are_named(page: Page) -> None:
    assert set(re.findall(r"\bDF\d{3}\b", page.text)) <= set(RULES)


def test_the_readme_names_every_option_and_no_other() -> None:
    commands = (main, explain)
    there = {n for one in commands for o in one.params if isinstance(o, click.Option) for n in o.opts}
    hidden = {"--help", "-h"}
    named = {word for code in README.code for word in re.findall(r"(?<![\w-])(?:--[a-z][\w-]*|-[a-z]\b(?!-))", code)}
    assert there <= named
    elsewhere = {"--update", "--from", "--cache-to", "--show"}
    assert named <= there | hidden | elsewhere


def test_the_page_of_the_json_report_names_every_key() -> None:
    schema = json.loads((REPO / "transformer/report/schema_v1.json").read_text(encoding="utf-8"))
    named = {word for code in Page(REPO / "docs/json.md").code for word in re.findall(r"\w+", code)}
    assert set(_keys(schema)) <= named


def _keys(schema: dict[str, Any]) -> Iterator[str]:
    yield from schema.get("properties", {})
    for part in (*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()):
        yield from _keys(part)


def test_a_part_that_is_out_of_date_is_renewed() -> None:
    old = "before\n<!-- begin rules-table: made -->\nold\n<!-- end rules-table -->\nafter\n"
    new = generated.renewed(old)
    assert "old" not in new
    assert new.startswith("before\n")
    assert new.endswith("\nafter\n")
    assert generated.renewed(new) == new


def test_the_distribution_has_the_readme() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["readme"] == "README.md"
    assert "/README.md" in project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
