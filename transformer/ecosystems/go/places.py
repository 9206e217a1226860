"""Where the go command puts programs, and what it calls them."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from transformer.context.build_context import BuildContext
from transformer.ecosystems.call import World, absolute
from transformer.ir.effects import Path
from transformer.shell import Expanded

if TYPE_CHECKING:
    from transformer.context.go_source import GoProgram

NAME = "go"
_MAJOR = re.compile(r"v[0-9]+")
_MODULE = re.compile(r"^\s*module\s+\"?([^\s\"]+)", re.MULTILINE)


def default_output(packages: tuple[Expanded, ...], world: World) -> Path | None:
    """Return where ``go build`` without ``-o`` writes: the tree of the directory if the name is not known."""
    if any(not p.known for p in packages):
        return Path(world.cwd, tree=True)
    names = [p.text for p in packages]
    if names and all(n.endswith(".go") for n in names):
        return Path(absolute(posixpath.basename(names[0]).removesuffix(".go"), world.cwd))
    if len(names) > 1 or any("..." in n for n in names):
        return Path("/dev/null")
    name = _program_name(names[0] if names else ".", world)
    return Path(world.cwd, tree=True) if name is None else Path(absolute(name, world.cwd))


def program_names(package: str, world: World) -> list[str | None]:
    """Return the names of the programs that a package pattern stands for; [None] if they are not known."""
    if not package or not package.endswith("..."):
        return [_program_name(package, world) if package else None]
    folder = absolute(package.removesuffix("...") or ".", world.cwd)
    source = world.context_path(folder)
    if source is None or world.context is None or not package.startswith("."):
        return [None]
    program = sources(world.context, source, import_path(folder))
    below = [m for m in program.mains if source in {"", "."} or m == source or m.startswith(source + "/")]
    images = [absolute(posixpath.relpath(m, source or "."), folder) for m in below]
    return [_program_name(i, world) for i in images] if program.complete else [None]


def _program_name(package: str, world: World) -> str | None:
    """Return the default name of a main package's program: the last element of its import path without ``/vN``."""
    plain = package.partition("@")[0]
    if not plain.startswith((".", "/")):
        parts = plain.strip("/").split("/")
        return parts[-2] if len(parts) > 1 and _MAJOR.fullmatch(parts[-1]) else parts[-1]
    folder = absolute(plain, world.cwd)
    root, module = _module(folder, world)
    if root is None:
        workspace = any(folder.startswith(p + "/src/") for p in workspaces(world))
        return posixpath.basename(folder) if workspace else None
    if module is None:
        return posixpath.basename(folder) if folder != root else None
    parts = posixpath.normpath(posixpath.join(module, posixpath.relpath(folder, root))).split("/")
    return parts[-2] if len(parts) > 1 and _MAJOR.fullmatch(parts[-1]) else parts[-1]


def _module(folder: str, world: World) -> tuple[str | None, str | None]:
    """Return the image directory of the nearest go.mod of the context and its module path."""
    here = folder
    while True:
        source = world.context_path(here + "/go.mod" if here != "/" else "/go.mod")
        if source is not None and world.context is not None and world.context.is_file(source):
            found = _MODULE.search(world.context.read(source) or "")
            return here, found[1] if found else None
        if here == "/":
            return None, None
        here = posixpath.dirname(here)


def import_path(place: str) -> str | None:
    """Return the import path of an image directory below a GOPATH's src (``go help gopath``)."""
    return place.partition("/src/")[2] or None


@lru_cache(maxsize=8)
def sources(context: BuildContext, root: str, import_path: str | None) -> GoProgram:
    """Return what the Go sources below a context directory say; read once for a context."""
    from transformer.context.go_source import read

    return read(context, root, import_path=import_path)


def workspaces(world: World) -> tuple[str, ...]:
    """Return the directories of GOPATH, ``$HOME/go`` by default (``go help gopath``)."""
    value = world.env.get("GOPATH", "")
    if value is None:
        return ()
    return tuple(posixpath.normpath(p) for p in value.split(":") if p.startswith("/")) or (home(world) + "/go",)


def install_directory(world: World) -> str | None:
    """Return where ``go install`` writes: $GOBIN, else bin in the first directory of GOPATH; None if not known."""
    if "GOBIN" in world.env:
        return world.env["GOBIN"] or None
    places = workspaces(world)
    return f"{places[0]}/bin" if places else None


def home(world: World) -> str:
    """Return the home directory of the user that the command runs as."""
    named = world.env.get("HOME")
    return named or ("/root" if world.user in {"", "root", "0"} else f"/home/{world.user}")
