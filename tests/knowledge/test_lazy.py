"""Facts are not read for a file that is left alone for a reason that needs none."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cases import FIXTURES

_ASK = """
import sys
from pathlib import Path
from transformer.config import Options
from transformer.ir.source import Source
from transformer.pipeline import transform
outcome = transform(Source.from_bytes("Dockerfile", Path(sys.argv[1]).read_bytes()), Options(), None)
print(outcome.status.value, "transformer.knowledge.loader" in sys.modules)
"""


@pytest.mark.parametrize(
    ("fixture", "answer"),
    [
        ("noop-multi-stage", "unchanged False"),
        ("noop-no-run", "unchanged False"),
        ("noop-scratch", "unchanged False"),
        ("noop-skip-file", "unchanged False"),
        ("refuse-syntax-error", "error False"),
        ("c-hello", "rewritten True"),
    ],
)
def test_what_is_read(fixture: str, answer: str) -> None:
    words = [sys.executable, "-c", _ASK, str(FIXTURES / fixture / "Dockerfile")]
    assert subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip() == answer
