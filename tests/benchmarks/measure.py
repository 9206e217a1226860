"""What is measured: processor time of processes of their own, processor time and memory inside one."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from transformer.config import Options
from transformer.ir.plan import Outcome
from transformer.ir.source import Source
from transformer.knowledge import release
from transformer.knowledge.loader import table
from transformer.pipeline import transform

REPO = Path(__file__).resolve().parents[2]
RUNS = 10
FILES = 500
MARKS = (1_000, 10_000)


@dataclass(frozen=True, slots=True)
class Figure:
    """One result; ``target`` names the limit that is asked for, "" if there is none."""

    text: str
    target: str = ""


def commands() -> Iterator[tuple[str, Figure]]:
    """Yield the processor time of the command line, the best of several runs, with compiled modules at hand."""
    with TemporaryDirectory() as folder:
        context = Path(folder) / "c-hello"
        ignored = shutil.ignore_patterns("case.toml", "expected.*")
        shutil.copytree(REPO / "fixtures" / "c-hello", context, ignore=ignored)
        lines = {
            "python -c pass": ("", ["-c", "pass"]),
            "dockerfix --version": ("version", ["-m", "transformer", "--version"]),
            "dockerfix c-hello (dry run)": ("one file", ["-m", "transformer", str(context)]),
        }
        for name, (target, words) in lines.items():
            seconds = min(_processor_time(words, folder) for _ in range(RUNS + 1))
            yield name, Figure(f"{seconds * 1000:.0f} ms CPU", target)


_MODULE = """\"\"\"Module {n}: what it loads, it saves.\"\"\"
import json
import logging
import os
from flask import Flask
{run}
log = logging.getLogger(__name__)
HOME = os.environ.get("HOME", "/srv/{n}")


class Thing{n}:
    def __init__(self, name, value=None):
        self.name = name
        self.value = value or {{}}

    def load(self, text):
        for key, value in json.loads(text).items():
            if value is not None:
                self.value[key] = [x for x in value if x]
        return self

    def save(self, path="out.json"):
        log.info("saving %s to %s", self.name, path)
        return json.dumps(self.value, indent=2)


def main(*args, **kwargs):
    thing = Thing{n}("a", kwargs.get("b"))
    return thing.load(args[0]).save()
"""
_RUN = {0: "import subprocess\nsubprocess.run(['git', '--version'])", 1: "TABLE = open('table.json').read()"}
PYTHON_FILES = 2_000
"""One in forty runs a program, one in forty opens a file, the others do what most modules do."""


def python_context() -> Iterator[tuple[str, Figure]]:
    """Yield the processor time of a dry run with 2,000 Python files in the context: the first, and with the cache."""
    with TemporaryDirectory() as folder:
        context = Path(folder) / "context"
        shutil.copytree(REPO / "fixtures" / "python-full-to-slim", context)
        for n in range(PYTHON_FILES):
            file = context / f"pkg{n // 50}" / f"module{n}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text(_MODULE.format(n=n, run=_RUN.get(n % 40, "")))
        line = ["-m", "transformer", "--unsafe", str(context)]
        first = []
        for _ in range(5):
            shutil.rmtree(Path(folder) / "cache", ignore_errors=True)
            first.append(_processor_time(line, folder))
        again = min(_processor_time(line, folder) for _ in range(RUNS))
        yield f"{PYTHON_FILES:,} Python files, first run", Figure(f"{min(first) * 1000:.0f} ms CPU", "first")
        yield f"{PYTHON_FILES:,} Python files, cached", Figure(f"{again * 1000:.0f} ms CPU", "again")


_FIRST = """
import time
from transformer.knowledge import release
before = time.process_time()
{question}
print((time.process_time() - before) * 1000)
"""


def knowledge() -> Iterator[tuple[str, Figure]]:
    """Yield the processor time of the first question about a release in a process, and of one more."""
    for name in ("role", "runtime_of", "providers"):
        text = _FIRST.format(question=f"release('debian:bookworm').{name}('libpq-dev')")
        words = [sys.executable, "-c", text]
        told = (subprocess.run(words, check=True, cwd=REPO, capture_output=True, text=True) for _ in range(RUNS))
        best = min(float(done.stdout) for done in told)
        yield f"first {name} of a process", Figure(f"{best:.1f} ms CPU", "first question")
    names = [row[0] for row in table("roles.tsv.z").rows()]
    here = release("debian:bookworm")
    before = time.process_time()
    for package in names:
        here.role(package)
    yield "one more role", Figure(f"{(time.process_time() - before) / len(names) * 1_000_000:.1f} us CPU", "lookup")


def _processor_time(words: list[str], cache: str) -> float:
    """Return user and system time of one Python process; its bytecode goes to a folder of ours."""
    ours = {"PYTHONPATH": str(REPO), "PYTHONPYCACHEPREFIX": f"{cache}/pyc", "XDG_CACHE_HOME": f"{cache}/cache"}
    environment = {**os.environ, **ours}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, env=environment, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def files_in_one_process(paths: list[Path]) -> Iterator[tuple[str, Figure]]:
    """Yield the processor time for each of some files, after one to warm up."""
    chosen = paths[:: max(1, len(paths) // FILES)][:FILES]
    _one(chosen[0])
    times = [_timed(path) for path in chosen]
    yield f"per file, mean of {len(times)}", Figure(f"{sum(times) / len(times) * 1000:.1f} ms CPU", "per file")
    yield "per file, median", Figure(f"{median(times) * 1000:.1f} ms CPU")
    if len(times) > 1:
        yield "per file, slowest in a hundred", Figure(f"{quantiles(times, n=100)[98] * 1000:.0f} ms CPU")
    slowest = max(range(len(times)), key=times.__getitem__)
    yield f"slowest: {chosen[slowest].name[-34:]}", Figure(f"{times[slowest] * 1000:.0f} ms CPU")


def _timed(path: Path) -> float:
    start = time.process_time()
    _one(path)
    return time.process_time() - start


def _one(path: Path) -> Outcome:
    return transform(Source.from_bytes(str(path), path.read_bytes()), Options(), None)


def memory(paths: list[Path]) -> Iterator[tuple[str, Figure]]:
    """Yield the resident memory after so many files; there are fewer files, so they come round again."""
    done, first = 0, 0
    files = cycle(paths)
    for mark in MARKS:
        for path in islice(files, mark - done):
            _one(path)
        done = mark
        gc.collect()
        now = _resident()
        growth = f" ({(now - first) / 1e6:+.1f})" if first else ""
        first = first or now
        yield f"memory after {mark:,} files", Figure(f"{now / 1e6:.0f} MB{growth}", "memory")


def _resident() -> int:
    """Return the resident set in bytes, as Linux tells it."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
