"""Replacing a file: all of it or nothing, and only there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from transformer.writing import UnwritableError, replace_file

OLD, NEW = b"FROM a\r\n\xff", b"FROM b\r\n\xfe"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file in a folder of its own."""
    path = tmp_path / "in" / "Dockerfile"
    path.parent.mkdir()
    path.write_bytes(OLD)
    return path


def only(path: Path) -> bool:
    """Whether the folder holds nothing but the file."""
    return list(path.parent.iterdir()) == [path]


def test_bytes_are_written_as_they_are(file: Path) -> None:
    replace_file(str(file), str(file.parent), OLD, NEW)
    assert file.read_bytes() == NEW
    assert only(file)


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o755, 0o444, 0o4711])
def test_mode_stays(file: Path, mode: int) -> None:
    file.chmod(mode)
    replace_file(str(file), str(file), OLD, NEW)
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owner_stays(file: Path) -> None:
    os.chown(file, 1234, 2345)
    file.chmod(0o4750)
    replace_file(str(file), str(file), OLD, NEW)
    after = file.stat()
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (1234, 2345, 0o4750)


def test_a_link_stays_and_its_target_is_replaced(file: Path) -> None:
    link = file.with_name("Dockerfile.link")
    link.symlink_to(file.name)
    replace_file(str(link), str(file.parent), OLD, NEW)
    assert link.is_symlink()
    assert file.read_bytes() == NEW


def test_a_link_that_was_given_itself_is_followed(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "Dockerfile"
    link.symlink_to(file)
    replace_file(str(link), str(link), OLD, NEW)
    assert link.is_symlink()
    assert file.read_bytes() == NEW


def test_a_link_that_leads_out_is_an_error(file: Path, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "Dockerfile").symlink_to(file)
    with pytest.raises(UnwritableError, match="lies outside of"):
        replace_file(str(given / "Dockerfile"), str(given), OLD, NEW)
    assert file.read_bytes() == OLD


def test_a_folder_beside_with_a_longer_name_is_outside(file: Path, tmp_path: Path) -> None:
    given = tmp_path / "i"
    given.mkdir()
    (given / "Dockerfile").symlink_to(file)
    with pytest.raises(UnwritableError):
        replace_file(str(given / "Dockerfile"), str(given), OLD, NEW)


def test_a_file_that_changed_meanwhile_is_left_alone(file: Path) -> None:
    file.write_bytes(b"FROM c\n")
    with pytest.raises(UnwritableError, match="changed while it was being read"):
        replace_file(str(file), str(file), OLD, NEW)
    assert file.read_bytes() == b"FROM c\n"


def test_a_file_that_went_away(file: Path) -> None:
    file.unlink()
    with pytest.raises(UnwritableError, match="No such file"):
        replace_file(str(file), str(file), OLD, NEW)


@pytest.mark.parametrize("step", ["fsync", "fchmod"])
def test_a_failure_leaves_the_old_file_and_nothing_else(file: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(UnwritableError, match="No space left"):
        replace_file(str(file), str(file), OLD, NEW)
    assert file.read_bytes() == OLD
    assert only(file)
