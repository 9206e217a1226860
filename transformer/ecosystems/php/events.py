"""What Composer's scripts run: command lines, other scripts, and functions of the project.

Source: Composer 2, "Scripts" (``@php``, ``@composer``, ``@putenv``, references, callbacks); Symfony Flex.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from transformer.context.composer_json import Project
from transformer.ecosystems.call import World
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Effects, Path
from transformer.knowledge.programs import php_names

_DEPTH = 8
_CALLBACK = re.compile(r"\\?[A-Za-z_][\w\\]*::\w+|\\?[A-Z]\w*(?:\\\w+)+")
"""``Class::method``, and classes that listen to events or are commands."""
_NOTHING = frozenset({"putenv", "additional_args", "no_additional_args"})
_SHELLS = {
    "php": "php ",
    "composer": "composer ",
    "symfony-cmd": "php bin/console ",
    "php-script": "php ",
    "script": "",
}
_PLACE = re.compile(r"%[\w-]+%")
"""``%PUBLIC_DIR%``: a directory of the project (Flex)."""


def run_events(events: Iterable[str], here: Project, done: Effects, world: World) -> Effects:
    """Return the effects of Composer's own work together with those of what its events run."""
    own = Path(world.cwd, tree=True)
    for text in lines(events, here):
        if text is None or _CALLBACK.fullmatch(text):
            if text is None or not _is_known(text):
                done = replace(
                    done, assumptions=(*done.assumptions, _unread(text or "a script that names itself", world))
                )
            continue
        inner = world.run(text, world.cwd, text)
        doubts = [_unread(text, world)] if inner.opaque or inner.application or inner.accounts or inner.installs else []
        outside = tuple(w for w in inner.writes if not own.covers(w.path))
        removed = tuple(r for r in inner.removes if not own.overlaps(r))
        done = replace(
            done,
            writes=(*done.writes, *outside),
            removes=(*done.removes, *removed),
            distributions=(*done.distributions, *inner.distributions),
            assumptions=(*done.assumptions, *doubts, *inner.assumptions),
        )
    return done


def lines(events: Iterable[str], here: Project, depth: int = 0) -> Iterable[str | None]:
    """Yield the command lines and functions that events run; None for a script that cannot be followed."""
    for text in events:
        word, _, rest = text.partition(" ")
        name = word.removeprefix("@")
        if not text.startswith("@"):
            yield text
        elif name in _SHELLS:
            yield _PLACE.sub("public", f"{_SHELLS[name]}{rest}")
        elif name in here.scripts and depth < _DEPTH:
            yield from lines(here.scripts[name], here, depth + 1)
        elif name not in _NOTHING:
            yield None


def _is_known(callback: str) -> bool:
    return callback.lstrip("\\").startswith(php_names().callbacks)


def _unread(what: str, world: World) -> Diagnostic:
    message = f"`{what}`, which Composer runs, is taken to write below {world.cwd} only"
    return Diagnostic("DF414", message, world.position, "check with a real build")
