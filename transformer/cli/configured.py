"""Commands whose options have their defaults in a configuration file."""

from __future__ import annotations

from typing import Any

import click

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
    ]
)
"""Options that a line asks for one run."""


class Command(click.Command):
    """A command whose options have their defaults in a configuration file."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the line with the defaults of the configuration file."""
        return super().make_context(info_name, args, parent, default_map=_Defaults(self), **extra)


class _Defaults(dict[str, Any]):
    """The defaults of a command's parameters, read when the first is asked for: --version needs none."""

    def __init__(self, command: click.Command) -> None:
        super().__init__()
        self._command: click.Command | None = command

    def __contains__(self, key: object) -> bool:
        command, self._command = self._command, None
        if command is not None:
            self.update(_configured(command))
        return super().__contains__(key)


def _configured(command: click.Command) -> dict[str, Any]:
    """Return the defaults in the configuration file at or above the working directory, by name of parameter."""
    from pathlib import Path

    from transformer.cli import explain, main, verify
    from transformer.cli.batch import batch
    from transformer.cli.settings import SettingsError, defaults

    options = [
        p for one in (main, explain, verify, batch) for p in one.params if p.name and p.name not in _NOT_CONFIGURED
    ]
    known = {max(p.opts, key=len).lstrip("-"): str(p.name) for p in options if isinstance(p, click.Option)}
    try:
        found = defaults(Path.cwd(), known)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    mine = {p.name for p in command.params}
    return {name: value for name, value in found.items() if name in mine}
