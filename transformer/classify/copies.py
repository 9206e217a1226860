"""The copies from the context: who consumes them, and which of their files stay at run time."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator
from functools import lru_cache, partial

from msgspec.structs import replace

from transformer.classify.context_files import Division, Reader, divide, may_be_local
from transformer.classify.fetched import brings_code
from transformer.classify.named_data import with_named
from transformer.classify.naming import Naming, naming, told_places
from transformer.classify.root_set import words_of
from transformer.classify.started import started
from transformer.classify.state import State, reaches
from transformer.context.build_context import normal
from transformer.ecosystems import interpreted, load
from transformer.ecosystems.call import Project, absolute
from transformer.ecosystems.facts import module_facts, program_facts
from transformer.ir.effects import Copied, Distribution, Nature, Path, Step
from transformer.ir.verdict import Phase, ProgramFacts
from transformer.knowledge.commands import command, toolchains
from transformer.knowledge.programs import context_patterns, programs, runtime_ecosystem

_FOLLOWED = "python"
"""The ecosystem whose scripts are followed from those that are started, where nothing else of it is there."""
_SERVICE = "interpreter-service"
"""The effect of programs that run code of a language, and that are also started by their names as services."""
_PLAIN = re.compile(r"[\w./-]+")
"""A string that is a file name and nothing else."""


def facts_of_programs(state: State) -> tuple[ProgramFacts, ...]:
    """Return what the program's sources tell, by each of the ecosystems that it is built with."""
    own = _all_own(state)
    named = frozenset(_words_that_start(state))
    everything = (d for s in state.steps for d in s.effects.distributions)
    installed = tuple(dict.fromkeys(d for d in everything if _parts(d.name) & named or not _tool(state, d)))
    if _starts_modules(state) or any(d.development and _parts(d.name) & named for d in installed):
        # with what is named, what it depends on is needed, and that is for developing too
        installed = tuple(replace(d, development=False) for d in installed)
    builds = [s.effects for s in state.steps if s.effects.toolchain]
    names = {e.toolchain for e in builds} | {d.ecosystem for d in installed}
    names |= {name for e in builds for name in toolchains(e.programs)}  # one script or Makefile may build with several
    names |= _interpreters(state) | _machines(state)
    facts = tuple(_facts(state, name, installed, own=own) for name in sorted(names))
    unread = _foreign(state, {*named, *(text for f in facts for text in f.strings)})
    facts = tuple(_facts(state, f.ecosystem, installed, own=False) if f.ecosystem in unread else f for f in facts)
    return with_named(state, facts)


def _foreign(state: State, words: set[str]) -> frozenset[str]:
    """Return the ecosystems of which something runs that is made of code outside of the context."""
    steps = (s.effects for s in state.steps if s.effects.toolchain)
    return frozenset(e.toolchain for e in steps if any(f == "*" or f in words for f in e.foreign))


def _facts(state: State, name: str, installed: tuple[Distribution, ...], *, own: bool) -> ProgramFacts:
    """Return the facts of one ecosystem; where only a server of files is started, those of its module alone."""
    mine = tuple(d for d in installed if d.ecosystem == name)
    alone = started(state, name)
    if alone is not None:
        return module_facts(
            name, tuple(replace(d, locked=False) for d in mine if d.name in alone), state.known.release.name
        )
    folders = dict(_folders(c) for c in state.walk.copies if interpreted(name) or _consumed(state, c))
    context = state.known.context
    named = frozenset(_words_that_start(state))
    project = None
    if context is not None:
        lines = tuple(s.text for s in state.steps if s.keyword == "RUN" and s.effects.writes)
        lines += tuple(text or "" for text in state.walk.inline.values())
        project = Project(context, _tops(folders), mine, state.known.release.name, named, lines)
    step = brings_code(state.walk, _loaded_from(state, folders)) if interpreted(name) else None
    foreign = "" if own and not _writes_sources(state, name) else "packages of an unknown step"
    return program_facts(name, project, foreign=f"the code that `{step.text}` brings" if step is not None else foreign)


def _writes_sources(state: State, name: str) -> bool:
    """Whether a command writes a source of an ecosystem whose code must all be read, and its tools compile it."""
    module = load(name)
    patterns = context_patterns().get(name, {}).get("sources", []) if module is not None and module.embeds else []
    runs = (s for s in state.steps if s.keyword == "RUN" and not s.effects.toolchain)
    made = [(s, w.path.path) for s in runs for w in s.effects.writes if w.path not in s.effects.reads]
    named = ((s, path) for s, path in made if any(fnmatch.fnmatchcase(posixpath.basename(path), p) for p in patterns))
    return any(name in consumers(state, Path(path), s.instruction - 1) for s, path in named)


