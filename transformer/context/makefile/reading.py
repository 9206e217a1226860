"""A Makefile, line by line: the variables are set and the rules collected on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from transformer.context.makefile.assignments import assign
from transformer.context.makefile.conditionals import CONDITIONALS, Branches, conditional, is_active
from transformer.context.makefile.expansion import expand, file_names
from transformer.context.makefile.lines import directive_of, first_operator, logical_lines, modifiers_of, uncommented
from transformer.context.makefile.rules import Rules
from transformer.context.makefile.targets import take_rule
from transformer.context.makefile.text import MAX_TEXT, Unclear, is_unknown
from transformer.context.makefile.variables import Variables


@dataclass(slots=True)
class _Reader:
    """What was read so far. ``pending`` is the rule that is being read: its first line and its recipe."""

    values: Variables
    exists: Callable[[str], bool]
    rules: Rules = field(default_factory=Rules)
    branches: Branches = field(default_factory=list)
    pending: tuple[str, list[str]] | None = None


def read(text: str, values: Variables, exists: Callable[[str], bool]) -> Rules:
    """Return the rules of ``text``; ``values`` has its variables then."""
    if len(text) > MAX_TEXT or "\r" in text.replace("\r\n", "\n") or "\0" in text:
        raise Unclear
    reader = _Reader(values, exists)
    for line in logical_lines(text.replace("\r\n", "\n").removeprefix("\ufeff")):
        _line(reader, line)
    _finish(reader)
    if reader.branches:
        raise Unclear
    return reader.rules


def _line(reader: _Reader, line: str) -> None:
    if line.startswith("\t") and reader.pending is not None:
        if is_active(reader.branches):
            reader.pending[1].append(line[1:])
        return
    line = uncommented(re.sub(r"[ \t]*\\\n[ \t]*", " ", line))
    directive = directive_of(line)
    if directive and directive[0] in CONDITIONALS:
        conditional(reader.branches, reader.values, directive[0], directive[1].strip())
    elif is_active(reader.branches) and line.strip():
        if line.startswith("\t") and reader.rules.order:
            raise Unclear
        _statement(reader, line, directive)


def _statement(reader: _Reader, line: str, directive: tuple[str, str] | None) -> None:
    if directive:
        _finish(reader)
        _include(reader, *directive)
        return
    modifiers, line = modifiers_of(line)
    operator, at = first_operator(line)
    if operator or modifiers:
        _finish(reader)
    if operator and operator != ":":
        _assign(reader.values, line, (operator, at), modifiers)
    elif modifiers:
        _export(reader.values, line, modifiers)
    elif operator:
        reader.pending = (line, [])
    elif expand(reader.values, line).strip():
        raise Unclear


def _assign(values: Variables, line: str, operator: tuple[str, int], modifiers: set[str]) -> None:
    kind, at = operator
    name = expand(values, line[:at]).strip()
    if not name or len(name.split()) != 1:
        raise Unclear
    assign(values, name, kind, line[at + len(kind) :].lstrip(), override="override" in modifiers)
    if not modifiers <= {"export", "override"}:
        raise Unclear
    if "export" in modifiers:
        values.exported.add(name)


def _export(values: Variables, line: str, modifiers: set[str]) -> None:
    names = expand(values, line).split()
    if modifiers != {"export"} or any(map(is_unknown, names)):
        raise Unclear
    values.exported |= set(names)
    values.everything |= not names


def _include(reader: _Reader, name: str, rest: str) -> None:
    """Take a directive: only files that may be missing are included, and only if they are."""
    if name not in ("-include", "sinclude"):
        raise Unclear
    for word in file_names(reader.values, rest):
        if reader.exists(word):
            raise Unclear
        reader.rules.included.append(word)


def _finish(reader: _Reader) -> None:
    if reader.pending is not None:
        (line, recipe), reader.pending = reader.pending, None
        take_rule(reader.rules, reader.values, line, recipe)
