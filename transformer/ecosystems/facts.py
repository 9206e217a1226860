"""What the sources of the programs that a file builds say about their run time."""

from __future__ import annotations

import fnmatch
import re

from msgspec.structs import replace

from transformer.ecosystems import load
from transformer.ecosystems.call import Project
from transformer.ecosystems.modules import modules_known
from transformer.ir.effects import Distribution
from transformer.ir.verdict import ProgramFacts, Reason
from transformer.knowledge.programs import context_patterns, programs


def program_facts(ecosystem: str, project: Project | None, *, foreign: str) -> ProgramFacts:
    """Return what a project's sources say; ``foreign`` is what else was compiled or is loaded, "" for nothing."""
    module = load(ecosystem)
    if module is None or project is None or not project.roots:
        calls_itself, links = (module.calls_itself, module.links) if module is not None else (False, True)
        unread = ProgramFacts(ecosystem, False, False, frozenset(), frozenset(), (), (), ())
        embeds = module is not None and module.embeds
        return replace(unread, calls_itself=calls_itself, links=links, embeds=embeds)
    if module.interpreted and foreign:
        strange = Distribution(ecosystem, foreign, False, "")
        project = replace(project, installed=(*project.installed, strange))
    facts = module.facts(project)
    binary = _made_elsewhere(ecosystem, project)
    if binary:
        facts = replace(facts, unread=tuple(sorted({*facts.unread, binary})), links=True)
    return replace(facts, closed_files=False, closed_commands=False) if foreign or binary else facts


def _made_elsewhere(ecosystem: str, project: Project) -> str:
    """Return a library or object file that the context has compiled already, "" without one: programs may be linked
    with it, and what it calls and is linked with itself stands in no source. Dependencies that are vendored are judged
    as such.
    """
    row = context_patterns().get(ecosystem, {})
    kinds, apart = row.get("prebuilt", []), {*row.get("tests", []), *row.get("directories", []), "vendor/"}
    fits = re.compile("|".join(map(fnmatch.translate, kinds))).match if kinds else None
    for file in sorted({f for folder in project.folders for f in project.context.under(folder)}) if fits else ():
        *folders, name = file.split("/")
        if fits is not None and fits(name) and apart.isdisjoint(f"{part}/" for part in folders):
            return file
    return ""


def module_facts(ecosystem: str, installed: tuple[Distribution, ...], release: str) -> ProgramFacts:
    """Return what modules say that are started without any code of the project."""
    known = modules_known(ecosystem, installed, release)
    why = Reason("a server that is started may read it")
    data = tuple((kind, why) for kind in programs().data_packages)
    nothing: frozenset[str] = frozenset()
    return ProgramFacts(
        ecosystem,
        False,
        not known.unread,
        nothing,
        nothing,
        (),
        data,
        known.unread,
        known.packages,
        known.loose,
        read=True,
    )


def data_packages(facts: tuple[ProgramFacts, ...]) -> tuple[str, ...]:
    """Return the packages of data (certificates, time zones …) that the programs read; those of all kinds, where not
    all of their code was read.
    """
    known = programs().data_packages
    read = any(f.closed_commands or f.data for f in facts) and not any(f.links for f in facts)
    return tuple(known[kind] for f in facts for kind, _ in f.data) if read else tuple(known.values())
