"""Composer: where it installs the packages of a project, which, and what it runs on the way.

Source: Composer 2's documentation: "Command-line interface", "Scripts", "Config" (``vendor-dir``, ``cache-dir``,
``home``), "How do I install Composer programmatically?".
"""

from __future__ import annotations

import posixpath

from msgspec.structs import replace

from transformer.context.composer_json import Project, installed, project
from transformer.ecosystems.call import Arguments, Call, World, absolute, parse_arguments
from transformer.ecosystems.php.events import run_events
from transformer.ecosystems.php.extensions import NAME
from transformer.ir.effects import Command, Distribution, Effects, Nature, Need, Path, Write
from transformer.shell import Expanded

_PURE = frozenset(
    {
        "about",
        "show",
        "info",
        "validate",
        "check-platform-reqs",
        "diagnose",
        "outdated",
        "licenses",
        "list",
        "help",
        "search",
    }
)
_PURE |= {
    "status",
    "depends",
    "why",
    "prohibits",
    "why-not",
    "suggests",
    "fund",
    "audit",
    "browse",
    "home",
    "completion",
}
INSTALL = {"install": "install", "i": "install", "update": "update", "u": "update", "upgrade": "update"}
INSTALL |= {
    "require": "update",
    "r": "update",
    "remove": "update",
    "rm": "update",
    "reinstall": "install",
    "bump": "update",
}
"""Commands that change what is installed, each with the one whose events it raises."""
DUMP = frozenset({"dump-autoload", "dumpautoload", "dump"})
PROJECT = frozenset({"create-project"})
RUN = frozenset({"run-script", "run", "exec"})
_CACHES = ("clear-cache", "clearcache", "cc")
_ASKED = frozenset({"require", "r"})
_FILE = "composer.json"


def composer(call: Call, world: World) -> Effects | None:
    """Return what a call of Composer does; None for one that is not known."""
    arguments = parse_arguments(call.spec, call.words)
    place = arguments.value("-d", "--working-dir")
    if place is not None:
        if not place.known:
            return None
        world = replace(world, cwd=absolute(place.text, world.cwd))
    words = list(arguments.operands)
    verb = words[0].text if words and words[0].known else ""
    if (not words and not arguments.unknown) or verb in _PURE or arguments.flags & {"-h", "--help"}:
        return Effects()
    if verb in _CACHES:
        return Effects(writes=_caches(world), toolchain=NAME)
    if verb == "global" or (verb == "config" and arguments.flags & {"-g", "--global"}):
        return _globally(verb, words[1:], world)
    if verb in {"self-update", "selfupdate"}:
        return _itself(world)
    if verb in {"config", "init"}:
        return _in_project(world, whole=True)
    if verb in PROJECT:
        return _created(words[1:], arguments, world)
    if verb in RUN or (verb and verb not in INSTALL and verb not in DUMP):
        return _script(verb, words, world)
    return _installed(verb, words[1:], arguments, world) if not arguments.unknown else None


def installer(words: tuple[Expanded, ...], world: World) -> Effects | None:
    """Return what Composer's installer does: it writes the program, ``composer.phar`` in the directory if not told."""
    given = dict(_options(words))
    if any(value is None for value in given.values()):
        return None
    if given.keys() & {"--check", "--help"}:
        return Effects()
    folder, name = given.get("--install-dir") or ".", given.get("--filename") or "composer.phar"
    target = absolute(posixpath.join(folder, name), world.cwd)
    world.settings[NAME] = target
    return Effects(writes=(Write(Path(target), Nature.DOWNLOAD), *_caches(world)))


def _options(words: tuple[Expanded, ...]) -> list[tuple[str, str | None]]:
    """Return the options of the installer with their values, which follow or stand behind ``=``."""
    found: list[tuple[str, str | None]] = []
    for word in words:
        name, equals, value = word.text.partition("=")
        if word.text.startswith("--"):
            found.append((name, (value if word.known else None) if equals else ""))
        elif found and not found[-1][1]:
            found[-1] = (found[-1][0], word.text if word.known else None)
    return [(name, value) for name, value in found if name != "--"]


def _itself(world: World) -> Effects | None:
    """``composer self-update`` writes the program anew."""
    place = world.settings.get(NAME)
    return Effects(writes=(Write(Path(place), Nature.DOWNLOAD), *_caches(world))) if place else None


def _installed(verb: str, words: list[Expanded], arguments: Arguments, world: World) -> Effects | None:
    here = _project(world)
    event = "dump-autoload" if verb in DUMP else INSTALL[verb]
    if event == "install" and here is not None and here.packages is None:
        event = "update"
    development = "--no-dev" not in arguments.flags
    done = _in_project(world, whole=_writes_anywhere(here, event, arguments))
    if done is None:
        return None
    if verb not in DUMP:
        asked = [w.text.partition(":")[0].partition("=")[0].lower() for w in words] if verb in _ASKED else []
        done = replace(done, distributions=_distributions(here, asked, world, development=development))
    events = here.handlers(event) if here is not None and "--no-scripts" not in arguments.flags else ()
    return run_events(events, here, done, world) if here is not None else done


