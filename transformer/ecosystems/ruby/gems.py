"""gem: where gems are installed, and which.

Sources: RubyGems' command reference and "Environment variables"; docker-library/ruby (``GEM_HOME``); Debian's
``operating_system.rb`` (what root installs goes to /var/lib/gems, its programs to /usr/local/bin).
"""

from __future__ import annotations

import posixpath
import re

from transformer.ecosystems.call import Arguments, Call, World, absolute, parse_arguments, resolve
from transformer.ir.effects import Command, Distribution, Effects, Nature, Need, Path, Write
from transformer.knowledge.programs import programs

NAME = "ruby"
_PURE = frozenset(
    {"list", "environment", "env", "query", "search", "specification", "spec", "which", "contents", "help"}
)
_PURE |= {"dependency", "info", "outdated", "check", "stale", "server", "rdoc"}
_VERSION = re.compile(r"[0-9][\w.]*")
_FILE = re.compile(r"(?P<name>[\w.-]+?)-[0-9][\w.]*(?:-[\w-]+)?\.gem")
_DEPENDENCY = re.compile(r"""\.add_(?:runtime_)?dependency[\s(]+['"](?P<name>[\w.-]+)['"]""")
_COMPUTED = re.compile(r"""\.add_(?:runtime_)?dependency[\s(]+[^\s'"(]""")


def gem(call: Call, world: World) -> Effects | None:
    """Return what a call of gem does; None for one that is not known."""
    words = call.words
    end = next((i for i, w in enumerate(words) if w.known and w.text == "--"), len(words))
    arguments = parse_arguments(call.spec, words[:end])
    if arguments.unknown or not all(w.known for w in arguments.operands):
        return None
    names = [w.text for w in arguments.operands]
    verb = names[0] if names else ""
    if verb in _PURE or not verb:
        return Effects()
    if verb == "update" and "--system" in arguments.flags:
        return _system()
    if verb in {"sources", "source", "signin", "cert"}:
        place = world.home()
        return Effects(writes=(Write(Path(f"{place}/.gemrc"), Nature.DATA),)) if place else None
    if verb == "build":
        here = Path(world.cwd, tree=True)
        return Effects(reads=(here,), writes=(Write(here, Nature.MODULES, must=False),), toolchain=NAME)
    trees = _places(arguments, world)
    if trees is None:
        return None
    if verb in {"install", "i", "update"} and not arguments.value("-g", "--file"):
        return installed(trees, _files(names[1:], world), tuple(_asked(names[1:], arguments, world)), world)
    if verb in {"uninstall", "cleanup", "pristine", "clean"}:
        return Effects(writes=tuple(Write(t, Nature.MODULES, must=False) for t in trees), toolchain=NAME)
    return None


def gem_trees(world: World) -> tuple[Path, ...] | None:
    """Return the trees that gems and their programs are installed below; None if they are not known."""
    if "GEM_HOME" in world.env:
        home = world.env["GEM_HOME"]
        return (Path(absolute(home, "/"), tree=True),) if home else None
    pattern = programs().interpreter_packages[NAME]
    by_distribution = any(re.fullmatch(pattern, name) for name in world.packages)
    if not world.is_root or not by_distribution:
        return None
    return (Path("/var/lib/gems", tree=True), Path("/usr/local/bin", tree=True))


def installed(
    trees: tuple[Path, ...], reads: tuple[Path, ...], found: tuple[Distribution, ...], world: World
) -> Effects:
    """Return the effects that every installation of gems has: caches, and what the installed need."""
    return Effects(
        reads=reads,
        writes=(*(Write(t, Nature.MODULES) for t in trees), *(Write(c, Nature.CACHE) for c in _caches(world))),
        needs=(Need(Command("ruby"), "what is installed runs in it", world.position),),
        distributions=found,
        toolchain=NAME,
    )


def application(world: World) -> Effects:
    """Return the effects of running code of the project: it works in its directory, and nothing more is known."""
    if world.cwd == "/":
        return Effects(application=NAME)
    here = Path(world.cwd, tree=True)
    return Effects(reads=(here,), writes=(Write(here, Nature.DATA, must=False),), application=NAME)


def dependencies(gemspec: str) -> tuple[str, ...] | None:
    """Return the gems that a gemspec depends on at run time; None if one of them is computed."""
    return None if _COMPUTED.search(gemspec) else tuple(found["name"] for found in _DEPENDENCY.finditer(gemspec))


def _system() -> Effects:
    """``gem update --system``: the library's own directory and ``gem`` itself are written anew, among what the image
    has there, so it is done again.
    """
    places = ("/usr/local/lib/ruby", "/usr/local/bin")
    return Effects(writes=tuple(Write(Path(p, tree=True), Nature.DATA, carriable=False) for p in places))


def _places(arguments: Arguments, world: World) -> tuple[Path, ...] | None:
    if arguments.value("-n", "--bindir", "--build-root") is not None:
        return None
    asked = arguments.value("-i", "--install-dir")
    if asked is not None:
        place = resolve(asked, world.cwd)
        return (Path(place.path, tree=True),) if place is not None and not place.tree else None
    if "--user-install" in arguments.flags:
        home = world.home()
        return (Path(f"{home}/.gem", tree=True), Path(f"{home}/.local/share/gem", tree=True)) if home else None
    return gem_trees(world)


def _files(names: list[str], world: World) -> tuple[Path, ...]:
    return tuple(Path(absolute(name, world.cwd)) for name in names if name.endswith(".gem"))


def _asked(names: list[str], arguments: Arguments, world: World) -> list[Distribution]:
    """Return what is installed by name; ``-v`` fixes the version of all."""
    version = arguments.value("-v", "--version")
    exact = version is not None and version.known and _VERSION.fullmatch(version.text) is not None
    found: list[Distribution] = []
    for name in names:
        plain, colon, pinned = name.partition(":")
        if name.endswith(".gem"):
            found += _own(posixpath.basename(name), world)
        else:
            fixed = exact or (bool(colon) and _VERSION.fullmatch(pinned) is not None)
            found.append(Distribution(NAME, plain, fixed, "gem install"))
    return found if names else [Distribution(NAME, "", False, "gem update")]


def _own(file: str, world: World) -> list[Distribution]:
    """Return what a gem depends on that the project itself is built into; any other file is not known."""
    match = _FILE.fullmatch(file)
    specs = (
        [world.read(path) for path in world.glob(f"{world.cwd.rstrip('/')}/*.gemspec")] if match or "*" in file else []
    )
    names = [dependencies(text) if text is not None else None for text in specs]
    if not names or None in names:
        return [Distribution(NAME, "", False, file)]
    return [Distribution(NAME, name, False, file) for some in names for name in some or ()]


def _caches(world: World) -> tuple[Path, ...]:
    """Return where the installers keep what they downloaded, apart from the trees themselves."""
    home = world.home()
    return tuple(Path(f"{home}/{name}", tree=True) for name in (".bundle/cache", ".gem/specs")) if home else ()
