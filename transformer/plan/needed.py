"""The packages of the old base image that something live uses, and that a smaller base must get."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from transformer.ecosystems.facts import data_packages
from transformer.ir.effects import Command, Library
from transformer.ir.verdict import Analysis, Phase
from transformer.knowledge import Group
from transformer.knowledge.commands import command
from transformer.knowledge.images import BaseImage
from transformer.knowledge.programs import own_programs, programs
from transformer.knowledge.releases import Coverage
from transformer.plan.draft import Draft

_LINKING_PLAINLY = frozenset({"compile", "make", "archive-library", "edit-last", "files"})
"""Programs whose calls say what is linked: a build system finds libraries by itself."""


_HEADERS = "dev"
"""The kind of packages for compiling against a library."""


def needed(draft: Draft, base: BaseImage) -> Iterator[str]:
    """Yield the packages of the old base that something live uses."""
    known = programs()
    wanted = dict.fromkeys(_needed_data(draft, base))
    wanted.update((p, None) for f in draft.analysis.facts for p, _ in f.packages if p in base.packages)
    own = own_programs(base.family)
    called = (posixpath.basename(n) for n in _live_commands(draft.analysis) if not _is_own(n, own))
    for name in (*called, *sorted(draft.facts.keep)):
        providers = (name, *draft.facts.release.providers(name))
        found = [p for p in providers if p in base.packages]
        wanted.update(dict.fromkeys(found))
        if found or any(p in draft.facts.release.base_packages for p in providers):
            wanted.update((p, None) for p in known.companions.get(name, ()) if p in base.packages)
    wanted.update(dict.fromkeys(_named(draft, base)))
    wanted.update(dict.fromkeys(_linkable(draft, base)))
    wanted.update(dict.fromkeys(_extending(draft, base, wanted)))
    yield from sorted({*_without_brought(draft, sorted(wanted)), *_there_before(draft, base)})


def _is_own(name: str, own: Iterable[str]) -> bool:
    """Whether the image of an interpreter brings a program that is called, beside those of packages."""
    folder, base = posixpath.split(name)
    return base in own and folder in {"", *programs().interpreter_folders}


def _named(draft: Draft, base: BaseImage) -> Iterator[str]:
    """Yield the tools of the old base (git, curl ...) that are named where a program may run them."""
    release = draft.facts.release
    for word in sorted(draft.analysis.named):
        yield from release.holders(word, base.packages)
        for package in (p for p in release.providers(word) if p in base.packages):
            role = release.role(package)
            if role is None or role.group is Group.CONDITIONAL:
                yield package
                yield from (p for p in programs().companions.get(word, ()) if p in base.packages)


def _there_before(draft: Draft, base: BaseImage) -> Iterator[str]:
    """Yield the packages of the old base that an installation in the final stage would bring together with what they
    recommend, which the old image never had: apt asks only for what a package recommends that it installs.
    """
    release = draft.facts.release
    for step in draft.analysis.steps:
        for install in step.effects.installs if draft.runs.get(step.instruction) is not None else ():
            fates = [draft.fates[w.name] for w in install.packages if w.name in draft.fates]
            names = [n for f in fates for n in ((f.name,) if f.kept else f.replaced_by)]
            if not install.recommends or not names:
                continue
            before = release.closure(names, recommends=True, installed=release.base_packages | base.packages)
            anew = release.closure(names, recommends=True)
            foreign = anew - before - base.packages
            yield from (p for p in sorted(anew & base.packages) if foreign.intersection(release.recommends(p)))


def _without_brought(draft: Draft, names: list[str]) -> list[str]:
    """Return the packages without those that others of them bring by their dependencies, or that the first command of
    the final stage installs.
    """
    left = list(names)
    soon = _installed_first(draft)
    for name in names:
        others = [n for n in left if n != name]
        if name in draft.facts.release.closure((*others, *soon), recommends=False):
            left = others
    return left


def _installed_first(draft: Draft) -> tuple[str, ...]:
    """Return what the first command of the final stage installs."""
    first = min((at for at, part in draft.runs.items() if part is not None), default=-1)
    steps = (s for s in draft.analysis.steps if s.instruction == first)
    fates = [
        draft.fates[w.name] for s in steps for i in s.effects.installs for w in i.packages if w.name in draft.fates
    ]
    return tuple(n for f in fates for n in ((f.name,) if f.kept else f.replaced_by))


def _linkable(draft: Draft, base: BaseImage) -> Iterator[str]:
    """Yield the libraries of the old base that a compiled program is linked with: those of its flags, if all flags are
    known; else all whose headers the base brings.
    """
    release, analysis = draft.facts.release, draft.analysis
    if not any(f.links for f in analysis.facts):
        return
    linked = {n.resource for s in analysis.steps for n in s.effects.needs if isinstance(n.resource, Library)}
    stems = sorted({one.name.partition(".so")[0] for one in linked})
    named = [{p for x in linked if x.name.startswith(s + ".so") for p in release.libraries(x.name)} for s in stems]
    plain = all((spec := command(n)) is not None and spec.effect in _LINKING_PLAINLY for n in toolchain(analysis))
    if plain and all(named):
        yield from (p for packages in named for p in packages if p in base.packages)
        return
    exact = release.coverage is Coverage.EXACT  # elsewhere nothing is proven
    for name in base.packages:
        left, role = release.runtime_of(name), release.role(name)
        if exact and left is None and role is not None and role.kind == _HEADERS:
            yield name  # its libraries are not known: it depends on them itself
        for package in left.packages if left is not None and left.proven else ():
            if package in base.packages and package not in release.base_packages:
                yield package


def _extending(draft: Draft, base: BaseImage, wanted: Iterable[str]) -> Iterator[str]:
    """Yield the packages of the old base that extend a library that the final stage has: it loads them by their place.

    What they bring may be extended itself.
    """
    release = draft.facts.release
    names = {*wanted, *(n for f in draft.fates.values() for n in ((f.name,) if f.kept else f.replaced_by))}
    while found := release.extensions(base.packages, release.closure(names, recommends=False)):
        names.update(found)
        yield from found


def toolchain(analysis: Analysis) -> set[str]:
    """Return the programs of the steps that build."""
    return {n for s in analysis.steps if s.effects.toolchain for n in s.effects.programs}


def _needed_data(draft: Draft, base: BaseImage) -> Iterator[str]:
    """Yield the packages of data that the program reads; of all kinds, where its code was not read."""
    known = programs()
    held = {known.data_packages[kind] for kind in known.toolchain_data.get(base.family, ())}
    for package in data_packages(draft.analysis.facts):
        if package not in draft.facts.release.base_packages and package in held | base.packages:
            yield package


def _live_commands(analysis: Analysis) -> Iterator[str]:
    for item in analysis.live:
        if isinstance(item.resource, Command):
            yield item.resource.name
    for facts in analysis.facts:
        for need in facts.needs:
            if isinstance(need.resource, Command):
                yield need.resource.name
    for verdict in analysis.verdicts:
        if verdict.phase is Phase.RUNTIME:
            yield from analysis.steps[verdict.step].effects.programs
