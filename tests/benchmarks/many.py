"""Batch runs over many files, side by side with linters that read the same ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.measure import Figure

FILES, LINTED = 5_000, 500
MEMORY = (1_000, 50_000)
PROJECT = 1_000
"""So many files are one project of a batch."""


def batches(paths: list[Path]) -> Iterator[tuple[str, Figure]]:
    """Yield wall and processor time of batch runs with one worker, two and all processors, then of the linters over
    some of the same files, each once: the machine is the same, the noise is not averaged out.
    """
    chosen = paths[:: max(1, len(paths) // FILES)][:FILES]
    with TemporaryDirectory() as name:
        folder = _laid_out(chosen, Path(name) / "files")
        first = 0.0
        for workers in sorted({1, 2, os.cpu_count() or 1}):
            wall, cpu, _ = _batch(folder, workers)
            first = first or wall
            text = f"{len(chosen) / wall:.0f}/s, {cpu / len(chosen) * 1000:.1f} ms CPU"
            yield f"batch of {len(chosen):,}, {workers} workers", Figure(f"{text}, x{first / wall:.2f}", "per file")
        some = [str(path) for path in sorted(folder.rglob("Dockerfile"))[:: max(1, len(chosen) // LINTED)][:LINTED]]
        for tool, words in _linters(some).items():
            wall, cpu, _ = _timed(words)
            yield f"{tool}, {len(some)} files", Figure(f"{len(some) / wall:.0f}/s, {cpu / len(some) * 1000:.1f} ms CPU")
        ours = _laid_out([Path(path) for path in some], Path(name) / "some")
        wall, cpu, _ = _batch(ours, 1)
        yield (
            f"batch of {len(some)}, 1 worker",
            Figure(f"{len(some) / wall:.0f}/s, {cpu / len(some) * 1000:.1f} ms CPU"),
        )


def peaks(paths: list[Path]) -> Iterator[tuple[str, Figure]]:
    """Yield the most memory that any process of a batch held, over so many files, which come round if need be."""
    for count in MEMORY:
        with TemporaryDirectory() as name:
            rounds = [paths[at % len(paths)] for at in range(count)]
            *_, peak = _batch(_laid_out(rounds, Path(name) / "files"), 2)
            yield f"peak of a batch of {count:,}", Figure(f"{peak / 1e6:.0f} MB", "memory")


def _laid_out(paths: list[Path], folder: Path) -> Path:
    for number, path in enumerate(paths):
        place = folder / f"{number // PROJECT:03}" / f"{number:06}"
        place.mkdir(parents=True)
        shutil.copyfile(path, place / "Dockerfile")
    return folder


def _batch(folder: Path, workers: int) -> tuple[float, float, int]:
    words = [sys.executable, "-m", "transformer", "batch", "--no-context", "--workers", str(workers), str(folder)]
    return _timed(words)


def _linters(files: list[str]) -> dict[str, list[str]]:
    here = Path(sys.executable).parent
    lines = {"hadolint": ["hadolint", *files], "tally": ["tally", "lint", "--config", "/dev/null", *files]}
    return {tool: [str(here / words[0]), *words[1:]] for tool, words in lines.items() if (here / words[0]).exists()}


def _timed(words: list[str]) -> tuple[float, float, int]:
    """Return wall time, processor time and the most memory of a process and of those that it started, in bytes."""
    script = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "u = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(u.ru_utime + u.ru_stime, u.ru_maxrss * 1024)"
    )
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    cpu, peak = done.stdout.split()
    return time.monotonic() - started, float(cpu), int(peak)
