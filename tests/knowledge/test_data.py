"""The data files themselves: small, named in SOURCES.md, sorted, and never a reason for a crash."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from itertools import accumulate, pairwise
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.knowledge import (
    KnowledgeError,
    image,
    loader,
    release,
    tables,
)
from transformer.knowledge.loader import DATA
from transformer.knowledge.tables import PackedTable, Table, pack

_MEGABYTE = 1024 * 1024


def _text(path: Path) -> str:
    raw = path.read_bytes()
    if path.suffix != ".z":
        return raw.decode()
    head, _, streams = raw.partition(b"\n")
    ends = accumulate((size for _, size in json.loads(head)), initial=0)
    return "".join(zlib.decompress(streams[start:end]).decode() for start, end in pairwise(ends))


def test_all_data_together_is_small() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) <= 4 * _MEGABYTE


def test_every_file_is_named_in_the_sources() -> None:
    text = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    named = [re.escape(name).replace(r"\*", ".*") for name in re.findall(r"`([\w*-]+\.[\w.]+)`", text)]
    names = [path.name for path in DATA.iterdir() if path.name != "SOURCES.md"]
    assert [name for name in names if not any(re.fullmatch(pattern, name) for pattern in named)] == []


@pytest.mark.parametrize("path", sorted(DATA.glob("*.tsv*")), ids=lambda path: path.name)
def test_every_table_begins_with_what_it_holds(path: Path) -> None:
    assert _text(path).startswith("# ")


@pytest.mark.parametrize("path", sorted(DATA.glob("*.tsv.z")), ids=lambda path: path.name)
def test_every_compressed_table_is_sorted_and_without_doubles(path: Path) -> None:
    keys = [line.partition("\t")[0] for line in _text(path).splitlines() if not line.startswith("#")]
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


_KEYS = st.text("ab#-=é", min_size=1, max_size=4).filter(lambda key: not key.startswith("#"))


@given(st.dictionaries(_KEYS, st.text("xy\t", max_size=9), min_size=1), st.integers(1, 40))
def test_a_compressed_table_answers_as_a_plain_one(rows: dict[str, str], size: int) -> None:
    lines = ["# header", *(f"{key}\t{rows[key]}" for key in sorted(rows))]
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(tables, "_STREAM", size)
        packed = PackedTable("x", pack(lines))
    plain = Table("x", "\n".join(lines))
    asked = {*rows, *(key + "a" for key in rows), *(key[:-1] for key in rows), "", "#", "zz"}
    assert {key: packed.get(key) for key in asked} == {key: rows.get(key) for key in asked}
    assert packed.rows() == plain.rows()


def test_a_question_opens_one_part_of_a_compressed_table() -> None:
    table = PackedTable("roles.tsv.z", (DATA / "roles.tsv.z").read_bytes())
    with patch("zlib.decompress", wraps=zlib.decompress) as opened:
        assert table.get("gcc") is not None
        assert table.get("gcc") == table.get("gcc")
        assert opened.call_count == 1


def _whole(content: bytes) -> bytes:
    """A compressed table with one part."""
    return b'[["",%d]]\n' % len(zlib.compress(content)) + zlib.compress(content)


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
        ("roles.tsv.z", b"no index", _role),
        ("roles.tsv.z", b'[["",8]]\nnot zlib', _role),
        ("roles.tsv.z", b'[["",8]]\n', _role),
        ("roles.tsv.z", b'{"":8}\n', _role),
        ("roles.tsv.z", _whole(b"gcc without a tab\n"), _role),
        ("roles.tsv.z", _whole(b"gcc\tt\n"), _role),
        ("roles.tsv.z", _whole(b"gcc\t...\n"), _role),
        ("roles.tsv.z", _whole(b"gcc\t???\n"), _role),
        ("roles.tsv.z", _whole(b"\xff\xfe"), _role),
        ("kinds.tsv", b"t\ttoolchain\tnonsense\n", _role),
        ("kinds.tsv", b"t\ttoolchain\n", _role),
        ("exceptions.tsv", b"role\tgcc\n", _role),
        ("releases.tsv", b"debian\tbookworm\n", _role),
        ("releases.tsv", b"debian:bookworm\tdebian\t12\tbookworm\tnonsense\tbookworm\n", _role),
        ("bookworm-dev.tsv.z", _whole(b"libpq-dev\t?\tlibpq5\n"), _runtime),
        ("bookworm-dev.tsv.z", b"", _runtime),
        ("bookworm-depends.tsv.z", _whole(b"git\t1\n"), _closure),
        ("tags-golang.tsv.z", _whole(b"1.22\tdebian:bookworm\n"), _image),
        ("image-configs.tsv.z", _whole(b"golang\t{not json\n"), _image),
        ("image-configs.tsv.z", _whole(b'golang\t[{"env":{}}]\n'), _image),
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
