"""What is known of modules that were read in the index: their own requirements, and what their code shows."""

from __future__ import annotations

import pytest

from transformer.knowledge.modules import closure, module

BOOKWORM = "debian:bookworm"


@pytest.mark.parametrize(
    ("index", "name", "known", "vague"),
    [
        pytest.param("python", "pydantic-settings", True, False, id="it runs nothing"),
        pytest.param("python", "newrelic", True, True, id="it runs what its code does not name"),
        pytest.param("python", "acme-billing", False, False, id="nobody read it"),
        pytest.param("node", "express", True, False, id="JavaScript that runs nothing"),
        pytest.param("node", "pm2", True, True, id="JavaScript that runs programs"),
        pytest.param("node", "cross-spawn", True, False, id="somebody looked at it: it runs what its user says"),
        pytest.param("node", "puppeteer", False, False, id="its installation runs a script"),
        pytest.param("node", "better-sqlite3", True, False, id="it is compiled, and somebody looked at what it links"),
        pytest.param("node", "kerberos", False, False, id="it is compiled"),
    ],
)
def test_what_the_code_of_a_module_shows(index: str, name: str, known: bool, vague: bool) -> None:
    found = module(index, name, BOOKWORM)
    assert (found is not None, found is not None and found.open) == (known, vague)


def test_a_module_requires_what_its_index_says_and_not_what_the_distribution_adds() -> None:
    flask = module("python", "flask", BOOKWORM)
    assert flask is not None
    assert {"click", "itsdangerous", "jinja2", "werkzeug"} <= set(flask.modules)
    assert "colorama" not in closure("python", ["flask"], BOOKWORM).modules


@pytest.mark.parametrize(
    ("name", "brings", "unknown"),
    [
        pytest.param("uvicorn", set(), set(), id="without the extra"),
        pytest.param("uvicorn[standard]", {"httptools", "uvloop"}, set(), id="with the extra"),
        pytest.param("flask[acme]", set(), {"flask[acme]"}, id="an extra that it has not"),
    ],
)
def test_an_extra_is_a_part_that_brings_modules(name: str, brings: set[str], unknown: set[str]) -> None:
    found = closure("python", [name], BOOKWORM)
    assert brings == {"httptools", "uvloop"} & (found.modules | set(found.unknown))
    assert unknown == {n for n in found.unknown if "[" in n}
