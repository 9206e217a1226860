"""The command line. Importing it costs no more than click: everything else is imported when it is used."""

from __future__ import annotations

import atexit
import gc
import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from transformer import __version__
from transformer.cli.configured import Command, options_for, overrides_of
from transformer.cli.options import SETTINGS, analysis_options, colour_of, options_of, overlaid

if TYPE_CHECKING:
    from transformer.config import Options

_FORMATS = ["text", "diff", "json", "markdown", "html", "sarif", "github", "github-review", "gitlab"]
_CODE = re.compile(r"DF\d{3}", re.IGNORECASE)
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
    with overlaid(settings["knowledge"], settings["template_dir"]), _product(output) as out:
        run = Run(request, out, _tell)
        sys.exit(run.filter() if filtering else run.execute())


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

    with overlaid(settings["knowledge"], settings["template_dir"]), _product(None) as out:
        overrides = overrides_of(click.get_current_context())
        sys.exit(Run(Request((target,), options_of(settings), overrides, colour=colour), out, _tell).explain(dump))


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
        with overlaid(settings["knowledge"], settings["template_dir"]), _product(None) as out:
            sys.exit(run(request, lambda text: out.write(text.encode("utf-8", "surrogateescape")), _tell))
    except RequestError as error:
        raise click.UsageError(str(error)) from None


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
    "explain": "transformer.cli",
    "verify": "transformer.cli",
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
            return failure(outcome, options, _tell)
        except RequestError as error:
            raise click.UsageError(str(error)) from None

    return ask


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


def _product(output: str | None) -> Any:
    """Open what the product goes to: bytes, because a Dockerfile need not be UTF-8."""
    try:
        return click.open_file(output or "-", "wb")
    except OSError as error:
        raise click.UsageError(f"cannot write {output}: {error.strerror}") from None


def _tell(message: str) -> None:
    click.echo(message, err=True)
