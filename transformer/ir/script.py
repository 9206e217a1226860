"""The shell script of a RUN, as far as it is understood. Spans are offsets in ``Script.text``."""

from __future__ import annotations

from msgspec import Struct

from transformer.ir.source import Span

UNKNOWN_VARIABLE = "__unknown"
"""A variable whose value nobody knows: it stands in texts that were expanded by something else than a shell."""


class Literal(Struct, frozen=True):
    """Characters with their quoting removed; ``quoted`` ones are no globs and no tildes."""

    text: str
    quoted: bool


class Parameter(Struct, frozen=True):
    """``$name`` or ``${name<operator>argument}``; an unquoted one is split into fields."""

    name: str
    operator: str
    argument: str
    quoted: bool


class Substitution(Struct, frozen=True):
    """``$(…)``, backquotes, ``<(…)`` or ``$((…))``: a value known only when it runs. ``script`` holds its commands,
    if it has any.
    """

    raw: str
    quoted: bool
    script: Script | None


Part = Literal | Parameter | Substitution


class Word(Struct, frozen=True):
    """One shell word before expansion; ``raw`` is its text."""

    parts: tuple[Part, ...]
    raw: str
    span: Span


class Assignment(Struct, frozen=True):
    """``name=value`` (or ``name+=value``), before a command or alone."""

    name: str
    value: Word | None
    append: bool
    span: Span


class Redirect(Struct, frozen=True):
    """A redirection: ``operator`` is one of ``< > >> >| &> &>> <& >& <<< <<``; a heredoc's body is in ``body``."""

    operator: str
    target: Word | None
    body: str
    span: Span


class SimpleCommand(Struct, frozen=True):
    """Assignments, words and redirections. No words: the assignments hold for the rest of the script."""

    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    span: Span


class Pipeline(Struct, frozen=True):
    """Two or more commands joined by ``|``, each in a subshell of its own."""

    commands: tuple[Command, ...]
    span: Span


class Group(Struct, frozen=True):
    """``{ …; }`` or, with ``subshell``, ``( … )``: a subshell's cwd and variables are gone after it."""

    body: Script
    subshell: bool
    redirects: tuple[Redirect, ...]
    span: Span


class Conditional(Struct, frozen=True):
    """``if``, ``for``, ``while``, ``until``, ``case``, ``!``-less tests and the like: each of ``bodies`` *may* run, in
    order.

    ``variable`` and ``words`` are those of a ``for`` loop. ``branches`` are the indices of bodies of which one surely
    runs: an ``if`` with an ``else``, a ``case`` with a pattern for all; () if none of them may run.
    """

    kind: str
    bodies: tuple[Script, ...]
    variable: str
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    span: Span
    branches: tuple[int, ...] = ()


class FunctionDefinition(Struct, frozen=True):
    """``name() { … }``; it runs where it is called."""

    name: str
    body: Script
    span: Span


class OpaqueCommand(Struct, frozen=True):
    """Shell that is not understood: it may do anything."""

    reason: str
    span: Span


Command = SimpleCommand | Pipeline | Group | Conditional | FunctionDefinition | OpaqueCommand


class Item(Struct, frozen=True):
    """One command of a list and the operator before it: "" (first), ``&&``, ``||``, ``;``, ``&`` or a newline (written
    ``\\n``).

    ``span`` covers the command; ``negated`` is a leading ``!``.
    """

    operator: str
    command: Command
    negated: bool
    span: Span


class Script(Struct, frozen=True):
    """A list of commands in order. ``text`` is the whole text that all spans, nested ones too, refer to."""

    text: str
    items: tuple[Item, ...]
    span: Span
