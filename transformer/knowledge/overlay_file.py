"""Reading the rows of a user: own package names, base images and modules, which go before every table.

An overlay is a TOML file; its rows are believed as those that were checked by hand (``exceptions.tsv``) are, and every
answer that rests on one says ``overlay``::

    [packages.acme-compiler]
    role = "toolchain"                        # a kind of kinds.tsv
    releases = ["debian:bookworm"]            # default: everywhere

    [packages.libacme-dev]
    role = "dev"
    runtime = ["libacme1"]                    # what stands for it at run time
    commands = ["acme-config"]                # what it ships or links

    [images."registry.example.com/base/python"]   # a repository with the same tags as an official one
    like = "python"

    [images."registry.example.com/acme/app-base:3"]
    like = "python:3.12-bookworm"
    runtime = "registry.example.com/acme/app-runtime:3"

    [modules."pypi:acme"]
    modules = ["requests"]
    packages = ["libacme1"]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from transformer.knowledge.loader import rows
from transformer.knowledge.overlay import EVERYWHERE, ImageRow, Overlay, split_tag

_Row = TypeVar("_Row", bound=Struct)
_MOST_BYTES = 1_000_000
_TABLES = ("packages", "images", "modules")


class OverlayError(Exception):
    """An overlay that cannot be used: ``file``, ``row`` (``packages.libacme-dev``, or nothing) and what is wrong."""

    def __init__(self, file: str, row: str, message: str) -> None:
        super().__init__(": ".join(part for part in (file, row, message) if part))
        self.file = file
        self.row = row


class PackageRow(Struct, frozen=True, forbid_unknown_fields=True):
    """``[packages.NAME]``."""

    role: str | None = None
    runtime: tuple[str, ...] | None = None
    commands: tuple[str, ...] = ()
    releases: tuple[str, ...] = (EVERYWHERE,)


class ModuleRow(Struct, frozen=True, forbid_unknown_fields=True):
    """``[modules."INDEX:NAME"]``: the modules and distribution packages that it needs when it runs."""

    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


def load(path: str) -> Overlay:
    """Return the overlay in the file ``path``; raises OverlayError with the file, the row and the key that is wrong."""
    try:
        raw = Path(path).read_bytes()
        if len(raw) > _MOST_BYTES:
            raise OverlayError(path, "", f"is larger than {_MOST_BYTES // 1000} kB")
        content = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise OverlayError(path, "", f"cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise OverlayError(path, "", f"is no TOML file: {error}") from error
    return _checked(path, content)


def _checked(path: str, content: dict[str, Any]) -> Overlay:
    for title, table in content.items():
        if title not in _TABLES:
            raise OverlayError(path, title, f"no such table; there are {', '.join(_TABLES)}")
        if not isinstance(table, dict):
            raise OverlayError(path, title, f"write rows as [{title}.NAME]")
    packages = {n: _row(path, f"packages.{n}", row, PackageRow) for n, row in content.get("packages", {}).items()}
    modules = {n: _row(path, f"modules.{n}", row, ModuleRow) for n, row in content.get("modules", {}).items()}
    images = {n: _row(path, f"images.{n}", row, ImageRow) for n, row in content.get("images", {}).items()}
    facts = [fact for name, row in packages.items() for fact in _package(path, name, row)]
    facts += [_module(path, name, row) for name, row in modules.items()]
    values: dict[tuple[str, str, str], list[str]] = {}
    for what, where, about, value in facts:
        values.setdefault((what, where, about), []).append(value)
    together = tuple((*key, " ".join(value)) for key, value in values.items())
    return Overlay(together, tuple((name, _image(path, name, row)) for name, row in images.items()))


def _row(path: str, name: str, row: Any, kind: type[_Row]) -> _Row:
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        raise OverlayError(path, name, _plain(str(error))) from None


def _plain(message: str) -> str:
    """Return msgspec's message with the key first: ``role: expected str, got int``."""
    text, _, place = message.partition(" - at `$")
    key = place.strip(".`")
    text = text.replace("Object contains unknown field", "unknown key").replace(
        "Object missing required field", "missing key"
    )
    return f"{key}: {text}" if key else text


def _package(path: str, name: str, row: PackageRow) -> Iterator[tuple[str, str, str, str]]:
    kinds = {kind for _, kind, _ in rows("kinds.tsv")}
    if row.role is not None and row.role not in kinds:
        raise OverlayError(
            path, f"packages.{name}", f"role: no kind {row.role!r}; there are {', '.join(sorted(kinds))}"
        )
    for where in row.releases:
        if where != EVERYWHERE and where not in _places():
            message = f"releases: {where!r} is not known; write names such as debian:bookworm, or *"
            raise OverlayError(path, f"packages.{name}", message)
        if row.role is not None:
            yield "role", where, name, row.role
        if row.runtime is not None:
            yield "runtime", where, name, " ".join(row.runtime)
        for command in row.commands:
            yield "command", where, command, name


def _places() -> set[str]:
    return {place for row in rows("releases.tsv") for place in row[:2]}


def _module(path: str, name: str, row: ModuleRow) -> tuple[str, str, str, str]:
    indexes = {index for _, index in rows("module-indexes.tsv")}
    if name.partition(":")[0] not in indexes or not name.partition(":")[2]:
        message = f"write INDEX:NAME with one of the indexes {', '.join(sorted(indexes))}"
        raise OverlayError(path, f"modules.{name}", message)
    return "module", EVERYWHERE, name, " ".join((*(f"+{m}" for m in row.modules), *row.packages))


def _image(path: str, name: str, row: ImageRow) -> ImageRow:
    if bool(split_tag(name)[1]) and not split_tag(row.like)[1]:
        raise OverlayError(path, f"images.{name}", f"like: {row.like!r} needs a tag, since {name!r} has one")
    if not split_tag(name)[1] and row.runtime and split_tag(row.runtime)[1] and not split_tag(row.like)[1]:
        raise OverlayError(path, f"images.{name}", "runtime: a repository of many tags needs one without a tag")
    return row
