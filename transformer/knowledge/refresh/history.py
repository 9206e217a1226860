"""The releases of tags that are no longer listed, and what they were built from, out of the history of the listings.

``python -m transformer.knowledge.refresh.history CLONES`` reads ``docker-library/official-images`` and the repositories
of the images, clones in folders ``CLONES/OWNER/NAME``, writes ``frozen-tags.tsv.z`` and corrects the tables of tags.

A Dockerfile often says ``FROM`` with a tag that moves (``eclipse-temurin:17-jdk``). An image was built from what that
tag meant while the image was listed: official images are built anew when what they are built from is, until they leave
the list. What moved in the last days of an image may have come too late for it, so then it is not known.
"""

from __future__ import annotations

import re
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from transformer.knowledge import tags
from transformer.knowledge.loader import rows, table
from transformer.knowledge.refresh.__main__ import write
from transformer.knowledge.refresh.images import frozen_release, tag_header

_HEADER = "family:tag TAB release, ? if it moved in its last days TAB what it was built from; of tags no longer listed"
_LISTINGS = "docker-library/official-images"
_LATE = 3 * 86_400
"""Seconds before an image left the list in which it may have missed what it is built from."""
_DEPTH = 6
_OLD_LINE = re.compile(r"([\w.-]+):\s+(?:git|https)://github\.com/(\S+?)(?:\.git)?@(\S+)\s*(\S*)$")
_FROM = re.compile(r"(?mi)^FROM\s+(?:--platform=\S+\s+)?(\S+)")
_REPOSITORY = re.compile(r"https?://github\.com/|\.git$")


class Listing(Struct, frozen=True):
    """One image of a list: where its Dockerfile is, its own tags, and those that it shares with other systems."""

    repository: str
    commit: str
    directory: str
    file: str
    own: tuple[str, ...]
    shared: tuple[str, ...] = ()


type_state = dict[str, Listing]


class Family(Struct, frozen=True):
    """The lists of an image over time: ``times`` (seconds) in order, and what was listed from each on."""

    times: tuple[int, ...]
    states: tuple[type_state, ...]

    def at(self, time: int) -> type_state:
        """Return what was listed at a time; nothing before the first list."""
        number = bisect_right(self.times, time)
        return self.states[number - 1] if number else {}

    def ended(self) -> dict[str, int]:
        """Return the tags that are no longer listed, each with the last second in which it was."""
        last: dict[str, int] = {}
        for number, state in enumerate(self.states[:-1]):
            last |= dict.fromkeys(state, self.times[number + 1] - 1)
        return {tag: end for tag, end in last.items() if tag not in self.states[-1]}


