"""``python -m tests.lab.images [NAME…]``: build every fixture old, new and by hand, and write docs/results.md.

What was measured is kept in build/images, one file a fixture: one that changed, or verify that did, is built again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec.structs import replace

from tests.cases import FIXTURES, answer, options
from tests.lab import engine, results
from tests.lab.case import Case, read
from tests.lab.results import Row
from tests.lab.trial import compare
from transformer.config import Options
from transformer.context.build_context import BuildContext
from transformer.ir.diagnostic import Applicability
from transformer.verification import given, pair_of
from transformer.verify.engine import BuildOptions, Engine, EngineError
from transformer.verify.procedure import Pair
from transformer.verify.verdict import Status, Verification

REPO = FIXTURES.parent
KEPT = REPO / "build" / "images"
BEST = "by-hand.best.Dockerfile"
COMMENTS = {".c": "//", ".cc": "//", ".cpp": "//", ".go": "//", ".js": "//", ".ts": "//", ".py": "#", ".sh": "#"}
"""How a line that changes nothing is written, by the kind of source."""
TIMES = BuildOptions(timeout=900)


def main(*names: str) -> int:
    """Measure the fixtures that are named, or all, and write the page from all that was ever measured."""
    KEPT.mkdir(parents=True, exist_ok=True)
    lab = engine.start()
    found, unmeasured = [], []
    for directory in sorted(path.parent for path in FIXTURES.glob("*/expected.Dockerfile")):
        kept = KEPT / f"{directory.name}.json"
        key = _key(directory)
        row = msgspec.json.decode(kept.read_bytes(), type=Row) if kept.exists() else None
        if (row is None or row.key != key) and (not names or directory.name in names):
            row = _row(directory, key, lab)
            kept.write_bytes(msgspec.json.encode(row))
            print(f"{row.name}: {row.status} {row.reason}", file=sys.stderr, flush=True)
        if row is not None:
            found.append(row)
        else:
            unmeasured.append(directory.name)
    version = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"], check=True, capture_output=True, text=True
    )
    results.write(found, unmeasured, version.stdout.strip())
    return 0


def _row(directory: Path, key: str, lab: Engine) -> Row:
    case = read(directory)
    with TemporaryDirectory() as folder:
        context = case.copy_context(Path(folder, "context"))
        file = context / "Dockerfile"
        outcome = answer(file.read_bytes(), options(case.options), BuildContext(context)).outcome
        row = Row(directory.name, key, unsafe=outcome.applicability is not Applicability.SAFE)
        pair = replace(pair_of(outcome, Options()), context=context, dockerfile=file)
        try:
            engine.make_bases(name for text in (pair.old, pair.new) for name in results.bases(text))
            # compared first: builds without a cache leave two copies of what no compiler makes twice the same
            verdict = compare(lab, case, pair)
            times = () if row.unsafe else tuple(zip(_times(context, pair.old), _times(context, pair.new), strict=True))
            row = _judged(row, verdict, times)
        except (engine.LabError, EngineError) as error:
            return replace(row, reason=_why(error))
        best = directory / BEST
        return (
            replace(row, best=_best(case, given(file, pair.old, best.read_bytes(), Options()), lab))
            if best.exists()
            else row
        )


def _times(context: Path, dockerfile: bytes) -> tuple[float, ...]:
    """Return the seconds of a build without any cache but the bases, and of one more after a line was added."""
    lab = Engine("docker")
    with TemporaryDirectory() as folder:
        changed = Path(folder, "context")
        shutil.copytree(context, changed, symlinks=True)
        file = changed / "Dockerfile"
        file.write_bytes(dockerfile)
        try:
            cold = lab.build(changed, file, replace(TIMES, no_cache=True)).seconds
            source = next(iter(sorted(p for p in changed.rglob("*") if p.suffix in COMMENTS and p.is_file())), None)
            if source is None:
                return (round(cold, 1),)
            with source.open("a", encoding="utf-8") as text:
                text.write(f"{COMMENTS[source.suffix]} one more line\n")
            return round(cold, 1), round(lab.build(changed, file, TIMES).seconds, 1)
        finally:
            lab.clean()


def _judged(row: Row, verdict: Verification, times: Sequence[tuple[float, ...]]) -> Row:
    """Return the row with what the verdict says; ``times`` are those of the cold builds, then of the second ones."""
    before, after = verdict.before, verdict.after
    told = "; ".join(f"{one.law} {one.what}".strip() for one in verdict.differences[:3])
    if before is None or after is None:
        why = verdict.reason or f"the rewrite does not build ({told})"
        return replace(row, status=verdict.status.value, reason=why)
    laws = {one.law for one in verdict.differences}
    return replace(
        row,
        status=verdict.status.value,
        reason=told,
        old=before.layer_bytes,
        new=after.layer_bytes,
        packages=(before.packages, after.packages),
        setuid=(before.setuid, after.setuid),
        config="E1" not in laws,
        behaviour="E4" not in laws,
        note="; ".join(verdict.notes),
        cold=times[0] if times else (),
        changed=times[1] if len(times) > 1 else (),
    )


def _best(case: Case, pair: Pair, lab: Engine) -> int:
    """Return the size of the image that is written by hand; one that is not equivalent is no size to beat."""
    verdict = compare(lab, dataclasses.replace(case, present=(), absent=(), commands_absent=()), pair)
    if verdict.status is Status.EQUIVALENT and verdict.after is not None:
        return verdict.after.layer_bytes
    print(f"by hand: {verdict.reason} {verdict.differences}\n{verdict.log}", file=sys.stderr)
    return 0


def _why(error: Exception) -> str:
    """Return why something does not build here: the last line that says so."""
    lines = [line for line in (getattr(error, "log", "") or str(error)).splitlines() if line.strip()]
    told = [line for line in lines if re.search("ERROR|cannot imitate", line)]
    return re.sub(r"^\[bases +\d+s\] |^#\d+ ", "", (told or lines or [""])[-1]).strip()


@cache
def _tool() -> bytes:
    """Return what all rows rest on: the code of the tool and of the lab."""
    paths = [*(REPO / "transformer" / "verify").rglob("*.py"), *(REPO / "tests" / "lab").glob("bases.sh")]
    return b"".join(path.read_bytes() for path in sorted(paths))


def _key(directory: Path) -> str:
    digest = hashlib.sha256(_tool())
    for path in _files(directory):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _files(directory: Path) -> Iterator[Path]:
    return (path for path in sorted(directory.rglob("*")) if path.is_file() and path.name != "expected.json")


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
