"""The ecosystem of Ruby programs."""

from __future__ import annotations

import posixpath
import shlex

from transformer.ecosystems.call import Call, World, absolute
from transformer.ecosystems.ecosystem import Ecosystem, Read
from transformer.ecosystems.ruby.bundler import bundle
from transformer.ecosystems.ruby.gems import NAME, application, gem
from transformer.ir.effects import Effects, Path
from transformer.ir.verdict import Started
from transformer.knowledge.commands import command

_SAYING = frozenset({"-v", "--version", "-h", "--help", "--copyright"})
_INSTALLERS = frozenset({"extconf.rb", "setup.rb", "install.rb"})
"""Scripts by which extensions are compiled and libraries installed (mkmf, the setup.rb convention)."""
_CHANGING = frozenset({"install", "i", "update", "add", "binstubs", "clean", "package", "cache", "lock", "uninstall"})


def _started(words: tuple[str, ...], cwd: str, read: Read) -> Started:
    """Return what ``bundle exec`` starts, and whether an installer is asked to install when the container runs."""
    spec = command(posixpath.basename(words[0]))
    if spec is None or spec.effect not in {"gem", "bundle"}:
        return Started()
    operands = [w for w in words[1:] if not w.startswith("-")]
    verb = operands[0] if operands else "install"
    if verb == "exec" and len(operands) > 1:
        return Started(scripts=(shlex.join(words[words.index(operands[1]) :]),))
    return Started(builds=verb in _CHANGING)


def _ruby(call: Call, world: World) -> Effects | None:
    """``ruby FILE``: code of the project. Options that take the next word, and code on the line, are not understood."""
    words = list(call.words)
    while words and words[0].known and words[0].text.startswith("-"):
        option = words.pop(0).text
        if option in _SAYING:
            return Effects()
        if option[1:2] in set("eCrIEnpSxi") or option == "--":
            return None
    if not words or not words[0].known or posixpath.basename(words[0].text) in _INSTALLERS:
        return None
    done = application(world)
    script = Path(absolute(words[0].text, world.cwd))
    return Effects(reads=(script, *done.reads), writes=done.writes, application=NAME)


def _task(call: Call, world: World) -> Effects | None:
    """``rake TASK`` and ``rails COMMAND``: code of the project."""
    return application(world) if all(w.known for w in call.words) else None


ECOSYSTEM = Ecosystem(
    NAME,
    {"gem": gem, "bundle": bundle, "ruby": _ruby, "ruby-task": _task},
    _started,
    interpreted=True,
)
