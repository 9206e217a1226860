"""How the files of a repository build images and run them: what all readers of such files return."""

from __future__ import annotations

import posixpath
import re
import shlex

from msgspec import Struct

from transformer.context.retarget import Retarget

UNKNOWN = "$UNKNOWN"
"""Stands for what a variable or a template says."""
_VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?::?([-?+])([^${}]*))?\}|\$(\w+)")
_TEMPLATE = re.compile(r"\{\{.*?\}\}")
_TAG = re.compile(r"(:[^:/@]*)?(@.*)?$")


class ImageBuild(Struct, frozen=True):
    """One build of an image; ``dockerfile`` and ``context`` are relative to the repository.

    ``names`` are what the image is called; ``arguments`` are the build arguments that are given a value; ``retarget``
    is how the file is made to build another stage, where the image goes nowhere else.
    """

    path: str
    line: int
    dockerfile: str
    context: str
    arguments: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    retarget: Retarget | None = None


class ImageUse(Struct, frozen=True):
    """One way in which an image is run. None for ``entrypoint`` or ``command`` means the image's own.

    ``image`` is its name, ``service`` that of a compose service or container that is there already ("" where there is
    none), ``container`` the name that the container gets; ``beside`` are command lines that run beside the main one
    (probes, jobs); ``mounted`` are directories that a new volume is filled from; ``retarget`` is how the file is made
    to build another stage for it; ``environment`` are variables that it is given.
    """

    path: str
    line: int
    image: str = ""
    service: str = ""
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    beside: tuple[tuple[str, ...], ...] = ()
    cwd: str = ""
    mounted: tuple[str, ...] = ()
    container: str = ""
    retarget: Retarget | None = None
    environment: tuple[tuple[str, str], ...] = ()
    named: str = ""
    """A text in which programs are named that may be run in it."""
    told: bool = False
    """A manual tells people to run it so."""


def interpolated(text: str) -> str:
    """Return a text with the defaults of its variables (``${NAME:-default}``), as compose does it; ``UNKNOWN`` for one
    without a default and for a template.
    """

    def value(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        return found[3] if found[2] == "-" else UNKNOWN

    return _VARIABLE.sub(value, _TEMPLATE.sub(lambda _: UNKNOWN, text))


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a command line that no shell reads; one unknown word if it cannot be split."""
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return (UNKNOWN,)


def image_name(reference: str) -> str:
    """Return the name of an image without tag and digest, its variables written one way."""
    plain = re.sub(r"\$\{(\w+)[^}]*\}", r"$\1", reference.strip())
    return _TAG.sub("", plain) or plain


def joined(*parts: str) -> str:
    """Return a path relative to the repository's root, "." for the root itself; it may begin with ``..``."""
    return posixpath.normpath(posixpath.join("/", *parts)).lstrip("/") or "." if _inside(parts) else ".."


def _inside(parts: tuple[str, ...]) -> bool:
    relative = posixpath.normpath(
        posixpath.join(*(part.lstrip("/") if not i else part for i, part in enumerate(parts)))
    )
    return not relative.startswith("..") and not any(part.startswith("/") for part in parts)
