"""What apt itself installs: ``python -m tests.knowledge.solve INDEXES LINE…`` prints rows for ``closures.txt``.

A LINE is ``SUITE with|without PACKAGE…``, with or without Recommends. apt runs with a private root below INDEXES, where
``indexes.sh`` put the indexes and where just the packages of the bare image count as installed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from transformer.knowledge import release


def installed_by_apt(indexes: Path, suite: str, names: list[str], *, recommends: bool) -> list[str]:
    """Return the packages that apt adds to the bare image; raises CalledProcessError if it refuses the line."""
    folder = indexes / suite
    status = folder / "status"
    status.write_text(_status(folder / "lists", release(f"debian:{suite}").base_packages), encoding="utf-8")
    options = {
        "Dir::Etc::SourceList": folder / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Dir::State": folder,
        "Dir::State::Lists": folder / "lists",
        "Dir::State::status": status,
        "Dir::Cache": folder / "cache",
        "APT::Architecture": "amd64",
        "APT::Install-Recommends": str(recommends).lower(),
        "Debug::NoLocking": "true",
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    done = subprocess.run(["apt-get", "-s", *words, "install", *names], check=True, capture_output=True, text=True)
    return sorted(set(re.findall(r"^Inst (\S+)", done.stdout, re.MULTILINE)))


def _status(lists: Path, names: frozenset[str]) -> str:
    """Return dpkg's status of a system with these packages, from their index entries."""
    found: dict[str, str] = {}
    for path in sorted(lists.glob("*_main_binary-amd64_Packages")):
        for paragraph in path.read_text(encoding="utf-8").split("\n\n"):
            name = paragraph.partition("\n")[0].removeprefix("Package: ")
            if name in names:
                found[name] = paragraph.strip("\n") + "\nStatus: install ok installed\n"
    return "\n".join(found.values()) + "\n"


def main(words: list[str]) -> None:
    """Print the rows."""
    indexes, *lines = words
    for line in lines:
        suite, how, *names = line.split()
        found = installed_by_apt(Path(indexes), suite, names, recommends=how == "with")
        kind = "recommends" if how == "with" else "without"
        print(f"debian:{suite}|{kind}|{' '.join(names)}|{' '.join(found)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
