"""What the sources of the programs that a file builds tell, by the ecosystems that have to do with them."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Iterator

from msgspec.structs import replace

from transformer.classify.copies import consumed_of, consumers
from transformer.classify.fetched import brings_code
from transformer.classify.named_data import with_named
from transformer.classify.root_set import words_of
from transformer.classify.started import interpreters, machines, started
from transformer.classify.state import State
from transformer.ecosystems import interpreted, load
from transformer.ecosystems.call import Project
from transformer.ecosystems.facts import module_facts, program_facts
from transformer.ir.effects import Copied, Distribution, Nature, Path
from transformer.ir.verdict import ProgramFacts
from transformer.knowledge.commands import command, toolchains
from transformer.knowledge.programs import context_patterns, programs


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
    names |= interpreters(state) | machines(state)
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
    folders = dict(_folders(c) for c in state.walk.copies if interpreted(name) or consumed_of(state, c))
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


def _tool(state: State, installed: Distribution) -> bool:
    """Whether a package is a tool that installs others, which nothing starts at run time."""
    spec = command(installed.name)
    return spec is not None and spec.toolchain == installed.ecosystem and spec.name not in state.roots.commands()


def _starts_modules(state: State) -> bool:
    """Whether the image may start a program that a module brings, which no package of the distribution has."""
    known = {n for names in programs().interpreters.values() for n in names} | programs().builtins
    names = (n.rpartition("/")[2] for n in state.roots.commands())
    return any(n not in known and not state.known.release.providers(n) for n in names)


def _folders(copied: Copied) -> tuple[str, str]:
    """Return the context directory and the image directory of one copied source."""
    if copied.directory:
        return copied.source or ".", copied.target
    return copied.source.rpartition("/")[0] or ".", copied.target.rpartition("/")[0]


def _tops(folders: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the (context directory, image directory) pairs whose context directory lies in no other one."""
    names = sorted(folders)
    tops = [n for n in names if not any(o != n and (o == "." or n.startswith(o + "/")) for o in names)]
    return tuple((n, folders[n]) for n in tops)


def _all_own(state: State) -> bool:
    """Whether all code that is built comes from the context: nothing of it is fetched, all steps are understood."""
    fetched = (
        consumers(state, w.path, s.instruction - 1)
        for s in state.steps
        for w in s.effects.writes
        if w.nature is Nature.DOWNLOAD
    )
    return not any(fetched) and not any(s.effects.opaque for s in state.steps)
