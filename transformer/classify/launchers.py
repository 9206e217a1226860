"""Programs that start what their configuration says: supervisord, cron, s6 and runit, starters of Procfiles.

What they start is as live as what the image starts. Their files are read where COPY brings them from the context;
whatever else writes there makes what they start unknown.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from transformer.classify.web_settings import starts_more
from transformer.context.build_context import BuildContext
from transformer.context.python_plain import plain
from transformer.ecosystems.call import absolute
from transformer.ir.effects import Interpretation, Nature, Path, Step
from transformer.knowledge.programs import Launcher, programs

_HARMLESS = frozenset({"chmod", "chown", "chgrp", "touch"})
_EXPANDED = re.compile(r"%\((\w+)\)\w")
"""``%(ENV_HOME)s`` (supervisord, "Configuration File": expressions)."""
_SCHEDULE = re.compile(r"\s*(?:@\w+|(?:[\w*,/~-]+\s+){4}[\w*,/~-]+)\s+(?P<command>\S.*)")
_ASSIGNMENT = re.compile(r"\s*[A-Za-z_]\w*\s*=")
_PROCESS = re.compile(r"\s*([\w-]+):\s*(\S.*)")
_STARTS = re.compile(r"(?m)attach-daemon|^[\s-]*(?:exec-|hook-|mule|spooler|emperor|[\w-]*cron|include|vassal|import)")
"""Options of uWSGI that start programs or read more (uwsgi-docs, "Options")."""
_USER = ""
"""Stands for the place of a user's own crontab."""
_SECTIONS = ("program:", "eventlistener:", "fcgi-program:")
_NO_SCRIPTS = frozenset(("type", "contents", "notification-fd", "down", "bundle", "producer-for", "consumer-for"))
"""Files of a service directory that hold words (s6-rc-compile)."""


class Job(Struct, frozen=True):
    """What a file says: a command line, "" where the file at ``target`` is itself started; "" for a source is RUN's."""

    source: str
    target: str
    line: int
    text: str


class Told(Struct, frozen=True):
    """What is started, and why that is not all."""

    jobs: tuple[Job, ...]
    unread: tuple[str, ...]


def launcher_of(words: tuple[str, ...]) -> Launcher | None:
    """Return the launcher that a command line starts, also by ``service NAME start``."""
    name = posixpath.basename(words[0])
    known = programs().launchers
    found = known.get(words[0]) or known.get(name)
    return found or (known.get(words[1]) if name in programs().services and len(words) > 1 else None)


def told(launcher: Launcher, words: tuple[str, ...], walk: Interpretation, context: BuildContext | None) -> Told:
    """Return what a launcher starts."""
    name = posixpath.basename(words[0])
    if context is None or not context.complete or not launcher.format:
        return Told((), (f"what `{name}` starts is said by its configuration, which was not read",))
    given = _given(launcher, words)
    if launcher.format == "apache":
        places = [Path(place, tree=True) for place in launcher.places]
        others = (f"`{' '.join(words)}` is told more than its settings",) if len(words) > 1 else ()
        return Told((), (*others, *starts_more(walk, context, places)))
    places = [Path(absolute(place, walk.cwd), tree=True) for place in given or launcher.places]
    places += [Path(place, tree=True) for place in launcher.places if given and place.startswith("/etc/")]
    files = {t: s for t, s in _arriving(walk, context) if any(p.covers(Path(t)) for p in places)}
    jobs: list[Job] = []
    users: set[str] = set()
    unread = [f"`{step.text}` writes what `{name}` starts" for step in _writers(walk, places)]
    unread += [
        f"{p.path}, which says what `{name}` starts, is not in the context"
        for p in places
        if _missing(launcher, p, given, files, walk)
    ]
    if launcher.format == "uwsgi" and any(_STARTS.search(word) for word in words[1:]):
        unread.append(f"`{' '.join(words)}` starts more than its application")
    for step in (s for s in walk.steps if launcher.format == "crontab" and "crontab" in s.effects.programs):
        found = _installed(step, walk, context)
        users |= found
        unread += [] if found else [f"`{step.text}` installs jobs that were not read"]
    for target, source in (*sorted(files.items()), *((_USER, source) for source in sorted(users))):
        text = context.read(source)
        said = None if text is None else _jobs(launcher, target, source, text)
        jobs += said or ()
        unread += [f"{source} is not understood"] if said is None else []
    return Told(tuple(jobs), tuple(unread))


