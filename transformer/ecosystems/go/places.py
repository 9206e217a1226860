"""Where the go command puts programs, and what it calls them."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from transformer.context.build_context import BuildContext
from transformer.ecosystems.call import World, absolute
from transformer.ir.effects import Path
from transformer.knowledge.programs import programs
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
    if len(names) > 1:
        return Path("/dev/null")
    if names and "..." in names[0]:
        return _only_program(names[0], world)
    name = _program_name(names[0] if names else ".", world)
    return Path(world.cwd, tree=True) if name is None else Path(absolute(name, world.cwd))


def _only_program(pattern: str, world: World) -> Path | None:
    """Return what ``go build ./...`` writes: nothing, unless the pattern stands for one package alone, a program."""
    folder = absolute(pattern.removesuffix("...") or ".", world.cwd)
    source = world.context_path(folder)
    if source is None or world.context is None or not pattern.startswith("."):
        return Path("/dev/null")
    packages = {posixpath.dirname(n) for n in world.context.under(source) if _is_source(n, source)}
    names = program_names(pattern, world)
    if len(packages) != 1 or len(names) != 1:
        return Path("/dev/null")
    return Path(world.cwd, tree=True) if names[0] is None else Path(absolute(names[0], world.cwd))


def _is_source(path: str, root: str) -> bool:
    """Whether a file of the context belongs to a package that ``...`` stands for (``go help packages``)."""
    *folders, name = posixpath.relpath(path, root or ".").split("/")
    left_out = any(f.startswith((".", "_")) or f in {"testdata", "vendor"} for f in folders)
    return name.endswith(".go") and not name.endswith("_test.go") and not name.startswith((".", "_")) and not left_out


def _in_pattern(folder: str, root: str, context: BuildContext) -> bool:
    """Whether ``...`` leads from one directory of the context to another: not into other modules, nor into directories
    that begin with a dot or an underscore (``go help packages``, ``go help modules``).
    """
    place = folder
    while place not in {root, ".", ""}:
        if posixpath.basename(place).startswith((".", "_")) or context.is_file(f"{place}/go.mod"):
            return False
        place = posixpath.dirname(place)
    return True


def is_directory(path: str, world: World) -> bool:
    """Whether an image path is known to be a directory: a program is then written into it."""
    known, source = programs(), world.context_path(path)
    copied = source is not None and world.context is not None and world.context.is_directory(source)
    return copied or path in world.directories or path in known.populated or path in known.skeleton


def program_names(package: str, world: World) -> list[str | None]:
    """Return the names of the programs that a package pattern stands for; [None] if they are not known."""
    if not package or not package.endswith("..."):
        return [_program_name(package, world) if package else None]
    folder = absolute(package.removesuffix("...") or ".", world.cwd)
    source = world.context_path(folder)
    if source is None or world.context is None or not package.startswith("."):
        return [None]
    program = sources(world.context, source, import_path(folder))
    inside = [m for m in program.mains if source in {"", "."} or m == source or m.startswith(source + "/")]
    below = [m for m in inside if _in_pattern(m, source or ".", world.context)]
    if program.doubtful & set(below):
        return [None]
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
