"""What all tests share: the refresh flag, the hypothesis profile, and the place of things."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

REPO = Path(__file__).resolve().parent.parent

# A deadline per example says more about the machine than about the code.
settings.register_profile("dockerfix", deadline=None)
settings.load_profile("dockerfix")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write what the fixtures give now as what they must give")


@pytest.fixture(scope="session")
def update(request: pytest.FixtureRequest) -> bool:
    """Whether expected files are to be written instead of compared."""
    return bool(request.config.getoption("--update"))


@pytest.fixture(scope="session")
def repo() -> Path:
    return REPO
