"""Law 5, packages: the final stage installs what stays, what stands for headers, and what the old base image gave."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Command, Library, Path, Step
from transformer.ir.verdict import Phase
from transformer.knowledge import Group, release
from transformer.knowledge.commands import command
from transformer.knowledge.programs import own_programs, programs
from transformer.validate.case import Case
from transformer.validate.finding import broken, wrong
from transformer.validate.placing import Kind, Placing, steps_of
from transformer.validate.runs import words

_LAW = "packages (E2, E3)"
_LISTS = Path("/var/lib/apt/lists", tree=True)


def kept_packages(case: Case) -> Iterator[Diagnostic]:
    """Every package that stays is installed, and everything that stands for one that goes."""
    have = case.installed
    for fate in case.analysis.packages:
        position = case.analysis.steps[fate.step].position
        if fate.kept and fate.name not in have:
            yield broken(_LAW, f"{fate.name} stays ({fate.reason}), but is not installed", position)
        for name in () if fate.kept else fate.replaced_by:
            if name not in have and not _held(case, name):
                yield broken(_LAW, f"{name}, which {fate.name} is replaced by, is not installed", position)


def _held(case: Case, package: str) -> bool:
    """Whether the new base image holds the package."""
    after = case.image_after
    return after is not None and after.holds(package)


def no_other_packages(placing: Placing) -> Iterator[Diagnostic]:
    """Nothing that only builds is installed, and nothing that the old image did not have."""
    case = placing.case
    fates = {f.name: f for f in case.analysis.packages}
    allowed = {n for f in fates.values() for n in ((f.name,) if f.kept else f.replaced_by)}
    base = _wanted_of_base(case)
    for item in placing.placed:
        for word in (w for s in steps_of(placing, item) for w in words(s)):
            if item.kind is Kind.OURS and word.name not in base | allowed:
                yield wrong(_LAW, item.instruction, f"nothing live needs {word.name} of the old base image")
            elif word.name not in allowed | base and word.name in fates:
                yield wrong(_LAW, item.instruction, f"{word.name} stays behind: {fates[word.name].reason}")
    yield from _twice(placing)


def as_reported(case: Case) -> Iterator[Diagnostic]:
    """What the report says is installed in place of what the old base held is installed."""
    own = {fate.name for fate in case.analysis.packages}
    for fate in case.plan.packages:
        if fate.kept and fate.name not in own | case.installed:
            message = f"{fate.name} is not installed, and the report says that it is"
            yield broken(_LAW, message, case.from_final.position)


def _twice(placing: Placing) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for item in placing.placed:
        names = [w.name for s in steps_of(placing, item) for w in words(s)]
        for name in dict.fromkeys(names):
            if item.kind is Kind.OURS and (name in seen or names.count(name) > 1):
                yield wrong(_LAW, item.instruction, f"{name} is installed twice")
        seen.update(names)


def base_packages(case: Case) -> Iterator[Diagnostic]:
    """What something live uses of the old base image, the new one holds or the final stage installs."""
    if not case.base_changed or case.image_before is None or case.image_after is None:
        return
    names = case.installed
    have = names | release(case.image_after.release or "").closure(names, recommends=False)
    loaded = ((package, "a library that is there loads what it has") for package in sorted(_extending(case)))
    for package, why in (*_needed_data(case), *loaded):
        if case.image_before.holds(package) and not case.image_after.holds(package) and package not in have:
            yield broken(_LAW, f"{package} of the old base image is missing: {why}", case.from_final.position)
    for library, packages in (*_linked(case), *_named_libraries(case)):
        own = {p for p in packages if case.image_before.holds(p)}
        if own and not any(case.image_after.holds(p) or p in have for p in own):
            message = f"{library} of the old base image is missing: the program may be linked with it, or names it"
            yield broken(_LAW, message, case.from_final.position)
    for name in sorted(_live_commands(case) | case.analysis.keep | _named_tools(case)):
        for group in _providers(case, name):
            old = [p for p in group if case.image_before.holds(p)]
            if old and not any(case.image_after.holds(p) or p in have for p in old):
                message = f"{old[0]} of the old base image is missing: {name} is called, or may be"
                yield broken(_LAW, message, case.from_final.position)


def _named_libraries(case: Case) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the files of libraries that something names, each with the packages of the old base that have it."""
    before = case.image_before
    known = release(before.release if before is not None and before.release else "")
    for word in sorted(case.analysis.named):
        found = known.holders(word, before.packages) if before is not None else ()
        if found:
            yield word, frozenset(found)


def _extending(case: Case) -> frozenset[str]:
    """Return the packages of the old base image that extend a library which the final stage installs."""
    before = case.image_before
    if before is None or not case.base_changed:
        return frozenset()
    known = release(before.release or "")
    return frozenset(known.extensions(before.packages, known.closure(case.installed, recommends=False)))


def _named_tools(case: Case) -> frozenset[str]:
    """Return the tools, such as git, that are named where a program may run them."""
    known = release(case.image_before.release or "") if case.image_before is not None else None
    if known is None:
        return frozenset()
    roles = {word: [known.role(p) for p in known.providers(word)] for word in case.analysis.named}
    conditional = {w for w, found in roles.items() if any(r is None or r.group is Group.CONDITIONAL for r in found)}
    return frozenset(conditional)


