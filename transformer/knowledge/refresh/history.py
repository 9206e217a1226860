"""The releases of tags that are no longer listed, and what they were built from, out of the history of the listings.

``python -m transformer.knowledge.refresh.history CLONES`` reads ``docker-library/official-images`` and the repositories
of the images, clones in folders ``CLONES/OWNER/NAME``, writes ``frozen-tags.tsv.z`` and corrects the tables of tags.

A Dockerfile often says ``FROM`` with a tag that moves (``eclipse-temurin:17-jdk``). An image was built from what that
tag meant while the image was listed: official images are built anew when what they are built from is, until they leave
the list. What moved in the last days of an image may have come too late for it, so then it is not known.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from msgspec import Struct

from transformer.knowledge import configs, releases, tags
from transformer.knowledge.images import image
from transformer.knowledge.loader import rows, table
from transformer.knowledge.refresh.__main__ import write
from transformer.knowledge.refresh.dockerfiles import PATH, configured, type_config
from transformer.knowledge.refresh.images import frozen_release, tag_header

_HEADER = (
    "family:tag TAB release, ? if it moved in its last days TAB what it was built from TAB = if it is like a listed one"
)
_LISTINGS = "docker-library/official-images"
_LATE = 3 * 86_400
"""Seconds before an image left the list in which it may have missed what it is built from."""
_DEPTH = 6
_HEAD = 3
"""Words before what ``git cat-file --batch`` found."""
_OLD_LINE = re.compile(r"([\w.-]+):\s+(?:git|https)://github\.com/(\S+?)(?:\.git)?@(\S+)\s*(\S*)$")
_FROM = re.compile(r"(?mi)^FROM\s+(?:--platform=\S+\s+)?(\S+)")
_FIELDS = ("workdir", "user", "entrypoint", "shell", "expose", "volume", "stopsignal", "onbuild")
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
        self._readers: dict[str, subprocess.Popen[bytes]] = {}
        self._texts: dict[tuple[str, str, str, str], str] = {}

    def family(self, name: str) -> Family:
        """Return the history of an image; an empty one if there is none."""
        if name not in self._families:
            lines = self._git(
                _LISTINGS, "log", "--first-parent", "--format=%H %ct", "--", f"library/{name}"
            ).splitlines()
            found: list[tuple[int, type_state]] = []
            for commit, time in reversed([line.split() for line in lines]):
                text = self._blob(_LISTINGS, f"{commit}:library/{name}")
                found.append((max(int(time), found[-1][0] if found else 0), listings(text)))
            self._families[name] = Family(tuple(t for t, _ in found), tuple(s for _, s in found))
        return self._families[name]

    def listed(self, name: str, tag: str, time: int) -> tuple[Listing | None, int]:
        """Return what a tag meant at a time, and since when it does not move if it was no longer listed then."""
        family = self.family(name)
        if tag not in family.at(time):
            time = min(time, self.ended(name).get(tag, time))
        return family.at(time).get(tag), time

    def ended(self, name: str) -> dict[str, int]:
        """Return the tags of an image that are no longer listed, each with the last second in which it was."""
        if name not in self._ended:
            self._ended[name] = self.family(name).ended()
        return self._ended[name]

    def parent(self, listing: Listing) -> str:
        """Return what the last stage of an image is built from, as its Dockerfile says; nothing if it is unknown."""
        if listing not in self._parents:
            named = _FROM.findall(self.text(listing))
            self._parents[listing] = named[-1] if named and "$" not in named[-1] else ""
        return self._parents[listing].removeprefix("library/")

    def text(self, listing: Listing) -> str:
        """Return the Dockerfile of an image; nothing if it is not there."""
        place = (listing.repository, listing.commit, listing.directory, listing.file)
        if place not in self._texts:
            path = "/".join(part for part in (listing.directory.strip("./"), listing.file) if part)
            self._texts[place] = self._blob(listing.repository, f"{listing.commit}:{path}")
        return self._texts[place]

    def config(self, name: str, tag: str, time: int, depth: int = _DEPTH) -> type_config | None:
        """Return what a tag was configured with at a time; None if not all of it was read."""
        if name in _roots():
            return {"env": {"PATH": PATH}, "cmd": _roots()[name]}
        listing, time = self.listed(name, tag, time)
        family, _, word = self.parent(listing).partition(":") if listing is not None else ("", "", "")
        base = self.config(family, word or "latest", time, depth - 1) if family and depth else None
        return configured(self.text(listing), base) if listing is not None and base is not None else None

    def close(self) -> None:
        """End the processes that read."""
        for reader in self._readers.values():
            reader.communicate()
        self._readers.clear()

    def _blob(self, repository: str, name: str) -> str:
        """Return what git calls by a name (REVISION:PATH), from one process a repository; nothing if it lacks it."""
        if not (self.folder / repository).is_dir():
            return ""
        if repository not in self._readers:
            command = ["git", "-C", str(self.folder / repository), "cat-file", "--batch"]
            self._readers[repository] = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        reader = self._readers[repository]
        if reader.stdin is None or reader.stdout is None:
            return ""
        reader.stdin.write(f"{name}\n".encode())
        reader.stdin.flush()
        head = reader.stdout.readline().split()
        if len(head) != _HEAD or not head[-1].isdigit():
            return ""
        return reader.stdout.read(int(head[-1]) + 1)[:-1].decode("utf-8", "replace")

    def _git(self, repository: str, *arguments: str) -> str:
        place = self.folder / repository
        if not place.is_dir():
            return ""
        found = subprocess.run(["git", "-C", str(place), *arguments], capture_output=True, check=False)
        return found.stdout.decode("utf-8", "replace") if found.returncode == 0 else ""


@cache
def _roots() -> dict[str, list[str]]:
    """Return the images of operating systems whose packages are known, with what they start."""
    names = [row[0] for row in rows("os-images.tsv") if not releases.find(f"{row[0]}:?").recipes]
    return {name: json.loads(table("image-configs.tsv.z").get(name) or "[{}]")[0].get("cmd", []) for name in names}


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
    for tag, end in clones.ended(name).items():
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
    family, _, word = clones.parent(listing).partition(":")
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


def alike(pair: tuple[str, str], clones: Clones) -> bool:
    """Whether two tags that ended, of an image with a kit and of its sibling without it, are configured like the listed
    images that stand for them, but for versions, and the sibling lacks no package that is not known to be lacking.
    """
    sides = [_side(reference, clones) for reference in pair]
    if not all(sides):
        return False
    (old, old_like), (new, new_like) = (side for side in sides if side is not None)
    return old - new <= old_like - new_like


def _side(reference: str, clones: Clones) -> tuple[set[str], set[str]] | None:
    """Return what a tag that ended has installed, and the listed image that stands for it; None if they are configured
    differently.
    """
    name, _, tag = reference.partition(":")
    end, row = clones.ended(name).get(tag), table(f"tags-{name}.tsv.z").get(tag)
    config = clones.config(name, tag, end) if end is not None else None
    like = configs.find(name, tag, row.partition("\t")[0]) if row is not None else None
    if config is None or like is None:
        return None
    there, here = config["env"], like.fields.get("env", {})
    same = there.keys() == here.keys() and all(there[n] == here[n] or n.endswith("VERSION") for n in here)
    plain = [
        [c for c in (one.get("cmd"),) if c is not None and c not in _roots().values()] for one in (config, like.fields)
    ]
    same = same and plain[0] == plain[1] and all(config.get(key) == like.fields.get(key) for key in _FIELDS)
    return (set(config.get("apt", ())), set(like.fields.get("apt", ()))) if same else None


def _pairs(told: dict[str, tuple[str, str]], clones: Clones) -> Iterator[tuple[str, str]]:
    """Yield the tags that ended of images with a kit, each with its sibling without it."""
    for key, (_, parent) in told.items():
        known = image(parent) if parent else None
        if known is not None and known.runtime is not None:
            yield key, known.runtime.reference
    for name in sorted(family for family, how, *_ in rows("runtime-rules.tsv") if how == "swap"):
        for tag in clones.ended(name):
            known = image(f"{name}:{tag}")
            if known is not None and known.runtime is not None:
                yield known.reference, known.runtime.reference


def _marked(clones: Clones) -> Iterator[str]:
    """Yield the rows of the table with the marks of those that are like a listed image."""
    told = {key: (release, parent) for key, release, parent, _ in table(tags.FROZEN).rows()}
    marked = {reference for pair in _pairs(told, clones) if alike(pair, clones) for reference in pair}
    for key, (release, parent) in {**dict.fromkeys(sorted(marked), ("", "")), **told}.items():
        yield "\t".join((key, release, parent, "=" if key in marked else ""))


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
    lines = [f"{name}:{tag}\t{r}\t{p}\t" for name, told in found.items() for tag, (r, p) in told.items()]
    write(tags.FROZEN, _HEADER, lines)
    table.cache_clear()
    for name in (name for name, told in found.items() if told):
        write(f"tags-{name}.tsv.z", tag_header(dates[name]), _corrected(name))
    table.cache_clear()
    write(tags.FROZEN, _HEADER, [*_marked(clones)])
    clones.close()
    return 0


def _differs(family: str, tag: str, release: str, row: str | None) -> bool:
    """Whether a table says another release of a tag, whose name does not say it, or did so before it was corrected."""
    before = tags.ended(family, tag)
    if before is not None and before.release:
        return True
    return row is not None and not tags.named_release(family, tag) and row.partition("\t")[0] != release.strip("?")


def _corrected(family: str) -> Iterator[str]:
    for tag, release, since, pin in table(f"tags-{family}.tsv.z").rows():
        yield "\t".join((tag, frozen_release(family, tag, release), since, pin))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
