"""The tables of language modules: what a module of PyPI or npm needs, by the Debian package of the same module.

A distribution's maintainers say what a module needs beside its own language: the libraries that it links or loads, the
programs that it runs, the data that it reads. The name is taken from the module's own metadata among the files of the
package, never from the package's name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from msgspec import Struct, field

from transformer.knowledge import releases
from transformer.knowledge.loader import rows

_FILES = (
    ("pypi", re.compile(r"usr/lib/python3[^/]*/dist-packages/([A-Za-z0-9_.]+?)-[0-9][^/]*\.(?:dist|egg)-info")),
    ("npm", re.compile(r"usr/(?:share|lib/[a-z0-9_-]+)/nodejs/((?:@[^/]+/)?[^/]+)/package\.json$")),
)
_PLAIN = re.compile(
    r"usr/lib/python3|usr/s?bin/|usr/(share|lib/[a-z0-9_-]+)/(nodejs|python3)/"
    r"|usr/share/(doc|doc-base|man|info|lintian|bug|bash-completion|zsh|fish|apport|javascript|vim|menu|perl5)/"
    r"|usr/include/|usr/share/(python3-[a-z0-9.-]+/|[a-z0-9]+/versions$)"
)
"""Where a Debian package has what pip would put into site-packages and bin; documentation, headers, helpers."""
_DEPTH = 3


class Stanza(Struct):
    """One binary package: the first alternatives of what it depends on and recommends, and the modules in it.

    ``data``: it has files that are neither modules nor programs nor documentation.
    """

    section: str
    depends: tuple[str, ...]
    recommends: tuple[str, ...]
    modules: set[str] = field(default_factory=set)
    data: bool = False


def tables(apt: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (file name, header, rows) of the module table of every release below ``apt`` that has Contents files."""
    header = "index:module TAB modules TAB packages it depends on TAB recommends TAB data; from Contents, Packages"
    suites = [s for s in releases.suites() if any((apt / s / "lists").glob("*_binary-*_Packages"))]
    listed = [s for s in suites if any((apt / s / "lists").glob("*_Contents-*"))]
    for suite in suites:
        # without a list of files, a package is taken to hold the modules that it has in the nearest release
        nearest = min(listed, key=lambda s: abs(suites.index(s) - suites.index(suite)))
        yield f"{suite}-modules.tsv.z", header, _rows(_stanzas(apt / suite / "lists", apt / nearest / "lists"))


def _stanzas(lists: Path, contents: Path) -> dict[str, Stanza]:
    found: dict[str, Stanza] = {}
    for file in sorted(lists.glob("*_main_binary-*_Packages")):
        for text in file.read_text("utf-8").split("\n\n"):
            fields = dict(re.findall(r"(?m)^([A-Za-z-]+): (.*)$", text))
            if "Package" in fields:
                needs = [_first(fields.get(name, "")) for name in ("Depends", "Recommends")]
                found[fields["Package"]] = Stanza(fields.get("Section", ""), needs[0], needs[1])
    for file in sorted(contents.glob("*_main_Contents-*")):
        _note_modules(file, found)
    return found


def _first(clauses: str) -> tuple[str, ...]:
    return tuple(re.split(r"[\s:(]", c.split("|")[0].strip())[0] for c in clauses.split(",") if c.strip())


def _note_modules(file: Path, found: dict[str, Stanza]) -> None:
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            path, _, packages = line.rstrip().rpartition(" ")
            if not _PLAIN.match(path):
                for package in packages.split(","):
                    stanza = found.get(package.rpartition("/")[2])
                    if stanza is not None:
                        stanza.data = True
            if "-info" not in line and "package.json" not in line:
                continue
            for ecosystem, pattern in _FILES:
                if match := pattern.match(path.strip()):
                    name = re.sub(r"[-_.]+", "-", match[1]).lower() if ecosystem == "pypi" else match[1]
                    for package in packages.split(","):
                        stanza = found.get(package.rpartition("/")[2])
                        if stanza is not None:
                            stanza.modules.add(f"{ecosystem}:{name}")


@cache
def _rules(kind: str) -> frozenset[str]:
    """Return the patterns of one kind in ``module-rules.tsv``."""
    return frozenset(pattern for name, pattern, _ in rows("module-rules.tsv") if name == kind)


def _rows(stanzas: dict[str, Stanza]) -> list[str]:
    """Return a row for each module: of the packages that have it, all that any of them needs."""
    having: dict[str, dict[str, Stanza]] = defaultdict(dict)
    for package, stanza in stanzas.items():
        for module in stanza.modules:
            having[module][package] = stanza
    lines = []
    for module, found in having.items():
        # two projects may have the same name: the package that is called like the module is the one of its index
        namesake = [s for package, s in found.items() if package.partition("-")[2] == module.partition(":")[2]]
        own = namesake or list(found.values())
        modules, packages = _needed(stanzas, [n for s in own for n in s.depends], _DEPTH)
        _, optional = _needed(stanzas, [n for s in own for n in s.recommends], 0)
        same = module.partition(":")[0] + ":"
        needed = sorted(m.removeprefix(same) for m in modules - {module} if m.startswith(same))
        data = "data" if any(s.data for s in own) else ""
        parts = (module, " ".join(needed), " ".join(sorted(packages)), " ".join(sorted(optional - packages)), data)
        lines.append("\t".join(parts))
    return lines


def _needed(stanzas: dict[str, Stanza], names: list[str], depth: int) -> tuple[set[str], set[str]]:
    """Return the modules and the other packages behind dependencies; parts of a module's own package are followed."""
    modules: set[str] = set()
    packages: set[str] = set()
    for name in names:
        stanza = stanzas.get(name)
        if any(re.fullmatch(pattern, name) for pattern in _rules("own")):
            continue
        if stanza is not None and stanza.modules:
            modules |= stanza.modules
        elif stanza is not None and depth and stanza.section in _rules("language"):
            inner = _needed(stanzas, list(stanza.depends), depth - 1)
            modules |= inner[0]
            packages |= inner[1]
        elif stanza is not None and stanza.section not in _rules("language") | _rules("unused"):
            packages.add(name)
    return modules, packages
