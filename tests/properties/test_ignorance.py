"""Ignorance is safe: a command that is not known never takes anything from the final image, and proves nothing.

With DOCKERFIX_CORPUS=DIR the Dockerfiles of a directory are tried as well, DOCKERFIX_CORPUS_LIMIT of them (300).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.cases import Case, Solved, all_cases, answer, options
from tests.properties.replacing import broken_laws, changed_verdicts, replacements
from transformer.config import Options
from transformer.context.build_context import BuildContext
from transformer.ir.diagnostic import Status


@dataclass
class Tally:
    """What the replacements did, and which of them broke the law."""

    files: int = 0
    replaced: int = 0
    files_split: int = 0
    verdicts: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def try_all(self, name: str, before: Solved, run: Callable[[bytes], Solved]) -> None:
        if before.outcome.status in {Status.UNCHANGED, Status.ERROR}:
            return  # it has no step of runtime that could go, and the law says nothing about it
        self.files += 1
        self.files_split += before.outcome.rewritten is not None
        for one in replacements(before):
            after = run(one.text.encode("utf-8", "surrogateescape"))
            self.replaced += 1
            self.verdicts += changed_verdicts(before, one, after)
            self.answers[f"{before.outcome.status.value} -> {after.outcome.status.value}"] += 1
            line = before.outcome.source.position(one.place.start).line
            self.broken += [f"{name}:{line} without {one.name}: {law}" for law in broken_laws(before, one, after)]

    def __str__(self) -> str:
        answers = ", ".join(f"{pair} {count}" for pair, count in sorted(self.answers.items()))
        return (
            f"{self.files} files ({self.files_split} with a split), {self.replaced} commands replaced, "
            f"{self.verdicts} verdicts changed; {answers}"
        )


def test_on_the_fixtures(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    for case in all_cases():
        with TemporaryDirectory() as folder:
            run = _runner(case, Path(folder) / "context")
            tally.try_all(case.name, run(case.data), run)
    _report(tally, capsys)
    assert tally.verdicts > 0, "a property that changes nothing proves nothing"
    assert not tally.broken, "\n" + "\n".join(tally.broken)


def _runner(case: Case, folder: Path) -> Callable[[bytes], Solved]:
    asked = options(case.options)
    context = BuildContext(case.copy_context(folder))
    return lambda data: answer(data, asked, None if asked.no_context else context)


def _report(tally: Tally, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\nignorance is safe: {tally}")


def _alone(data: bytes) -> Solved:
    return answer(data, Options(), None)


def _corpus() -> Iterator[Path]:
    folder = os.environ.get("DOCKERFIX_CORPUS")
    if folder:
        limit = int(os.environ.get("DOCKERFIX_CORPUS_LIMIT", "300"))
        yield from sorted(path for path in Path(folder).rglob("*ockerfile*") if path.is_file())[:limit]


@pytest.mark.skipif("DOCKERFIX_CORPUS" not in os.environ, reason="DOCKERFIX_CORPUS names no directory of Dockerfiles")
def test_on_real_files(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    for path in _corpus():
        tally.try_all(path.name, _alone(path.read_bytes()), _alone)
    _report(tally, capsys)
    assert tally.verdicts > 0, "a property that changes nothing proves nothing"
    assert not tally.broken, "\n" + "\n".join(tally.broken)
