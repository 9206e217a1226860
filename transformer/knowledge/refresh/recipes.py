"""The -dev tables of distributions whose indexes cannot be read: from Alpine's build recipes, and by RPM convention."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from transformer.knowledge.refresh.facts import fields

_GUESSED = frozenset({"fallback", "own-depends", "same-stem"})
"""Rules of the recipes' reader that take a name for another because they look alike."""

type_answers = dict[str, dict[str, str]]


def tables(facts: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (file name, header, rows) of every table."""
    releases, answers = _alpine(facts)
    header = (
        "-dev package TAB FIRST-LAST release, letter of how.tsv, packages at run time; TAB …; from Alpine's recipes"
    )
    yield "alpine-dev.tsv.z", header, [_row(name, found, releases) for name, found in answers.items()]
    header = "-devel package TAB * g PACKAGES; names that files install together, and Fedora's naming; nothing verified"
    yield (
        "rpm-dev.tsv.z",
        header,
        [f"{row[0]}\t* g {row[1]}".rstrip() for row in fields(facts / "rpm-devel-runtime.tsv")],
    )


def _alpine(facts: Path) -> tuple[list[str], type_answers]:
    """Return the releases, oldest first, and name -> release -> answer; names that a recipe computes are left out.

    What a -dev package perhaps stands for is installed as well: its main library may lie in either.
    """
    releases: dict[str, None] = {}
    answers: type_answers = defaultdict(dict)
    for release, name, surely, rule, perhaps, *_ in fields(facts / "alpine-dev-runtime.tsv"):
        releases.setdefault(release)
        packages = " ".join(dict.fromkeys(f"{surely} {perhaps}".split()))
        if name and "$" not in name + packages:
            letter = "g" if rule in _GUESSED or rule.startswith("alias") else "r"
            answers[name][release] = f"{letter} {packages}".rstrip()
    return list(releases), answers


def _row(name: str, found: dict[str, str], releases: list[str]) -> str:
    """Return the row of a package: one segment for each run of releases with the same answer."""
    segments: list[tuple[str, str, str]] = []
    for before, release in zip(["", *releases], releases, strict=False):
        if release not in found:
            continue
        if segments and segments[-1][1:] == (before, found[release]):
            segments[-1] = (segments[-1][0], release, found[release])
        else:
            segments.append((release, release, found[release]))
    return "\t".join([name, *(f"{first}-{last} {answer}" for first, last, answer in segments)])
