"""Rebuild ``data/`` from derived facts and apt's own indexes: ``python -m transformer.knowledge.refresh FACTS APT``.

``FACTS`` is a folder with the derived tables (roles, contents, image tags; see data/SOURCES.md). ``APT`` holds one
folder per release with the uncompressed ``Packages`` files that ``refresh-indexes.sh APT`` fetches through the apt of
the machine it runs on. The same input gives the same bytes.
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

from transformer.knowledge import refresh_debian, refresh_images, refresh_modules, refresh_recipes
from transformer.knowledge.loader import DATA


def write(name: str, header: str, lines: list[str]) -> None:
    """Write a sorted table with a header line, compressed when its name says so."""
    text = f"# {header}\n" + "".join(f"{line}\n" for line in sorted(lines))
    raw = text.encode("utf-8")
    (DATA / name).write_bytes(zlib.compress(raw, 9) if name.endswith(".z") else raw)


def main(arguments: list[str]) -> int:
    """Write every generated data file and print its size."""
    try:
        facts, apt = map(Path, arguments)
    except ValueError:
        print("usage: python -m transformer.knowledge.refresh FACTS APT", file=sys.stderr)
        return 2
    DATA.mkdir(exist_ok=True)
    made = [*refresh_debian.tables(facts, apt), *refresh_images.tables(facts), *refresh_modules.tables(apt)]
    made += refresh_recipes.tables(facts)
    for name, header, lines in made:
        write(name, header, lines)
        print(f"{(DATA / name).stat().st_size:>9} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
