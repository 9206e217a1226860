"""The tables of language modules: what a module of PyPI, npm, RubyGems or PHP needs, by its Debian package.

A distribution's maintainers say what a module needs beside its own language: the libraries that it links or loads, the
programs that it runs, the data that it reads. The name is taken from the module's own metadata among the files of the
package, never from the package's name. What official PHP images install for an extension goes before that, since Debian
puts several extensions into one package.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct, field

from transformer.knowledge import releases
from transformer.knowledge.loader import rows
from transformer.knowledge.refresh.archive import Binary
from transformer.knowledge.refresh.derive import Suite
from transformer.knowledge.refresh.facts import fields, rows_of, type_given

EXTENSIONS = "php-extensions.tsv"
_FILES = (
    ("pypi", re.compile(r"usr/lib/python3[^/]*/dist-packages/([A-Za-z0-9_.]+?)-[0-9][^/]*\.(?:dist|egg)-info")),
    ("npm", re.compile(r"usr/(?:share|lib/[a-z0-9_-]+)/nodejs/((?:@[^/]+/)?[^/]+)/package\.json$")),
    ("gem", re.compile(r".*/specifications/([A-Za-z0-9_.-]+?)-[0-9][^/-]*(?:-[^/]*)?\.gemspec$")),
    ("php", re.compile(r"usr/lib/php/[0-9]+/([^/]+)\.so$")),
)
_MARKS = ("-info", "package.json", ".gemspec", "usr/lib/php/")
_PLAIN = re.compile(
    r"usr/lib/(python3|ruby/|php/)|usr/s?bin/|usr/(share|lib/[a-z0-9_-]+)/(nodejs|python3|ruby|rubygems-integration|php)/"
    r"|usr/share/(doc|doc-base|man|info|lintian|bug|bash-completion|zsh|fish|apport|javascript|vim|menu|perl5|ri)/"
    r"|usr/include/|usr/share/(python3-[a-z0-9.-]+/|[a-z0-9]+/versions$)|(etc|var/lib)/php/"
)
"""Where a Debian package has what the language's installer would put into its own directories; documentation."""
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


def imported(facts: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the table of what official PHP images install for an extension."""
    distribution = releases.find(releases.suites()[-1]).distribution
    found = [row for row in fields(facts / "php-ext-packages.tsv") if row[1] == distribution and row[0].strip()]
    header = "extension TAB patterns of its packages at run time; from docker-php-extension-installer"
    yield EXTENSIONS, header, [f"{row[0]}\t{row[2]}" for row in found]


def tables(suites: Mapping[str, Suite], indexes: Path, given: type_given) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (file name, header, rows) of the module table of every suite."""
    header = "index:module TAB modules TAB packages it depends on TAB recommends TAB data; from Contents, Packages"
    for name, suite in suites.items():
        found = {package: _stanza(binary) for package, binary in suite.archive.binaries.items()}
        for file in sorted((indexes / name / "lists").glob("*_main_Contents-*")):
            _note_modules(file, found)
        lines = {line.partition("\t")[0]: line for line in _rows(found)}
        yield f"{name}-modules.tsv.z", header, list((lines | _extensions(given, suite.archive.binaries)).values())


def _stanza(binary: Binary) -> Stanza:
    depends, recommends = (tuple(clause[0][0] for clause in one) for one in (binary.depends, binary.recommends))
    return Stanza(binary.section, depends, recommends)


def _extensions(given: type_given, binaries: Mapping[str, Binary]) -> dict[str, str]:
    """Return the rows of PHP extensions: those of the listed packages that the suite has."""
    found = {}
    for name, patterns in ((row[0], row[1].split(" ")) for row in rows_of(EXTENSIONS, given)):
        names = sorted(n for p in patterns if p for n in _matching(p, binaries))
        found[f"php:{name}"] = f"php:{name}\t\t{' '.join(dict.fromkeys(names))}\t\t"
    return found


def _matching(pattern: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if re.fullmatch(pattern.strip("^$"), name)]


def _note_modules(file: Path, found: Mapping[str, Stanza]) -> None:
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            path, _, packages = line.rstrip().rpartition(" ")
            stanzas = [s for p in packages.split(",") if (s := found.get(p.rpartition("/")[2])) is not None]
            if not _PLAIN.match(path):
                for stanza in stanzas:
                    stanza.data = True
            if any(mark in line for mark in _MARKS):
                _note_module(path.strip(), stanzas)


def _note_module(path: str, stanzas: list[Stanza]) -> None:
    for index, pattern in _FILES:
        if match := pattern.match(path):
            name = re.sub(r"[-_.]+", "-", match[1]).lower() if index == "pypi" else match[1]
            for stanza in stanzas:
                stanza.modules.add(f"{index}:{name}")


@cache
def _rules(kind: str) -> frozenset[str]:
    """Return the patterns of one kind in ``module-rules.tsv``."""
    return frozenset(pattern for name, pattern, _ in rows("module-rules.tsv") if name == kind)


def _rows(stanzas: Mapping[str, Stanza]) -> Iterator[str]:
    """Yield a row for each module: of the packages that have it, all that any of them needs."""
    having: dict[str, dict[str, Stanza]] = defaultdict(dict)
    for package, stanza in stanzas.items():
        for module in stanza.modules:
            having[module][package] = stanza
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
        yield "\t".join(parts)


def _needed(stanzas: Mapping[str, Stanza], names: list[str], depth: int) -> tuple[set[str], set[str]]:
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
