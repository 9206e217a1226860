"""The interpreter's own calls: modules run with -m, setup.py, and code of the project."""

from __future__ import annotations

import posixpath

from msgspec.structs import replace

from transformer.ecosystems.call import Arguments, Call, World, absolute, managed, parse_arguments, resolve
from transformer.ecosystems.python.pip import NAME, install, installed, own_dependencies
from transformer.ecosystems.python.schemes import prefix
from transformer.ir.effects import Command, Effects, Nature, Need, Path, Write
from transformer.knowledge.commands import command
from transformer.shell import Expanded

_SWITCHES = frozenset("bBdEiIOPqRsSuvx")
_VALUED = frozenset({"-W", "-X"})
_LISTING = frozenset({"--version", "-V", "-VV", "--help", "-h"})
_SETUP_VALUED = frozenset({"--prefix", "--home", "--install-lib", "--install-scripts", "--install-data", "--root"})
_NO_ARGUMENTS = Arguments(frozenset(), (), (), ())


def python(call: Call, world: World) -> Effects | None:
    """Return what a call of the interpreter does; None for one that is not known."""
    words = list(call.words)
    while words and words[0].known and words[0].text.startswith("-") and words[0].text not in {"-", "-c", "-m"}:
        option = words.pop(0).text
        if option in _LISTING:
            return Effects()
        if option in _VALUED and words:
            words.pop(0)
        elif option[:2] not in _VALUED and not set(option[1:]) <= _SWITCHES:
            return _module(option, words, call, world)
    if not words or not words[0].known:
        return None
    first = words[0].text
    if first == "-m" and len(words) > 1 and words[1].known:
        return run_module(words[1].text, tuple(words[2:]), call, world)
    if first in {"-", "-m"}:
        return None
    if first == "-c":
        return application(None, world, words[1].text if len(words) > 1 and words[1].known else "exec(…)")
    if posixpath.basename(first) == "setup.py":
        return setup(tuple(words[1:]), replace(world, cwd=_folder(first, world)), call.program)
    return replace(application(first, world), programs=managed(words[1:2]))


def _module(option: str, words: list[Expanded], call: Call, world: World) -> Effects | None:
    """``-mpip`` and ``-Im pip``: the module's name stands behind a bundle that ends with m."""
    bundle, found, name = option.partition("m")
    if not found or not set(bundle[1:]) <= _SWITCHES or not (name or (words and words[0].known)):
        return None
    rest = words if name else words[1:]
    return run_module(name or words[0].text, tuple(rest), call, world)


def run_module(name: str, words: tuple[Expanded, ...], call: Call, world: World) -> Effects | None:
    """``python -m NAME``: an installer, the maker of an environment, or code like any other."""
    spec = command("virtualenv" if name == "venv" else name)
    if spec is not None and spec.toolchain == NAME:
        from transformer.ecosystems.python.ecosystem import ECOSYSTEM

        return ECOSYSTEM.effects(
            replace(call, name=name, spec=spec, words=words, arguments=parse_arguments(spec, words)), world
        )
    if name == "ensurepip":
        return install(_NO_ARGUMENTS, call.program, world)
    if name == "compileall":
        places = [resolve(w, world.cwd) for w in words if not w.text.startswith("-")]
        trees = tuple(Path(p.path, tree=True) for p in places if p is not None)
        return Effects(reads=trees, writes=tuple(Write(t, Nature.MODULES, must=False) for t in trees), toolchain=NAME)
    return application(None, world)


def environment_made(call: Call, world: World) -> Effects | None:
    """``virtualenv DIR`` and ``python -m venv DIR``: a tree of its own, with links to the interpreter."""
    if call.arguments.unknown or not call.arguments.operands:
        return None
    places = [resolve(w, world.cwd) for w in call.arguments.operands]
    found = tuple(Path(p.path, tree=True) for p in places if p is not None and not p.tree)
    if len(found) < len(places):
        return None
    world.environments.update(p.path for p in found)
    need = Need(Command("python3"), "the environment's interpreter is a link to it", world.position)
    return Effects(writes=tuple(Write(p, Nature.MODULES) for p in found), needs=(need,), toolchain=NAME)


def setup(words: tuple[Expanded, ...], world: World, program: str) -> Effects | None:
    """``python setup.py VERB``: builds in the directory, and installs into the interpreter's prefix."""
    if any(not w.known for w in words):
        return None
    texts = [w.text for w in words]
    here = Path(world.cwd, tree=True)
    built = Effects(reads=(here,), writes=(Write(here, Nature.MODULES, must=False),), toolchain=NAME)
    if not {"install", "develop", "easy_install"} & set(texts):
        return built
    if any(t.partition("=")[0] in _SETUP_VALUED for t in texts):
        return None
    user = Arguments(frozenset({"--user"} & set(texts)), (), (), ())
    tree = prefix(user, program, world)
    if tree is None:
        return None
    writes = (Write(tree, Nature.MODULES), *built.writes)
    return installed(writes, (here,), tuple(own_dependencies(world.cwd, world)), world)


def application(script: str | None, world: World, code: str = "") -> Effects:
    """Return the effects of running code of the project: it works in its directory, and nothing more is known."""
    reads = [Path(absolute(script, world.cwd))] if script else []
    if world.cwd == "/":
        return Effects(reads=tuple(reads), application=NAME, code=code)
    here = Path(world.cwd, tree=True)
    writes = (Write(here, Nature.DATA, must=False),)
    return Effects(reads=(*reads, here), writes=writes, application=NAME, code=code)


def _folder(script: str, world: World) -> str:
    return posixpath.dirname(absolute(script, world.cwd))