class Clones:
    """The clones of the lists and of the images' repositories."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._families: dict[str, Family] = {}
        self._ended: dict[str, dict[str, int]] = {}
        self._parents: dict[Listing, str] = {}

    def family(self, name: str) -> Family:
        """Return the history of an image; an empty one if there is none."""
        if name not in self._families:
            lines = self._git(
                _LISTINGS, "log", "--first-parent", "--format=%H %ct", "--", f"library/{name}"
            ).splitlines()
            found: list[tuple[int, type_state]] = []
            for commit, time in reversed([line.split() for line in lines]):
                text = self._git(_LISTINGS, "show", f"{commit}:library/{name}")
                found.append((max(int(time), found[-1][0] if found else 0), listings(text)))
            self._families[name] = Family(tuple(t for t, _ in found), tuple(s for _, s in found))
        return self._families[name]

    def listed(self, name: str, tag: str, time: int) -> tuple[Listing | None, int]:
        """Return what a tag meant at a time, and since when it does not move if it was no longer listed then."""
        family = self.family(name)
        if tag not in family.at(time):
            if name not in self._ended:
                self._ended[name] = family.ended()
            time = min(time, self._ended[name].get(tag, time))
        return family.at(time).get(tag), time

    def parent(self, listing: Listing) -> str:
        """Return what the last stage of an image is built from, as its Dockerfile says; nothing if it is unknown."""
        if listing not in self._parents:
            path = "/".join(part for part in (listing.directory.strip("./"), listing.file) if part)
            text = self._git(listing.repository, "show", f"{listing.commit}:{path}")
            named = _FROM.findall(text)
            self._parents[listing] = named[-1] if named and "$" not in named[-1] else ""
        return self._parents[listing]

    def _git(self, repository: str, *arguments: str) -> str:
        place = self.folder / repository
        if not place.is_dir():
            return ""
        found = subprocess.run(["git", "-C", str(place), *arguments], capture_output=True, check=False)
        return found.stdout.decode("utf-8", "replace") if found.returncode == 0 else ""


def listings(text: str) -> type_state:
    """Return the tags that a list has for Linux on amd64; both of its forms are read."""
    found: type_state = {}
    common: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.splitlines() if not line.startswith("#") and not line[:1].isspace()]
        fields = {key.strip(): value.strip() for key, colon, value in (line.partition(":") for line in lines) if colon}
        if "Tags" in fields:
            found |= _block(common | fields)
        else:
            common |= fields
        for name, repository, commit, directory in (m.groups() for line in lines if (m := _OLD_LINE.match(line))):
            found[name] = Listing(repository, commit.removeprefix("refs/tags/"), directory, "Dockerfile", (name,))
    return found


def _block(fields: dict[str, str]) -> type_state:
    systems = fields.get("Architectures", "amd64")
    if not re.search(r"(?<!windows-)\bamd64\b", systems):
        return {}
    own = tuple(_words(fields["Tags"]))
    one = Listing(
        _REPOSITORY.sub("", fields.get("GitRepo", "")),
        fields.get("amd64-GitCommit") or fields.get("GitCommit", ""),
        fields.get("amd64-Directory") or fields.get("Directory", ""),
        fields.get("amd64-File") or fields.get("File", "Dockerfile"),
        own,
        tuple(_words(fields.get("SharedTags", ""))),
    )
    return dict.fromkeys((*own, *one.shared), one)


def _words(text: str) -> Iterator[str]:
    yield from (word.strip() for word in text.split(",") if word.strip())


def frozen(name: str, clones: Clones) -> Iterator[tuple[str, str, str]]:
    """Yield (tag, release, parent) of the tags of an image that are no longer listed: the release is that of a
    distribution (``ubuntu:?``) if it moved in the last days; the parent is a tag that does not move either, or nothing.
    """
    family = clones.family(name)
    for tag, end in family.ended().items():
        early = end - _LATE
        states = [_built(name, tag, time, clones) for time in (end, early) if tag in family.at(time)]
        found = {release for release, _ in states}
        systems = {release.partition(":")[0] for release in found}
        parents = {parent for _, parent in states}
        release = found.pop() if len(found) == 1 else f"{systems.pop()}:?" if len(systems) == 1 else "?"
        yield tag, release, parents.pop() if len(parents) == 1 else ""


def _built(name: str, tag: str, time: int, clones: Clones, depth: int = _DEPTH) -> tuple[str, str]:
    """Return the release of a tag at a time, and what it was built from, as a tag that does not move any more; nothing
    for what is not known.
    """
    listing, time = clones.listed(name, tag, time)
    if listing is None or not depth:
        return tags.named_release(name, tag), ""
    family, _, word = clones.parent(listing).removeprefix("library/").partition(":")
    release = next((said for one in (tag, *listing.own) if (said := tags.named_release(name, one))), "")
    if not family or "/" in family:
        return release, ""
    below, _ = clones.listed(family, word or "latest", time)
    release = release or _built(family, word or "latest", time, clones, depth - 1)[0]
    return release, _lasting(family, below, release) if below is not None else ""


def _lasting(family: str, listing: Listing, release: str) -> str:
    """Return the fullest tag of an image if it is no longer listed and names the release."""
    full = listing.own[0]
    known = tags.lookup(family, full)
    same = known is not None and known.frozen and release in {known.release, tags.named_release(family, full)}
    return f"{family}:{full}" if same and release else ""


def main(arguments: list[str]) -> int:
    """Write the table and correct those of the tags by it; return 0, or 2 if the lists are not there."""
    clones = Clones(Path(arguments[0]))
    dates = {family: date for family, date in rows("families.tsv") if date}
    built = {family for family, how, *_ in rows("runtime-rules.tsv") if how == "parent"}
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for name in dates:
        listed = table(f"tags-{name}.tsv.z")
        told = {tag: (release, parent if name in built else "") for tag, release, parent in frozen(name, clones)}
        found[name] = {t: (r, p) for t, (r, p) in told.items() if p or (r and _differs(name, t, r, listed.get(t)))}
        print(f"{name}: {len(told)} tags have ended, {len(found[name])} of them matter", flush=True)
    if not any(found.values()):
        print(f"no list in {arguments[0]}/{_LISTINGS}", file=sys.stderr)
        return 2
    lines = [f"{name}:{tag}\t{r}\t{p}" for name, told in found.items() for tag, (r, p) in told.items()]
    write(tags.FROZEN, _HEADER, lines)
    table.cache_clear()
    for name in (name for name, told in found.items() if told):
        write(f"tags-{name}.tsv.z", tag_header(dates[name]), _corrected(name))
    return 0


def _differs(family: str, tag: str, release: str, row: str | None) -> bool:
    """Whether a table says another release of a tag, whose name does not say it."""
    return row is not None and not tags.named_release(family, tag) and row.partition("\t")[0] != release.strip("?")


def _corrected(family: str) -> Iterator[str]:
    for tag, release, since, pin in table(f"tags-{family}.tsv.z").rows():
        yield "\t".join((tag, frozen_release(family, tag, release), since, pin))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
