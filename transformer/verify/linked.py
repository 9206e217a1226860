"""What a compiled program needs to start: its loader, its libraries and their versions (System V ABI, ld.so(8))."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from typing import Any

from msgspec import Struct

from transformer.verify.image import Image

_DIRECTORIES = ("/lib", "/usr/lib", "/usr/local/lib", "/lib64", "/usr/lib64", "/usr/local/lib64")
_TRIPLETS = ("", "/x86_64-linux-gnu", "/aarch64-linux-gnu", "/i386-linux-gnu", "/arm-linux-gnueabihf")


class Needs(Struct, frozen=True):
    """The dynamic section of one ELF file. ``versions`` are (library, symbol version), ``defines`` its own versions."""

    loader: str = ""
    libraries: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    defines: frozenset[str] = frozenset()
    searched: tuple[str, ...] = ()


def missing(image: Image, path: str, program: bytes) -> Iterator[str]:
    """Yield what an ELF file at ``path`` needs and the image has not: a loader, a library, a version of one.

    Versions are looked for in libraries whose contents were kept: those of the image's base are of one release.
    """
    own = needs(program)
    if own.loader and image.resolve(own.loader) is None:
        yield own.loader
    for library in own.libraries:
        found = find(image, path, library, own.searched)
        if found is None:
            yield library
            continue
        has = needs(image.programs.get(found, b"")).defines
        for version in (v for name, v in own.versions if name == library):
            if has and version not in has:
                yield f"{library} ({version})"


def find(image: Image, path: str, library: str, searched: tuple[str, ...]) -> str | None:
    """Return the file that a library's name leads to: in the program's own directories, else where the loader looks."""
    origin = posixpath.dirname(path)
    own = [folder.replace("$ORIGIN", origin).replace("${ORIGIN}", origin) for folder in searched]
    usual = [directory + triplet for directory in _DIRECTORIES for triplet in _TRIPLETS]
    for folder in (*own, *usual):
        found = image.resolve(posixpath.normpath(f"{folder}/{library}"))
        if found is not None:
            return found
    ends = "/" + library
    return next((other for other in image.files if other.endswith(ends)), None) if _is_configured(image) else None


def _is_configured(image: Image) -> bool:
    """Whether the loader is told of more directories, whose names are not read: a library anywhere may be found."""
    return any(path.startswith("/etc/ld.so.conf.d/") for path in image.files)


@lru_cache(maxsize=4096)
def needs(content: bytes) -> Needs:
    """Return what an ELF file asks for; nothing for a file that is none, or a damaged one."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    if not content:
        return Needs()
    try:
        return _read(ELFFile(BytesIO(content)))
    except (ELFError, ValueError, KeyError, IndexError, AttributeError, AssertionError, UnicodeDecodeError):
        return Needs()


def _read(elf: Any) -> Needs:
    from elftools.elf.dynamic import DynamicSegment
    from elftools.elf.gnuversions import GNUVerDefSection, GNUVerNeedSection

    loader, libraries, searched = "", list[str](), list[str]()
    segments: Any = elf.iter_segments()
    sections: Any = elf.iter_sections()
    for segment in segments:
        if segment.header.p_type == "PT_INTERP":
            loader = segment.get_interp_name()
        if isinstance(segment, DynamicSegment):
            tags: Any = segment.iter_tags()
            for tag in tags:
                if tag.entry.d_tag == "DT_NEEDED":
                    libraries.append(tag.needed)
                elif tag.entry.d_tag in {"DT_RUNPATH", "DT_RPATH"}:
                    searched += getattr(tag, tag.entry.d_tag[3:].lower()).split(":")
    versions, defines = list[tuple[str, str]](), set[str]()
    for section in sections:
        if isinstance(section, GNUVerNeedSection):
            versions += [
                (str(one.name), aux.name) for one, auxiliaries in section.iter_versions() for aux in auxiliaries
            ]
        elif isinstance(section, GNUVerDefSection):
            defines |= {next(iter(found)).name for _, found in section.iter_versions()}
    return Needs(loader, tuple(libraries), tuple(versions), frozenset(defines), tuple(searched))
