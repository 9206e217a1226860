"""Requirement files of pip and the lock files of its kin: which distributions they name, and how exactly.

Sources: pip's "Requirements File Format", PEP 508, PEP 440.
"""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Callable
from typing import Any

from msgspec import Struct

_NAME = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?P<rest>.*)", re.DOTALL)
_EXACT = re.compile(r"={2,3}\s*[A-Za-z0-9.!+_-]+")
_ARCHIVE = (".whl", ".tar.gz", ".zip", ".tgz", ".tar.bz2", ".egg")
_DEPTH = 5


class Requirement(Struct, frozen=True):
    """One thing that is asked for: a distribution by ``name`` (canonical), or a ``path``; neither if not understood.

    ``exact``: only one version can be meant. ``editable`` is about a path.
    """

    name: str = ""
    path: str = ""
    exact: bool = False
    editable: bool = False


class Requirements(Struct, frozen=True):
    """What a file asks for; ``files`` are all files that were read for it."""

    items: tuple[Requirement, ...]
    files: tuple[str, ...]


def canonical(name: str) -> str:
    """Return a distribution's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(text: str, *, editable: bool = False) -> Requirement:
    """Return what one requirement names: ``flask==3.0``, ``./app``, ``git+https://…#egg=app``."""
    text = text.strip()
    plain = re.split(r"\s[#;]|\s*;\s|\s--", text)[0].strip()
    if "://" in plain or plain.startswith("git+"):
        return Requirement()  # what lies at an address may be any version of anything
    bare = re.sub(r"\[[^\]]*\]$", "", plain)
    if editable or bare.startswith((".", "/")) or "/" in bare or bare.endswith(_ARCHIVE):
        return Requirement(path=bare.removeprefix("file:") or ".", editable=editable)
    found = _NAME.fullmatch(plain.split(";")[0].strip())
    if found is None or found["rest"][:1] not in {"", "=", "<", ">", "!", "~", "(", ","}:
        return Requirement()
    exact = _EXACT.fullmatch(found["rest"].strip("() ")) is not None and "*" not in found["rest"]
    return Requirement(name=canonical(found["name"]), exact=exact)


def read_requirements(path: str, read: Callable[[str], str | None], depth: int = 0) -> Requirements | None:
    """Return what a requirements file and those that it includes ask for; None if one of them cannot be read.

    ``read`` gives the text of a file by its path.
    """
    text = read(path)
    if text is None or depth > _DEPTH:
        return None
    items: list[Requirement] = []
    files = [path]
    for line in _lines(text):
        option, _, value = line.partition(" ")
        option, equals, attached = option.partition("=") if line.startswith("--") else (option, "", "")
        value = attached if equals else value.strip()
        if option in {"-r", "--requirement", "-c", "--constraint"}:
            inner = read_requirements(posixpath.join(posixpath.dirname(path), value), read, depth + 1)
            if inner is None:
                return None
            files += inner.files
            items += inner.items if option in {"-r", "--requirement"} else ()
        elif option in {"-e", "--editable"}:
            items.append(requirement(value, editable="://" not in value))
        elif not option.startswith("-"):
            items.append(requirement(line))
    return Requirements(tuple(items), tuple(files))


def _lines(text: str) -> list[str]:
    """Return the logical lines without comments (a ``#`` at the start of a line or after a blank)."""
    joined = re.sub(r"\\\r?\n", " ", text)
    plain = (re.sub(r"(^|\s)#.*$", "", line).strip() for line in joined.splitlines())
    return [line for line in plain if line]


def locked(path: str, text: str) -> tuple[Requirement, ...] | None:
    """Return the distributions of a lock file (Pipfile.lock, poetry.lock, uv.lock, pdm.lock); None if it is none."""
    try:
        table: dict[str, Any] = json.loads(text) if path.endswith("Pipfile.lock") else tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
    if path.endswith("Pipfile.lock"):
        names = [n for group in ("default", "develop") for n in table.get(group, {})]
    else:
        names = [str(p.get("name", "")) for p in table.get("package", []) if isinstance(p, dict)]
    return tuple(Requirement(name=canonical(n), exact=True) for n in names)


def project_requirements(folder: str, read: Callable[[str], str | None]) -> tuple[Requirement, ...] | None:
    """Return what a project depends on (PEP 621, setup.cfg); None if that is computed, or not understood."""
    text = read(posixpath.join(folder, "pyproject.toml"))
    if text is not None:
        try:
            project = tomllib.loads(text).get("project")
        except (tomllib.TOMLDecodeError, RecursionError):
            return None
        if isinstance(project, dict) and "dependencies" not in project.get("dynamic", []):
            wanted = project.get("dependencies", [])
            return tuple(requirement(str(w)) for w in wanted) if isinstance(wanted, list) else None
    if (read(posixpath.join(folder, "setup.py")) or "requires").find("requires") >= 0:
        return None
    return () if "requires" not in (read(posixpath.join(folder, "setup.cfg")) or "") else None
