"""``dockerfix lsp``: the language server, for editors."""

from __future__ import annotations

from typing import Any

import click

from transformer.cli.configured import Command, options_for, overrides_of
from transformer.cli.options import SETTINGS, analysis_options, options_of, overlaid


@click.command(cls=Command, context_settings=SETTINGS)
@analysis_options
def lsp(**settings: Any) -> None:
    """Serve an editor over standard input and output: findings, the reasons of a step, the split as an edit.

    It needs the extra `lsp`. The options are those of the configuration where it is started.
    """
    options, overrides = options_of(settings), overrides_of(click.get_current_context())
    try:
        from transformer.language_server import serve
    except ImportError:
        raise click.UsageError("the language server needs the extra: pip install 'dockerfix[lsp]'") from None
    with overlaid(settings["knowledge"], settings["template_dir"]):
        serve(lambda path: options_for(options, overrides, path))
