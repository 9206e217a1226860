"""What a command line of the running image starts: ``npm start`` is a script of package.json."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable

from transformer.context.package_json import project
from transformer.ecosystems.call import absolute, parse_arguments
from transformer.ecosystems.node.managers import CHANGE, INSTALL, PURE, RUN, SETTINGS
from transformer.ir.verdict import Started
from transformer.knowledge.commands import CommandSpec, command
from transformer.shell import Expanded

_EXECUTE = frozenset({"exec", "x"})
_RUN = "--run"
"""The option by which node runs a script of package.json itself (Node.js 22, "Command-line API")."""


def started(words: tuple[str, ...], cwd: str, read: Callable[[str], str | None]) -> Started:
    """Return what the command line runs: scripts, a development server, or a build."""
    spec = command(posixpath.basename(words[0]))
    if spec is None:
        return Started()
    if spec.effect == "node-tool":
        operands = [w for w in words[1:] if not w.startswith("-")]
        mode = spec.modes.get(operands[0] if operands else "") or spec.modes.get("*", "build")
        return Started(builds=mode == "build", develops=mode == "develop")
    if _RUN in words[1:-1]:
        return _script(words[words.index(_RUN) + 1], cwd, read)
    if spec.effect == "npx":
        rest = tuple(w for w in words[1:] if w not in {"-y", "--yes", "--no", "--no-install", "-q", "--quiet"})
        return _tool(rest, cwd, read)
    return _managed(spec, words, cwd, read) if spec.effect == "npm" else Started()


def _managed(spec: CommandSpec, words: tuple[str, ...], cwd: str, read: Callable[[str], str | None]) -> Started:
    arguments = parse_arguments(spec, tuple(Expanded(w, True, w, False) for w in words[1:]))
    for place in (v.text for _, role, v in arguments.values if role == "cwd"):
        cwd = absolute(place, cwd)
    operands = [w.text for w in arguments.operands if w.text != "--"]
    verb = operands[0] if operands else ""
    if verb in PURE | SETTINGS or (not verb and spec.name == "npm"):
        return Started()
    if not verb or verb in INSTALL | CHANGE:
        return Started(builds=True)
    name = operands[1] if verb in RUN | _EXECUTE and len(operands) > 1 else verb
    found = _script(name, cwd, read)
    if found.scripts or found.unread:
        return found
    if name == "start":
        return Started(scripts=("node server.js",))
    words = (name, *operands[operands.index(name) + 1 :])
    return _tool(words, cwd, read) if spec.name != "npm" or verb in _EXECUTE else Started()


def _script(name: str, cwd: str, read: Callable[[str], str | None]) -> Started:
    """Return a script of package.json with those that run before and behind it; nothing if there is none."""
    here = project(cwd, read)
    if here is None:
        return Started(unread=f"the package.json of {cwd}")
    scripts = [here.scripts[n] for n in (f"pre{name}", name, f"post{name}") if n in here.scripts]
    if name not in here.scripts:
        return Started()
    return Started(scripts=tuple(scripts), path=posixpath.join(cwd, "package.json"))


def _tool(words: tuple[str, ...], cwd: str, read: Callable[[str], str | None]) -> Started:
    """Return what a program of the project's modules starts; one that no table knows is a command like any other."""
    if not words or command(posixpath.basename(words[0])) is not None:
        return started(words, cwd, read) if words else Started()
    return Started(scripts=(shlex.join(words),))