def _loaded_from(state: State, folders: dict[str, str]) -> tuple[Path, ...]:
    """Return where an interpreter finds code: the project, the working directory, what is named, what variables say."""
    places = {*folders.values(), state.walk.cwd} - {"/"}
    for name in programs().code_paths:
        places |= {p for p in (state.walk.env.get(name) or "").split(":") if p.startswith("/")}
    named = (p for p in state.roots.paths() if p.path.endswith(programs().code_suffixes))
    return (*named, *(Path(place, tree=True) for place in sorted(places)))


def _words_that_start(state: State) -> Iterator[str]:
    """Yield the words of command lines and variables: ``node -r ts-node/register`` loads a module. What runs the
    project's code while the image is built is among them.
    """
    yield from state.roots.named
    yield from (posixpath.basename(name) for name in (*state.roots.commands(), *state.roots.run))
    run = (step.text for step in state.steps if step.effects.application)
    texts = (*state.roots.words, *run, *(value or "" for value in state.walk.env.values()))
    yield from (word for text in texts for word in words_of(text))


def _parts(name: str) -> frozenset[str]:
    """Return the words that a module's name is written with."""
    return frozenset({name, *words_of(name)})


def _interpreters(state: State) -> frozenset[str]:
    """Return the ecosystems whose interpreter the base image brings, or the image starts."""
    base = state.known.base
    brought = {base.family} if base is not None and base.family in programs().interpreters else set()
    specs = {name: command(posixpath.basename(name)) for name in (*state.roots.commands(), *state.roots.run)}
    services = {name: command(name) for name in state.roots.named}
    started = {s.ecosystem for s in specs.values() if s is not None and s.ecosystem}
    started |= {s.ecosystem for s in services.values() if s is not None and s.effect == _SERVICE}
    return frozenset(brought | {name for name in started if interpreted(name) and name != _FOLLOWED})


def _machines(state: State) -> frozenset[str]:
    """Return the ecosystems whose virtual machine the base image brings, or that is started: what it runs is judged,
    whoever made it, since modules may use the toolchain that goes.
    """
    base = state.known.base
    names = {runtime_ecosystem(base.family) if base is not None else ""}
    names = names if any(s.effects.toolchain for s in state.steps) else set()
    specs = (command(posixpath.basename(name)) for name in (*state.roots.commands(), *state.roots.run))
    started = ((spec.ecosystem, load(spec.ecosystem)) for spec in specs if spec is not None)
    names |= {name for name, found in started if found is not None and found.embeds}
    return frozenset(names - {""})


def _tool(state: State, installed: Distribution) -> bool:
    """Whether a package is a tool that installs others, which nothing starts at run time."""
    spec = command(installed.name)
    return spec is not None and spec.toolchain == installed.ecosystem and spec.name not in state.roots.commands()


def _starts_modules(state: State) -> bool:
    """Whether the image may start a program that a module brings, which no package of the distribution has."""
    known = {n for names in programs().interpreters.values() for n in names} | programs().builtins
    names = (n.rpartition("/")[2] for n in state.roots.commands())
    return any(n not in known and not state.known.release.providers(n) for n in names)


def interprets(state: State) -> bool:
    """Whether the file is about an interpreter: then sources are what runs, and any file may be read."""
    effects = [s.effects for s in state.steps]
    used = any(interpreted(e.toolchain) or e.application or e.distributions for e in effects)
    return used or bool(_interpreters(state))


def _consumed(state: State, copied: Copied) -> frozenset[str]:
    return consumers(state, Path(copied.target, copied.directory), copied.instruction)


def _folders(copied: Copied) -> tuple[str, str]:
    """Return the context directory and the image directory of one copied source."""
    if copied.directory:
        return copied.source or ".", copied.target
    return copied.source.rpartition("/")[0] or ".", copied.target.rpartition("/")[0]


def _all_own(state: State) -> bool:
    """Whether all code that is built comes from the context: nothing of it is fetched, all steps are understood."""
    fetched = (
        consumers(state, w.path, s.instruction - 1)
        for s in state.steps
        for w in s.effects.writes
        if w.nature is Nature.DOWNLOAD
    )
    return not any(fetched) and not any(s.effects.opaque for s in state.steps)


def divided(state: State) -> dict[int, list[Division]]:
    """Divide every copied source by what its consumers make of it."""
    found: dict[int, list[Division]] = {}
    closed, opened, program = named_files(state)
    for copied in state.walk.copies:
        ecosystems = _consumed(state, copied)
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


def _tops(folders: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the (context directory, image directory) pairs whose context directory lies in no other one."""
    names = sorted(folders)
    tops = [n for n in names if not any(o != n and (o == "." or n.startswith(o + "/")) for o in names)]
    return tuple((n, folders[n]) for n in tops)


def _below(path: str, entries: tuple[str, ...]) -> bool:
    return any(e in {"", "."} or path == e.rstrip("/") or path.startswith(e.rstrip("/") + "/") for e in entries)
