"""Roles for the tables: the derived ones, less every "may be dropped" that the content does not bear out."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from transformer.knowledge import exceptions, releases, roles
from transformer.knowledge.loader import table
from transformer.knowledge.refresh.archive import Archive
from transformer.knowledge.refresh.derive import Suite
from transformer.knowledge.roles import Group

type_roles = dict[str, str]
_DEVELOPMENT = re.compile(r"-(dev|dev-bin|jdk|jdk-headless)$")
_META_DEPTH = 3
_NOT_DEVELOPMENT = {"none", "static-language"}


def sound_roles(suite: Suite) -> type_roles:
    """Return package -> role; droppable only with a command, header or -dev name, or as a meta package of such."""
    by_stem = exceptions.of("role-stem")
    found = {name: by_stem.get(roles.stem(name), kind) for name, kind in suite.roles.items()}
    proper = _with_content(suite) | {name for name in found if roles.stem(name) in by_stem}
    checked = {name: kind for name, kind in found.items() if _is_borne_out(name, kind, proper)}
    for _ in range(_META_DEPTH):
        checked |= {
            name: kind
            for name, kind in found.items()
            if name not in checked and _leads_to(suite.archive, name, kind, checked)
        }
    return {name: "data" for name in found} | checked


def known_roles(name: str) -> type_roles:
    """Return package -> role as the role table has it of a suite that is not rebuilt."""
    column = releases.suites().index(name)
    rows = table(roles.TABLE).rows()
    return {row[0]: roles.kind_of(row[1][column]) for row in rows if row[1][column] != roles.ABSENT}


def _with_content(suite: Suite) -> set[str]:
    """Return the packages that ship a command, or something to compile and link with."""
    commands = {owner for owners in suite.commands.values() for owner in owners}
    return commands | {name for name, found in suite.development.items() if found.how not in _NOT_DEVELOPMENT}


def _is_borne_out(name: str, kind: str, proper: set[str]) -> bool:
    return (
        _group(kind) is Group.RUNTIME or kind in {"doc", "debug"} or name in proper or bool(_DEVELOPMENT.search(name))
    )


def _leads_to(archive: Archive, package: str, kind: str, checked: type_roles) -> bool:
    """Whether a direct dependency is of that kind's group for sure: a meta package is what it pulls in."""
    direct = [clause[0][0] for clause in archive.binaries[package].depends]
    return any(name in checked and _group(checked[name]) is _group(kind) for name in direct)


def _group(kind: str) -> Group:
    return roles.kind_role(kind, "table").group


def role_rows(known: dict[str, type_roles]) -> list[str]:
    """Return the rows of the role table: one letter a suite."""
    names = set().union(*known.values())
    letter = {kind: roles.letter_of(kind) for found in known.values() for kind in set(found.values())}
    return [
        f"{name}\t" + "".join(letter.get(found.get(name, ""), roles.ABSENT) for found in known.values())
        for name in names
    ]


def stem_rows(known: dict[str, type_roles]) -> list[str]:
    """Return the stems of at least two packages that are all droppable in the same way; most have the value's kind."""
    kinds: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for found in known.values():
        for name, kind in found.items():
            if (stem := roles.stem(name)) != name:
                kinds[stem][name].add(kind)
    out = []
    for stem, by_name in kinds.items():
        counts = Counter(kind for name in sorted(by_name) for kind in sorted(by_name[name]))
        groups = {_group(kind) for kind in counts}
        if len(by_name) > 1 and len(groups) == 1 and Group.RUNTIME not in groups:
            out.append(f"{stem}\t{max(sorted(counts), key=lambda kind: counts[kind])}")
    return out
