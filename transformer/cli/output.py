"""Where the product goes, and what is said beside it."""

from __future__ import annotations

from typing import Any

import click


def product(output: str | None) -> Any:
    """Open what the product goes to: bytes, because a Dockerfile need not be UTF-8."""
    try:
        return click.open_file(output or "-", "wb")
    except OSError as error:
        raise click.UsageError(f"cannot write {output}: {error.strerror}") from None


def tell(message: str) -> None:
    """Say something about progress, on stderr."""
    click.echo(message, err=True)
