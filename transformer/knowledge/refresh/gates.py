"""What a rebuilt table must come up to before it replaces the old one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from transformer.knowledge import exceptions, roles
from transformer.knowledge.refresh.archive import Archive
from transformer.knowledge.refresh.derive import Suite
from transformer.knowledge.refresh.roles import sound_roles
from transformer.knowledge.roles import Group

ROLES, DEVELOPMENT = 0.95, 0.98
_USERS = 5
"""So many source packages must build with a -dev package before what they depend on says something of it."""
_GROUPS = {"B": Group.BUILD, "C": Group.CONDITIONAL, "R": Group.RUNTIME}


def failures(name: str, suite: Suite, labels: Path) -> Iterator[str]:
    """Yield what the derived facts of a suite fail in, one sentence each."""
    right, droppable = role_accuracy(suite, labels)
    if right < ROLES:
        yield f"{name}: only {right:.1%} of the labelled roles are right, {ROLES:.0%} are asked for"
    if droppable:
        yield f"{name}: labelled as needed at run time, and called build-only: {', '.join(droppable)}"
    confirmed, users = development_accuracy(suite)
    if confirmed < DEVELOPMENT:
        yield f"{name}: only {confirmed:.1%} of {users} -dev packages are confirmed, {DEVELOPMENT:.0%} are asked for"


def role_accuracy(suite: Suite, labels: Path) -> tuple[float, list[str]]:
    """Return the share of labelled packages whose group is right, and those called build-only that are not.

    ``labels`` has lines of a name and the letters of the groups that are right (B, C, R); names that the suite lacks
    are passed over, as are those with a release of their own.
    """
    found = sound_roles(suite) | dict(exceptions.of("role"))
    lines = [line.split() for line in labels.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    asked = {words[0]: words[1] for words in lines if len(words) == 2 and words[0] in suite.archive.binaries}  # noqa: PLR2004
    groups = {name: roles.kind_role(found[name], "table").group for name in asked}
    right = [name for name, letters in asked.items() if groups[name] in {_GROUPS[letter] for letter in letters}]
    wrong = [name for name, letters in asked.items() if groups[name] is Group.BUILD and "B" not in letters]
    return len(right) / max(len(asked), 1), wrong


def development_accuracy(suite: Suite) -> tuple[float, int]:
    """Return the share of -dev packages that are confirmed, and how many were looked at.

    A -dev package is confirmed if binaries of at least one source package that builds with it depend on what stands for
    it; looked at are those with some users (reverse build dependencies of the archive).
    """
    archive = suite.archive
    users = _users(archive)
    depends = _depends_of_sources(archive)
    seen = confirmed = 0
    for name, found in suite.development.items():
        source = archive.binaries[name].source if name in archive.binaries else ""
        of_others = [one for one in users.get(name, ()) if depends.get(one) and one != source]
        if source and found.packages and len(of_others) >= _USERS:
            seen += 1
            confirmed += any(depends[one] & set(found.packages) for one in of_others)
    return confirmed / max(seen, 1), seen


def _users(archive: Archive) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for source, names in archive.builds.items():
        for name in names:
            found[name].append(source)
    return found


def _depends_of_sources(archive: Archive) -> Mapping[str, set[str]]:
    """Return source -> what its compiled binaries depend on."""
    found: dict[str, set[str]] = defaultdict(set)
    for binary in archive.binaries.values():
        if binary.native:
            found[binary.source].update(clause[0][0] for clause in binary.depends)
    return found
