"""Taking an image reference apart, and finding the official family that its path names."""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct

from transformer.knowledge.loader import rows

_REFERENCE = re.compile(
    r"(?P<path>[^:@\s]+(?::\d+/[^:@\s]+)?)(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>[a-z0-9+._-]+:[0-9a-f]{32,}))?"
)
_OFFICIAL = "library"
_DEFAULT_TAG = "latest"


class Reference(Struct, frozen=True):
    """``prefix`` is what stands before the family name (``docker.io/library/`` or nothing): siblings share it."""

    text: str
    prefix: str
    family: str
    tag: str
    tagged: bool
    digest: str | None


def parse(text: str) -> Reference | None:
    """Return the parts of an image reference, or None if it is not one or names no official image."""
    found = _REFERENCE.fullmatch(text)
    if not found:
        return None
    prefix, family = _split(found["path"])
    if family is None:
        return None
    return Reference(text, prefix, family, found["tag"] or _DEFAULT_TAG, found["tag"] is not None, found["digest"])


def _split(path: str) -> tuple[str, str | None]:
    """Split a path before its last part if the parts before it mean the official images."""
    *before, family = path.split("/")
    prefix = "/".join([*before, ""])
    host = before[0] if before and re.search(r"[.:]|^localhost$", before[0]) else ""
    namespaces = before[1:] if host else before
    return prefix, family if _is_official(host, namespaces) else None


def _is_official(host: str, namespaces: list[str]) -> bool:
    if not namespaces:
        return not host or host in _default_hosts()
    anywhere = namespaces[-1] == _OFFICIAL and (host != "" or len(namespaces) == 1)
    return anywhere or (len(namespaces) == 1 and namespaces[0] in _hub_namespaces() and host in {"", *_default_hosts()})


@cache
def _default_hosts() -> frozenset[str]:
    return frozenset(row[0] for row in rows("default-registries.tsv"))


@cache
def _hub_namespaces() -> frozenset[str]:
    return frozenset(row[0] for row in rows("namespaces.tsv"))