def _given(launcher: Launcher, words: tuple[str, ...]) -> list[str]:
    """Return the places that the command line names instead of the usual ones."""
    found = [value for option, value in pairwise(words) if option in launcher.options]
    found += [w.partition("=")[2] for w in words if w.partition("=")[0] in launcher.options and "=" in w]
    if launcher.format == "scripts":
        found += [w for w in words[1:] if w.startswith("/")]
    found = [w for w in found if launcher.format != "python" or ":" not in w]  # a module, as `python:app.settings`
    return found + ([w for w in words[1:] if w.endswith(".ini")] if launcher.format == "uwsgi" else [])


def _arriving(walk: Interpretation, context: BuildContext) -> Iterator[tuple[str, str]]:
    """Yield the files that COPY brings: their paths in the image and in the context."""
    return ((c.arrival(name), name) for c in walk.copies for name in context.under(c.source))


def _writers(walk: Interpretation, places: list[Path]) -> Iterator[Step]:
    """Yield the steps that write there, but for packages, and copies of the context."""
    read = {copied.instruction for copied in walk.copies}
    for step in walk.steps:
        effects = step.effects
        quiet = effects.installs or (effects.programs and set(effects.programs) <= _HARMLESS)
        if quiet or (step.instruction in read and step.keyword != "RUN"):
            continue
        writes = (w.path for w in effects.writes if w.nature is not Nature.DIRECTORY and w.path not in effects.reads)
        if any(place.overlaps(path) for path in writes for place in places):
            yield step


def _missing(launcher: Launcher, place: Path, given: list[str], files: dict[str, str], walk: Interpretation) -> bool:
    """Whether a file that the command line names was not read, and is none that a package may have brought."""
    own = any(Path(usual, tree=True).covers(place) for usual in launcher.places if usual.startswith("/etc/"))
    named = {absolute(name, walk.cwd) for name in given}
    return place.path in named and not own and not any(place.covers(Path(target)) for target in files)


def _installed(step: Step, walk: Interpretation, context: BuildContext) -> set[str]:
    """Return the file of the context that ``crontab FILE`` installs."""
    try:
        words = [w for w in shlex.split(step.text) if not w.startswith("-")]
    except ValueError:
        return set()
    target = absolute(words[1], walk.states[step.instruction][0]) if len(words) == len(("crontab", "FILE")) else ""
    return {source for there, source in _arriving(walk, context) if there == target}


# ------------------------------------------------------------------------------------------------------------- formats
def _jobs(launcher: Launcher, target: str, source: str, text: str) -> list[Job] | None:
    """Return what a file starts; None if it is not understood."""
    if launcher.format == "shell":
        return [Job(source, target, 1, text)]
    if text.startswith("#!"):
        return [Job(source, target, 1, "")] if "sh" in text.partition("\n")[0] else None
    if launcher.format == "ini":
        return _sections(launcher, source, target, text)
    if launcher.format == "uwsgi":
        return None if _STARTS.search(text) else []
    if launcher.format == "python":  # what has the name of a script is read with the project's code
        return [] if target.endswith(".py") or plain(text) is not None else None
    if launcher.format == "scripts":
        return [] if posixpath.basename(target) in _NO_SCRIPTS else None
    read = {"crontab": _schedule, "procfile": _process}[launcher.format]
    jobs: list[Job] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            found = read(line, target)
            if found is None:
                return None
            jobs += [Job(source, target, number, command) for command in found]
    return jobs


def _sections(launcher: Launcher, source: str, target: str, text: str) -> list[Job] | None:
    """Return the programs of supervisord (supervisord.org/configuration.html), which no shell reads; None also where
    it includes files from elsewhere.
    """
    import configparser

    parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(" ;", "\t;"))
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    included = parser.get("include", "files", fallback="").split()
    folders = [Path(absolute(pattern, posixpath.dirname(target))) for pattern in included]
    if not all(any(Path(p, tree=True).covers(f) for p in launcher.places if p.startswith("/")) for f in folders):
        return None
    jobs = []
    for section in parser.sections():
        if section.startswith(_SECTIONS) and parser.has_option(section, "command"):
            said = " ".join(parser.get(section, "command").split())
            line = next((n for n, row in enumerate(text.splitlines(), 1) if said.split(" ")[0] in row), 1)
            jobs.append(Job(source, target, line, _EXPANDED.sub(r"$\1", said)))
    return jobs


def _schedule(line: str, target: str) -> list[str] | None:
    """Return the command of a line of crontab(5); in the system's files a user stands in front of it."""
    if _ASSIGNMENT.match(line):
        return []
    found = _SCHEDULE.fullmatch(line)
    if found is None:
        return None
    said = re.split(r"(?<!\\)%", found["command"])[0]
    return [said if target == _USER else said.partition(" ")[2].strip()]


def _process(line: str, _: str) -> list[str] | None:
    found = _PROCESS.fullmatch(line)
    return None if found is None else [found[2]]
