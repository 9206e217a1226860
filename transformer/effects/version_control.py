"""Version control: clones, and commands that change the tree that they run in."""

from __future__ import annotations

import posixpath

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


def git(call: Call, world: World) -> Effects:
    """``git``: clone makes a tree, most other verbs change the tree that they run in."""
    words = list(call.words)
    while len(words) > 1 and words[0].text in {"-C", "-c", "--git-dir", "--work-tree"}:
        if words[0].text in {"-C", "--work-tree"}:
            world = replace(world, cwd=absolute(words[1].text, world.cwd))
        words = words[2:]
    if not words or not words[0].known:
        return opaque("a git command that is not known")
    verb, rest = words[0].text, words[1:]
    if verb in _PURE_GIT:
        return Effects()
    if verb == "config":
        return _configured(rest, world)
    if verb == "clone":
        bare = any(w.text in {"--bare", "--mirror"} for w in rest)
        return _clone(_operands(rest), world, ".git" if bare else "")
    if verb in {"init", "worktree"} and (verb == "worktree" or _operands(rest)):
        return _made(verb, _operands(rest), world)
    if verb in _TREE_GIT:
        tree = Path(world.cwd, tree=True)
        return Effects(reads=(tree,), writes=(Write(tree, Nature.DOWNLOAD, must=False),))
    return opaque(f"git {verb} is not known")


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


def _configured(words: list[Expanded], world: World) -> Effects:
    """``git config``: only git reads what it writes: in the file of its scope, the repository's own without one."""
    texts = [w.text for w in words]
    if any(t.startswith(("--get", "--list")) or t in {"-l", "get", "list"} for t in texts):
        return Effects()
    named = next((w for t, w in zip(texts, words[1:], strict=False) if t in {"-f", "--file"}), None)
    if named is not None or any(t.startswith("--file=") for t in texts):
        path = resolve(named, world.cwd) if named is not None else None
        return opaque("the file of git config is not known") if path is None else _written(path, Nature.DATA)
    if "--system" in texts:
        return _written(Path("/etc/gitconfig"), Nature.SOURCE)
    if "--global" in texts:
        return _written(Path((world.env.get("HOME") or "/root") + "/.gitconfig"), Nature.SOURCE)
    return _written(Path(absolute(".git/config", world.cwd)), Nature.SOURCE)


def _written(path: Path, nature: Nature) -> Effects:
    return Effects(writes=(Write(path, nature),))


def _made(verb: str, operands: list[Expanded], world: World) -> Effects:
    """``git init DIR`` and ``git worktree add DIR``: the directory is made."""
    words = operands[1:2] if verb == "worktree" and operands and operands[0].text == "add" else operands[:1]
    path = resolve(words[0], world.cwd) if (words and verb == "init") or len(operands) > 1 else None
    if path is None:
        return opaque(f"what git {verb} makes is not known")
    return _written(replace(path, tree=True), Nature.DATA)


def _clone(operands: list[Expanded], world: World, suffix: str = "") -> Effects:
    """``clone URL [DIR]`` of git, hg and svn; ``suffix`` ends the name that comes from the address."""
    if not operands:
        return opaque("a clone without an address")
    if len(operands) > 1:
        path = resolve(operands[1], world.cwd)
    else:
        name = posixpath.basename(operands[0].text.rstrip("/")).removesuffix(".git").rpartition(":")[2]
        path = Path(absolute(name + suffix, world.cwd)) if name else None
    if path is None:
        return opaque("the directory of a clone is not known")
    return Effects(writes=(Write(replace(path, tree=True), Nature.DOWNLOAD),))


def other_clone(call: Call, world: World) -> Effects:
    """``hg clone`` and ``svn checkout``."""
    words = list(call.words)
    if words and words[0].text in {"clone", "checkout", "co", "export"}:
        return _clone(_operands(words[1:]), world)
    return opaque(f"{call.name} is used in a way that is not known")
