"""``python -m tests.lab FIXTURE DOCKERFILE [NAME…]``: compare a fixture with another Dockerfile for its context."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.lab import engine
from tests.lab.case import load
from tests.lab.trial import compare
from transformer.verify.procedure import Pair
from transformer.verify.verdict import Status


def main(fixture: str, dockerfile: str, *dropped: str) -> int:
    """Exit status 0: equivalent; ``dropped`` are the variables and PATH entries that may be gone."""
    case = load(Path(fixture))
    if case is None:
        print(f"{fixture}: not meant for an engine", file=sys.stderr)
        return 2
    with TemporaryDirectory() as directory:
        context = case.copy_context(Path(directory, "context"))
        file = context / "Dockerfile"
        pair = Pair(context, file, file.read_bytes(), Path(dockerfile).read_bytes(), frozenset(dropped))
        verdict = compare(engine.start(), case, pair)
    print(f"{case.name}: {verdict.status.value}", *verdict.differences, sep="\n  ")
    return int(verdict.status is not Status.EQUIVALENT)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
