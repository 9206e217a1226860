"""``python -m tests.lab FIXTURE DOCKERFILE``: compare a fixture with another Dockerfile for the same context."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.lab import engine
from tests.lab.case import load
from tests.lab.trial import Lab


def main(fixture: str, dockerfile: str, *dropped: str) -> int:
    """Exit status 0: equivalent; ``dropped`` are the variables and PATH entries that may be gone."""
    case = load(Path(fixture))
    if case is None:
        print(f"{fixture}: not meant for an engine", file=sys.stderr)
        return 2
    with TemporaryDirectory() as directory:
        old = case.copy_context(Path(directory, "old"))
        new = case.copy_context(Path(directory, "new"))
        (new / "Dockerfile").write_bytes(Path(dockerfile).read_bytes())
        comparison = Lab(engine.start()).compare(case, old, new, " ".join(dropped))
    print(f"{case.name}: {comparison}")
    return 1 if comparison.findings else 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
