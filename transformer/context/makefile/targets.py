"""The rules by the kind of their targets: plain, static pattern, pattern, suffixes, special."""

from __future__ import annotations

import re

from transformer.context.makefile.expansion import expand, file_names, is_glob
from transformer.context.makefile.lines import first_operator
from transformer.context.makefile.rules import Rule, Rules, built_in_rules
from transformer.context.makefile.text import Unclear, clean, is_unknown, split_once
from transformer.context.makefile.variables import Variables
from transformer.context.makefile.words import stem_of

_IGNORED = frozenset(
    """
    .DELETE_ON_ERROR .SILENT .NOTPARALLEL .INTERMEDIATE .SECONDARY .PRECIOUS .IGNORE .LOW_RESOLUTION_TIME
    """.split()  # noqa: SIM905 a table
)
_UNUSUAL = frozenset(
    {".DEFAULT", ".SECONDEXPANSION", ".ONESHELL", ".PHONY", ".SUFFIXES", ".POSIX", ".EXPORT_ALL_VARIABLES"}
)
_C99 = {"CC": "c99", "CFLAGS": "-O1"}

Needs = tuple[str, str]
"""The text of needs, and of those after ``|``."""


def take_rule(rules: Rules, values: Variables, line: str, recipe: list[str]) -> None:
    """Take a rule: its first line, expanded only now, and its recipe."""
    head, semicolon, first = split_once(line, ";")
    lines = tuple(line for line in ([first.lstrip(), *recipe] if semicolon else recipe) if line.strip())
    _, at = first_operator(head)
    if head[at:].startswith("::") or head[:at].rstrip().endswith("&"):
        raise Unclear
    targets = file_names(values, head[:at])
    if first_operator(head[at + 1 :])[0] in ("", ":"):
        _take(rules, values, targets, head[at + 1 :], lines)
    else:
        rules.special |= set(targets)


def _take(rules: Rules, values: Variables, targets: list[str], rest: str, recipe: tuple[str, ...]) -> None:
    """Take a rule by what stands after its colon: a static pattern, if there is another one."""
    colon, at = first_operator(rest)
    middle = expand(values, rest[:at]).split() if colon else []
    needs, _, order_only = expand(values, rest[at + 1 :] if colon else rest).partition("|")
    _check(targets)
    if colon:
        _static(rules, targets, middle, (needs, order_only), recipe)
    else:
        _plain(rules, values, targets, (needs, order_only), recipe)


def _check(targets: list[str]) -> None:
    if is_unknown(" ".join(targets)) or any(map(is_glob, targets)) or not targets:
        raise Unclear


def _plain(rules: Rules, values: Variables, targets: list[str], names: Needs, recipe: tuple[str, ...]) -> None:
    if targets[0].startswith(".") and "/" not in targets[0]:
        _special(rules, values, targets, names, recipe)
    elif any("%" in target for target in targets):
        _pattern(rules, targets, names, recipe)
    else:
        needs, order_only = (_expanded(values, text) for text in names)
        _add_each(rules, targets, needs, order_only, recipe)


def _expanded(values: Variables, text: str) -> tuple[str, ...]:
    """Return the file names in a text whose references are replaced already."""
    return tuple(file_names(values, text.replace("$", "$$")))


def _add_each(
    rules: Rules, targets: list[str], needs: tuple[str, ...], order_only: tuple[str, ...], recipe: tuple[str, ...]
) -> None:
    for target in targets:
        _add(rules, target, Rule((target,), needs, order_only, recipe))


def _add(rules: Rules, target: str, rule: Rule) -> None:
    rules.explicit.setdefault(target, []).append(rule)
    rules.order.append(target)


def _static(rules: Rules, targets: list[str], middle: list[str], names: Needs, recipe: tuple[str, ...]) -> None:
    pattern = clean(middle[0]) if len(middle) == 1 else ""
    for target in targets:
        stem = stem_of(pattern, target) if "%" in pattern else None
        if stem is None:
            raise Unclear
        needs, order_only = (tuple(clean(w.replace("%", stem, 1)) for w in text.split()) for text in names)
        _add(rules, target, Rule((target,), needs, order_only, recipe, stem))


def _pattern(rules: Rules, targets: list[str], names: Needs, recipe: tuple[str, ...]) -> None:
    needs, order_only = (tuple(map(clean, text.split())) for text in names)
    anything = targets == ["%"] and not needs
    if anything or is_unknown(names[0]) or not all(target.count("%") == 1 for target in targets):
        raise Unclear
    rule = Rule(tuple(targets), needs, order_only, recipe)
    if recipe or any((known.targets, known.needs) == (rule.targets, rule.needs) for known in built_in_rules(rules)):
        rules.patterns.append(rule)


def _special(rules: Rules, values: Variables, targets: list[str], names: Needs, recipe: tuple[str, ...]) -> None:
    needs = _expanded(values, names[0])
    match targets:
        case [".PHONY"]:
            rules.phony |= set(needs)
        case [".SUFFIXES"]:
            rules.suffixes = rules.suffixes | set(needs) if needs else set()
        case [".POSIX"]:
            values.built_in |= _C99
        case [".EXPORT_ALL_VARIABLES"]:
            values.everything = True
        case _ if not _UNUSUAL.isdisjoint(targets):
            raise Unclear
        case _ if not (_suffix_rules(rules, targets, recipe) and not needs) and not set(targets) <= _IGNORED:
            _add_each(rules, targets, needs, _expanded(values, names[1]), recipe)


def _suffix_rules(rules: Rules, targets: list[str], recipe: tuple[str, ...]) -> bool:
    """Take old-fashioned pattern rules (``.c.o:``); whether they are such."""
    pairs = [found.groups("") for target in targets if (found := re.fullmatch(r"(\.[^.]+)(\.[^.]+)?", target))]
    suffixes = {suffix for pair in pairs for suffix in pair if suffix}
    if len(pairs) < len(targets) or not suffixes <= rules.suffixes:
        return False
    rules.patterns += [Rule((f"%{made}",), (f"%{source}",), (), recipe) for source, made in pairs]
    return True
