"""What a user knows better than the tables: the rows that go before them, and who is asked with which rows.

``transformer.knowledge.overlay_file`` reads them; an answer that rests on one of them says ``overlay``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

from msgspec import Struct

_Function = TypeVar("_Function", bound=Callable[..., Any])
EVERYWHERE = "*"


class ImageRow(Struct, frozen=True, forbid_unknown_fields=True):
    """What an image is like and its runtime image; without a tag on both sides it is all tags of a repository."""

    like: str
    runtime: str | None = None


class StatedImage(Struct, frozen=True):
    """What a row says of one image; ``mirror``: it is the very image that it is like, in another place."""

    like: str
    runtime: str | None
    mirror: bool


class Overlay(Struct, frozen=True, cache_hash=True):
    """Rows ``(what, scope, name, value)`` as in ``exceptions.tsv``, and images by reference or repository."""

    facts: tuple[tuple[str, str, str, str], ...] = ()
    images: tuple[tuple[str, ImageRow], ...] = ()

    def of(self, what: str, *scopes: str) -> Mapping[str, str]:
        """Return name -> value of the rows about ``what`` in any of ``scopes`` or everywhere; the first scope wins."""
        found: dict[str, str] = {}
        for scope in (*scopes, EVERYWHERE):
            for kind, where, name, value in self.facts:
                if (kind, where) == (what, scope):
                    found.setdefault(name, value)
        return found

    def image(self, reference: str) -> StatedImage | None:
        """Return what the rows say of an image: that of the reference itself, else that of its repository."""
        named = dict(self.images)
        repository, tag = split_tag(reference)
        row = named.get(reference) or named.get(repository)
        if row is None:
            return None
        mirror = not split_tag(row.like)[1]
        end = f":{tag}" if mirror and tag else ""
        return StatedImage(row.like + end, row.runtime + end if row.runtime else None, mirror)

    def repository(self, family: str) -> str | None:
        """Return the repository that has the tags of an official one, or None."""
        return next((name for name, row in self.images if row.like == family and not split_tag(name)[1]), None)


_NOTHING = Overlay()
_current = _NOTHING


def current() -> Overlay:
    """Return the overlay that answers are given with."""
    return _current


@contextmanager
def using(overlay: Overlay | None) -> Iterator[None]:
    """Answer with ``overlay`` meanwhile; None is an empty one."""
    global _current  # noqa: PLW0603 one process answers for one overlay at a time; what is cached is kept apart by it
    before, _current = _current, overlay or _NOTHING
    try:
        yield
    finally:
        _current = before


def remembered(size: int) -> Callable[[_Function], _Function]:
    """Return a decorator that keeps the last ``size`` answers of a function, apart for each overlay."""

    def decorate(function: _Function) -> _Function:
        answer = lru_cache(maxsize=size)(lambda _, *args: function(*args))

        @wraps(function)
        def ask(*args: Any) -> Any:
            return answer(_current, *args)

        ask.cache_clear = answer.cache_clear  # type: ignore[attr-defined]
        return cast(_Function, ask)

    return decorate


def split_tag(reference: str) -> tuple[str, str]:
    """Return repository and tag of an image reference; a port is no tag, and a digest stays with the tag."""
    at = reference.find(":", reference.rfind("/") + 1)
    return (reference, "") if at < 0 else (reference[:at], reference[at + 1 :])
