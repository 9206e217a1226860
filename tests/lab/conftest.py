"""The engine of the session, and the table at the end.

Where no engine can be had the tests are skipped with the reason; with DOCKERFIX_REQUIRE_ENGINE=1, as in CI, they fail.
"""

from __future__ import annotations

import os

import pytest

from tests.lab import engine
from transformer.verify.engine import Engine
from transformer.verify.verdict import Verification

RESULTS = pytest.StashKey[dict[str, Verification]]()


@pytest.fixture(scope="session")
def lab() -> Engine:
    """Start the private engine; it is left running, since the next run will want it (``make lab-stop``)."""
    reason = engine.missing()
    if reason is not None:
        if os.environ.get("DOCKERFIX_REQUIRE_ENGINE") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return engine.start()


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest) -> dict[str, Verification]:
    """Collect the verdicts for the table."""
    return request.config.stash.setdefault(RESULTS, {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    results = config.stash.get(RESULTS, {})
    if results:
        terminalreporter.section("images, old and new")
        for name, verdict in sorted(results.items()):
            before, after = verdict.before, verdict.after
            sizes = f"{before.layer_bytes / 1e6:.1f} MB -> {after.layer_bytes / 1e6:.1f} MB" if before and after else ""
            terminalreporter.write_line(f"{name}: {verdict.status.value} {sizes}")
