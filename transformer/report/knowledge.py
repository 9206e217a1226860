"""What the tables say of one package, image or module, and how it is known: for people who check or overlay it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from transformer.knowledge import BaseImage, ImageConfig, Release, image, release
from transformer.knowledge.loader import rows
from transformer.knowledge.modules import ecosystem_of, module
from transformer.knowledge.releases import Coverage
from transformer.report.terminal import Painter, one_line
from transformer.templating import render

type_fact = tuple[str, str, str]
_MOST = 12
"""How many names a line shows."""


class UnknownError(Exception):
    """The question itself is not understood: a release or an index that no table has."""


def package_page(name: str, place: str, *, colour: bool = False) -> str:
    """Return what is known of an OS package on a release (``debian:bookworm`` or ``bookworm``).

    Raises UnknownError if the release is unknown.
    """
    known = _release(place)
    return _page(f"{name} on {known.name}", _package(known, name), colour)


def image_page(reference: str, *, colour: bool = False) -> str:
    """Return what is known of a base image."""
    found = image(reference)
    unknown = ("not known", "no table has this image or tag: say what it is with --base-map or --knowledge", "")
    return _page(reference, [unknown] if found is None else _image(found), colour)


def module_page(name: str, place: str, *, colour: bool = False) -> str:
    """Return what is known of a module, ``pypi:psycopg2``. Raises UnknownError for an unknown index or release."""
    index, _, short = name.partition(":")
    ecosystem = ecosystem_of(index)
    if ecosystem is None or not short:
        known = ", ".join(row[1] for row in rows("module-indexes.tsv"))
        raise UnknownError(f"write INDEX:NAME with one of the indexes {known}; got {name!r}")
    return _page(f"{name} on {_release(place).name}", _module(ecosystem, short, _release(place)), colour)


def _release(place: str) -> Release:
    known = release(place)
    if known.coverage is Coverage.NONE:
        names = sorted(row[0] for row in rows("releases.tsv") if row[4] == "exact")
        raise UnknownError(f"no table knows the release {place!r}; there are tables of {', '.join(names)} and others")
    return known


def _package(known: Release, name: str) -> Iterator[type_fact]:
    role = known.role(name)
    if role is None:
        yield "role", "not known: it stays in the final image", ""
    else:
        guess = "" if role.proven else ", a guess"
        yield "role", f"{role.group.value} ({role.kind}{guess})", role.how
    runtime = known.runtime_of(name)
    if runtime is not None:
        guess = "" if runtime.proven else " (not proven here)"
        yield "at run time", (_names(runtime.packages) or "nothing stands for it") + guess, runtime.how
    elif role is not None and role.kind == "dev":
        yield "at run time", "what stands for it is not known: it stays if programs are linked with it", ""
    size = known.installed_size(name)
    if size is not None:
        yield "size", f"{size / 1_000_000:.1f} MB installed", ""
    needs = known.dependencies(name)
    if needs is not None:
        yield "depends on", _names(needs) or "nothing", "deps"
        yield "may use", _names(known.recommends(name)) or "nothing else", "deps"
        for title, recommends in (("brings", False), ("with Recommends", True)):
            more = known.closure((name,), recommends=recommends) - known.base_packages - {name}
            yield title, f"{len(more)} packages that the bare image lacks", "deps"
    if name in known.base_packages:
        yield "bare image", "has it", ""


def _image(found: BaseImage) -> Iterator[type_fact]:
    yield "family", f"{found.family}, variant {found.variant}", "overlay" if found.stated else ""
    moving = "frozen" if found.frozen else "names the release" if found.pinned else f"may move; as of {found.as_of}"
    yield "release", f"{found.release or 'not known'} ({moving})", ""
    if found.digest:
        yield "digest", f"{found.digest}: which tag it is, no table tells", ""
    if found.parent:
        yield "built from", found.parent, ""
    if found.config:
        yield from _config(found.config)
    yield "packages", f"{len(found.packages)} beyond the bare image", "deps" if found.installed_proven else "sibling"
    smaller = found.runtime
    if smaller is None:
        yield "runtime image", "none: a second stage starts from the same image", ""
        return
    yield "runtime image", smaller.reference + ("" if smaller.proven else " (the tag may move)"), smaller.how
    if smaller.env_only_in_sdk:
        yield "  lacks ENV", _names(smaller.env_only_in_sdk), ""
    other = image(smaller.reference)
    for kind, names in (found.lacking(other) if other is not None else {}).items():
        yield f"  lacks {kind}", f"{len(names)}: {_names(names)}", ""


def _config(config: ImageConfig) -> Iterator[type_fact]:
    for name, value in sorted(config.env.items()):
        yield "ENV", f"{name}={value}" + (" (the version may differ)" if name in config.uncertain else ""), config.how
    for title, text in (
        ("USER", config.user),
        ("WORKDIR", config.workdir),
        ("ENTRYPOINT", _words(config.entrypoint)),
        ("CMD", _words(config.cmd)),
        ("SHELL", _words(config.shell)),
        ("EXPOSE", " ".join(config.expose)),
        ("VOLUME", " ".join(config.volume)),
        ("STOPSIGNAL", config.stopsignal),
        ("ONBUILD", "; ".join(config.onbuild)),
    ):
        if text:
            yield title, text, config.how


def _module(ecosystem: str, name: str, known: Release) -> Iterator[type_fact]:
    found = module(ecosystem, name, known.name)
    if found is None:
        yield "not known", "no table has this module: what it needs is unknown, which is not nothing", ""
        return
    unproven = "" if found.proven else " (names of a neighbouring release)"
    yield "packages", (_names(found.packages) or "none") + unproven, found.how
    if found.optional:
        yield "may also use", _names(found.optional), found.how
    yield "modules", _names(found.modules) or "none", found.how
    if found.data:
        yield "data", "it brings files that are neither modules nor programs", found.how
    if found.open:
        yield "open", "it may run programs or load libraries whose names do not stand in its code", found.how


def _names(names: Iterable[str]) -> str:
    shown = list(names)
    more = len(shown) - _MOST
    return ", ".join(shown[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _words(words: tuple[str, ...] | None) -> str:
    return " ".join(words or ())


def _page(title: str, facts: Iterable[type_fact], colour: bool) -> str:
    shown = [(name, one_line(text, 2000), how) for name, text, how in facts]
    meanings = {row[0]: row[1] for row in rows("ways.tsv")}
    ways = [(how, meanings[how]) for how in sorted({how for _, _, how in shown if how})]
    text = render("report/knowledge.j2", title=one_line(title), facts=shown, ways=ways, paint=Painter(colour).paint)
    return re.sub(r"[ \t]+\n", "\n", text)
