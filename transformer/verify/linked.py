"""Whether a compiled program finds its loader, its libraries and their versions in an image (ld.so(8), ldconfig(8))."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from transformer.verify.elf import Needs
from transformer.verify.image import LINKER_CACHE, Image

_TRUSTED = ("/lib", "/usr/lib", "/lib64", "/usr/lib64")
_TRIPLETS = ("", "/x86_64-linux-gnu", "/aarch64-linux-gnu", "/i386-linux-gnu", "/arm-linux-gnueabihf")
_MUSL = "/usr/local/lib"
"""musl has no cache: it looks there as well (musl ldso/dynlink.c)."""


def missing(image: Image, path: str, own: Needs, variable: str = "") -> Iterator[str]:
    """Yield what an ELF file at ``path`` needs and the image has not: a loader, a library, a version of one.

    ``variable`` is LD_LIBRARY_PATH. Versions are looked for in libraries whose versions were read.
    """
    if own.loader and image.resolve(own.loader) is None:
        yield own.loader
    for library in own.libraries:
        found = find(image, path, library, own.searched, variable)
        if found is None:
            yield library
            continue
        has = image.needs.get(found, Needs()).defines
        for version in (v for name, v in own.versions if name == library):
            if has and version not in has:
                yield f"{library} ({version})"


def find(image: Image, path: str, library: str, searched: tuple[str, ...], variable: str = "") -> str | None:
    """Return the file that a library's name leads to, where the loader looks: the program's own directories,
    LD_LIBRARY_PATH, the linker's cache, the trusted directories.
    """
    if "/" in library:
        return image.resolve(library)
    origin = posixpath.dirname(path)
    own = [f.replace("$ORIGIN", origin).replace("${ORIGIN}", origin) for f in (*searched, *variable.split(":"))]
    trusted = [directory + triplet for directory in _TRUSTED for triplet in _TRIPLETS]
    if not any(name.startswith("/lib/ld-musl-") for name in image.files):
        places = [*own, *_cached(image, library), *trusted]
    else:
        places = [*own, *trusted, _MUSL]
    for folder in places:
        found = image.resolve(posixpath.normpath(f"{folder}/{library}")) if folder.startswith("/") else None
        if found is not None:
            return found
    return None


def _cached(image: Image, library: str) -> list[str]:
    """Return the directories that the linker's cache has a library in; the cache holds paths that end with NUL."""
    cache = image.texts.get(LINKER_CACHE, "")
    return re.findall(rf"\0(/[^\0]*)/{re.escape(library)}(?=\0)", cache)
