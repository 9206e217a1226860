"""The ecosystem of PHP programs."""

from __future__ import annotations

import posixpath

from transformer.context.composer_json import project
from transformer.ecosystems.call import absolute
from transformer.ecosystems.ecosystem import Ecosystem, Read
from transformer.ecosystems.php.composer import DUMP, INSTALL, PROJECT, RUN, composer
from transformer.ecosystems.php.events import lines
from transformer.ecosystems.php.extensions import NAME, configure, enable, install, pecl, phpize, source
from transformer.ecosystems.php.running import php
from transformer.ecosystems.php.started import code_on_the_line
from transformer.ir.verdict import Started
from transformer.knowledge.commands import command


def _started(words: tuple[str, ...], cwd: str, read: Read) -> Started:
    """Return what ``composer run-script`` starts, and whether Composer is to install when the container runs."""
    code = code_on_the_line(words)
    if code is not None:
        return code
    rest = [w for w in words if not w.startswith("-")]
    spec = command(posixpath.basename(rest[0])) if rest else None
    if spec is not None and spec.effect == "php" and len(rest) > 1:
        rest = rest[1:]
        spec = command(posixpath.basename(rest[0]))
    if spec is None or spec.effect != "composer" or len(rest) == 1:
        return Started()
    verb = rest[1]
    if verb in INSTALL or verb in PROJECT or verb in DUMP or verb == "global":
        return Started(builds=verb not in DUMP)
    name = rest[2] if verb in RUN and len(rest) > len((rest[0], verb)) else verb
    place = absolute("composer.json", cwd)
    here = project(read(place), None)
    found = list(lines((f"@{name}",), here)) if here is not None and name in here.scripts else []
    if verb in RUN or found:
        said = tuple(text for text in found if text is not None)
        return Started(said, place, unread="" if found and None not in found else f"the script {name}")
    return Started()


ECOSYSTEM = Ecosystem(
    NAME,
    {
        "php-extensions": install,
        "php-configure": configure,
        "php-enable": enable,
        "php-source": source,
        "phpize": phpize,
        "pecl": pecl,
        "composer": composer,
        "php": php,
    },
    _started,
    interpreted=True,
)
