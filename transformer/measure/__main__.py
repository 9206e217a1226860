"""Write the table of an index: ``python -m transformer.measure INDEX --index URL [--names FILE] --cache DIR``, for
pypi, npm, crates, gem and maven.

The index of gems is Debian's archive, of which all packages are read. Maven knows its own index: it fetches what the
projects of a list are run with (``--names``), or has done so before into a local repository (``--index DIR``).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from transformer.knowledge.loader import DATA
from transformer.knowledge.refresh.__main__ import write
from transformer.measure import crates, gems, maven, npm, projects, pypi
from transformer.measure.fetching import Fetcher
from transformer.measure.reading import follow

_READERS = {"pypi": pypi.reader, "npm": npm.reader, "crates": crates.reader}
_ARCHIVED, _LOCAL = "gem", "maven"
_HEADER = "module TAB versions TAB requires TAB commands TAB libraries TAB marks; read in the packages themselves"


def main(arguments: list[str]) -> int:
    """Read the packages and write the table; return 0, or 2 if none could be read."""
    parser = argparse.ArgumentParser(prog="python -m transformer.measure", description=__doc__)
    parser.add_argument("ecosystem", choices=[*sorted(_READERS), _ARCHIVED, _LOCAL])
    parser.add_argument("--index", help="the URL of the index, or Maven's local repository")
    parser.add_argument("--names", type=Path, help="the packages to begin with, one a line")
    parser.add_argument("--cache", type=Path, required=True, help="where what was fetched is kept")
    parser.add_argument("--most", type=int, default=10_000, help="the most packages that are read")
    parser.add_argument("--workers", type=int, default=8)
    asked = parser.parse_args(arguments)
    if asked.ecosystem == _LOCAL and (asked.names is None) == (asked.index is None):
        parser.error("either --names or --index for maven")
    if asked.ecosystem != _LOCAL and (asked.index is None or (asked.names is None) != (asked.ecosystem == _ARCHIVED)):
        parser.error("--index, and --names for an index that is asked for packages")
    fetcher = Fetcher(asked.cache)
    if asked.ecosystem == _LOCAL:
        found = maven.readings(_local(asked), asked.workers)
    elif asked.names is None:
        found = gems.readings(asked.index, fetcher, asked.workers)
    else:
        lines = asked.names.read_text("utf-8").splitlines()
        names = [name for line in lines if not line.startswith("#") for name in line.split()]
        read = _READERS[asked.ecosystem](asked.index, fetcher)
        found = follow(names, read, workers=asked.workers, most=asked.most)
    if not found:
        print(f"nothing could be read of {asked.index}", file=sys.stderr)
        return 2
    table = f"{asked.ecosystem}-read.tsv.z"
    write(table, _HEADER, (reading.row(name) for name, reading in found.items()))
    print(f"{len(found)} packages, {(DATA / table).stat().st_size} bytes of {table}")
    return 0


def _local(asked: argparse.Namespace) -> Path:
    """Return Maven's local repository, filled for the projects of the list if none was given."""
    return Path(asked.index) if asked.index else projects.fill(asked.names, asked.cache / _LOCAL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
