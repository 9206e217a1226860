"""``dockerfix templates``: which templates can be overridden, and a copy of one to begin with."""

from __future__ import annotations

import sys

import click

from transformer.cli.options import SETTINGS


@click.command(context_settings=SETTINGS)
@click.option("--list", "list_", is_flag=True, help="Print the names of all templates.")
@click.option("--copy", metavar="NAME", help="Print a template, to begin one of your own with.")
def templates(list_: bool, copy: str | None) -> None:
    """Show the templates that a folder given with --template-dir can override.

    A template of your own has the same name below that folder. It may extend ours and fill its blocks:
    `{% extends "builtin/dockerfile/split.j2" %}{% block final_start %}...{% endblock %}`.
    """
    from transformer.templating import builtin, source

    if list_ == (copy is not None):
        raise click.UsageError("say what to do: --list, or --copy NAME")
    if copy is None:
        for name, said in builtin():
            click.echo(f"{name:<32}{said}".rstrip())
        return
    try:
        sys.stdout.write(source(copy))
    except KeyError:
        names = ", ".join(name for name, _ in builtin())
        raise click.UsageError(f"there is no template {copy}: there are {names}") from None
