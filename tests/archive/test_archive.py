"""The live package archive: what is derived from it passes the gates, and apt installs what the tables say.

``make test-archive``; needs apt and a mirror of Debian. About two minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.knowledge.solve import installed_by_apt
from transformer.knowledge import release
from transformer.knowledge.refresh import archive, contents, gates
from transformer.knowledge.refresh.derive import Suite

pytestmark = pytest.mark.archive

_SUITE = "bookworm"
_KNOWLEDGE = Path(__file__).parents[1] / "knowledge"
_SCRIPT = Path(gates.__file__).with_name("indexes.sh")
_LINES = [
    line.split("|")[1:]
    for line in (_KNOWLEDGE / "closures.txt").read_text(encoding="utf-8").splitlines()
    if line.startswith(f"debian:{_SUITE}|")
]


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the indexes as the archive has them now."""
    if shutil.which("apt-get") is None:
        if os.environ.get("DOCKERFIX_REQUIRE_ARCHIVE"):
            pytest.fail("no apt-get on this machine")
        pytest.skip("needs apt-get")
    folder = tmp_path_factory.mktemp("archive")
    subprocess.run(["sh", _SCRIPT, folder, _SUITE], check=True, stdout=subprocess.DEVNULL)
    return folder


def test_what_is_derived_passes_the_gates(indexes: Path) -> None:
    lists = indexes / _SUITE / "lists"
    suite = Suite(archive.read(lists, _SUITE), contents.read(lists, _SUITE))
    assert list(gates.failures(_SUITE, suite, _KNOWLEDGE / "roles.txt")) == []
    confirmed, looked_at = gates.development_accuracy(suite)
    assert confirmed >= gates.DEVELOPMENT
    assert looked_at > 1000


@pytest.mark.parametrize(("recommends", "line", "_expected"), _LINES[::3], ids=lambda value: str(value)[:40])
def test_apt_installs_what_the_tables_say(indexes: Path, recommends: str, line: str, _expected: str) -> None:
    here, names = release(f"debian:{_SUITE}"), line.split()
    asked = recommends == "recommends"
    found = here.closure(names, recommends=asked) - here.base_packages
    assert sorted(found) == installed_by_apt(indexes, _SUITE, names, recommends=asked)
