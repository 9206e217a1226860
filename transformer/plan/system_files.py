"""Files of the operating system that the image names, by the directories in which only packages put them."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterator

from transformer.ecosystems.facts import data_packages
from transformer.ir.effects import Path, Step
from transformer.knowledge.data_kinds import kinds_of
from transformer.knowledge.loader import rows
from transformer.knowledge.packages import LIBRARY_FILE
from transformer.knowledge.programs import context_patterns, programs
from transformer.plan.draft import Draft

_PATH = re.compile(r"(?<![\w./:-])/[\w./+-]+")
_MAX_FILES = 200
"""Files with settings that are looked through; where there are more, they are data."""


def files_of_packages(draft: Draft) -> Iterator[tuple[str, str]]:
    """Yield the names of files that look like files of packages, and that nothing of the file makes, each with what
    names it.

    Libraries are not among them: what is linked or loaded is installed (``Uses.library_files``).
    """
    pattern = re.compile("|".join(row[0] for row in rows("package-places.tsv")))
    made = [w.path for s in draft.analysis.steps for w in s.effects.writes]
    context = draft.facts.context
    own = context.names if context is not None else frozenset()
    data = _data_there(draft)
    for name, where in _named(draft):
        base = posixpath.basename(name)
        kinds = frozenset(kinds_of(name))
        if not (kinds or pattern.fullmatch(name)) or base in own or LIBRARY_FILE.fullmatch(base) or kinds & data:
            continue
        if name[0] != "/" or not any(path.covers(Path(name)) for path in made):
            yield name, where


def _data_there(draft: Draft) -> frozenset[str]:
    """Return the kinds of data whose package the final image gets, or has already."""
    known = programs().data_packages
    held = {*data_packages(draft.analysis.facts), *draft.facts.release.base_packages}
    return frozenset(kind for kind, package in known.items() if package in held)


def _named(draft: Draft) -> Iterator[tuple[str, str]]:
    yield from ((t, "the program") for t in sorted({t for f in draft.analysis.facts for t in f.strings if t}))
    words = {x.resource.path for x in draft.analysis.live if isinstance(x.resource, Path)} | draft.analysis.words
    yield from ((word, "a command line") for word in sorted(words) if word)
    known = {*draft.walk.inherited, *programs().toolchain_variables, "PATH"}
    for name, value in draft.walk.env.items():
        yield from ((path, f"ENV {name}") for path in _PATH.findall(value or "") if name not in known)
    for step in draft.analysis.steps:
        yield from ((path, f"`{step.text}`") for path in _taken(step))
    yield from _settings(draft)


def _taken(step: Step) -> Iterator[str]:
    """Yield what a command copies or links to: what it makes is of use only with that."""
    effects = step.effects
    if step.keyword != "RUN" or effects.toolchain or effects.installs or not effects.writes:
        return
    yield from (r.path for r in effects.reads if isinstance(r, Path))
    yield from (n.resource.path for n in effects.needs if isinstance(n.resource, Path))


def _settings(draft: Draft) -> Iterator[tuple[str, str]]:
    """Yield the paths in settings that COPY brings."""
    context, known = draft.facts.context, context_patterns()["settings"]
    if context is None:
        return
    brought = {f for c in draft.walk.copies for f in context.under(c.source)}
    fits, apart = _any_of(known["patterns"]), _any_of(known["apart"])
    files = [f for f in sorted(brought) if fits(f.rpartition("/")[2]) and not apart(f.rpartition("/")[2])]
    for file in files if len(files) <= _MAX_FILES else ():
        if not any(folder.startswith(".") for folder in file.split("/")[:-1]):
            yield from ((path, file) for path in sorted(set(_PATH.findall(context.read(file) or ""))))


def _any_of(patterns: list[str]) -> Callable[[str], object]:
    return re.compile("|".join(map(fnmatch.translate, patterns))).match
