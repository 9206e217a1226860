"""Version control: clones, and commands that change the tree that they run in."""

from __future__ import annotations

import posixpath
from itertools import pairwise

from msgspec.structs import replace

from transformer.ecosystems.call import Call, World, absolute, resolve
from transformer.effects.combine import opaque
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.shell import Expanded

_PURE_GIT = frozenset(
    {
        "rev-parse",
        "describe",
        "log",
        "status",
        "show",
        "diff",
        "ls-files",
        "ls-remote",
        "branch",
        "--version",
        "version",
    }
)
_TREE_GIT = frozenset(
    {
        "checkout",
        "submodule",
        "pull",
        "fetch",
        "reset",
        "apply",
        "am",
        "switch",
        "init",
        "remote",
        "clean",
        "merge",
        "cherry-pick",
        "lfs",
        "sparse-checkout",
        "restore",
        "rm",
        "stash",
        "worktree",
        "add",
        "commit",
        "tag",
    }
)
_GIT_VALUED = frozenset(
    {
        "-b",
        "--branch",
        "--depth",
        "-c",
        "-C",
        "--config",
        "-o",
        "--origin",
        "-j",
        "--jobs",
        "--reference",
        "--template",
        "--filter",
        "--shallow-since",
        "-u",
        "--upload-pack",
    }
)

_OF_SYSTEM = "/etc/gitconfig"


def git(call: Call, world: World) -> Effects:
    """``git``: clone makes a tree, most other verbs change the tree that they run in."""
    words = list(call.words)
    while len(words) > 1 and words[0].text in {"-C", "-c", "--git-dir", "--work-tree"}:
        if words[0].text == "-C":
            world = replace(world, cwd=absolute(words[1].text, world.cwd))
        words = words[2:]
    if not words or not words[0].known:
        return opaque("a git command that is not known")
    verb, rest = words[0].text, words[1:]
    if verb in _PURE_GIT:
        return Effects()
    if verb == "config":
        return _settings(rest, world)
    if verb == "clone":
        return _clone(_operands(rest), world)
    if verb in _TREE_GIT:
        tree = Path(world.cwd, tree=True)
        return Effects(reads=(tree,), writes=(Write(tree, Nature.DOWNLOAD, must=False),))
    return opaque(f"git {verb} is not known")


def _settings(words: list[Expanded], world: World) -> Effects:
    """``git config``: the user's settings, the system's, those of a file or of the tree that it works in. Whoever runs
    git later finds them there (git-config(1), "FILES").
    """
    said = {word.text for word in words}
    home = world.env.get("HOME") or world.home() or "/root"
    place = Path(f"{home}/.gitconfig" if "--global" in said else absolute(".git/config", world.cwd))
    for before, word in pairwise(words):
        place = Path(absolute(word.text, world.cwd)) if before.text in {"-f", "--file"} and word.known else place
    return Effects(writes=(Write(Path(_OF_SYSTEM) if "--system" in said else place, Nature.SOURCE),))


def _operands(words: list[Expanded]) -> list[Expanded]:
    found, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word.text.startswith("-"):
            skip = word.text in _GIT_VALUED
        else:
            found.append(word)
    return found


def _clone(operands: list[Expanded], world: World) -> Effects:
    """``clone URL [DIR]`` of git, hg and svn."""
    if not operands:
        return opaque("a clone without an address")
    if len(operands) > 1:
        path = resolve(operands[1], world.cwd)
    else:
        name = posixpath.basename(operands[0].text.rstrip("/")).removesuffix(".git").rpartition(":")[2]
        path = Path(absolute(name, world.cwd)) if name else None
    if path is None:
        return opaque("the directory of a clone is not known")
    return Effects(writes=(Write(replace(path, tree=True), Nature.DOWNLOAD),))


def other_clone(call: Call, world: World) -> Effects:
    """``hg clone`` and ``svn checkout``."""
    words = list(call.words)
    if words and words[0].text in {"clone", "checkout", "co", "export"}:
        return _clone(_operands(words[1:]), world)
    return opaque(f"{call.name} is used in a way that is not known")
