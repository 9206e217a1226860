"""What one ELF file asks of its system (System V ABI; ld.so(8)), read with bounds: the file is hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

from msgspec import Struct

from transformer.knowledge.loader import rows

MAGIC = b"\x7fELF"
_MOST = 4096
"""Segments, tags, sections and versions that are read: real files have tens."""
_NAMED = re.compile(rb"/(?:etc|usr/share)/[A-Za-z0-9_.+/-]{2,120}")


class Needs(Struct, frozen=True):
    """The dynamic part of one ELF file. ``versions`` are (library, symbol version), ``defines`` its own versions;
    ``names`` are the files of /etc and /usr/share that its constants name: certificates, time zones, media types.
    """

    loader: str = ""
    libraries: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    defines: frozenset[str] = frozenset()
    searched: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    machine: str = ""
    """The processor that the file is for, as ELF names it."""


def needs(content: bytes) -> Needs:
    """Return what an ELF file asks for; nothing for a file that is none, or a damaged one."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    if not content.startswith(MAGIC):
        return Needs()
    names = _names(content)
    try:
        return _read(ELFFile(BytesIO(content)), names)
    except (ELFError, ValueError, KeyError, IndexError, AttributeError, AssertionError, TypeError, OverflowError):
        return Needs(names=names)


def _names(content: bytes) -> tuple[str, ...]:
    """Return the paths that stand in a program by themselves, and the usual ones wherever they stand."""
    found = {match.decode() for match in _NAMED.findall(content)}
    return tuple(sorted(found | {row[0] for row in rows("named-data.tsv") if row[0].encode() in content}))


def _read(elf: Any, names: tuple[str, ...]) -> Needs:
    loader, libraries, searched = "", list[str](), list[str]()
    machine = str(elf.header.e_machine)
    for segment in islice(elf.iter_segments(), _MOST):
        if segment.header.p_type == "PT_INTERP":
            loader = segment.get_interp_name()
        elif segment.header.p_type == "PT_DYNAMIC":
            for tag in islice(segment.iter_tags(), _MOST):
                if tag.entry.d_tag == "DT_NEEDED":
                    libraries.append(tag.needed)
                elif tag.entry.d_tag in {"DT_RUNPATH", "DT_RPATH"}:
                    searched += getattr(tag, tag.entry.d_tag[3:].lower()).split(":")
    if not libraries and not loader:
        return Needs(names=names, defines=frozenset(_defines(elf)), machine=machine)
    versions = tuple(_versions(elf))
    return Needs(loader, tuple(libraries), versions, frozenset(_defines(elf)), tuple(searched), names, machine)


def _versions(elf: Any) -> Iterator[tuple[str, str]]:
    for section in islice(elf.iter_sections("SHT_GNU_verneed"), _MOST):
        for one, auxiliaries in islice(section.iter_versions(), _MOST):
            yield from ((str(one.name), str(aux.name)) for aux in islice(auxiliaries, _MOST))


def _defines(elf: Any) -> Iterator[str]:
    for section in islice(elf.iter_sections("SHT_GNU_verdef"), _MOST):
        for _, auxiliaries in islice(section.iter_versions(), _MOST):
            yield from (str(aux.name) for aux in islice(auxiliaries, 1))
