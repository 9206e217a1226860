"""Translation validation: the emitted file is read afresh and judged, with no code of plan and emit."""

from __future__ import annotations

from collections.abc import Iterator

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.plan import Plan
from transformer.ir.source import Source
from transformer.ir.verdict import Analysis
from transformer.knowledge import ImageConfig
from transformer.parse.parser import parse
from transformer.validate import carrying, owning, packages, reading, structure
from transformer.validate.case import Case
from transformer.validate.config import same_config
from transformer.validate.finding import broken
from transformer.validate.placing import Placing, accounted_for, guarded, in_order, ours_first

__all__ = ["validate"]


def validate(  # noqa: PLR0913, PLR0917
    dockerfile: Dockerfile,
    emitted: str,
    analysis: Analysis,
    plan: Plan,
    base_before: ImageConfig | None,
    base_after: ImageConfig | None,
) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the rewritten file (DF901 each): () when it is equivalent as far as it can be judged.

    ``base_before`` and ``base_after`` are the configurations of the old and the new base image, None if not known.
    """
    new = parse(Source.from_bytes(dockerfile.source.path, emitted.encode("utf-8", "surrogateescape")))
    if isinstance(new, Diagnostic):
        return (broken("it parses", new.message, new.position),)
    stages = tuple(structure.two_stages(new))
    if stages:
        return stages
    case = Case(dockerfile, new, analysis, plan, (base_before, base_after))
    return tuple(dict.fromkeys(_judged(case)))


def _judged(case: Case) -> Iterator[Diagnostic]:
    yield from structure.same_ground(case)
    yield from structure.from_lines(case)
    yield from structure.stage_name(case)
    cut, moved, different = structure.matched_builder(case)
    yield from different
    placing = Placing(case)
    yield from placing.problems
    yield from in_order(placing)
    yield from ours_first(placing)
    yield from guarded(placing)
    if not different:
        yield from accounted_for(placing, cut, moved)
        yield from structure.comments_survive(case, cut, placing.origins, placing.verbatim)
        yield from carrying.applied_once(placing, cut)
    yield from same_config(case, placing)
    yield from _carried(placing)
    yield from _packages(placing)
    yield from _read(placing)


def _carried(placing: Placing) -> Iterator[Diagnostic]:
    for law in (
        carrying.all_carried,
        carrying.paths,
        carrying.same_run,
        carrying.before_volume,
        carrying.libraries,
        owning.owners,
    ):
        yield from law(placing)


def _packages(placing: Placing) -> Iterator[Diagnostic]:
    yield from packages.kept_packages(placing.case)
    yield from packages.no_other_packages(placing)
    yield from packages.as_reported(placing.case)
    yield from packages.base_packages(placing.case)
    yield from packages.fresh_lists(placing)


def _read(placing: Placing) -> Iterator[Diagnostic]:
    for law in (
        reading.same_state,
        reading.same_words,
        reading.same_variables,
        reading.declared_arguments,
        reading.accounts_exist,
        reading.present,
        reading.live_paths,
        reading.directories,
    ):
        yield from law(placing)
