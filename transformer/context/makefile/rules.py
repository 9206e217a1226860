"""The rules of a Makefile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from transformer.context.makefile import built_in
from transformer.context.makefile.expansion import value_of
from transformer.context.makefile.text import Unclear, is_unknown
from transformer.context.makefile.variables import Variables
from transformer.context.makefile.words import stem_of


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as read: a pattern rule has ``%`` in its targets. ``own``: the Makefile has it, not make."""

    targets: tuple[str, ...]
    needs: tuple[str, ...]
    order_only: tuple[str, ...]
    recipe: tuple[str, ...]
    stem: str | None = None
    own: bool = True


@dataclass(slots=True)
class Rules:
    """All rules of a Makefile. ``included`` are the files that it would include if they were there."""

    explicit: dict[str, list[Rule]] = field(default_factory=dict)
    patterns: list[Rule] = field(default_factory=list)
    phony: set[str] = field(default_factory=set)
    special: set[str] = field(default_factory=set)
    """Targets with variables of their own."""
    suffixes: set[str] = field(default_factory=lambda: set(built_in.suffixes()))
    order: list[str] = field(default_factory=list)
    included: list[str] = field(default_factory=list)


def default_goal(rules: Rules, values: Variables) -> str:
    """Return the goal of a run without goals."""
    named = value_of(values, ".DEFAULT_GOAL").split() if ".DEFAULT_GOAL" in values.defined else []
    first = [name for name in rules.order if not name.startswith(".") or "/" in name]
    if not (named or first) or any(map(is_unknown, named)):
        raise Unclear
    return (named or first)[0]


def built_in_rules(rules: Rules) -> Iterator[Rule]:
    """Yield make's own pattern rules, without those that the Makefile cancels."""
    cancelled = {(rule.targets, rule.needs) for rule in rules.patterns if not rule.recipe}
    for target, need, recipe in built_in.rules():
        suffixes = {part[1:] for part in (target, need) if part.startswith("%.")}
        if suffixes <= rules.suffixes and ((target,), (need,)) not in cancelled:
            yield Rule((target,), (need,), (), recipe, own=False)


def matches(pattern: str, name: str) -> tuple[str, str] | None:
    """Return directory and stem of a name that a pattern rule's target matches."""
    folder, slash, base = name.rpartition("/")
    stem = stem_of(pattern, name if "/" in pattern else base)
    return None if not stem else ("" if "/" in pattern else folder + slash, stem)


def filled(rule: Rule, folder: str, stem: str) -> Rule:
    """Return a pattern rule with a name put in."""

    def fill(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(folder + name.replace("%", stem, 1) if "%" in name else name for name in names)

    targets = fill(rule.targets) if rule.targets != ("%",) else (folder + stem,)
    return Rule(targets, fill(rule.needs), fill(rule.order_only), rule.recipe, folder + stem, rule.own)
