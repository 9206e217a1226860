"""The fixture directories: what each asks for, its build context, and what the pipeline makes of it."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from transformer.cli import main
from transformer.cli.options import options_of
from transformer.config import Options
from transformer.context.build_context import BuildContext
from transformer.ir.plan import Outcome
from transformer.ir.source import Source
from transformer.pipeline import Journal, transform

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"

NOT_CONTEXT = ("case.toml", "expected.*", "*.best.Dockerfile")
"""What a fixture holds beside the context that its author had."""


@dataclass(frozen=True, slots=True)
class Case:
    """One fixture: where it lies and the answer asked for; ``must`` and ``must_not`` are for the final stage."""

    name: str
    directory: Path
    status: str
    applicability: str
    options: tuple[str, ...]
    codes: tuple[str, ...]
    must: tuple[str, ...]
    must_not: tuple[str, ...]

    @property
    def data(self) -> bytes:
        return (self.directory / "Dockerfile").read_bytes()

    def copy_context(self, to: Path) -> Path:
        """Copy the build context, Dockerfile included, to the new directory ``to``."""
        shutil.copytree(self.directory, to, symlinks=True, ignore=shutil.ignore_patterns(*NOT_CONTEXT))
        return to


@dataclass(frozen=True, slots=True)
class Solved:
    """What the pipeline made of a Dockerfile: the outcome, and the values on the way to it."""

    outcome: Outcome
    values: dict[str, Any]


def table(directory: Path) -> dict[str, Any]:
    """Return the case.toml of a fixture."""
    return tomllib.loads((directory / "case.toml").read_text(encoding="utf-8"))


def load(directory: Path) -> Case:
    """Return the case of a fixture directory."""
    known = table(directory)
    final = known.get("final", {})
    return Case(
        directory.name,
        directory,
        known["status"],
        known.get("applicability", "safe"),
        tuple(known.get("options", ())),
        tuple(known.get("codes", ())),
        tuple(final.get("must", ())),
        tuple(final.get("must_not", ())),
    )


def directories() -> list[Path]:
    """Return the fixture directories by name."""
    return sorted(path for path in FIXTURES.iterdir() if path.is_dir())


@cache
def all_cases() -> tuple[Case, ...]:
    """Return the cases of all fixtures, in the order of their names."""
    return tuple(load(path) for path in directories() if (path / "case.toml").is_file())


def options(words: tuple[str, ...]) -> Options:
    """Return the options as the command line reads them."""
    return options_of(main.make_context("dockerfix", list(words)).params)


def solve(case: Case, data: bytes | None = None) -> Solved:
    """Run the pipeline over ``data``, or the case's own Dockerfile, in a copy of the context that is gone after it."""
    with TemporaryDirectory() as folder:
        context = None if "--no-context" in case.options else BuildContext(case.copy_context(Path(folder) / "context"))
        return answer(case.data if data is None else data, options(case.options), context)


def answer(data: bytes, asked: Options, context: BuildContext | None) -> Solved:
    """Run the pipeline over a Dockerfile."""
    journal = Journal()
    return Solved(transform(Source.from_bytes("Dockerfile", data), asked, context, journal), journal.values)


@cache
def solved(name: str) -> Solved:
    """Return what the pipeline makes of a fixture as it is."""
    return solve(load(FIXTURES / name))


def split_cases() -> tuple[Case, ...]:
    """Return the cases that ask for a new Dockerfile, applied or only shown."""
    return tuple(
        case
        for case in all_cases()
        if case.status == "rewritten" or (case.status, case.applicability) == ("refused", "unsafe")
    )
