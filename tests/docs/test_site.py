"""The documentation as a site: it builds without a warning, and has a page for each rule."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import REPO
from tests.fixtures.test_catalogue import WITHOUT_FIXTURE
from transformer.rules import RULES


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    words = ["-m", "mkdocs", "build", "--strict", "--config-file", str(REPO / ".mkdocs.yml"), "--site-dir", str(folder)]
    env = {**os.environ, "PYTHONPATH": str(REPO), "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run([sys.executable, *words], cwd=REPO, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_rule_has_a_page(site: Path) -> None:
    for code, rule in RULES.items():
        text = (site / f"rules/{code}.html").read_text(encoding="utf-8")
        assert rule.name in text
    assert "AS build" in (site / "rules/DF400.html").read_text(encoding="utf-8")


def test_the_rules_that_fixtures_provoke_have_examples(site: Path) -> None:
    with_one = {code for code in RULES if "Example" in (site / f"rules/{code}.html").read_text(encoding="utf-8")}
    assert with_one == RULES.keys() - (WITHOUT_FIXTURE.keys() - {"DF400"})


def test_the_first_page_is_the_readme_and_leads_on(site: Path) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    assert 'href="configuration.html"' in text
    assert not re.search(r'href="docs/', text)


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    text = (site / "tutorial.html").read_text(encoding="utf-8")
    assert not re.search(r'<(?:link|script)[^>]+(?:href|src)="https?://', text)
