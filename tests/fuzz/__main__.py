"""Fuzz the readers and the whole pipeline: ``python -m tests.fuzz parse|shell|pipeline|context [-runs=N] [libFuzzer
options]``.

What is found is written to ``crash-...`` in the working directory; it belongs into fixtures/ or tests/ as a case.
"""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import atheris

PHASES = ("parse", "shell", "context", "ecosystems", "effects", "classify", "plan", "emit", "validate")
with atheris.instrument_imports(include=["transformer"]):
    from tests.cases import FIXTURES, directories, load
    from transformer.config import Options
    from transformer.context.build_context import BuildContext
    from transformer.context.consumers import forget
    from transformer.ir.source import Source
    from transformer.parse.parser import parse
    from transformer.pipeline import transform
    from transformer.shell.script import parse_script

    for phase in PHASES:  # they are imported where they are used, which is too late to be watched
        for module in walk_packages(import_module(f"transformer.{phase}").__path__, f"transformer.{phase}."):
            import_module(module.name)

DICTIONARY = Path(__file__).with_name("dockerfile.dict")
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


def context(data: bytes) -> None:
    """Whatever one file of a fixture's build context or repository says, the answer is no bug of ours.

    The first two bytes say which file.
    """
    fixture, name = FILES[int.from_bytes(data[:2], "big") % len(FILES)]
    root = _copy(fixture)
    file = root / name
    before = file.read_bytes()
    file.write_bytes(data[2:])
    forget()
    try:
        source = Source.from_bytes("Dockerfile", (root / "Dockerfile").read_bytes())
        outcome = transform(source, OPTIONS, BuildContext(root))
    finally:
        file.write_bytes(before)
    ours = [(fixture.name, name, d.code, d.message) for d in outcome.diagnostics if d.code.startswith("DF9")]
    assert not ours, ours


@cache
def _copy(fixture: Path) -> Path:
    """Return a copy of a fixture's context, in a repository of its own."""
    root = Path(tempfile.mkdtemp(prefix="dockerfix-fuzz-")) / "context"
    load(fixture).copy_context(root)
    (root / ".git").mkdir(exist_ok=True)
    atexit.register(shutil.rmtree, root.parent, ignore_errors=True)
    return root


def _context_seeds() -> Iterator[bytes]:
    for number, (fixture, name) in enumerate(FILES):
        yield number.to_bytes(2, "big") + (_copy(fixture) / name).read_bytes()


def _dockerfile_seeds() -> Iterator[bytes]:
    for file in sorted(FIXTURES.glob("*/Dockerfile")):
        yield file.read_bytes()


def _context_files() -> Iterator[tuple[Path, str]]:
    """Yield the files of the fixtures that some reader may read."""
    for fixture in directories():
        root = _copy(fixture)
        for file in sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink()):
            if file != root / "Dockerfile" and file.stat().st_size < LARGEST:
                yield fixture, file.relative_to(root).as_posix()


LARGEST = 4096
FILES = tuple(_context_files())
TARGETS: dict[str, Callable[[bytes], None]] = {"parse": read, "shell": shell, "pipeline": pipeline, "context": context}


def main() -> None:
    """Run one target with the options of libFuzzer; its corpus begins with the fixtures."""
    name, words = (sys.argv[1], sys.argv[2:]) if sys.argv[1:2] else ("", [])
    if name not in TARGETS:
        sys.exit(f"say which: {', '.join(TARGETS)}")
    with tempfile.TemporaryDirectory(prefix="dockerfix-fuzz-") as folder:
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        for number, seed in enumerate(_context_seeds() if name == "context" else _dockerfile_seeds()):
            (seeds / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], f"-dict={DICTIONARY}", f"-max_len={LARGEST}", *words, str(seeds)], TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
