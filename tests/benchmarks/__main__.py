"""How fast dockerfix is: ``python -m tests.benchmarks [DIRECTORY]``, a table and no judgement.

DIRECTORY (or DOCKERFIX_CORPUS) holds the Dockerfiles for the figures of one process; without it the fixtures are used.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.many import batches, peaks
from tests.benchmarks.measure import Figure, commands, files_in_one_process, knowledge, memory, python_context

TARGETS = {
    "version": "80 ms",
    "one file": "200 ms",
    "per file": "10 ms",
    "memory": "flat",
    "first question": "25 ms",
    "lookup": "5 us",
    "first": "1500 ms",
    "again": "300 ms",
}


def _figures(paths: list[Path]) -> Iterator[tuple[str, Figure]]:
    yield from commands()
    yield from knowledge()
    yield from python_context()
    yield from files_in_one_process(paths)
    yield from memory(paths)
    yield from batches(paths)
    yield from peaks(paths)


def _paths(words: list[str]) -> list[Path]:
    folder = (words or [os.environ.get("DOCKERFIX_CORPUS", "")])[0]
    root = Path(folder) if folder else Path(__file__).resolve().parents[2] / "fixtures"
    return sorted(path for path in root.rglob("*ockerfile") if path.is_file() and path.name != "expected.Dockerfile")


def main() -> None:
    """Measure and print."""
    paths = _paths(sys.argv[1:])
    print(f"{len(paths)} Dockerfiles for the figures of one process")
    for name, figure in _figures(paths):
        print(f"  {name:<44}{figure.text:>30}   target {TARGETS.get(figure.target, '-')}", flush=True)


if __name__ == "__main__":
    main()
