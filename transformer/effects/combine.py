"""Joining the effects of several commands into those of one step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from transformer.ir.effects import Effects, Nature, Resource, Write

T = TypeVar("T")


def opaque(reason: str) -> Effects:
    """Return the effects of something that is not understood: it may read and write anything."""
    return Effects(opaque=reason)


def may(effects: Effects) -> Effects:
    """Return the effects of a branch that may not run: nothing is certain, and a removal is an edit."""
    writes = tuple(replace(w, must=False) for w in effects.writes)
    edits = tuple(Write(p, Nature.DATA, must=False, carriable=False) for p in effects.removes)
    return replace(effects, writes=(*writes, *edits), removes=(), thins=(*effects.thins, *effects.removes))


def in_all(branches: Iterable[Effects]) -> Effects:
    """Return the writes that all of several branches surely make, of which one runs."""
    found: list[Write] | None = None
    for branch in branches:
        sure = [w for w in branch.writes if w.must]
        found = sure if found is None else [w for w in found if any(w.path == x.path for x in sure)]
    return Effects(writes=tuple(found or ()))


def merged(parts: Iterable[Effects]) -> Effects:
    """Return the effects of running all of ``parts`` in order. What an earlier part wrote is not read from outside."""
    parts = tuple(parts)
    if len(parts) == 1:
        return parts[0]
    return Effects(
        reads=_outer_reads(parts),
        writes=_unique(w for p in parts for w in p.writes),
        removes=_unique(r for p in parts for r in p.removes),
        thins=_unique(t for p in parts for t in p.thins),
        programs=_unique(n for p in parts for n in p.programs),
        installs=tuple(i for p in parts for i in p.installs),
        uninstalls=tuple(u for p in parts for u in p.uninstalls),
        accounts=_unique(a for p in parts for a in p.accounts),
        unnumbered=_unique(a for p in parts for a in p.unnumbered),
        groups=_unique(g for p in parts for g in p.groups),
        owner=_owner(parts),
        needs=_unique(n for p in parts for n in p.needs),
        assumptions=_unique(a for p in parts for a in p.assumptions),
        opaque=next((p.opaque for p in parts if p.opaque), ""),
        toolchain=next((p.toolchain for p in parts if p.toolchain), ""),
        application=next((p.application for p in parts if p.application), ""),
        code="\n".join(p.code for p in parts if p.code),
        foreign=_unique(f for p in parts for f in p.foreign),
        distributions=_unique(d for p in parts for d in p.distributions),
        unsupported=next((p.unsupported for p in parts if p.unsupported), ""),
        unpacks=next((p.unpacks for p in parts if p.unpacks), ""),
        shell_state=bool(parts) and all(p.shell_state for p in parts),
    )


def _owner(parts: tuple[Effects, ...]) -> str:
    owners = {p.owner for p in parts if p.writes}
    return owners.pop() if len(owners) == 1 else "?" if owners - {""} else ""


def _outer_reads(parts: tuple[Effects, ...]) -> tuple[Resource, ...]:
    from transformer.ir.effects import Path

    written: list[Path] = []
    reads: dict[Resource, None] = {}
    for part in parts:
        for resource in part.reads:
            if not (isinstance(resource, Path) and any(w.covers(resource) for w in written)):
                reads[resource] = None
        written += [w.path for w in part.writes if w.must]
    return tuple(reads)


def _unique(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))
