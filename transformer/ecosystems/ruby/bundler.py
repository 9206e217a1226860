"""Bundler: where it installs the gems of a project, and which.

Sources: Bundler 2.4's manual pages (bundle-install(1), bundle-config(1)) and settings.rb: options of the command line
and ``bundle config`` are remembered in ``config`` of BUNDLE_APP_CONFIG, else of ``.bundle`` beside the Gemfile.
"""

from __future__ import annotations

import posixpath
import re

from msgspec.structs import replace

from transformer.context.gemfile import Locked, locked, named, settings
from transformer.context.gemfile import installed as kept
from transformer.ecosystems.call import Arguments, Call, World, absolute, parse_arguments
from transformer.ecosystems.ruby.gems import NAME, application, dependencies, gem_trees, installed
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Distribution, Effects, Nature, Path, Write

_PURE = frozenset({"show", "list", "info", "outdated", "env", "version", "platform", "doctor", "viz", "help", "check"})
_TRUE = frozenset({"true", "1", "yes", "t"})
_REMEMBERED = frozenset({"--deployment", "--frozen", "--path", "--without", "--with", "--system", "--binstubs"})
_SECOND = (2, 7)
"""The first Ruby that brings Bundler 2."""
_SCOPES = frozenset({"--local", "--global", "set"})


def bundle(call: Call, world: World) -> Effects | None:
    """Return what a call of Bundler does; None for one that is not known."""
    arguments = parse_arguments(call.spec, call.words)
    words = [w.text for w in arguments.operands if w.known]
    verb = words[0] if words else ""
    if not verb and arguments.flags & {"--version", "-v"}:
        return Effects()
    if verb in _PURE:
        return Effects()
    if verb == "config":
        return _configured([w.text if w.known else None for w in call.words[1:]], world)
    if verb == "exec":
        return application(world)
    if len(words) < len(arguments.operands) or arguments.unknown:
        return None
    if verb in {"", "install", "update"}:
        return _install(arguments, words[1:], world)
    if verb in {"package", "cache", "pack", "lock", "binstubs"}:
        here = Path(world.cwd, tree=True)
        return Effects(reads=(here,), writes=(Write(here, Nature.MODULES, must=False),), toolchain=NAME)
    if verb == "clean":
        trees = _trees(world, "")
        writes = tuple(Write(tree, Nature.MODULES, must=False) for tree in trees or ())
        return Effects(writes=writes, toolchain=NAME) if trees is not None else None
    return None


def _configured(words: list[str | None], world: World) -> Effects | None:
    """``bundle config [set] [--local|--global] NAME VALUE``: read by every later call, also at run time."""
    if None in words:
        return None
    plain = [w for w in words if w is not None and w not in _SCOPES]
    if len(plain) < 2 or plain[0].startswith("-") or plain[0] in {"unset", "get", "list"}:  # noqa: PLR2004
        return Effects() if not plain or plain[0] in {"get", "list"} else None
    world.settings[_variable(plain[0])] = " ".join(plain[1:])
    place = _scope(words, world)
    return Effects(writes=(Write(Path(f"{place}/config"), Nature.MODULES),), toolchain=NAME) if place else None


def _scope(words: list[str | None], world: World) -> str | None:
    """Return the directory in which a setting is kept: without a scope, Bundler 2 (Ruby 2.7) takes the project's if
    there is one, Bundler 1 the user's (cli/config.rb); None if that is not known.
    """
    own, home = _application_settings(world), world.home()
    user = f"{home}/.bundle" if home else None
    if not {"--local", "--global"}.isdisjoint(words):
        return own if "--local" in words else user
    version = re.match(r"([0-9]+)\.([0-9]+)", world.image.version or "") if world.image is not None else None
    if version is None or world.image is None or world.image.family != NAME:
        return None
    inside = world.exists(absolute("Gemfile", world.cwd))
    return own if inside and (int(version[1]), int(version[2])) >= _SECOND else user


def _install(arguments: Arguments, words: list[str], world: World) -> Effects | None:
    gemfile = _gemfile(arguments, world)
    given = {o for o, _, _ in arguments.values} | arguments.flags
    path = arguments.value("--path")
    if gemfile is None or (path is not None and not path.known):
        return None
    if path is not None:
        world.settings["BUNDLE_PATH"] = path.text
    if "--deployment" in given:
        world.settings["BUNDLE_DEPLOYMENT"] = "true"
    alone = (Path(absolute("bundle", world.cwd), tree=True),)
    trees = alone if "--standalone" in given else _trees(world, gemfile)
    if trees is None:
        return None
    without = [w.text for o, _, w in arguments.values if o == "--without"] + (words if "--without" in given else [])
    found = _distributions(gemfile, without, world)
    lock = gemfile.removesuffix(".rb") + ".lock"
    done = installed(trees, (Path(gemfile), Path(lock)), found, world)
    remembered = given & _REMEMBERED
    extra = [Write(Path(f"{_application_settings(world)}/config"), Nature.MODULES)] if remembered else []
    extra += [Write(Path(absolute("bin", world.cwd), tree=True), Nature.MODULES)] if "--binstubs" in given else []
    frozen = "--frozen" in given or _is_true("BUNDLE_FROZEN", world) or _is_true("BUNDLE_DEPLOYMENT", world)
    changes = not frozen and not _is_for_linux(world.read(lock))
    loose = changes and world.context_path(lock) is not None and not world.is_root
    extra += [Write(Path(lock), Nature.MODULES)] if changes and not loose else []
    return replace(done, writes=(*done.writes, *extra), assumptions=(_unchanged(lock, world),) if loose else ())


