"""What a tag says and what is known of it: its release, its variant, whether it can still move."""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct

from transformer.knowledge import releases
from transformer.knowledge.loader import rows, table
from transformer.knowledge.tables import KnowledgeError

FROZEN = "frozen-tags.tsv.z"
_COLUMNS = 3


class Tag(Struct, frozen=True):
    """One tag of a family. ``release`` may end in ``:?`` (distribution known, release not) and is empty if unknown.

    ``frozen``: no longer listed, so it will not move again; ``pinned``: its release cannot change, because the tag is
    frozen or names the release; ``as_of``: when it was last seen listed.
    """

    release: str
    listed: bool
    frozen: bool
    pinned: bool
    as_of: str


class Ended(Struct, frozen=True):
    """What a tag was that is no longer listed: its ``release``, the ``parent`` that it was built from, each "" if it is
    not known, and whether it is configured and equipped like the listed image that is nearest to it, but for versions.
    """

    release: str
    parent: str
    alike: bool


def lookup(family: str, tag: str) -> Tag | None:
    """Return what is known of a tag, guessing from its words if it was never listed; None if it says nothing."""
    row = table(f"tags-{family}.tsv.z").get(tag) if family in _histories() else None
    if row is not None:
        return _listed(family, row)
    named = named_release(family, tag)
    if named or re.match(r"v?\d", tag) or tag == "latest":
        return Tag(named, False, False, bool(named), "")
    return None


def ended(family: str, tag: str) -> Ended | None:
    """Return what the history of the lists tells of a tag that is no longer listed; None if it tells nothing."""
    row = table(FROZEN).get(f"{family}:{tag}")
    if row is None:
        return None
    columns = row.split("\t")
    if len(columns) != _COLUMNS:
        raise KnowledgeError(FROZEN, row)
    return Ended(columns[0], columns[1], columns[2] != "")


def is_listed(family: str, tag: str) -> bool:
    """Return whether the tag is or was one of the family's."""
    return family in _histories() and table(f"tags-{family}.tsv.z").get(tag) is not None


def is_family(family: str) -> bool:
    """Return whether there is any table about the family."""
    return family in _families()


def named_release(family: str, tag: str) -> str:
    """Return the release whose number or code name stands in the tag, or nothing."""
    for scope, pattern, name in rows("spellings.tsv"):
        found = re.fullmatch(pattern, tag) if scope in (family, "*") else None
        if found:
            return releases.find(found.expand(name)).name
    named = [one.name for part in tag.split("-") if (one := releases.by_codename(part))]
    return named[0] if named else ""


def words(tag: str) -> frozenset[str]:
    """Return what a tag says besides a version and a release: ``eclipse``, ``temurin`` and ``17``."""
    parts = tag.split("-")
    told = parts[1:] if re.match(r"v?\d", parts[0]) or tag == "latest" else parts
    return frozenset(part for part in told if not named_release("*", part))


def variant(tag: str) -> frozenset[str]:
    """Return the words of the tag that tell variants apart."""
    words = {re.sub(r"[\d.]+$", "", part) for part in tag.split("-")}
    return frozenset(words.intersection(row[0] for row in rows("variants.tsv")))


def variant_name(words: frozenset[str]) -> str:
    """Return variant words joined by ``+`` in their usual order; ``full`` if there is none."""
    return "+".join(row[0] for row in rows("variants.tsv") if row[0] in words) or "full"


def _listed(family: str, row: str) -> Tag:
    columns = row.split("\t")
    if len(columns) != _COLUMNS:
        raise KnowledgeError(f"tags-{family}.tsv.z", row)
    release, since, pin = columns
    return Tag(release, True, since != "", pin != "" or since != "", since or _families()[family])


@cache
def _families() -> dict[str, str]:
    return {row[0]: row[1] for row in rows("families.tsv")}


@cache
def _histories() -> frozenset[str]:
    return frozenset(family for family, date in _families().items() if date)
