"""One Dockerfile from its path to its outcome."""

from __future__ import annotations

from pathlib import Path

import pytest

from transformer import Options, transform


def test_a_failure_while_the_context_is_looked_for_is_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Compose or Bake file that we fail on must not end a run over other files."""

    def fail(*_: object) -> Path:
        raise RuntimeError("a bug of ours")

    monkeypatch.delenv("DOCKERFIX_DEBUG", raising=False)
    monkeypatch.setattr("transformer.context.consumers.context_of", fail)
    (tmp_path / "Dockerfile").write_text("FROM debian:bookworm\nRUN true\n")
    outcome = transform(tmp_path / "Dockerfile", Options(no_cache=True))
    assert [d.code for d in outcome.diagnostics] == ["DF902"]
