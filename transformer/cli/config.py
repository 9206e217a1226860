"""``dockerfix config``: what the options of a run here would be, and where each value comes from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import click

from transformer.cli.configured import configured, options, variable
from transformer.cli.options import SETTINGS


@click.command(context_settings=SETTINGS)
@click.option("--show", is_flag=True, help="Print every option that can be configured, as a configuration file.")
def config(show: bool) -> None:
    """Show the configuration that counts in this directory, and where each value comes from.

    The nearest `.dockerfix.toml` or `pyproject.toml` with `[tool.dockerfix]` counts, with the files that it names with
    `extend`; variables such as DOCKERFIX_MIN_SAVING go before them, and the command line before everything.
    """
    if not show:
        raise click.UsageError("say what to do: --show prints the configuration")
    for line in _lines():
        click.echo(line)


def _lines() -> Iterator[str]:
    found = configured()
    shown = [_setting(name, option, found.values.get(str(option.name))) for name, option in sorted(options().items())]
    width = max(len(text) for text, _ in shown)
    for text, origin in shown:
        yield f"{text:<{width}}  # {origin}"
    for one in found.overrides:
        yield f"\n[[overrides]]  # {one.folder}"
        yield f"paths = {_toml(list(one.paths))}"
        names = {str(option.name): name for name, option in options().items()}
        yield from (f"{names[name]} = {_toml(value)}" for name, value in one.settings.items())


def _setting(name: str, option: click.Option, found: Any) -> tuple[str, str]:
    context = click.Context(config)
    if os.environ.get(variable(option)):
        return f"{name} = {_toml(option.value_from_envvar(context))}", variable(option)
    if found is not None:
        return f"{name} = {_toml(found.value)}", str(found.origin)
    default = [] if option.multiple else option.get_default(context, call=True)
    if not isinstance(default, str | int | float | list):
        return f"# {name}", "not set"
    return f"{name} = {_toml(default)}", "default"


def _toml(value: Any) -> str:
    """Return a value as TOML writes it."""
    import json

    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
