"""devcontainer.json: which Dockerfile it builds, and how a target is written into it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.context.devcontainer import NAME, dockerfile, only_retargeted, retarget, settings
from transformer.context.retarget import changed
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.verdict import OtherBuild


def with_target(text: str) -> str | None:
    """Return the file with the target; None if it cannot say it."""
    found = retarget(text)
    if found is None:
        return None
    return changed(text, (OtherBuild("x", NAME, found.insertions, Diagnostic("DF420", ""), True),), "build")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"build": {"dockerfile": "Dockerfile"}}', "Dockerfile"),
        ('// {"build": 1}\n{"dockerFile": "../Dockerfile"}', "../Dockerfile"),
        ('{"image": "debian"}', ""),
        ('{"build": "Dockerfile"}', ""),
        ('{"build": {"dockerfile": 7}}', ""),
        ("[]", ""),
        ("{", ""),
        ("[" * 100_000, ""),
    ],
)
def test_the_dockerfile(text: str, name: str) -> None:
    assert dockerfile(settings(text)) == name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"build": {"dockerfile": "D"}}', '{"build": { "target": "build","dockerfile": "D"}}'),
        ('{\r\n  "build": {\r\n    "dockerfile": "D"\r\n  }\r\n}',
         '{\r\n  "build": { "target": "build",\r\n    "dockerfile": "D"\r\n  }\r\n}'),
        ('// "build": {\n{"build": {"dockerfile": "D"}}',
         '// "build": {\n{"build": { "target": "build","dockerfile": "D"}}'),
    ],
)  # fmt: skip
def test_the_target_is_written(text: str, expected: str) -> None:
    assert with_target(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"dockerFile": "D"}', id="the old way"),
        pytest.param('{"build": {"dockerfile": "D", "target": "dev"}}', id="another target"),
        pytest.param('{"build": {"dockerfile": "D", "options": {"build": {}}}}', id="the key twice"),
        pytest.param('{"build": {}}', id="no Dockerfile"),
    ],
)
def test_what_cannot_say_it_is_left(text: str) -> None:
    assert with_target(text) is None


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3), st.integers(0, 4))
def test_nothing_else_changes(others: dict[str, str], indent: int) -> None:
    table = {**others, "build": {"context": "..", "dockerfile": "D"}}
    text = json.dumps(table, indent=indent or None)
    after = with_target(text)
    assert after is None or only_retargeted(text, after, "build")
