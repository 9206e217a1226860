"""The page of results: one row a fixture that was built old, new and by hand, and the totals."""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "results.md"
_FROM = re.compile(rb"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$", re.IGNORECASE | re.MULTILINE)
_MEGABYTE = 1_000_000
_SHOWN = 120


class Row(Struct, frozen=True):
    """What was measured of one fixture: sizes in bytes (sum of the layers), times in seconds, pairs are old and new.

    ``key`` stands for all that the row rests on; without ``old`` the fixture was not compared, for ``reason``.
    """

    name: str
    key: str
    unsafe: bool = False
    status: str = "not built"
    reason: str = ""
    old: int = 0
    new: int = 0
    best: int = 0
    packages: tuple[int, int] = (0, 0)
    setuid: tuple[int, int] = (0, 0)
    config: bool = False
    behaviour: bool = False
    note: str = ""
    cold: tuple[float, ...] = ()
    changed: tuple[float, ...] = ()


def bases(dockerfile: bytes) -> list[str]:
    """Return the images that are no stages of the file itself."""
    stages = _FROM.findall(dockerfile)
    return [image.decode() for image, _ in stages if image not in {name for _, name in stages} | {b"scratch"}]


def write(rows: Sequence[Row], unmeasured: Sequence[str], engine: str) -> None:
    """Write docs/results.md; ``unmeasured`` are the fixtures without a row, ``engine`` is the version of the engine."""
    template = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    ).get_template("results.md.j2")
    built = [row for row in rows if row.old]
    page = template.render(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=platform.machine(),
        engine=engine,
        safe=[row for row in built if not row.unsafe],
        unsafe=[row for row in built if row.unsafe],
        by_hand=[row for row in built if row.best],
        unmeasured=unmeasured,
        missing=[row for row in rows if not row.old],
        equal=lambda found: sum(row.status == "equivalent" for row in found),
        median=lambda found: median(row.new / row.old for row in found),
        percent=lambda value: f"{value:.0%}",
        short=lambda text: re.sub(r"\S*\w\.(?:io|com|org)\S*|dial tcp.*", "…", text)[:_SHOWN],
        size=lambda value: f"{value / _MEGABYTE:.1f} MB",
    )
    PAGE.write_text(page.rstrip("\n") + "\n", encoding="utf-8")
