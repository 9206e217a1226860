"""The image tables: every tag that was ever listed, and the config of the images that are listed now."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from transformer.knowledge import releases, tags
from transformer.knowledge.loader import document, rows
from transformer.knowledge.refresh.facts import fields

_KEPT = (
    "env",
    "workdir",
    "user",
    "entrypoint",
    "cmd",
    "shell",
    "expose",
    "volume",
    "stopsignal",
    "apt",
    "chain",
    "onbuild",
)
type_history = dict[str, tuple[str, str]]
type_configs = dict[str, list[dict[str, Any]]]


def tables(facts: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (file name, header, rows) of every image table."""
    configs = json.loads((facts / "base-images.json").read_text(encoding="utf-8"))
    families = _histories(facts, configs)
    dates = {family: max(date for _, date in listed.values()) for family, listed in families.items()}
    yield (
        "families.tsv",
        "image family TAB date of the newest listing, if the history of its tags was read; from official-images",
        [
            f"{family}\t{dates.get(family, '')}"
            for family in {*families, *configs, *document("image-extra.json")} - {"#"}
        ],
    )
    stale = _year_before(max(dates.values()))
    for family, listed in sorted(families.items()):
        header = tag_header(dates[family])
        newest = max(dates[family], stale)  # the tags of a family that nobody lists any more don't move either
        yield f"tags-{family}.tsv.z", header, [_tag_row(family, tag, *listed[tag], newest) for tag in listed]
    header = "image family TAB its listed images as JSON; from the image repositories at the commits that are listed"
    yield "image-configs.tsv.z", header, [f"{family}\t{_compact(family, configs)}" for family in configs]


def _histories(facts: Path, configs: type_configs) -> dict[str, type_history]:
    """Return family -> tag -> (release, date of the last listing)."""
    listed = {
        (family, tag): _entry_release(entry)
        for family, entries in configs.items()
        for entry in entries
        for tag in entry["tags"] + entry["shared"]
    }
    families: dict[str, type_history] = defaultdict(dict)
    for family, tag, place, _, date, _ in fields(facts / "image-tags.tsv"):
        release = tags.named_release(family, tag) or normal_release(place) or listed.get((family, tag), "")
        families[family][tag] = (frozen_release(family, tag, release), date)
    return families


def tag_header(date: str) -> str:
    """Return the header of a table of tags."""
    return f"tag TAB release TAB last listed, if no longer TAB p: its words name the release; as of {date}"


def frozen_release(family: str, tag: str, release: str) -> str:
    """Return the release of a tag: what the history of the lists says of one that ended, else ``release``."""
    ended = tags.ended(family, tag)
    return release if ended is None or not ended.release else ended.release.removeprefix("?")


def _tag_row(family: str, tag: str, place: str, date: str, newest: str) -> str:
    pin = "p" if tags.named_release(family, tag) else ""
    return f"{tag}\t{place}\t{'' if date >= newest else date}\t{pin}"


def normal_release(place: str) -> str:
    """Return ``debian:bookworm``, ``ubuntu:22.04``, ``alpine:3.19`` … for a place as the facts spell it, or nothing."""
    known = releases.find(re.sub(r"-\d{8}(\.\d+)?$", "", place))  # without the date of a snapshot
    if known.codename:
        return known.name
    for pattern, name in rows("fact-spellings.tsv"):
        found = re.fullmatch(pattern, place)
        if found:
            return found.expand(name)
    return ""


def _year_before(date: str) -> str:
    return f"{int(date[:4]) - 1}{date[4:]}"


def _compact(family: str, configs: type_configs) -> str:
    entries = [_entry(family, entry, configs) for entry in configs[family]]
    return json.dumps(entries, sort_keys=True, separators=(",", ":"))


def _entry(family: str, entry: dict[str, Any], configs: type_configs) -> dict[str, Any]:
    whole = _with_extra(family, entry, configs)
    kept = {key: whole[key] for key in _KEPT if whole.get(key)}
    if "chain" in kept:
        kept["chain"] = [parent.partition("@")[0] for parent in kept["chain"]]
    kept["tags"] = [*entry["tags"], *entry["shared"]]
    kept["release"] = _entry_release(entry)
    kept["variant"] = entry["variant"]
    return kept


def _with_extra(family: str, entry: dict[str, Any], configs: type_configs) -> dict[str, Any]:
    """Fill an entry whose repository could not be read from its parent and what was read of it by hand."""
    extra = document("image-extra.json").get(family)
    if not extra or entry.get("env"):
        return entry
    parent = extra["parent"].format(release=entry["release"])
    name, _, tag = parent.partition(":")
    base = next(one for one in configs[name] if tag in one["tags"] + one["shared"])
    env = {key: value.format(version=entry["tags"][0]) for key, value in extra["env"].items()}
    return {
        **base,
        **entry,
        "env": {**base["env"], **env},
        "apt": [*base["apt"], *extra["apt"]],
        "chain": [parent, *base["chain"]],
    }


def _entry_release(entry: dict[str, Any]) -> str:
    """Return the normal name of an entry's OS release; ``os`` is e.g. ``debian`` or ``rpm:ubi9-minimal``."""
    system, number = entry["os"].removeprefix("rpm:"), str(entry.get("release", ""))
    return normal_release(f"{system}:{number}") or normal_release(system)
