"""Law E5: what the new image no longer has, each with the reason."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from transformer.knowledge.packages import Release, release
from transformer.knowledge.releases import Coverage
from transformer.knowledge.roles import Group
from transformer.verify.image import OS_RELEASE, Image
from transformer.verify.packages import owners, packages
from transformer.verify.verdict import Directory, Left, Package

_MOST_DIRECTORIES = 20
_DEPTH = 4
_NAMED = 3


class Known(Struct, frozen=True):
    """What is known besides the images: the variables that left, the rewrite's reasons by package, and the lines of the
    old Dockerfile by the paths that they name.
    """

    variables: frozenset[str] = frozenset()
    reasons: Mapping[str, str] = {}
    lines: Mapping[str, int] = {}


def left_behind(old: Image, new: Image, old_base: Image, known: Known) -> Left:
    """Return the packages, and the directories that most bytes left."""
    gone = packages(old) - packages(new)
    of_base = packages(old_base)
    roles = _release(old)

    def reason(name: str) -> str:
        role = roles.role(name)
        if name in known.reasons:
            return known.reasons[name]
        if name in of_base:
            return "the old base has it, the new base has not"
        return (
            f"only builds need it ({role.kind})" if role is not None and role.group is Group.BUILD else "a dependency"
        )

    found = tuple(Package(name, reason(name)) for name in sorted(gone))
    return Left(found, tuple(_directories(old, new, old_base, known.lines)), tuple(sorted(known.variables)))


def _directories(old: Image, new: Image, old_base: Image, lines: Mapping[str, int]) -> Iterator[Directory]:
    package_of, gone = owners(old), packages(old) - packages(new)
    sizes: Counter[str] = Counter()
    causes: dict[str, Counter[str]] = {}
    for path, entry in old.files.items():
        if path in new.files or entry.kind != "file":
            continue
        folder = "/".join(path.split("/")[:_DEPTH]) if path.count("/") >= _DEPTH else posixpath.dirname(path)
        sizes[folder] += entry.size
        owner = package_of.get(path) or package_of.get(path.removeprefix("/usr"), "")
        causes.setdefault(folder, Counter())[owner if owner in gone else _maker(path, old_base)] += entry.size
    for folder, size in sizes.most_common(_MOST_DIRECTORIES):
        yield Directory(folder, size, _reason(causes[folder].most_common(), folder, lines))


def _maker(path: str, base: Image) -> str:
    """Return what stands for the origin of a file that no package owns: its base, or the build."""
    return " base" if path in base.files else " build"


def _reason(causes: Iterable[tuple[str, int]], folder: str, lines: Mapping[str, int]) -> str:
    names = [name for name, _ in causes]
    if names[0] == " base":
        return "files of the old base that the new base has not"
    if names[0] == " build":
        line = next((lines[f] for f in _above(folder) if f in lines), 0)
        return f"made or copied by line {line}, and nothing live needs it" if line else "made by the build"
    known = [name for name in names if not name.startswith(" ")]
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return f"files of {', '.join(known[:_NAMED])}{more}"


def _above(folder: str) -> Iterator[str]:
    while folder != "/":
        yield folder
        folder = posixpath.dirname(folder)


def _release(image: Image) -> Release:
    """Return the release that os-release(5) names, by its code name or else by its number."""
    words = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', image.texts.get(OS_RELEASE, ""), re.MULTILINE))
    named = [release(f"{words.get('ID', '')}:{words.get(key, '')}") for key in ("VERSION_CODENAME", "VERSION_ID")]
    return next((found for found in named if found.coverage is not Coverage.NONE), named[0])
