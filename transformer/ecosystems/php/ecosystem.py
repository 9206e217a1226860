"""The ecosystem of PHP programs."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from transformer.context.composer_json import project
from transformer.ecosystems.call import Call, Project, World, absolute
from transformer.ecosystems.php.composer import DUMP, INSTALL, PROJECT, RUN, composer
from transformer.ecosystems.php.events import lines
from transformer.ecosystems.php.extensions import NAME, configure, enable, install, pecl, phpize, source
from transformer.ecosystems.php.running import php
from transformer.ecosystems.php.started import code_on_the_line
from transformer.ir.effects import Effects
from transformer.ir.verdict import ProgramFacts, Started
from transformer.knowledge.commands import command


class Php:
    """The ecosystem of PHP programs: interpreter, extensions and project stay, headers and installers go."""

    name = NAME
    calls_itself = False
    interpreted = True
    links = False
    exact = False
    embeds = False

    def effects(self, call: Call, world: World) -> Effects | None:
        """Return what a call of the interpreter or an installer does; None for a call that is not known."""
        handler = _HANDLERS.get(call.spec.effect)
        return handler(call, world) if handler is not None else None

    def starts(self, words: tuple[str, ...], cwd: str, read: Callable[[str], str | None]) -> Started:
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

    def facts(self, project: Project) -> ProgramFacts:
        """Return what the project's own sources and the packages that it installs say."""
        from transformer.ecosystems.php.sources import facts

        return facts(project)


_HANDLERS = {
    "php-extensions": install,
    "php-configure": configure,
    "php-enable": enable,
    "php-source": source,
    "phpize": phpize,
    "pecl": pecl,
    "composer": composer,
    "php": php,
}

ECOSYSTEM = Php()
