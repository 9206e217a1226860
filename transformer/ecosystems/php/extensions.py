"""Extensions of PHP: where they are compiled to, and what they need.

Sources: the scripts of docker-library/php (``docker-php-ext-install``, ``-configure``, ``-enable``,
``docker-php-source``), the PHP manual ("Installation of PECL extensions") and PEAR's ("Configuration", roles).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from transformer.ecosystems.call import Arguments, Call, World
from transformer.ir.effects import Command, Distribution, Effects, Nature, Need, Path, Write
from transformer.shell import Expanded

NAME = "php"
_SOURCES = Path("/usr/src/php", tree=True)
_LIBRARY = Path("/usr/local/lib/php", tree=True)
"""PEAR's directory in the images: registry, code and data of packages, and the extensions below it."""
_EXTENSIONS = Path("/usr/local/lib/php/extensions", tree=True)
"""extension_dir is below it, in a directory whose name has the version of the interface, for debugging or not."""
_HEADERS = Path("/usr/local/include/php", tree=True)
_SETTINGS = "/usr/local/etc/php"
_PURE = frozenset(
    {"list", "list-all", "list-channels", "list-files", "search", "info", "remote-info", "channel-info", "help"}
)
_PURE |= {"version", "config-get", "config-show", "config-help", "list-upgrades", "download-all"}
_CHANNELS = frozenset({"update-channels", "channel-update", "channel-discover", "channel-add", "clear-cache"})
_ASKED = re.compile(r"(?:(?:channel://)?pecl\.php\.net/|pecl/)?(?P<name>[A-Za-z]\w*)(?:-(?P<version>[\w.]+))?")
_VERSION = re.compile(r"[0-9][\w.]*")


def is_image(world: World) -> bool:
    """Whether the base is an image of PHP, whose extensions lie where its scripts put them."""
    return world.image is not None and world.image.family == NAME


def install(call: Call, world: World) -> Effects | None:
    """``docker-php-ext-install``: compiles extensions of PHP's own source, and enables them."""
    arguments = call.arguments
    if arguments.unknown or not is_image(world) or not all(w.known for w in arguments.operands):
        return None
    names = (posixpath.basename(w.text.rstrip("/")).lower() for w in arguments.operands)
    found = tuple(Distribution(NAME, name, True, call.name) for name in names)
    writes = (Write(_EXTENSIONS, Nature.MODULES), *_enabled(arguments, world))
    return _compiled(writes, found, world)


def configure(call: Call, world: World) -> Effects | None:
    """``docker-php-ext-configure``: prepares an extension among the sources."""
    return _compiled((), (), world) if is_image(world) else None


def source(call: Call, world: World) -> Effects | None:
    """``docker-php-source extract`` and ``delete``."""
    verb = call.words[0].text if call.words else ""
    if verb == "extract":
        return Effects(writes=(Write(_SOURCES, Nature.SOURCE),), toolchain=NAME)
    return Effects(removes=(_SOURCES,), toolchain=NAME) if verb == "delete" else None


def enable(call: Call, world: World) -> Effects | None:
    """``docker-php-ext-enable``: writes the setting that loads an extension."""
    arguments = call.arguments
    if arguments.unknown or not is_image(world):
        return None
    return Effects(reads=(_EXTENSIONS,), writes=tuple(_enabled(arguments, world)), toolchain=NAME)


def phpize(call: Call, world: World) -> Effects | None:
    """``phpize``: makes a build system in the directory of an extension."""
    here = Path(world.cwd, tree=True)
    return Effects(reads=(here,), writes=(Write(here, Nature.SOURCE, must=False),), toolchain=NAME)


def pecl(call: Call, world: World) -> Effects | None:
    """``pecl install``: compiles extensions; their data and code go into PEAR's directory. It enables none."""
    words = call.arguments.operands
    verb = words[0].text if words else ""
    if verb in _PURE:
        return Effects()
    if verb in _CHANNELS:
        return Effects(writes=_caches())
    elsewhere = any(role == "root" for _, role, _ in call.arguments.values)
    if verb not in {"install", "upgrade"} or call.arguments.unknown or elsewhere or not is_image(world):
        return None
    found = tuple(_asked(w) for w in words[1:])
    return _compiled((Write(_LIBRARY, Nature.MODULES),), found, world) if found else None


def _asked(word: Expanded) -> Distribution:
    """Return the extension that is asked for; one of a file or an address may be any."""
    match = _ASKED.fullmatch(word.text if word.known else re.sub(r"-\$.*", "", word.text))
    if match is None or "/" in word.text.partition("pecl")[0]:
        return Distribution(NAME, posixpath.basename(word.text.rstrip("/")), False, "pecl install")
    exact = word.known and match["version"] is not None and _VERSION.fullmatch(match["version"]) is not None
    return Distribution(NAME, match["name"].lower(), exact, "pecl install")


def _compiled(writes: tuple[Write, ...], found: tuple[Distribution, ...], world: World) -> Effects:
    """Return the effects that every compilation has: sources, which come again from the archive that the image has, and
    headers of the extensions are no more than caches.
    """
    by_product = (Write(_SOURCES, Nature.CACHE, must=False), Write(_HEADERS, Nature.CACHE, must=False), *_caches())
    needs = (Need(Command("php"), "what is compiled runs in it", world.position),) if found else ()
    return Effects(reads=(_SOURCES,), writes=(*writes, *by_product), needs=needs, distributions=found, toolchain=NAME)


def _enabled(arguments: Arguments, world: World) -> Iterator[Write]:
    """Yield where the settings go: ``$PHP_INI_DIR/conf.d``, one file for each extension, unless a name is given."""
    given = arguments.value("--ini-name")
    folder = f"{world.env.get('PHP_INI_DIR') or _SETTINGS}/conf.d"
    if given is not None and given.text.startswith("/"):
        folder = posixpath.dirname(given.text)
    names = [posixpath.basename(w.text.rstrip("/")).removesuffix(".so") for w in arguments.operands if w.known]
    files = [posixpath.basename(given.text)] if given is not None else [f"docker-php-ext-{n}.ini" for n in names]
    yield Write(Path(folder, tree=True), Nature.MODULES)
    yield from (Write(Path(f"{folder}/{name}"), Nature.MODULES) for name in files)


def _caches() -> tuple[Write, ...]:
    return (Write(Path("/tmp/pear", tree=True), Nature.CACHE),)
