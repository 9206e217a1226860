"""Commands whose options have their defaults in configuration files and in the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from transformer.cli.settings import Override, Settings
    from transformer.config import Options

_NOT_CONFIGURED = frozenset(
    [
        "write",
        "output",
        "package",
        "image",
        "module",
        "release",
        "dump",
        "version",
        "help",
        "against",
        "since",
        "keep_images",
        "smoke",
        "smoke_url",
        "lists",
        "limit",
        "branch",
        "commit",
        "message",
        "patch_dir",
        "push",
        "ledger",
        "resume",
        "retry",
        "clones",
        "report",
        "show",
        "copy",
        "list_",
    ]
)
"""Options that a line asks for one run."""
_OVERRIDES = "dockerfix.overrides"
PREFIX = "DOCKERFIX_"


class Command(click.Command):
    """A command whose options have their defaults in configuration files and in variables ``DOCKERFIX_...``."""

    def __init__(self, *args: Any, **extra: Any) -> None:
        super().__init__(*args, **extra)
        for param in self.params:
            if isinstance(param, click.Option) and param.name and param.name not in _NOT_CONFIGURED:
                param.envvar = variable(param)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the line with the defaults of the configuration file."""
        found = _Defaults(self)
        context = super().make_context(info_name, args, parent, default_map=found, **extra)
        context.meta[_OVERRIDES] = found.overrides
        return context


class _Defaults(dict[str, Any]):
    """The defaults of a command's parameters, read when the first is asked for: --version needs none."""

    def __init__(self, command: click.Command) -> None:
        super().__init__()
        self._command: click.Command | None = command
        self.overrides: tuple[Override, ...] = ()

    def __contains__(self, key: object) -> bool:
        command, self._command = self._command, None
        if command is not None:
            found = configured()
            mine = {p.name for p in command.params}
            self.update({name: one.value for name, one in found.values.items() if name in mine})
            self.overrides = found.overrides
        return super().__contains__(key)


def key(param: click.Parameter) -> str:
    """Return the name of an option in configuration files."""
    return max(param.opts, key=len).lstrip("-")


def variable(param: click.Parameter) -> str:
    """Return the environment variable that gives an option its default."""
    return PREFIX + key(param).upper().replace("-", "_")


def options() -> dict[str, click.Option]:
    """Return the options of all commands that may be configured, by their key."""
    from transformer.cli import main
    from transformer.cli.batch import batch
    from transformer.cli.explain import explain
    from transformer.cli.verify import verify

    found = [p for one in (main, explain, verify, batch) for p in one.params if p.name not in _NOT_CONFIGURED]
    return {key(p): p for p in reversed(found) if isinstance(p, click.Option)}


def _parameters() -> dict[str, str]:
    return {name: str(option.name) for name, option in options().items()}


def configured() -> Settings:
    """Return what the configuration files at or above the working directory say."""
    from pathlib import Path

    from transformer.cli.settings import SettingsError, settings
    from transformer.config import Options

    try:
        return settings(Path.cwd(), _parameters, frozenset(Options.__struct_fields__) - {"context"})
    except SettingsError as error:
        raise click.UsageError(str(error)) from None


def overrides_of(context: click.Context) -> tuple[Override, ...]:
    """Return the overrides of the configuration with values as ``Options`` has them."""
    from msgspec.structs import replace

    found: tuple[Override, ...] = context.meta.get(_OVERRIDES, ())
    return tuple(replace(one, settings=_converted(context, one.settings)) for one in found)


def options_for(base: Options, overrides: tuple[Override, ...], path: str) -> Options:
    """Return the options for one file: those of the run, and what the overrides for its path say."""
    if not overrides:
        return base
    from pathlib import Path

    from msgspec.structs import replace

    for one in overrides:
        if one.takes(Path(path)):
            base = replace(base, **one.settings)
    return base


def _converted(context: click.Context, values: Mapping[str, Any]) -> dict[str, Any]:
    from transformer.config import MEGABYTE

    params = {str(p.name): p for p in options().values()}
    plain = {name: params[name].process_value(context, value) for name, value in values.items()}
    return {name: round(value * MEGABYTE) if name == "min_saving" else value for name, value in plain.items()}
