"""The copies from the context: who consumes them, and which of their files stay at run time."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import lru_cache, partial

from transformer.classify.context_files import Division, Reader, divide, may_be_local
from transformer.classify.naming import Naming, naming, told_places
from transformer.classify.started import interpreters
from transformer.classify.state import State, reaches
from transformer.context.build_context import normal
from transformer.ecosystems import interpreted
from transformer.ecosystems.call import absolute
from transformer.ir.effects import Copied, Path, Step
from transformer.ir.verdict import Phase, ProgramFacts
from transformer.knowledge.programs import context_patterns

_PLAIN = re.compile(r"[\w./-]+")
"""A string that is a file name and nothing else."""


def interprets(state: State) -> bool:
    """Whether the file is about an interpreter: then sources are what runs, and any file may be read."""
    effects = [s.effects for s in state.steps]
    used = any(interpreted(e.toolchain) or e.application or e.distributions for e in effects)
    return used or bool(interpreters(state))


def consumed_of(state: State, copied: Copied) -> frozenset[str]:
    """Return the ecosystems that consume a copied source."""
    return consumers(state, Path(copied.target, copied.directory), copied.instruction)


def divided(state: State) -> dict[int, list[Division]]:
    """Divide every copied source by what its consumers make of it."""
    found: dict[int, list[Division]] = {}
    closed, opened, program = named_files(state)
    for copied in state.walk.copies:
        ecosystems = consumed_of(state, copied)
        if ecosystems and not interprets(state) and copied.instruction not in state.known.stay:
            absent, roots = tuple(_absent(state, copied, opened)), _roots(state, copied)
            names = partial(program.names, copied)
            leads_to, leads_into = partial(program.leads_to, copied), partial(program.leads_into, copied)
            reader = Reader(closed, partial(program.mentions, copied), names, roots, leads_to, leads_into, absent)
            division = divide(copied, state.known.context, ecosystems, reader)
        else:
            division = Division(copied, (copied.source,), (), True)
        found.setdefault(copied.instruction, []).append(division)
    return found


def named_files(state: State) -> tuple[bool, frozenset[str], Naming]:
    """Return whether the program opens no other files than it names, what it may open, and what that names."""
    told = not state.roots.vague and not state.roots.unread
    return _named_files(state.facts, frozenset(state.roots.words), told, state.walk.cwd)


@lru_cache(maxsize=4)
def _named_files(
    facts: tuple[ProgramFacts, ...], words: frozenset[str], told: bool, cwd: str
) -> tuple[bool, frozenset[str], Naming]:
    closed = told and bool(facts) and all(f.closed_files for f in facts)
    strings = frozenset(s for f in facts for s in f.strings)
    explicit = frozenset(s for f in facts for s in f.opens)
    opened = (explicit if closed else strings) | words
    return closed, opened, naming(opened, strings | words, explicit, cwd)


def _absent(state: State, copied: Copied, opened: frozenset[str]) -> Iterator[str]:
    """Yield the context paths of files that the program may read and that this context lacks.

    A checkout has no ``.env`` that its developers have beside it, and COPY brought it to their images.
    """
    context = state.known.context
    if context is None or not copied.directory:
        return
    table = context_patterns()
    usual = {
        n
        for f in state.facts
        if f.unread and not f.closed_files
        for n in table.get(f.ecosystem, {}).get("settings", [])
    }
    made = {w.path.path for s in state.steps if s.keyword == "RUN" for w in s.effects.writes}
    base = copied.target.rstrip("/") + "/"
    for text in sorted(opened | usual):
        path = absolute(text, state.walk.cwd)
        name = normal(posixpath.join(copied.source, path.removeprefix(base)))
        there = context.is_file(name) or context.is_directory(name) or context.excludes(name)
        if path.startswith(base) and path not in made and not there and may_be_local(name) and _PLAIN.fullmatch(text):
            yield name


def brings(state: State, step: Step, path: Path) -> bool:
    """Whether a COPY may bring something at or below ``path``; false only if the context has nothing for there."""
    context = state.known.context
    for division in state.divisions.get(step.instruction, ()):
        copied = division.copied
        if context is None or not context.complete or not copied.directory or not context.is_directory(copied.source):
            return True
        names = (n for k in division.kept for n in context.under(k.rstrip("/")) or (k.rstrip("*"),))
        if any(path.overlaps(Path(copied.arrival(name))) for name in names):
            return True
    return False


def repeated(state: State) -> Iterator[tuple[Step, list[Division]]]:
    """Yield the copies of the final stage."""
    for step in state.steps:
        if step.keyword in {"COPY", "ADD"} and state.phase.get(step.index) is Phase.RUNTIME:
            yield step, state.divisions.get(step.instruction, [])


def copied_paths(state: State) -> Iterator[Path]:
    """Yield what the copies of the final stage bring: single files where the context could be read."""
    context = state.known.context
    for step, divisions in repeated(state):
        if not divisions:
            yield from (w.path for w in step.effects.writes)
        for copied, entry in ((d.copied, entry) for d in divisions for entry in d.kept):
            if entry.endswith("*"):
                yield Path(copied.arrival(entry.removesuffix("*")))
                continue
            files = context.under(entry.rstrip("/")) if context is not None and context.complete else ()
            yield from (Path(copied.arrival(name)) for name in files)
            if not files:
                yield Path(copied.target, copied.directory)


def left_of_copy(state: State, step: Step, read: Path) -> bool:
    """Whether the step is a COPY that leaves behind what ``read`` reads."""
    for division in state.divisions.get(step.instruction, ()) if step.keyword in {"COPY", "ADD"} else ():
        target = Path(division.copied.target, division.copied.directory)
        if not division.whole and target.overlaps(read):
            inside = read.path[len(target.path) :].lstrip("/")
            source = f"{division.copied.source}/{inside}" if division.copied.source not in {"", "."} else inside
            return not _below(source, division.kept)
    return False


def consumers(state: State, path: Path, instruction: int) -> frozenset[str]:
    """Return the ecosystems whose tools read ``path`` after the given instruction."""
    return frozenset(
        s.effects.toolchain
        for s in state.steps
        if s.effects.toolchain and s.instruction > instruction
        and any(isinstance(r, Path) and reaches(r, path) for r in s.effects.reads)
    )  # fmt: skip


def _roots(state: State, copied: Copied) -> frozenset[str]:
    """Return the context paths of the roots that a copied directory holds: they stay, whatever their names."""
    base = copied.target.rstrip("/") + "/"
    live = [x.resource for x in state.live if isinstance(x.resource, Path)]
    said = {*state.walk.entrypoint, *state.walk.cmd, *state.roots.words}
    places = [*live, *state.read, *map(Path, told_places(said, state.walk.cwd))]
    below = [p.path.removeprefix(base) for p in places if p.path.startswith(base)]
    below += ["" for p in state.read if p.tree and p.covers(Path(copied.target))]
    names = [normal(posixpath.join(copied.source, name)) for name in below]
    context = state.known.context
    folders = [name for name in names if context is not None and context.is_directory(name)]
    return frozenset(names).union(*(context.under(name) for name in folders if context is not None))


def _below(path: str, entries: tuple[str, ...]) -> bool:
    return any(e in {"", "."} or path == e.rstrip("/") or path.startswith(e.rstrip("/") + "/") for e in entries)
