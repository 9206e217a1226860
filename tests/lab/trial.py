"""One trial: verify a Dockerfile of a fixture against another one, and look for what the case names besides."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.lab.case import Case
from tests.lab.engine import make_bases
from tests.lab.results import bases
from transformer.verify.behaviour import Asked
from transformer.verify.engine import BuildOptions, Engine
from transformer.verify.image import Image
from transformer.verify.procedure import Pair, Trial
from transformer.verify.verdict import Difference, Verification

SEARCHED = (
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/usr/local/go/bin",
    "/go/bin",
    "/usr/local/cargo/bin",
)


def compare(engine: Engine, case: Case, pair: Pair) -> Verification:
    """Return the verdict about two Dockerfiles for the context of a fixture, with what its case asks for."""
    make_bases(name for text in (pair.old, pair.new) for name in bases(text))
    asked = Asked(case.paths, (), 60, case.args, case.port)
    trial = Trial(engine, pair, BuildOptions(timeout=600), asked, lambda _: None, partial(_lists, case))
    try:
        return trial.verdict()
    finally:
        engine.clean()


def _lists(case: Case, old: Image, new: Image) -> Iterator[Difference]:
    """Yield where the images are not as the case says. Something must be in the old image to be absent or present."""
    for path in sorted({*case.present, *case.absent} - old.files.keys()):
        yield _wrong(path, "the case names it, but it is not there", "")
    for path in sorted(set(case.present) - new.files.keys()):
        yield _wrong(path, str(old.files.get(path)), "missing")
    yield from (_wrong(path, "", "still there") for path in sorted(new.files.keys() & set(case.absent)))
    for command in case.commands_absent:
        had, has = ([f"{d}/{command}" for d in SEARCHED if f"{d}/{command}" in i.files] for i in (old, new))
        if not had:
            yield _wrong(command, "the case names it, but it is not there", "")
        yield from (_wrong(path, "", "still there") for path in has)


def _wrong(what: str, old: str, new: str) -> Difference:
    return Difference("E5", what, old, new, "")
