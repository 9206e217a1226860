"""The walk from the goals to what they need, and back through the recipes."""

from __future__ import annotations

from dataclasses import dataclass, field

from transformer.context.makefile.implicit import Search, implicit_rule
from transformer.context.makefile.recipe import run
from transformer.context.makefile.rules import Rule
from transformer.context.makefile.text import MAX_DEPTH, Unclear, is_unknown

_MAKEFILES = frozenset({"Makefile", "makefile", "GNUmakefile"})


@dataclass(slots=True)
class Builder:
    """The commands so far. ``done``: the targets so far, and whether they were made; ``open``: those above."""

    search: Search
    lines: list[str] = field(default_factory=list)
    done: dict[str, bool] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)


def check_included(search: Search) -> None:
    """Refuse what make would make before it begins: then what is included is not known."""
    for name in (*search.rules.included, *_MAKEFILES):
        if any(rule.recipe for rule in search.rules.explicit.get(name, ())) or implicit_rule(search, name):
            raise Unclear


def build(builder: Builder, name: str) -> bool:
    """Make a target after what it needs, once; whether it is new then."""
    if name in builder.done:
        return builder.done[name]
    if _is_unusual(builder, name) or name in builder.open or len(builder.open) > MAX_DEPTH:
        raise Unclear
    builder.open.add(name)
    rule = _rule(builder.search, name)
    new = _made(builder, name, rule)
    builder.open.discard(name)
    for target in rule.targets:
        builder.done[target] = new
    return new


def _is_unusual(builder: Builder, name: str) -> bool:
    return is_unknown(name) or name.startswith("-l") or name in builder.search.rules.special or name == ".WAIT"


def _made(builder: Builder, name: str, rule: Rule) -> bool:
    search = builder.search
    there = search.exists(name) and name not in search.rules.phony
    made = [build(builder, need) for need in rule.needs]
    for need in rule.order_only:
        build(builder, need)
    new = not there or any(made)
    if there and not new and rule.needs and rule.recipe:
        raise Unclear  # which of them is newer is not known
    if new:
        run(search.values, builder.lines, name, rule, there=there)
    return new


def _rule(search: Search, name: str) -> Rule:
    """Return all that the Makefile says of a target, as one rule."""
    rules, there = search.rules.explicit.get(name, []), search.exists(name)
    with_recipe = [rule for rule in rules if rule.recipe]
    phony = name in search.rules.phony
    implicit = None if with_recipe or phony else implicit_rule(search, name)
    if len(with_recipe) > 1 or (there and implicit) or not (rules or there or implicit or phony):
        raise Unclear
    return _united(name, [*with_recipe, *([implicit] if implicit else [])], rules)


def _united(name: str, first: list[Rule], rules: list[Rule]) -> Rule:
    """Return one rule with the recipe of ``first``, if there is one, and the needs of all."""
    every = [*first, *(rule for rule in rules if rule not in first)]
    main = first[0] if first else Rule((name,), (), (), ())
    needs = tuple(need for rule in every for need in rule.needs)
    order_only = tuple(need for rule in every for need in rule.order_only if need not in needs)
    return Rule(main.targets, needs, order_only, main.recipe, main.stem)
