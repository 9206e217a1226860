from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from transformer.batch.ledger import Entry, FileRow, Key, Ledger, LedgerError, packed

KEY = Key("p", "r", "1", "o")


def _row(path: str, status: str = "rewritten") -> tuple[FileRow, str]:
    return FileRow("p", path, status, "DF401", 0.01, packed({"path": path, "text": "ä"})), "digest"


def test_what_was_finished_is_there_again(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "l")) as ledger:
        ledger.begin(("a", "b"), "1")
        assert ledger.entry(KEY) is None
        ledger.finish(KEY, Entry("done", made="abc"), [_row("b"), _row("a", "refused")])
    with closing(Ledger(tmp_path / "l")) as ledger:
        assert ledger.entry(KEY) == Entry("done", made="abc")
        assert ledger.sources() == ("a", "b")
        assert ledger.statuses(KEY) == {"rewritten", "refused"}
        assert [row.report["path"] for row in ledger.files([KEY])] == ["a", "b"]


@pytest.mark.parametrize("other", [Key("q", "r", "1", "o"), Key("p", "s", "1", "o"), Key("p", "r", "2", "o")])
def test_another_question_has_no_answer(tmp_path: Path, other: Key) -> None:
    with closing(Ledger(tmp_path / "l")) as ledger:
        ledger.finish(KEY, Entry("done"), [])
        assert ledger.entry(other) is None


def test_doing_a_project_again_replaces_its_files(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "l")) as ledger:
        ledger.finish(KEY, Entry("failed"), [_row("a"), _row("b")])
        ledger.finish(KEY, Entry("done"), [_row("b")])
        assert [row.path for row in ledger.files([KEY])] == ["b"]


def test_two_runs_on_one_ledger(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "l")), pytest.raises(LedgerError, match="in use by another run"):
        Ledger(tmp_path / "l")
    Ledger(tmp_path / "l").close()


def test_a_file_that_is_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "l").write_text("something else" * 100)
    with pytest.raises(LedgerError, match="not a database"):
        Ledger(tmp_path / "l")
    with pytest.raises(LedgerError, match="No such file"):
        Ledger(tmp_path / "missing/l")


def test_a_full_disk_loses_nothing_that_was_finished(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "l")) as ledger:
        ledger.finish(KEY, Entry("done"), [_row("a")])
        ledger._connection.execute("pragma max_page_count = 20")
        large = FileRow("p", "b", "rewritten", "", 0.0, packed({"diff": "".join(map(chr, range(100_000, 200_000)))}))
        with pytest.raises(LedgerError, match="full"):
            ledger.finish(Key("q", "r", "1", "o"), Entry("done"), [(large, "d")])
        assert ledger.entry(Key("q", "r", "1", "o")) is None
        assert ledger.entry(KEY) == Entry("done")


def test_a_killed_writer_leaves_whole_projects(tmp_path: Path) -> None:
    code = f"""
import os, signal
from pathlib import Path
from transformer.batch.ledger import *
ledger = Ledger(Path({str(tmp_path / "l")!r}))
ledger.finish(Key("p", "r", "1", "o"), Entry("done"), [])
ledger._connection.execute("begin immediate")
ledger._connection.execute("insert into runs values (1, '[]', '1')")
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with closing(Ledger(tmp_path / "l")) as ledger:
        assert ledger.entry(KEY) == Entry("done")
        assert ledger.sources() == ()
    assert sqlite3.connect(tmp_path / "l").execute("pragma integrity_check").fetchone() == ("ok",)
