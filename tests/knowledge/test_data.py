"""The data files themselves: small, named in SOURCES.md, sorted, and never a reason for a crash."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from transformer.knowledge import (
    KnowledgeError,
    image,
    loader,
    release,
)
from transformer.knowledge.loader import DATA, Table

_MEGABYTE = 1024 * 1024


def test_all_data_together_is_small() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) <= 4 * _MEGABYTE


def test_every_file_is_named_in_the_sources() -> None:
    text = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    named = [re.escape(name).replace(r"\*", ".*") for name in re.findall(r"`([\w*-]+\.[\w.]+)`", text)]
    names = [path.name for path in DATA.iterdir() if path.name != "SOURCES.md"]
    assert [name for name in names if not any(re.fullmatch(pattern, name) for pattern in named)] == []


@pytest.mark.parametrize("path", sorted(DATA.glob("*.tsv*")), ids=lambda path: path.name)
def test_every_table_begins_with_what_it_holds(path: Path) -> None:
    assert loader.read_text(path.name).startswith("# ")


@pytest.mark.parametrize("path", sorted(DATA.glob("*.tsv.z")), ids=lambda path: path.name)
def test_every_compressed_table_is_sorted_and_without_doubles(path: Path) -> None:
    keys = [line.partition("\t")[0] for line in loader.read_text(path.name).splitlines() if not line.startswith("#")]
    assert keys == sorted(set(keys))


def test_every_row_of_a_table_is_found() -> None:
    table = loader.table("roles.tsv.z")
    rows = table.rows()
    assert len(rows) > 60_000
    assert [row[0] for row in rows[::97] if table.get(row[0]) != row[1]] == []
    assert table.get(rows[0][0]) == rows[0][1]
    assert table.get(rows[-1][0]) == rows[-1][1]


@pytest.mark.parametrize("text", ["", "# only a header\n", "\n"])
def test_a_table_without_rows_finds_nothing(text: str) -> None:
    assert Table("x", text).get("a") is None


def test_a_table_without_a_last_line_end() -> None:
    assert Table("x", "a\t1\nb\t2").get("b") == "2"


def _role() -> object:
    return release("debian:bookworm").role("gcc")


def _runtime() -> object:
    return release("debian:bookworm").runtime_of("libpq-dev")


def _closure() -> object:
    return release("debian:bookworm").closure(["git"], recommends=False)


def _image() -> object:
    return image("golang:1.22")


def _sdk() -> object:
    found = image("golang:1.22")
    return found and found.runtime


@pytest.mark.parametrize(
    ("name", "content", "question"),
    [
        ("roles.tsv.z", b"not zlib", _role),
        ("roles.tsv.z", zlib.compress(b"gcc without a tab\n"), _role),
        ("roles.tsv.z", zlib.compress(b"gcc\tt\n"), _role),
        ("roles.tsv.z", zlib.compress(b"gcc\t...\n"), _role),
        ("roles.tsv.z", zlib.compress(b"gcc\t???\n"), _role),
        ("roles.tsv.z", zlib.compress(b"\xff\xfe"), _role),
        ("kinds.tsv", b"t\ttoolchain\tnonsense\n", _role),
        ("kinds.tsv", b"t\ttoolchain\n", _role),
        ("exceptions.tsv", b"role\tgcc\n", _role),
        ("releases.tsv", b"debian\tbookworm\n", _role),
        ("releases.tsv", b"debian:bookworm\tdebian\t12\tbookworm\tnonsense\tbookworm\n", _role),
        ("bookworm-dev.tsv.z", zlib.compress(b"libpq-dev\t?\tlibpq5\n"), _runtime),
        ("bookworm-dev.tsv.z", b"", _runtime),
        ("bookworm-depends.tsv.z", zlib.compress(b"git\t1\n"), _closure),
        ("tags-golang.tsv.z", zlib.compress(b"1.22\tdebian:bookworm\n"), _image),
        ("image-configs.tsv.z", zlib.compress(b"golang\t{not json\n"), _image),
        ("image-configs.tsv.z", zlib.compress(b'golang\t[{"env":{}}]\n'), _image),
        ("runtime-rules.tsv", b"golang\tos-base\n", _sdk),
        ("runtime-rules.tsv", b"golang\tnonsense\t\t\n", _sdk),
    ],
)
def test_a_damaged_file_is_one_clear_error(
    damaged: Path, name: str, content: bytes, question: Callable[[], object]
) -> None:
    (damaged / name).write_bytes(content)
    with pytest.raises(KnowledgeError) as caught:
        question()
    assert caught.value.file == name
    assert caught.value.row
    assert name in str(caught.value)


@pytest.mark.parametrize("name", ["roles.tsv.z", "kinds.tsv", "releases.tsv", "exceptions.tsv"])
def test_a_missing_file_is_one_clear_error(damaged: Path, name: str) -> None:
    (damaged / name).unlink()
    with pytest.raises(KnowledgeError) as caught:
        release("debian:bookworm").role("gcc")
    assert caught.value.file == name


def test_a_kind_of_role_that_does_not_exist(damaged: Path) -> None:
    (damaged / "exceptions.tsv").write_text("role\t*\tgcc\tnonsense\twhy\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="nonsense"):
        _role()


def test_broken_json_is_one_clear_error(damaged: Path) -> None:
    (damaged / "image-extra.json").write_text("{", encoding="utf-8")
    with pytest.raises(KnowledgeError):
        loader.document("image-extra.json")
