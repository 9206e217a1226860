"""Where Python's installers put things: the install scheme of the interpreter that a call resolves to.

Sources: pip's user guide ("User installs", "Environment variables"), Debian's python policy (``posix_local``: what root
installs goes below /usr/local), the venv and site modules' documentation.
"""

from __future__ import annotations

import posixpath

from transformer.ecosystems.call import Arguments, World, absolute
from transformer.ir.effects import Path
from transformer.knowledge.programs import programs
from transformer.shell import Expanded

SYSTEM = Path("/usr/local", tree=True)
"""The prefix of the official images' interpreter, and of what root installs with the one of Debian and Ubuntu."""
_TRUE = frozenset({"1", "y", "yes", "t", "true", "on"})


def prefix(arguments: Arguments, program: str, world: World) -> Path | None:
    """Return the tree that an installation writes below; None if it is not known."""
    if arguments.value("--root", "--python", "-p") is not None or _setting("ROOT", world) or _setting("PYTHON", world):
        return None
    for options, variable in ((("-t", "--target"), "TARGET"), (("--prefix",), "PREFIX")):
        asked = arguments.value(*options)
        place = asked if asked is not None else _variable(variable, world)
        if place is not None:
            return Path(absolute(place.text, world.cwd), tree=True) if place.known and place.text else None
    inside = environment(program, world)
    if inside is None or inside:
        return Path(inside, tree=True) if inside else None
    if "--user" in arguments.flags or (_setting("USER", world) or "").lower() in _TRUE or not world.is_root:
        return user_base(world)
    return SYSTEM


def places(tree: Path, world: World, *, plain: bool) -> tuple[Path, ...]:
    """Return the trees that an installation below a prefix writes: all of it, unless everything is ``plain``.

    What is plain puts modules into site-packages and programs into bin (wheels without data files). Only the prefix of
    an official image is worth it: it holds the interpreter, which the new base has as well.
    """
    image = world.image
    if tree != SYSTEM or not plain or image is None or not image.version or image.family not in programs().interpreters:
        return (tree,)
    return (
        Path(f"{tree.path}/lib/python{image.version}/site-packages", tree=True),
        Path(f"{tree.path}/bin", tree=True),
    )


def environment(program: str, world: World) -> str | None:
    """Return the virtual environment whose programs a call finds first; "" if none, None if that is not known."""
    if "/" in program:
        folder = posixpath.dirname(absolute(program, world.cwd))
        return posixpath.dirname(folder) if posixpath.dirname(folder) in world.environments else _known(folder, world)
    path = world.env.get("PATH", "")
    if path is None:
        return None
    for entry in path.split(":"):
        if posixpath.dirname(entry.rstrip("/")) in world.environments:
            return posixpath.dirname(entry.rstrip("/"))
        if entry.startswith("/") and (found := _known(entry, world)) is None:
            return found
    return ""


def user_base(world: World) -> Path | None:
    """Return where ``--user`` installs: PYTHONUSERBASE, else ~/.local; None if the user's home is not known."""
    if "PYTHONUSERBASE" in world.env:
        named = world.env["PYTHONUSERBASE"]
        return Path(absolute(named, world.cwd), tree=True) if named else None
    place = world.home()
    return Path(f"{place}/.local", tree=True) if place else None


def caches(world: World) -> tuple[Path, ...]:
    """Return where the installers keep what they downloaded."""
    place = world.home()
    return (Path(f"{place}/.cache/pip", tree=True),) if place else ()


def _known(folder: str, world: World) -> str | None:
    """Return "" for a directory that has no interpreter of its own beside the system's; None if it may have one."""
    own_base = user_base(world)
    usual = {*programs().program_directories, *programs().links, f"{world.home()}/.local/bin"}
    usual |= {f"{own_base.path}/bin"} if own_base is not None else set()
    own = any(folder == c.target or folder.startswith(c.target.rstrip("/") + "/") for c in world.copies if c.directory)
    inherited = world.image is not None and folder in (world.image.env.get("PATH") or "").split(":")
    return "" if folder in usual or own or inherited else None


def _setting(name: str, world: World) -> str | None:
    return world.env.get(f"PIP_{name}")


def _variable(name: str, world: World) -> Expanded | None:
    if f"PIP_{name}" not in world.env:
        return None
    value = world.env[f"PIP_{name}"]
    return Expanded(value or "", value is not None, "", False)
