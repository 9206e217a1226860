"""The command line. Importing it costs no more than click: everything else is imported when it is used."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from transformer import __version__
from transformer.cli.configured import Command, overrides_of
from transformer.cli.options import SETTINGS, analysis_options, colour_of, options_of, overlaid
from transformer.cli.output import product, tell

if TYPE_CHECKING:
    from transformer.config import Options

_FORMATS = ["text", "diff", "json", "markdown", "html", "sarif", "github", "github-review", "gitlab"]
_YOUNG = 100_000
"""So many new objects make Python look for cycles; its own number is 700."""


class _Main(Command):
    """The dry run, which has no name, and the sub-commands, whose name comes first on the line."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> Any:
        """Hand the line over if it begins with a sub-command; a directory of such a name is given as ``./verify``."""
        _spare_the_collector()
        words = list(sys.argv[1:] if args is None else args)
        command = _command(words[0]) if words else None
        if command is not None:
            return command.main(words[1:], f"dockerfix {words[0]}", **extra)
        return super().main(words, prog_name, **extra)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Return the context; for the shell's completion, which knows no ``main``, that of the sub-command."""
        command = _command(args[0]) if extra.get("resilient_parsing") and args else None
        if command is not None:
            return command.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@click.command(
    cls=_Main,
    context_settings=SETTINGS,
    epilog="Commands: `dockerfix explain PATH|CODE` shows every step of a file with its reasons, or what a code means; "
    "`dockerfix verify PATH` builds a file and its rewrite and compares the images; "
    "`dockerfix batch SOURCE...` goes over many repositories; "
    "`dockerfix config --show` prints the configuration and where it comes from; "
    "`dockerfix templates --list` what --template-dir can override; "
    "`dockerfix lsp` serves an editor. "
    "Exit status: 0 fine; 1 --check, --strict or --fail-on found one; 2 usage, unreadable or invalid input.",
)
@click.argument("paths", nargs=-1, shell_complete=lambda ctx, _, word: _completions(ctx, word))
@click.option("--write", is_flag=True, help="Rewrite the files in place.")
@click.option("--verify", "verified", is_flag=True, help="With --write: build both, write what comes out equivalent.")
@click.option("--check", is_flag=True, help="Exit with 1 if a file would be rewritten.")
@click.option("--strict", is_flag=True, help="Exit with 1 if a file is refused.")
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(["rewritten", "refused", "unsafe"]),
    help="Exit with 1 for such an answer; --check and --strict are short for the first two.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever the answers are, errors in files included.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="What is printed.",
)
@click.option(
    "--since", metavar="REV", help="Only Dockerfiles that changed, or whose context did, since a git revision."
)
@click.option("-o", "output", type=click.Path(dir_okay=False), metavar="FILE", help="Write the report to FILE.")
@analysis_options
@click.version_option(__version__, prog_name="dockerfix", message="%(prog)s %(version)s")
def main(paths: tuple[str, ...], format_: str, output: str | None, **settings: Any) -> None:
    """Split single-stage Dockerfiles into a build stage and a smaller, equivalent final image.

    PATHS are Dockerfiles or directories to search (default: here); `-` is standard input. Without --write it only
    shows the diff and says why.
    """
    if settings["write"] and settings["check"]:
        raise click.UsageError("--write and --check exclude each other: the one changes files, the other only looks")
    if settings["exit_zero"] and (settings["check"] or settings["strict"] or settings["fail_on"]):
        raise click.UsageError("--exit-zero excludes --check, --strict and --fail-on: they ask for another exit status")
    if settings["verified"] and not settings["write"]:
        raise click.UsageError("--verify goes with --write; `dockerfix verify PATH` compares without writing")
    filtering = settings["write"] and "-" in paths
    if filtering and (paths != ("-",) or format_ != "text" or output or settings["verified"]):
        message = "--write with `-` prints the new Dockerfile: it takes no other path, --format, -o or --verify"
        raise click.UsageError(message)
    options = options_of(settings)
    from transformer.cli.run import Request, Run

    failing = {"rewritten": settings["check"], "refused": settings["strict"]}
    fail_on = frozenset(settings["fail_on"]) | {answer for answer, asked in failing.items() if asked}
    colour = colour_of(settings["color"], output)
    verifier = _verifier(options) if settings["verified"] else None
    changed = _changed(settings["since"])
    request = Request(
        paths or (".",),
        options,
        write=settings["write"],
        fail_on=fail_on,
        exit_zero=settings["exit_zero"],
        overrides=overrides_of(click.get_current_context()),
        format=format_,
        colour=colour,
        changed=changed,
        verifier=verifier,
    )
    with overlaid(settings["knowledge"], settings["template_dir"]), product(output) as out:
        run = Run(request, out, tell)
        sys.exit(run.filter() if filtering else run.execute())


def _changed(revision: str | None) -> Any:
    """Return the files that changed since a revision; None if nobody asked."""
    if revision is None:
        return None
    from pathlib import Path

    from transformer.vcs import RevisionError, changed_since

    try:
        return tuple(path.resolve() for path in changed_since(Path.cwd(), revision))
    except RevisionError as error:
        raise click.UsageError(f"--since {revision}: {error}") from None


def _spare_the_collector() -> None:
    """Let Python look for cycles seldom, and not once more at its end: that was a seventh of a one-file run's time, and
    such a run makes hardly any.
    """
    gc.set_threshold(_YOUNG)
    atexit.register(gc.freeze)


_COMMANDS = {
    "explain": "transformer.cli.explain",
    "verify": "transformer.cli.verify",
    "batch": "transformer.cli.batch",
    "config": "transformer.cli.config",
    "templates": "transformer.cli.templates",
    "lsp": "transformer.cli.lsp",
}
"""The module of each sub-command, which is imported when it is asked for."""


def _command(name: str) -> click.Command | None:
    if name not in _COMMANDS:
        return None
    from importlib import import_module

    command: click.Command = getattr(import_module(_COMMANDS[name]), name)
    return command


def _completions(context: click.Context, word: str) -> list[Any]:
    """Return what the shell offers for a path: files, and the sub-commands where none was given yet."""
    from click.shell_completion import CompletionItem

    names = [] if context.params.get("paths") else [name for name in _COMMANDS if name.startswith(word)]
    return [*map(CompletionItem, names), CompletionItem(word, type="file")]


def _verifier(options: Options) -> Callable[[Any], str]:
    """Return what builds a rewrite and says why it must not be written."""
    from transformer.verification import RequestError, failure

    def ask(outcome: Any) -> str:
        try:
            return failure(outcome, options, tell)
        except RequestError as error:
            raise click.UsageError(str(error)) from None

    return ask