def _unchanged(lock: str, world: World) -> Diagnostic:
    """Whose a file is decides whether another user than root can change it."""
    message = f"{lock} may be changed: it does not name this platform"
    return Diagnostic("DF414", message, world.position, "add it to the lock file: bundle lock --add-platform ruby")


def _is_for_linux(lock: str | None) -> bool:
    """Whether a lock file names the platform, so that an installation leaves it as it is."""
    return lock is not None and not locked(lock).platforms.isdisjoint({"ruby", "x86_64-linux", "x86_64-linux-gnu"})


def _gemfile(arguments: Arguments, world: World) -> str | None:
    """Return the path of the Gemfile that is read; None if it is not known."""
    asked = arguments.value("--gemfile")
    if asked is not None:
        return absolute(asked.text, world.cwd) if asked.known else None
    if "BUNDLE_GEMFILE" in world.env:
        named_file = world.env["BUNDLE_GEMFILE"]
        return absolute(named_file, world.cwd) if named_file else None
    return absolute("Gemfile", world.cwd)


def _trees(world: World, gemfile: str) -> tuple[Path, ...] | None:
    """Return the trees that gems are installed below: BUNDLE_PATH, else where gem installs them."""
    path = _setting("BUNDLE_PATH", world)
    if path is None:
        return None
    if not path and _is_true("BUNDLE_DEPLOYMENT", world):
        path = "vendor/bundle"
    root = posixpath.dirname(gemfile) if gemfile else world.cwd
    programs_in = _setting("BUNDLE_BIN", world)
    if not path:
        return gem_trees(world)
    trees = (Path(absolute(path, root), tree=True),)
    return (*trees, Path(absolute(programs_in, root), tree=True)) if programs_in else trees


def _distributions(gemfile: str, without: list[str], world: World) -> tuple[Distribution, ...]:
    """Return the gems that are installed: the lock file's, else those that the Gemfile names."""
    text = world.read(gemfile)
    written = world.read(gemfile.removesuffix(".rb") + ".lock")
    if written is not None:
        return _of_lock(locked(written), text, _groups(without, world))
    if text is None:
        return (Distribution(NAME, "", False, "the Gemfile"),)
    specs = _specified(text, gemfile, world)
    names = dict.fromkeys((*named(text), *(specs or ())))
    unknown = (Distribution(NAME, "", False, "the gemspec"),) if specs is None else ()
    return (*unknown, *(Distribution(NAME, n, False, "the Gemfile") for n in names))


def _of_lock(lock: Locked, gemfile: str | None, without: frozenset[str]) -> tuple[Distribution, ...]:
    """Return the gems of a lock file; one from a repository may be any code."""
    names = kept(lock, gemfile, without) - lock.own.keys()
    strange = names & lock.fetched
    gems = tuple(Distribution(NAME, n, True, "the lock file", True) for n in sorted(names - strange))
    return (*gems, *(Distribution(NAME, "", False, f"the repository of {n}", True) for n in sorted(strange)))


def _specified(text: str, gemfile: str, world: World) -> tuple[str, ...] | None:
    """Return what the project's gemspec depends on, if the Gemfile asks for it; None if that is not known."""
    if not re.search(r"(?m)^\s*gemspec\b", text):
        return ()
    specs = [world.read(path) for path in world.glob(posixpath.join(posixpath.dirname(gemfile), "*.gemspec"))]
    found = [dependencies(spec) if spec is not None else None for spec in specs]
    return None if not found or None in found else tuple(n for some in found for n in some or ())


def _groups(without: list[str], world: World) -> frozenset[str]:
    """Return the groups that are not installed."""
    said = _setting("BUNDLE_WITHOUT", world) or ""
    return frozenset(group for text in (*without, said) for group in re.split(r"[\s:]+", text) if group)


def _setting(name: str, world: World) -> str | None:
    """Return a setting: told by an earlier call, a file of the project, the environment, or a file of the user; None if
    it is not known ("The configuration is loaded in this order").
    """
    own = settings(_application_settings(world), world.read)
    users = settings(f"{world.home()}/.bundle", world.read)
    for known in (world.settings, own, world.env, users):
        if name in known:
            return known[name]
    return ""


def _is_true(name: str, world: World) -> bool:
    return (_setting(name, world) or "").lower() in _TRUE


def _application_settings(world: World) -> str:
    return absolute(world.env.get("BUNDLE_APP_CONFIG") or ".bundle", world.cwd)


def _variable(name: str) -> str:
    """Return the name under which a setting is kept (Settings#key_for)."""
    return "BUNDLE_" + name.upper().replace(".", "__").replace("-", "___")