def _writes_anywhere(here: Project | None, event: str, arguments: Arguments) -> bool:
    """Whether anything but the packages may be written: scripts, plugins, lock files."""
    if here is None or event == "update":
        return True
    scripts = bool(here.handlers(event)) and "--no-scripts" not in arguments.flags
    return scripts or (here.plugins and "--no-plugins" not in arguments.flags)


def _in_project(world: World, *, whole: bool) -> Effects | None:
    """Return the effects of working in a project: all of it is written, or the packages alone."""
    here = _project(world)
    folders = [world.cwd]
    if not whole and here is not None:
        vendor = world.env.get("COMPOSER_VENDOR_DIR", here.vendor)
        folder = world.env.get("COMPOSER_BIN_DIR", here.programs)
        if vendor is None or folder is None:
            return None
        folders = [absolute(name, world.cwd) for name in (vendor, folder) if name]
        if any("$" in name or not Path(world.cwd, tree=True).covers(Path(name)) for name in folders):
            return None
    writes = tuple(Write(Path(folder, tree=True), Nature.MODULES) for folder in folders)
    need = Need(Command("php"), "what is installed runs in it", world.position)
    return Effects(
        reads=(Path(world.cwd, tree=True),), writes=(*writes, *_caches(world)), needs=(need,), toolchain=NAME
    )


def _distributions(
    here: Project | None, asked: list[str], world: World, *, development: bool
) -> tuple[Distribution, ...]:
    """Return the packages of the lock file, else those that composer.json and the command name."""
    if here is None:
        return (Distribution(NAME, "", False, _FILE),)
    known = installed(here, development=development)
    found = tuple(Distribution(NAME, n, fixed, "the lock file" if fixed else _FILE, fixed) for n, fixed in known)
    return (*found, *(Distribution(NAME, name, False, "composer require") for name in asked))


def _created(words: list[Expanded], arguments: Arguments, world: World) -> Effects | None:
    """``create-project PACKAGE [DIRECTORY]``: a project that nobody read comes with all that it asks for."""
    if arguments.unknown or not all(w.known for w in words) or not words:
        return None
    name = words[0].text.partition(":")[0]
    folder = absolute(words[1].text if len(words) > 1 else posixpath.basename(name), world.cwd)
    done = _in_project(replace(world, cwd=folder), whole=True)
    unread = (Distribution(NAME, "", False, name),)
    return replace(done, distributions=unread, reads=()) if done is not None else None


def _globally(verb: str, words: list[Expanded], world: World) -> Effects | None:
    """``composer global …``: a project in the home directory; what changes Composer alone is no more than a cache."""
    home = world.home()
    folder = world.env.get("COMPOSER_HOME") or (f"{home}/.composer" if home else None)
    other = () if "COMPOSER_HOME" in world.env or not home else (f"{home}/.config/composer",)
    if folder is None:
        return None
    places = tuple(Write(Path(p, tree=True), Nature.CACHE) for p in (folder, *other))
    texts = [w.text.partition(":")[0] for w in words if w.known]
    asked = texts[1:] if texts[:1] == ["require"] else []
    if verb == "config" or texts[:1] == ["config"] or (asked and all(_is_plugin(name) for name in asked)):
        return Effects(writes=(*places, *_caches(world)))
    return None


def _is_plugin(name: str) -> bool:
    from transformer.knowledge.programs import php_names

    return name in php_names().plugins


def _script(verb: str, words: list[Expanded], world: World) -> Effects | None:
    """``composer run-script NAME`` and ``composer NAME``: a script of composer.json."""
    here = _project(world)
    name = words[1].text if verb in RUN and len(words) > 1 else verb
    if verb == "exec" or here is None or name not in here.scripts:
        return None
    done = _in_project(world, whole=True)
    return run_events((f"@{name}",), here, done, world) if done is not None else None


def _project(world: World) -> Project | None:
    name = world.env.get("COMPOSER") or _FILE
    lock = name.removesuffix(".json") + ".lock"
    return project(world.read(absolute(name, world.cwd)), world.read(absolute(lock, world.cwd)))


def _caches(world: World) -> tuple[Write, ...]:
    """Return where Composer keeps what it downloaded."""
    own, home = world.env.get("COMPOSER_CACHE_DIR"), world.home()
    composer_home = world.env.get("COMPOSER_HOME") or (f"{home}/.composer" if home else None)
    places = [own, f"{composer_home}/cache" if composer_home else None, f"{home}/.cache/composer" if home else None]
    return tuple(Write(Path(p, tree=True), Nature.CACHE) for p in places if p)
