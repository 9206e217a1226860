"""Code holds rules and data holds names: no package, image or module is named in Python."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import transformer
from transformer.knowledge import loader, releases
from transformer.knowledge.commands import command
from transformer.knowledge.programs import programs
from transformer.rules import RULES

_ROOT = Path(transformer.__file__).parent
_FILES = sorted(_ROOT.rglob("*.py"))


@cache
def _packages() -> frozenset[str]:
    tables = [loader.table(f"{suite}-depends.tsv.z").rows() for suite in releases.suites()]
    return frozenset(row[0].lstrip("=") for rows in tables for row in rows)


@cache
def _modules() -> frozenset[str]:
    tables = [loader.table(f"{suite}-modules.tsv.z").rows() for suite in releases.suites()]
    return frozenset(row[0].partition(":")[2] for rows in tables for row in rows)


@cache
def _images() -> frozenset[str]:
    return frozenset(row[0] for row in loader.rows("families.tsv"))


@cache
def _vocabulary() -> frozenset[str]:
    """Words that have a meaning of their own: ecosystems and their indexes, kinds of data and of roles, our rules."""
    languages = {word for row in loader.rows("module-indexes.tsv") for word in row}
    kinds = {row[1] for row in loader.rows("kinds.tsv")} | set(programs().data_packages)
    return frozenset(languages | kinds | {rule.name for rule in RULES.values()})


def _is_name(text: str) -> bool:
    """Whether a string is a name and no word: English words and commands that are also names are left out."""
    if text in _vocabulary() or command(text) is not None or not text.isascii():
        return False
    looks_like_one = any(c in "-.0123456789+" for c in text) or text.startswith("lib")
    return text in _images() or (looks_like_one and (text in _packages() or text in _modules()))


def _strings(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield from node.value.split()


@pytest.mark.parametrize("path", _FILES, ids=lambda path: str(path.relative_to(_ROOT)))
def test_code_names_no_package_image_or_module(path: Path) -> None:
    assert sorted({text for text in _strings(path) if _is_name(text)}) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("libpq5", True),
        ("build-essential", True),
        ("libssl-dev", True),
        ("golang", True),
        ("debian", True),
        ("psycopg2", True),
        ("make", False),
        ("python", False),
        ("context", False),
        ("no-such-thing-1", False),
    ],
)
def test_what_counts_as_a_name(text: str, name: bool) -> None:
    assert _is_name(text) is name
