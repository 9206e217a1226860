"""Whether the settings of a web server start programs: CGI, filters, piped logs, modules that run code.

Source: Apache HTTP Server 2.4, "Directive Index", "Log Files" (piped logs), mod_rewrite (``prg:``), mod_cgi,
mod_ext_filter; docker-library/php (apache2-foreground and what its image enables).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from transformer.context.build_context import BuildContext
from transformer.ir.effects import Interpretation, Nature, Path, Step, context_path
from transformer.knowledge.programs import programs

_TEXTS = frozenset(
    {
        "echo",
        "printf",
        "tee",
        "sed",
        "cat",
        "cp",
        "mv",
        "ln",
        "rm",
        "mkdir",
        "touch",
        "chmod",
        "chown",
        "install",
        "envsubst",
    }
)
"""Commands whose words, or the files of the context that they read, are all that they write."""


def starts_more(walk: Interpretation, context: BuildContext, places: list[Path]) -> Iterator[str]:
    """Yield why what the server starts is not known: files that COPY brings are read, and what steps write there."""
    for copied in walk.copies:
        for name in context.under(copied.source):
            if any(place.covers(Path(copied.arrival(name))) for place in places) and not _is_plain(context.read(name)):
                yield f"{name} may let the web server start programs"
    copies = {copied.instruction for copied in walk.copies}
    for step in walk.steps:
        installed = [word.name for i in step.effects.installs for word in i.packages]
        if any(_modules().search(name) for name in installed):
            yield f"`{step.text}` installs a module by which the web server runs programs"
        elif step.instruction not in copies or step.keyword == "RUN":
            yield from _written(step, walk, context, places)


def _written(step: Step, walk: Interpretation, context: BuildContext, places: list[Path]) -> Iterator[str]:
    """Yield that a step writes settings that are not known, or that start programs."""
    effects = step.effects
    writes = [w for w in effects.writes if any(p.overlaps(w.path) for p in places) and not effects.installs]
    if not writes or all(w.nature is Nature.DIRECTORY for w in writes):
        return
    reads = [r for r in effects.reads if isinstance(r, Path) and not any(p.overlaps(r) for p in places)]
    sources = [context_path(r.path, walk.copies) for r in reads]
    plain = all(s is None or not context.is_file(s) or _is_plain(context.read(s)) for s in sources)
    by_words = all(n in _TEXTS or n.startswith("a2") for n in effects.programs) and not effects.opaque
    fetched = any(w.nature is Nature.DOWNLOAD for w in writes)
    if fetched or not by_words or not plain or not _is_plain(step.text) or any(s is None for s in sources if reads):
        yield f"`{step.text}` writes settings by which the web server may start programs"


def _is_plain(text: str | None) -> bool:
    return text is not None and not _modules().search(text) and not _STARTING.search(text)


_STARTING = re.compile(
    r"(?i)\b(?:ScriptAlias(?:Match)?|ExecCGI|ExtFilterDefine|FcgidWrapper|FastCgi\w+|prg:|cgi-script|WSGI\w+|Passenger\w+"
    r"|Perl\w+|Lua\w+|Suexec\w+|LoadFile|DBDParams)"
    r"|^\s*Action\s|(?:Log|Logs)\s+[\"']?\|"
    r"|\bInclude(?:Optional)?\s+[\"']?/(?!etc/apache2/)",
    re.MULTILINE,
)


@cache
def _modules() -> re.Pattern[str]:
    """Return what names a module that runs programs: as a word, in a package's name or in a file's."""
    names = "|".join(map(re.escape, programs().server_modules))
    return re.compile(rf"(?:^|[\s/-]|mod[-_])(?:{names})(?:[\s._-]|$)", re.MULTILINE)
