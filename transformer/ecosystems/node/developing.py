"""Which packages of a project run time may need, where a lock file says which are for developing only."""

from __future__ import annotations

import fnmatch
import json
import posixpath
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from transformer.context.build_context import BuildContext
from transformer.context.javascript_source import JavaScriptSource
from transformer.ecosystems.call import Project
from transformer.ecosystems.node.managers import NAME
from transformer.ir.effects import Distribution
from transformer.knowledge.programs import context_patterns, programs, runner_modules

_DATA = (".json", ".json5", ".yml", ".yaml", ".toml", ".env")
_PAGES = (
    ".html",
    ".htm",
    ".ejs",
    ".pug",
    ".jade",
    ".hbs",
    ".handlebars",
    ".njk",
    ".mustache",
    ".css",
    ".scss",
    ".less",
)
_MANIFESTS = frozenset({"package.json", "package-lock.json", "npm-shrinkwrap.json"})
_SAID_ELSEWHERE = frozenset({"scripts", "overrides", "resolutions", "engines", "files"})
"""What a package.json says of packages beside their settings, with all that ends in ``ependencies``."""


class Division(Struct, frozen=True):
    """The packages that run time may need, and the names of those that nothing loads: they can be taken out."""

    used: tuple[Distribution, ...]
    unused: frozenset[str] = frozenset()


def divided(
    project: Project, files: list[str], texts: dict[str, str], said: tuple[JavaScriptSource, ...] | None
) -> Division:
    """Return which packages are needed, by the ``texts`` of the code and what they say (None if not all was read).

    What one that is for developing depends on is for developing too: if anything may load one, all are needed.
    """
    installed = project.installed
    developing = frozenset(d.name for d in installed if d.development)
    if said is None or any(s.dynamic_imports for s in said) or any(_names(texts.values(), n) for n in developing):
        return Division(installed)
    if _read_settings(project, files, developing):
        return Division(installed)
    used = tuple(d for d in installed if not d.development)
    named = any(_names(filter(None, [project.context.read(f)]), n) for f in _settings(files) for n in developing)
    kept = named or any(s.dynamic for s in said) or not _is_all(installed)
    return Division(used, frozenset() if kept or _serves_modules(files, texts, project.context) else developing)


def _read_settings(project: Project, files: list[str], developing: frozenset[str]) -> bool:
    """Whether a module that run time has loads what settings of tools name, and they may name one for developing."""
    known = runner_modules()
    if known.settings_readers.isdisjoint(d.name for d in project.installed if not d.development):
        return False
    texts = list(filter(None, _settings_of_tools(project.context, files)))
    return any(_names(texts, name) or _names(texts, _short(name)) for name in developing)


def _settings_of_tools(context: BuildContext, files: list[str]) -> Iterator[str | None]:
    patterns = tuple(context_patterns()[NAME]["settings_of_tools"])
    for file in files:
        name = posixpath.basename(file)
        if name == "package.json":
            yield _own_settings(context.read(file) or "")
        elif fits(file, patterns) or (name.startswith(".") and "rc" in name):
            yield context.read(file)


def _own_settings(text: str) -> str:
    """Return the sections of a package.json that belong to tools."""
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        return text
    kept = table if isinstance(table, dict) else {}
    return json.dumps({k: v for k, v in kept.items() if not k.endswith("ependencies") and k not in _SAID_ELSEWHERE})


def _short(name: str) -> str:
    """Return what may stand for a name in settings: ``@babel/react`` is ``@babel/preset-react``."""
    scope, slash, rest = name.rpartition("/")
    for prefix in runner_modules().settings_prefixes:
        if rest.startswith(prefix):
            return scope + slash + rest.removeprefix(prefix)
    return name


def fits(file: str, patterns: tuple[str, ...]) -> bool:
    """Whether a file has such a name, or lies in such a directory (patterns that end in a slash)."""
    parts = file.split("/")
    folders = {f"{part}/" for part in parts[:-1]}
    return any(p in folders or fnmatch.fnmatchcase(parts[-1], p) for p in patterns)


def _settings(files: list[str]) -> list[str]:
    """Return the data files of a project that may name a module for something that loads it."""
    apart = tuple(context_patterns()[NAME]["settings_of_tools"])
    return [f for f in files if f.endswith(_DATA) and posixpath.basename(f) not in _MANIFESTS and not fits(f, apart)]


def _serves_modules(files: list[str], known: dict[str, str], context: BuildContext) -> bool:
    """Whether code, or a page that it sends, takes files from where the modules lie, as for browsers: which of them is
    not told.
    """
    folder = posixpath.basename(posixpath.dirname(programs().tool_directory))
    pages = (context.read(f) for f in files if f.endswith(_PAGES))
    return any(text is None or folder in text for text in (*known.values(), *pages))


def _names(texts: Iterable[str], name: str) -> bool:
    """Whether a text names a package, or a file in it, as a literal."""
    literal = re.compile(rf"['\"`]{re.escape(name)}['\"`/]")
    return any(literal.search(text) for text in texts)


def _is_all(installed: tuple[Distribution, ...]) -> bool:
    """Whether all that is installed stands in a lock file."""
    return all(d.locked for d in installed)
