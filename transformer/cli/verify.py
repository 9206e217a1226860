"""``dockerfix verify``: two Dockerfiles built, compared and run."""

from __future__ import annotations

import sys
from typing import Any

import click

from transformer.cli.configured import Command, options_for, overrides_of
from transformer.cli.options import SETTINGS, analysis_options, colour_of, options_of, overlaid
from transformer.cli.output import product, tell


@click.command(cls=Command, context_settings=SETTINGS)
@click.argument("path", default=".")
@click.option("--against", metavar="FILE", help="Compare with this Dockerfile instead of the tool's own rewrite.")
@click.option("--since", metavar="REV", help="Compare with the Dockerfile as it was at a git revision.")
@click.option("--engine", type=click.Choice(["docker", "podman", "buildah"]), help="Default: the first that answers.")
@click.option("--build-arg", multiple=True, metavar="NAME=VALUE", help="For both builds.")
@click.option("--secret", multiple=True, metavar="SPEC", help="For both builds.")
@click.option("--network", default="", metavar="MODE", help="For both builds; what is run has no network.")
@click.option("--platform", default="", help="For both builds.")
@click.option("--timeout", type=click.IntRange(min=1), default=1800, show_default=True, help="Seconds for one build.")
@click.option("--run-timeout", type=click.IntRange(min=1), default=60, show_default=True, help="Seconds for one run.")
@click.option("--smoke", multiple=True, metavar="CMD", help="Run this against both, with the image's name in IMAGE.")
@click.option("--smoke-url", multiple=True, metavar="PATH", help="Ask both servers for this as well.")
@click.option("--keep-images", is_flag=True, help="Keep both images.")
@click.option("--format", "format_", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@click.option("-v", "--verbose", is_flag=True, help="List what left the image, and what was not compared.")
@analysis_options
def verify(path: str, against: str | None, since: str | None, **settings: Any) -> None:
    """Build a Dockerfile and its rewrite, compare the images file by file, run both, and say whether they are the same.

    Exit status: 0 equivalent; 1 a difference; 2 nothing can be said, or no engine.
    """
    if against is not None and since is not None:
        raise click.UsageError("--against and --since exclude each other: each names the other Dockerfile")
    import shlex

    from transformer.verification import Request, RequestError, run
    from transformer.verify.behaviour import Asked
    from transformer.verify.engine import BuildOptions

    try:
        commands = tuple(tuple(shlex.split(command)) for command in settings["smoke"])
    except ValueError as error:
        raise click.BadParameter(f"{error}", param_hint="--smoke") from None
    build = BuildOptions(
        settings["build_arg"],
        settings["secret"],
        settings["network"],
        settings["platform"],
        settings["timeout"],
        settings["no_cache"],
    )
    request = Request(
        path,
        options_for(options_of(settings), overrides_of(click.get_current_context()), path),
        build,
        Asked(("/", *settings["smoke_url"]), commands, settings["run_timeout"]),
        against,
        since,
        settings["engine"],
        settings["keep_images"],
        settings["format_"],
        settings["verbose"],
        colour_of(settings["color"], None),
    )
    try:
        with overlaid(settings["knowledge"], settings["template_dir"]), product(None) as out:
            sys.exit(run(request, lambda text: out.write(text.encode("utf-8", "surrogateescape")), tell))
    except RequestError as error:
        raise click.UsageError(str(error)) from None
