"""One run of make: the Makefile is read, then the goals are built."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from transformer.context.makefile.assignments import exports
from transformer.context.makefile.building import Builder, build, check_included
from transformer.context.makefile.implicit import search_of
from transformer.context.makefile.reading import read
from transformer.context.makefile.rules import default_goal
from transformer.context.makefile.text import Unclear, clean
from transformer.context.makefile.variables import Variables


def recipes(  # noqa: PLR0913 one argument for each place that make takes something from
    text: str,
    *,
    goals: tuple[str, ...],
    variables: Mapping[str, str],
    exists: Callable[[str], bool],
    glob: Callable[[str], tuple[str, ...]],
    environment: Mapping[str, str] | None = None,
    directory: str = "",
) -> tuple[str, ...] | None:
    """Return the commands of ``make GOALS VAR=…`` in a clean tree, in order; None if not surely understood.

    ``variables`` are those of make's command line, ``environment`` those of its environment, ``directory`` where it
    runs; ``exists`` is asked for directories, too. The lines may be joined by line ends: exported variables come first,
    as ``export`` lines, and a command that changes its own shell stands in parentheses.
    """
    values = Variables(dict(variables), dict(environment or {}), glob, directory, " ".join(goals))
    try:
        return _commands(text, goals, values, exists)
    except Unclear:
        return None


def _commands(
    text: str, goals: tuple[str, ...], values: Variables, exists: Callable[[str], bool]
) -> tuple[str, ...] | None:
    rules = read(text, values, exists)
    builder = Builder(search_of(rules, values, exists))
    check_included(builder.search)
    for goal in goals or (default_goal(rules, values),):
        build(builder, clean(goal))
    return (*exports(values), *builder.lines) if builder.lines else ()
