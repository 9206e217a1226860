"""Whether a program names a file of the context: by the path that it has in the image, or by its name."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from transformer.ecosystems.call import absolute
from transformer.ir.effects import Copied

_WORD = re.compile(r"[\w./@+-]+")
_FILLED = re.compile(r"\{[^{}/]*\}|%[-\d.]*[sdivq]|\*\*/|\*")
"""What stands for a part of a name (std::fmt of Rust, printf(3), Python's f-strings), and wild cards."""
_TEMPLATE = re.compile(r"(?:\./)?[\w-][\w.@{}%*/:-]*/[\w.@{}%*:-]*(?:\{[^{}/]*\}|%[sdvq]|\*)[\w.@{}%*:-]*")

_LONGEST = 256
"""Characters that a name which is filled in may have: the pattern takes the square of them."""


class Naming(Struct, frozen=True):
    """What the program opens, and the directory that it starts in.

    A name counts wherever it stands, since a program may change its directory; a directory counts with all that is
    in it. ``words`` are all the strings that the program has, ``explicit`` the places that its code surely opens.
    """

    texts: frozenset[str]
    places: frozenset[str]
    patterns: tuple[str, ...]
    words: frozenset[str]
    explicit: frozenset[str]
    inside: frozenset[str] = frozenset()
    """Those of ``places`` that do not hold the directory that it starts in."""
    templates: re.Pattern[str] | None = None
    """Names of files that are filled in: ``templates/{}.rs``, ``queries/%s.sql``."""

    def mentions(self, copied: Copied, path: str) -> bool:
        """Whether the file at ``path`` below the copied source may be opened."""
        parts = path.split("/")
        above = {"/".join(parts[: i + 1]) for i in range(len(parts))} | set(parts)
        arrival = _arrival(copied, path)
        if above & self.texts or _holds(self.places, arrival):
            return True
        return any(fnmatch.fnmatchcase(path, p) or fnmatch.fnmatchcase(arrival, p) for p in self.patterns)

    def names(self, copied: Copied, path: str) -> bool:
        """Whether a string names exactly the file, or the code opens a directory that holds it: for sources."""
        exactly = path in self.words or posixpath.basename(path) in self.words
        filled = self.templates is not None and self.templates.match(path) is not None
        return exactly or filled or _holds(self.explicit, _arrival(copied, path))

    def leads_to(self, copied: Copied, path: str) -> bool:
        """Whether a string is a path of the file, or of a directory that holds it."""
        return _holds(self.inside, _arrival(copied, path))

    def leads_into(self, copied: Copied, folder: str) -> bool:
        """Whether a string is a path of something in a directory."""
        arrival = _arrival(copied, folder) + "/"
        return any(place.startswith(arrival) for place in self.places)


def naming(opened: frozenset[str], words: frozenset[str], explicit: frozenset[str], cwd: str) -> Naming:
    """Return what is named by a program that starts in ``cwd``."""
    wild = {p for t in opened if any(c in t for c in "*?[") for p in (_plain(t), absolute(t, cwd))}
    places = frozenset(absolute(t, cwd) for t in opened)
    return Naming(
        frozenset(map(_plain, opened)) - {"", "."},
        places,
        tuple(sorted(wild)),
        frozenset(map(_plain, words)),
        frozenset(absolute(t, cwd) for t in explicit),
        frozenset(p for p in places if not _holds(frozenset({p}), cwd)),
        _templates(words),
    )


def _templates(words: frozenset[str]) -> re.Pattern[str] | None:
    """Return the pattern of all names that are filled in."""
    found = {_FILLED.sub("*", _plain(t)) for t in words if "/" in t and len(t) < _LONGEST and _TEMPLATE.fullmatch(t)}
    return re.compile("|".join(map(fnmatch.translate, sorted(found)))) if found else None


def told_places(words: Iterable[str], cwd: str) -> Iterator[str]:
    """Yield the places that words of command lines lead to, apart from what holds the directory that these start in:
    a program that is told a directory (``server --root www``) may read all of it, sources as well.
    """
    said = set(words)
    for word in sorted(said | {text.rpartition("=")[2] for text in said}):
        place = absolute(word, cwd) if _WORD.fullmatch(word) else cwd
        if not _holds(frozenset({place}), cwd):
            yield place


def _plain(text: str) -> str:
    return text.removeprefix("./").strip("/")


def _holds(places: frozenset[str], path: str) -> bool:
    while path not in places:
        if path == "/":
            return False
        path = posixpath.dirname(path)
    return True


def _arrival(copied: Copied, path: str) -> str:
    return posixpath.normpath(posixpath.join(copied.target, path))