def _linkable(case: Case) -> set[str]:
    """Return the libraries of the old base that a program may be linked with: all whose headers it has too."""
    before = case.image_before
    if before is None or not any(f.links for f in case.analysis.facts):
        return set()
    known = release(before.release or "")
    left = [known.runtime_of(name) for name in before.packages]
    return {p for one in left if one is not None and one.proven for p in one.packages if before.holds(p)}


def _linked(case: Case) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each library that a flag names, with the packages that have it; all of them if one is not known."""
    before = case.image_before
    known = release(before.release if before is not None and before.release else "")
    needs = [n.resource for s in case.analysis.steps for n in s.effects.needs if isinstance(n.resource, Library)]
    found = {one.name: known.libraries(one.name) for one in needs}
    builders = {n for s in case.analysis.steps if s.effects.toolchain for n in s.effects.programs}
    effects = {spec.effect for n in builders if (spec := command(n)) is not None}
    if effects & {"cmake", "configure", "meson", "prepare"} or not all(found.values()):
        found = {name: frozenset({name}) for name in _linkable(case)}
    yield from sorted(found.items()) if any(f.links for f in case.analysis.facts) else ()


def _providers(case: Case, command: str) -> Iterator[tuple[str, ...]]:
    """Yield what may hold the command, and then, if the old base image does hold it, what else the program uses."""
    before = case.image_before
    if before is None:
        return
    names = (command, *release(before.release or "").providers(command))
    yield names
    if any(before.holds(name) for name in names):
        yield from ((companion,) for companion in programs().companions.get(command, ()))


def _needed_data(case: Case) -> Iterator[tuple[str, str]]:
    """Yield the data packages that the program may read: those that its sources name, all if no sources were read."""
    facts = case.analysis.facts
    read = any(f.closed_commands or f.data for f in facts) and not any(f.links for f in facts)
    kinds = {kind for f in facts for kind, _ in f.data} if read else set(programs().data_packages)
    for kind in sorted(kinds):
        yield programs().data_packages[kind], f"the program reads {kind}"
    for package, reason in (pair for f in facts for pair in f.packages):
        yield package, reason.text


def _live_commands(case: Case) -> frozenset[str]:
    live = {x.resource.name for x in case.analysis.live if isinstance(x.resource, Command)}
    live |= {n.resource.name for f in case.analysis.facts for n in f.needs if isinstance(n.resource, Command)}
    steps = [case.analysis.steps[n] for n, phase in case.phases.items() if phase is Phase.RUNTIME]
    family = case.image_before.family if case.image_before is not None else ""
    own = frozenset(own_programs(family))
    called = (posixpath.split(name) for name in live | {name for s in steps for name in s.effects.programs})
    folders = {"", *programs().interpreter_folders}
    return frozenset(base for folder, base in called if base not in own or folder not in folders)


def _wanted_of_base(case: Case) -> frozenset[str]:
    """Return what a line of ours may install: what has a command that something live calls, and what else it uses and
    does not only build.
    """
    if case.image_before is None or not case.base_changed:
        return frozenset()
    known = release(case.image_before.release or "")
    found = {package for package, _ in _needed_data(case)} | _linkable(case)
    roles = {p: known.role(p) for p in found}
    read = {p for p, role in roles.items() if role is None or role.group is not Group.BUILD}
    called = _live_commands(case) | case.analysis.keep | case.analysis.named
    stays = [n for f in case.analysis.packages for n in ((f.name,) if f.kept else f.replaced_by)]
    read |= {p for _, packages in _named_libraries(case) for p in packages}
    read |= {p for p in known.closure(stays, recommends=True) if case.image_before.holds(p)}  # comes with them anyway
    while more := known.extensions(case.image_before.packages, known.closure({*read, *stays}, recommends=False)):
        read.update(more)
    return frozenset(read | {p for c in called for p in (c, *known.providers(c), *programs().companions.get(c, ()))})


def fresh_lists(placing: Placing) -> Iterator[Diagnostic]:
    """An installation finds package lists, if it did in the original (TRAPS 15)."""
    case = placing.case
    old, new = _with_lists(case.old_walk.steps), _with_lists(case.walk.steps)
    for item in placing.placed:
        without = sum(bool(s.effects.installs) and s.index not in new for s in steps_of(placing, item))
        before = sum(
            bool(s.effects.installs) and s.index not in old
            for s in case.old_walk.steps
            if item.kind is not Kind.OURS and s.instruction == item.origin
        )
        if without > before:
            yield wrong("package lists", item.instruction, "no package lists are there to install from")


def _with_lists(steps: tuple[Step, ...]) -> frozenset[int]:
    """Return the installing steps that find package lists."""
    there, found = False, set()
    for step in steps:
        if step.effects.installs and there:
            found.add(step.index)
        if any(w.path.overlaps(_LISTS) for w in step.effects.writes):
            there = True
        if any(r.path.startswith(_LISTS.path) or r.covers(_LISTS) for r in step.effects.removes):
            there = False
    return frozenset(found)
