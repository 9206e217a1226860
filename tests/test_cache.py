"""The cache: an answer is the same with it and without it, whatever has happened to its folder."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cases import FIXTURES
from transformer import Options, transform
from transformer.cache import MAX_AGE, MAX_BYTES, Cache, key_of
from transformer.context import python_files
from transformer.context.build_context import BuildContext
from transformer.context.python_files import MAX_PARSED, read_files
from transformer.context.python_said import PythonSource

RUNS = "import subprocess\nsubprocess.run(['git', 'log'])\n"


def project(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def reading(root: Path, cache: Cache | None) -> dict[str, PythonSource | None] | None:
    context = BuildContext(root, cache=cache)
    return read_files(context, context.files)


# -------------------------------------------------------------------------------------------------------- no difference
def test_nothing_is_kept_of_files_that_are_read_sooner_than_found(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    assert reading(project(tmp_path / "p", {"a.py": "x = 1\n"}), cache) == {"a.py": PythonSource()}
    assert not cache.folder.exists()


def test_the_second_run_says_what_the_first_said_and_reads_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, cache = project(tmp_path / "p", {"a.py": RUNS, "b.py": "def f(:", "c/d.py": RUNS}), Cache(tmp_path / "cache")
    plain = reading(root, None)
    assert plain is not None
    assert plain["b.py"] is None
    assert reading(root, cache) == plain
    monkeypatch.setattr(python_files, "parsed", lambda _: pytest.fail("parsed again"))
    monkeypatch.setattr(python_files, "plain", lambda _: pytest.fail("read again"))
    assert reading(root, cache) == plain


def test_a_change_is_seen(tmp_path: Path) -> None:
    root, cache = project(tmp_path / "p", {"a.py": RUNS, "c/d.py": RUNS}), Cache(tmp_path / "cache")
    reading(root, cache)
    project(root, {"a.py": RUNS.replace("git", "svn")})
    assert reading(root, cache) == reading(root, None)


@pytest.mark.parametrize("cached", [False, True])
def test_what_is_too_much_to_parse_stays_so(tmp_path: Path, *, cached: bool) -> None:
    """The bound is on the texts and not on what this run parses: else the second run had another answer."""
    text = RUNS + "#" * 90_000
    halves = [{f"{half}{i}.py": text + str(i) for i in range(MAX_PARSED // 2 // len(text) + 1)} for half in "ab"]
    cache = Cache(tmp_path / "cache") if cached else None
    for half in halves:
        assert reading(project(tmp_path / next(iter(half)), half), cache) is not None
    both = project(tmp_path / "p", {f"{name[0]}/{name}": text for half in halves for name, text in half.items()})
    assert reading(both, cache) is None
    assert reading(both, cache) is None


def test_outcomes_are_the_same_with_and_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("c-python-launcher", "python-full-to-slim", "python-full-build-tool-called"):
        file = FIXTURES / name / "Dockerfile"
        answers = [transform(file, Options(no_cache=no_cache)) for no_cache in (True, False, False)]
        assert answers[0] == answers[1] == answers[2]
    assert [*tmp_path.glob("dockerfix/??/*")]


def test_no_cache_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    transform(FIXTURES / "c-python-launcher" / "Dockerfile", Options(no_cache=True))
    assert not [*tmp_path.iterdir()]


# ------------------------------------------------------------------------------------------------------ what goes wrong
@pytest.mark.parametrize("damage", [b"", b"\0" * 200, None])
def test_a_damaged_entry_is_none(tmp_path: Path, damage: bytes | None) -> None:
    root, cache = project(tmp_path / "p", {"a.py": RUNS}), Cache(tmp_path / "cache")
    expected = reading(root, cache)
    (entry,) = cache.folder.glob("??/*")
    entry.write_bytes(entry.read_bytes()[:-1] if damage is None else damage)
    assert reading(root, cache) == expected
    assert reading(root, cache) == expected


def test_an_entry_of_another_shape_is_none(tmp_path: Path) -> None:
    root, cache = project(tmp_path / "p", {"a.py": RUNS}), Cache(tmp_path / "cache")
    expected = reading(root, cache)
    (entry,) = cache.folder.glob("??/*")
    cache.put(entry.parent.name + entry.name, b"\x93\x01\x02\x03")
    assert reading(root, cache) == expected


def test_a_full_disk_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    root, cache = project(tmp_path / "p", {"a.py": RUNS}), Cache(tmp_path / "cache")
    monkeypatch.setattr(os, "fchmod", full)
    assert reading(root, cache) == reading(root, None)
    assert not [path for path in cache.folder.rglob("*") if path.is_file()]


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    root = project(tmp_path / "p", {"a.py": RUNS})
    (tmp_path / "file").write_text("")
    assert reading(root, Cache(tmp_path / "file" / "cache")) == reading(root, None)


def test_several_processes_share_a_folder(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from transformer.cache import Cache, key_of\n"
        "cache = Cache(Path(sys.argv[1]))\n"
        "for i in range(200):\n"
        "    key, value = key_of(bytes([i % 20])), bytes([i % 20]) * 5_000\n"
        "    assert cache.get(key) in (None, value)\n"
        "    cache.put(key, value)\n"
        "    assert cache.get(key) == value\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(4)]
    assert [process.wait(60) for process in running] == [0, 0, 0, 0]
    assert sorted(path.name for path in tmp_path.rglob("*") if path.name.startswith(".")) == []


# --------------------------------------------------------------------------------------------------------------- growth
def test_old_entries_go_once_a_day(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    old, young = key_of(b"old"), key_of(b"young")
    cache.put(old, b"1")
    (path,) = tmp_path.glob("??/*")
    past = time.time() - MAX_AGE - 100
    os.utime(path, (past, past))
    cache.put(young, b"2")
    assert path.exists(), "it was cleaned today"
    os.utime(tmp_path / "cleaned", (past, past))
    cache.put(young, b"2")
    assert cache.get(old) is None
    assert cache.get(young) == b"2"


def test_what_is_used_stays(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(key_of(b"used"), b"1")
    (path,) = tmp_path.glob("??/*")
    past = time.time() - MAX_AGE - 100
    os.utime(path, (past, past))
    assert cache.get(key_of(b"used")) == b"1"
    assert time.time() - path.stat().st_mtime < MAX_AGE


def test_the_folder_does_not_grow_beyond_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_BYTES >= 100_000_000
    monkeypatch.setattr("transformer.cache.MAX_BYTES", 3_000)
    cache = Cache(tmp_path)
    for i in range(5):
        cache.put(key_of(bytes([i])), b"x" * 1_000)
    past = time.time() - MAX_AGE
    os.utime(tmp_path / "cleaned", (past, past))
    cache.put(key_of(b"last"), b"x" * 1_000)
    assert sum(path.stat().st_size for path in tmp_path.glob("??/*")) <= 3_000


def test_keys_tell_parts_apart() -> None:
    assert len({key_of(b"ab", b"c"), key_of(b"a", b"bc"), key_of(b"abc"), key_of(b"abc", b"")}) == 4
