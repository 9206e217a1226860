"""Finding the config of an image: the entry of this very tag, or of the nearest version of the same variant."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from msgspec import Struct

from transformer.knowledge import releases, tags
from transformer.knowledge.loader import document, table
from transformer.knowledge.tables import KnowledgeError

_FILE, _FROZEN = "image-configs.tsv.z", "image-frozen.json"
type_entry = dict[str, Any]


class Found(Struct, frozen=True):
    """One entry of the config table and how it was found for a tag."""

    fields: type_entry
    how: str
    same_release: bool
    uncertain: frozenset[str]

    @property
    def variant(self) -> str:
        """The variant as the table calls it."""
        return str(self.fields["variant"])

    def parent(self, where: str | None) -> str | None:
        """Return what the image is built FROM; a sibling's parent is moved to the release ``where``."""
        chain = self.fields.get("chain")
        if not chain:
            return None
        return str(chain[0]) if self.same_release else _moved(str(chain[0]), str(self.fields["release"]), where)


def find(family: str, tag: str, release: str) -> Found | None:
    """Return the config entry for a tag on a release, or None."""
    entries = _entries(family)
    exact = next((entry for entry in entries if tag in entry["tags"]), None)
    if exact is not None:
        return Found(exact, "listed", True, _lagging(exact))
    words = tags.variant(tag)
    alike = [entry for entry in entries if words in entry["words"] and _same_distribution(entry["release"], release)]
    if not alike:
        return None
    ended = tags.ended(family, tag)
    made_from = _kind(ended.parent) if ended is not None and ended.parent else None
    best = max(alike, key=lambda entry: (_made_from(entry) == made_from, *_likeness(entry, tag, release)))
    if ended is not None and ended.alike:
        return Found(
            best, "alike", best["release"] == release, frozenset(n for n in _versions(best) if n.endswith("VERSION"))
        )
    uniform = not best.get("chain") and all(_comparable(entry) == _comparable(best) for entry in alike)
    uncertain = frozenset() if uniform else _differing(alike) | _versions(best)
    return Found(best, "family" if uniform else "sibling", best["release"] == release, uncertain)


def listed_tag(family: str, tag: str) -> tags.Tag | None:
    """Return the tag of a family whose history was not read, if it is listed now."""
    for entry in _entries(family):
        if tag in entry["tags"]:
            named = bool(tags.named_release(family, tag))
            return tags.Tag(entry["release"], True, False, named, "")
    return None


@lru_cache(maxsize=64)
def _entries(family: str) -> tuple[type_entry, ...]:
    row = table(_FILE).get(family)
    try:
        entries = (json.loads(row) if row else []) + document(_FROZEN).get(family, [])
        return tuple(entry | {"words": {tags.variant(tag) for tag in entry["tags"]}} for entry in entries)
    except (ValueError, KeyError, TypeError) as error:
        raise KnowledgeError(_FILE, f"{family}: {error}") from error


def _same_distribution(one: str, other: str) -> bool:
    return one.partition(":")[0] == other.partition(":")[0]


def _kind(reference: str) -> tuple[str, tuple[int, ...]]:
    """Return the family of an image and the first number of its version."""
    family, _, tag = reference.partition(":")
    return family, _version(tag)[:1]


def _made_from(entry: type_entry) -> tuple[str, tuple[int, ...]] | None:
    return _kind(str(entry["chain"][0])) if entry.get("chain") else None


def _likeness(entry: type_entry, tag: str, release: str) -> tuple[bool, int, bool, int, int]:
    """Order entries: the same words besides version and release first (whose JDK, and which), or more of those that
    have a number (``8.5-jdk17``), then the same release, then the version with most leading numbers in common, then the
    oldest.
    """
    named = any(tags.words(one) == tags.words(tag) for one in entry["tags"])
    also = max((len(_numbered(tag) & _numbered(one)) for one in entry["tags"]), default=0)
    wanted = _version(tag)
    common = max((_common(wanted, _version(one)) for one in entry["tags"]), default=0)
    newest = max((_version(one)[common : common + 1] or (0,) for one in entry["tags"]), default=(0,))
    return named, also, entry["release"] == release, common, -newest[0]


def _numbered(tag: str) -> frozenset[str]:
    """Return the words with a number behind the version itself."""
    return frozenset(word for word in tag.split("-")[1:] if re.search(r"\d", word))


def _version(tag: str) -> tuple[int, ...]:
    found = re.match(r"v?(\d+(?:\.\d+)*)", tag)
    return tuple(int(number) for number in found[1].split(".")) if found else ()


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _comparable(entry: type_entry) -> type_entry:
    return {
        key: value for key, value in entry.items() if key not in {"tags", "words", "release", "variant", "chain", "apt"}
    }


def _differing(entries: list[type_entry]) -> frozenset[str]:
    """Return the variables that not all of the entries have with the same value."""
    every = [entry.get("env", {}) for entry in entries]
    names = set().union(*every)
    return frozenset(name for name in names if len({env.get(name) for env in every}) > 1)


def _versions(entry: type_entry) -> frozenset[str]:
    """Return the variables whose value holds a version number."""
    return frozenset(name for name, value in entry.get("env", {}).items() if re.search(r"\d[._]\d|\d{2}", value))


def _lagging(entry: type_entry) -> frozenset[str]:
    """Return the variables whose version no tag of the entry confirms: the repository may have been read earlier."""
    told = {tag.partition("-")[0] for tag in entry["tags"]}
    return frozenset(name for name in _versions(entry) if entry["env"][name] not in told)


def _moved(parent: str, old: str, new: str | None) -> str | None:
    """Return a parent image on another release, or None if its tag does not name the old one."""
    before, after = releases.find(old), releases.find(new or "")
    for word, other in ((before.codename, after.codename), (before.number, after.number)):
        if word and other and re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", parent):
            return re.sub(rf"(?<![\w.]){re.escape(word)}(?![\w.])", other, parent)
    return None
