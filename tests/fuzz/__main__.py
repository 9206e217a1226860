"""Fuzz the readers and the whole pipeline: ``python -m tests.fuzz parse|shell|pipeline [-runs=N] [libFuzzer options]``.

What is found is written to ``crash-...`` in the working directory; it belongs into fixtures/ or tests/ as a case.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["transformer"]):
    from transformer.config import Options
    from transformer.ir.source import Source
    from transformer.parse.parser import parse
    from transformer.pipeline import transform
    from transformer.shell.script import parse_script

DICTIONARY = Path(__file__).with_name("dockerfile.dict")
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
OPTIONS = Options(unsafe=True)


def read(data: bytes) -> None:
    """A file of whatever bytes is read or refused, and its bytes survive."""
    source = Source.from_bytes("Dockerfile", data)
    assert source.to_bytes() == data
    parse(source)


def shell(data: bytes) -> None:
    """A script of whatever text is read, and every step of it lies in it."""
    text = data.decode("utf-8", "surrogateescape")
    parse_script(text)


def pipeline(data: bytes) -> None:
    """Whatever the answer for a file is, it is no bug of ours."""
    outcome = transform(Source.from_bytes("Dockerfile", data), OPTIONS, None)
    ours = [(d.code, d.message) for d in outcome.diagnostics if d.code.startswith("DF9")]
    assert not ours, ours


TARGETS: dict[str, Callable[[bytes], None]] = {"parse": read, "shell": shell, "pipeline": pipeline}


def main() -> None:
    """Run one target with the options of libFuzzer; its corpus begins with the fixtures."""
    name, words = (sys.argv[1], sys.argv[2:]) if sys.argv[1:2] else ("", [])
    if name not in TARGETS:
        sys.exit(f"say which: {', '.join(TARGETS)}")
    with tempfile.TemporaryDirectory(prefix="dockerfix-fuzz-") as folder:
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        for file in FIXTURES.glob("*/Dockerfile"):
            (seeds / file.parent.name).write_bytes(file.read_bytes())
        atheris.Setup([sys.argv[0], f"-dict={DICTIONARY}", "-max_len=4096", *words, str(seeds)], TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
