"""Configured build trees: the autotools and meson, the prefix that they set, and what make installs below it."""

from __future__ import annotations

import posixpath
import re

from transformer.ecosystems.call import Call, World, absolute
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.knowledge.programs import configure_directories
from transformer.shell import Expanded

DEFAULT_PREFIX = "/usr/local"
"""GNU Coding Standards, "Variables for Installation Directories"; CMake's CMAKE_INSTALL_PREFIX on Unix."""


_OUTPUT = re.compile(r"(?:-o|--[\w-]*out(?:put|file|[_-]?dir)?=)(?P<value>.+)", re.DOTALL)
"""An option of a code generator that says where it writes: ``-oFILE``, ``--output=FILE``, ``--cpp_out=DIR``,
``--descriptor_set_out=FILE`` (the manual pages of protoc, bison and flex).
"""


def prepare(call: Call, world: World) -> Effects | None:
    """Code generators and checkers: they write below the directory that they run in, and where an option says."""
    tree = Path(world.cwd, tree=True)
    writes = [Write(tree, Nature.SCRATCH, must=False)]
    for word, following in zip(call.words, (*call.words[1:], None), strict=False):
        place = _told(word, following)
        if place is not None and not place.known:
            return None
        path = Path(absolute(place.text.rpartition(":")[2], world.cwd), tree=True) if place is not None else tree
        if not tree.covers(path):
            writes.append(Write(path, Nature.ARTIFACT))
    return Effects(reads=(tree,), writes=tuple(writes), toolchain="native")


def _worked_in(world: World) -> Effects:
    tree = Path(world.cwd, tree=True)
    return Effects(reads=(tree,), writes=(Write(tree, Nature.SCRATCH, must=False),), toolchain="native")


def _told(word: Expanded, following: Expanded | None) -> Expanded | None:
    """Return the place that an option tells to write to, in the same word or in the next."""
    if word.text in {"-o", "--output", "--outfile"}:
        return following
    found = _OUTPUT.fullmatch(word.text if word.known else word.prefix)
    return Expanded(found["value"], word.known, found["value"], False) if found and found["value"] else None


def configure(call: Call, world: World) -> Effects | None:
    """``./configure --prefix=/p``: remembers the prefix for this build tree (GNU standards)."""
    if call.name == "config" and not _in_build_tree(world):
        return None
    prefix = option(call.words, "--prefix", world) or DEFAULT_PREFIX
    world.prefixes[world.cwd] = None if _scattered(call.words, prefix) else prefix
    return _worked_in(world)


def _scattered(words: tuple[Expanded, ...], prefix: str) -> bool:
    """Whether an option sends installed files out of the prefix (`configure --help`, "Fine tuning")."""
    for word in words:
        name, _, value = word.text.partition("=")
        if name in configure_directories() and value.startswith("/") and not (value + "/").startswith(prefix + "/"):
            return True
    return False


def _in_build_tree(world: World) -> bool:
    return any(world.cwd == tree or world.cwd.startswith(tree + "/") for tree in world.downloads) or bool(
        world.context_path(world.cwd)
    )


def option(words: tuple[Expanded, ...], name: str, world: World) -> str | None:
    """Return the value of the last ``name=value`` or ``name value``; "" when its value is not known."""
    found: str | None = None
    for at, word in enumerate(words):
        text = word.text if word.known else word.prefix
        if text.startswith(name + "="):
            found = text[len(name) + 1 :] if word.known else ""
        elif text == name and at + 1 < len(words):
            found = words[at + 1].text if words[at + 1].known else ""
    return found if not found else absolute(found, world.cwd)


def meson(call: Call, world: World) -> Effects | None:
    """``meson``: remembers the prefix for this build tree; ``meson install`` fills it."""
    if any(w.text == "install" for w in call.words[:1]):
        folder, root = option(call.words, "-C", world) or world.cwd, option(call.words, "--destdir", world)
        return unread_make(folder, ["install"], {} if root is None else {"DESTDIR": root or "$"}, world)
    prefix = option(call.words, "--prefix", world)
    if prefix is not None or any(w.text == "setup" for w in call.words[:1]):
        world.prefixes[world.cwd] = DEFAULT_PREFIX if prefix is None else prefix or None
    return _worked_in(world)


def unread_make(folder: str, goals: list[str], variables: dict[str, str], world: World) -> Effects | None:
    """Bound what make does without its Makefile: by its directory, and by the prefix if it installs."""
    tree = Path(folder, tree=True)
    if not any(g.startswith("install") for g in goals):
        note = Diagnostic(
            "DF414", f"where `make` in {folder} writes was not read: taken to be that directory", world.position,
            "have the Makefile in the build context, or check with a real build",
        )  # fmt: skip
        return Effects(reads=(tree,), writes=(Write(tree, Nature.ARTIFACT),), toolchain="native", assumptions=(note,))
    root = _install_root(folder, variables, world)
    if root is None:
        why = "it installs to several places, or to one that is not known"
        return Effects(reads=(tree,), toolchain="native", opaque=why)
    note = Diagnostic(
        "DF414",
        f"what `make {goals[0]}` in {folder} installs was not read: taken to be all below {root}",
        world.position,
        "have the Makefile in the build context, or check with a real build",
    )  # fmt: skip
    writes = (Write(Path(root, tree=True), Nature.ARTIFACT), Write(tree, Nature.SCRATCH, must=False))
    return Effects(reads=(tree,), writes=writes, toolchain="native", assumptions=(note,))


def _install_root(folder: str, variables: dict[str, str], world: World) -> str | None:
    for name in ("DESTDIR", "PREFIX", "prefix", "INSTALL_PREFIX", "INSTALL_DIR"):
        value = variables.get(name)
        if name == "DESTDIR" and value is None:
            value = world.env.get(name, "") or ("$" if name in world.env and world.env[name] is None else None)
        if value is not None:
            return None if "$" in value or not value.startswith("/") else posixpath.normpath(value)
    configured = [t for t in world.prefixes if folder == t or folder.startswith(t + "/")]
    prefix = world.prefixes[max(configured, key=len)] if configured else DEFAULT_PREFIX
    return prefix or None
