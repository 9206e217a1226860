"""The search for the pattern rule that makes a target."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from transformer.context.makefile.rules import Rule, Rules, built_in_rules, filled, matches
from transformer.context.makefile.text import MAX_STEPS, MAX_TEXT, Unclear
from transformer.context.makefile.variables import Variables

_MAX_CHAIN = 8


@dataclass(slots=True)
class Search:
    """What is searched in. ``mentioned``: the names in explicit rules; ``found``: the answers so far."""

    rules: Rules
    values: Variables
    exists: Callable[[str], bool]
    mentioned: frozenset[str]
    built_in: tuple[Rule, ...]
    found: dict[str, Rule | None] = field(default_factory=dict)


def search_of(rules: Rules, values: Variables, exists: Callable[[str], bool]) -> Search:
    """Return the search in the rules of a Makefile that was read."""
    needs = {need for every in rules.explicit.values() for rule in every for need in rule.needs}
    return Search(rules, values, exists, frozenset(needs | set(rules.explicit)), tuple(built_in_rules(rules)))


def implicit_rule(search: Search, name: str, depth: int = 0) -> Rule | None:
    """Return the pattern rule for a target: first among those whose needs exist, then among chains."""
    if name not in search.found:
        search.found[name] = None
        search.found[name] = _first(search, name, depth)
    return search.found[name]


def _first(search: Search, name: str, depth: int) -> Rule | None:
    if depth > _MAX_CHAIN:
        raise Unclear
    fitting = list(_fitting(search, name, any_name=not depth))
    missing = [[n for n in rule.needs if not (search.exists(n) or n in search.mentioned)] for rule in fitting]
    for rule, needs in zip(fitting, missing, strict=True):
        if not needs:
            return _understood(rule)
    for rule, needs in zip(fitting, missing, strict=True):
        if all(implicit_rule(search, need, depth + 1) for need in needs):
            return _understood(rule)
    return None


def _understood(rule: Rule) -> Rule:
    if not rule.recipe:
        raise Unclear
    return rule


def _fitting(search: Search, name: str, *, any_name: bool) -> list[Rule]:
    """Return the pattern rules that fit a target, with its names put in, those with the shortest stem first.

    Inside of a chain, rules for ``any_name`` (a program from a source) are possible, and absurd.
    """
    own = [rule for rule in search.rules.patterns if rule.recipe]
    special = any(p != "%" and matches(p, name) for rule in own for p in rule.targets)
    plain = any_name and posixpath.splitext(name)[1] not in search.rules.suffixes and not special
    search.values.steps += len(own) + 1
    if search.values.steps > MAX_STEPS:
        raise Unclear
    found = [one for rule in (*own, *search.built_in) for one in _filled(rule, name, any_name=plain)]
    return [rule for _, rule in sorted(found, key=lambda one: one[0])]


def _filled(rule: Rule, name: str, *, any_name: bool) -> Iterator[tuple[int, Rule]]:
    """Yield the rule with its rank for each of its targets that fits."""
    for pattern in rule.targets:
        match = matches(pattern, name)
        if match and (pattern != "%" or any_name):
            yield len(match[1]) if rule.own else MAX_TEXT, filled(rule, *match)
