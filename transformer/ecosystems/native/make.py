"""make and ninja, by the recipes of a Makefile where it could be read."""

from __future__ import annotations

import posixpath

from msgspec.structs import replace

from transformer.ecosystems import interpreted
from transformer.ecosystems.call import Arguments, Call, World, absolute
from transformer.ecosystems.native.cmake import cmake_build
from transformer.ecosystems.native.configure import option, unread_make
from transformer.ecosystems.native.names import build_only_name
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.knowledge.commands import toolchains
from transformer.shell import Expanded

_CHANGES_RULES = frozenset({"-e", "-r", "-R", "-B", "--environment-overrides", "--no-builtin-rules", "--always-make"})
_KEPT_TARGETS = frozenset({"clean", "distclean", "mostlyclean", "maintainer-clean", "check", "test"})


def make(call: Call, world: World) -> Effects | None:
    """``make`` and ``ninja``: by their build file if it came from the context, else bounded by their directory only."""
    arguments = call.arguments
    folder = option(call.words, "-C", world) or option(call.words, "--directory", world) or world.cwd
    variables, goals = _goals(arguments, call.words)
    makefile = option(call.words, "-f", world) or option(call.words, "--file", world)
    plain = "make" in call.name and not any(w.text in _CHANGES_RULES or w.text.startswith("--eval") for w in call.words)
    read = _by_makefile(folder, makefile, tuple(goals), variables, world) if plain else None
    if read is not None:
        return read
    if folder in world.downloads and not goals[1:]:
        return cmake_build(folder, goals, world, variables)
    if goals and set(goals) <= _KEPT_TARGETS:
        tree = Path(folder, tree=True)
        return Effects(reads=(tree,), writes=(Write(tree, Nature.SCRATCH, must=False),), toolchain="native")
    return unread_make(folder, goals, variables, world)


def _goals(arguments: Arguments, words: tuple[Expanded, ...]) -> tuple[dict[str, str], list[str]]:
    variables: dict[str, str] = {}
    goals: list[str] = []
    skip = False
    for word in words:
        text = word.text if word.known else word.prefix
        if skip or not text:
            skip = False
        elif text.startswith("-"):
            skip = text in {"-C", "-f", "-I", "-W", "-o", "--directory", "--file"}
        elif "=" in text:
            name, _, value = text.partition("=")
            variables[name.rstrip(":+?")] = value if word.known else "${__unknown}"
        elif not text.isdigit():
            goals.append(text)
    return variables, goals


def _by_makefile(
    folder: str, makefile: str | None, goals: tuple[str, ...], variables: dict[str, str], world: World
) -> Effects | None:
    from transformer.context.makefile import recipes

    for name in (makefile,) if makefile else ("GNUmakefile", "makefile", "Makefile"):
        path = absolute(name, folder)
        text = world.read(path)
        if text is None:
            continue
        lines = recipes(
            text,
            goals=goals,
            variables=variables,
            environment=_make_environment(world),
            directory=folder,
            exists=lambda name: world.exists(absolute(name, folder)),
            glob=lambda pattern: _relative(world.glob(absolute(pattern, folder)), pattern, folder),
        )
        if lines is None:
            return None
        return _as_toolchain(world.run("\n".join(lines), folder, path), folder)
    return None


def _relative(found: tuple[str, ...], pattern: str, folder: str) -> tuple[str, ...]:
    return found if pattern.startswith("/") else tuple(posixpath.relpath(p, folder) for p in found)


def _make_environment(world: World) -> dict[str, str]:
    return {name: "${__unknown}" if value is None else value for name, value in world.env.items()}


def _as_toolchain(effects: Effects, folder: str) -> Effects:
    """Recipes are a build step as a whole: what they install or copy is a product, headers and objects are not."""
    installed = {posixpath.basename(w.path.path) for w in effects.writes if not w.path.path.startswith(folder + "/")}
    writes = tuple(replace(w, nature=_product(w, folder, installed)) for w in effects.writes)
    tools = toolchains(effects.programs)
    toolchain = next(iter(tools)) if len(tools) == 1 and not any(map(interpreted, tools)) else "native"
    return replace(effects, writes=writes, toolchain=toolchain, reads=(*effects.reads, Path(folder, tree=True)))


def _product(write: Write, folder: str, installed: set[str]) -> Nature:
    """Return what a file that a recipe writes is: one that is installed elsewhere too is an intermediate product."""
    name = posixpath.basename(write.path.path)
    if write.nature in {Nature.SCRATCH, Nature.CACHE, Nature.DIRECTORY}:
        return write.nature
    if build_only_name(name):
        return Nature.SCRATCH
    inside = write.path.path.startswith(folder + "/")
    return Nature.SCRATCH if inside and name in installed else Nature.ARTIFACT


def make_install(call: Call, world: World) -> Effects | None:
    """``checkinstall``: runs make install in the working directory."""
    return unread_make(world.cwd, ["install"], {}, world)
