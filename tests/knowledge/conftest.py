"""Tables that may be damaged."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from transformer.knowledge import loader, roles
from transformer.knowledge.loader import DATA


def _forget() -> None:
    """Empty the caches, so that the next question reads its files again."""
    roles._ROLES.clear()
    for module in [m for name, m in sys.modules.items() if name.startswith("transformer.knowledge.")]:
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


@pytest.fixture
def damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the data folder that may be damaged."""
    for path in DATA.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(loader, "DATA", tmp_path)
    _forget()
    yield tmp_path
    monkeypatch.undo()
    _forget()
