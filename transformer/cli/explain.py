"""``dockerfix explain``: the steps of a file with their reasons, what a code means, what the tables know."""

from __future__ import annotations

import re
import sys
from typing import Any

import click

from transformer.cli.configured import Command, overrides_of
from transformer.cli.options import SETTINGS, analysis_options, colour_of, options_of, overlaid
from transformer.cli.output import product, tell

_CODE = re.compile(r"DF\d{3}", re.IGNORECASE)


@click.command(cls=Command, context_settings=SETTINGS)
@click.argument("target", metavar="[PATH|CODE]", required=False)
@click.option("--package", metavar="NAME", help="Print what is known of an OS package, with --release.")
@click.option("--image", metavar="IMAGE", help="Print what is known of a base image.")
@click.option("--module", metavar="INDEX:NAME", help="Print what is known of a language's package, such as pypi:lxml.")
@click.option("--release", default="debian:bookworm", show_default=True, help="For --package and --module.")
@click.option(
    "--dump",
    type=click.Choice(["cst", "script", "effects", "verdicts", "plan"]),
    help="Print what this phase made of the file instead.",
)
@analysis_options
def explain(target: str | None, dump: str | None, **settings: Any) -> None:
    """Show every step of a Dockerfile with its verdict and the reasons, or what a code such as DF410 means.

    With --package, --image or --module it shows what the tables know, and how.
    """
    colour = colour_of(settings["color"], None)
    asked = {name: settings[name] for name in ("package", "image", "module") if settings[name] is not None}
    if len(asked) + (target is not None) != 1:
        raise click.UsageError("give one of PATH, CODE, --package, --image and --module")
    if target is None:
        with overlaid(settings["knowledge"], settings["template_dir"]):
            click.echo(_known(*asked.popitem(), settings["release"], colour), nl=False, color=colour)
        return
    page = _page(target, colour)
    if page is not None:
        click.echo(page, nl=False, color=colour)
        return
    from transformer.cli.run import Request, Run

    with overlaid(settings["knowledge"], settings["template_dir"]), product(None) as out:
        overrides = overrides_of(click.get_current_context())
        sys.exit(Run(Request((target,), options_of(settings), overrides, colour=colour), out, tell).explain(dump))


def _known(kind: str, name: str, release: str, colour: bool) -> str:
    """Return the page about a package, image or module."""
    from transformer.report import knowledge

    try:
        if kind == "image":
            return knowledge.image_page(name, colour=colour)
        page = knowledge.package_page if kind == "package" else knowledge.module_page
        return page(name, release, colour=colour)
    except knowledge.UnknownError as error:
        raise click.UsageError(str(error)) from None


def _page(target: str, colour: bool) -> str | None:
    """Return the page of a rule, by code or by name; a file of that name comes first."""
    from pathlib import Path

    from transformer.rules import RULES

    if target != "-" and Path(target).exists():
        return None

    code = next((rule.code for rule in RULES.values() if target.lower() in (rule.code.lower(), rule.name)), None)
    if code is None:
        if _CODE.fullmatch(target):
            raise click.UsageError(f"there is no code {target.upper()}: the codes are {', '.join(RULES)}")
        return None
    from transformer.report.text import rule_page

    return rule_page(code, colour=colour)
