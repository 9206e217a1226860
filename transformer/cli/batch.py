"""``dockerfix batch``: the options of a run over many projects, its progress on stderr and its table on stdout."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from transformer.cli.configured import Command, overrides_of
from transformer.cli.options import SETTINGS, analysis_options, options_of, overlaid

if TYPE_CHECKING:
    from transformer.batch.ledger import Entry, Ledger
    from transformer.batch.run import Batch, Request, Tally
    from transformer.batch.sources import Project
    from transformer.batch.work import Result, Workers
    from transformer.config import Options

_RETRY = ("failed", "refused", "error", "all")
_SHOWN_FAILURES = 50
_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=Command, context_settings=SETTINGS)
@click.argument("sources", nargs=-1)
@click.option("--from", "lists", multiple=True, metavar="FILE", help="Also the paths and URLs in a file; `-` is stdin.")
@click.option("--include", multiple=True, metavar="GLOB", help="Only projects or Dockerfiles with such a name.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="No projects or Dockerfiles with such a name.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N projects only.")
@click.option("--write", is_flag=True, help="Rewrite in the work trees; those with uncommitted changes are skipped.")
@click.option("--branch", default="", metavar="NAME", help="With --commit: commit on this new branch.")
@click.option("--commit", is_flag=True, help="Make a commit that touches no work tree.")
@click.option("--author", default="", metavar="'NAME <MAIL>'", help="Of the commits. Default: what git says.")
@click.option("--signoff", is_flag=True, help="Add a Signed-off-by line.")
@click.option("--message", type=click.File(), metavar="FILE", help="A template for the commit message.")
@click.option("--patch-dir", type=_FOLDER, help="Write one patch and one pull request's text per project here.")
@click.option("--push", is_flag=True, help="Push the branch to origin.")
@click.option("--verify", "verified", is_flag=True, help="Build each rewrite, deliver what comes out equivalent.")
@click.option("--ledger", type=_FILE, help="Where what is done is noted: the same run again does the rest.")
@click.option("--resume", is_flag=True, help="With --ledger: go on with the sources of its last run.")
@click.option("--retry", multiple=True, type=click.Choice(_RETRY), help="Do again what ended like this.")
@click.option("--clones", type=_FOLDER, help="Keep the clones of remotes here.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes. Default: one per processor.")
@click.option("--timeout", type=click.FloatRange(min=1), default=60, show_default=True, help="Seconds for one file.")
@click.option("--dask", metavar="ADDRESS", help="Work on the workers of this Dask cluster instead.")
@click.option("--report", type=_FILE, help="Write a report: FILE.html, .jsonl, .csv or .md.")
@analysis_options
def batch(sources: tuple[str, ...], **settings: Any) -> None:
    """Go over many projects: directories with work trees or folders below, bare repositories, URLs that git clones.

    Without --write, --commit or --patch-dir nothing is changed. A project with a `.dockerfixignore` file is left alone,
    or the Dockerfiles that its patterns name.

    Exit status: 0 fine; 2 a project or file failed, or wrong usage; 130 interrupted.
    """
    renderer = _renderer(settings["report"])
    from transformer.batch.ledger import LedgerError
    from transformer.batch.run import Batch, open_ledger
    from transformer.interruption import ends_in_order

    try:
        with ends_in_order(), open_ledger(settings["ledger"]) as ledger:
            request = _request(_sources(sources, settings, ledger), settings)
            run = Batch(request, ledger, _workers(settings), _Progress(sys.stderr.isatty()))
            tally = run.run()
            if renderer is not None:
                _write_report(settings["report"], renderer(_rows(run)))
            sys.exit(_end(tally))
    except LedgerError as error:
        raise click.UsageError(str(error)) from None
    except KeyboardInterrupt:
        again = "the same command goes on with the rest" if settings["ledger"] else "--ledger would keep what was done"
        click.echo(f"interrupted: {again}", err=True)
        sys.exit(130)


def _renderer(report: Path | None) -> Any:
    from transformer.report.batch import reports

    try:
        return reports(report.suffix) if report is not None else None
    except ValueError as error:
        raise click.UsageError(f"--report: {error}") from None


def _sources(given: tuple[str, ...], settings: dict[str, Any], ledger: Ledger) -> tuple[str, ...]:
    found = [*given, *(line for name in settings["lists"] for line in _listed(name))]
    if settings["resume"]:
        if settings["ledger"] is None or found:
            raise click.UsageError("--resume goes with --ledger, and takes its sources from there")
        found = list(ledger.sources())
    if not found:
        raise click.UsageError("give directories, repositories or URLs, or --from FILE")
    return tuple(found)


def _listed(name: str) -> list[str]:
    try:
        with click.open_file(name, encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.strip() for line in file]
    except OSError as error:
        raise click.UsageError(f"--from {name}: {error.strerror}") from None
    return [line for line in lines if line and not line.startswith("#")]


def _request(sources: tuple[str, ...], settings: dict[str, Any]) -> Request:
    from transformer.batch.run import Request
    from transformer.batch.sources import Choice

    if settings["context"] is not None:
        raise click.UsageError("--context is one directory: in a batch Compose files or the Dockerfile's place say it")
    options = options_of(settings)
    if overrides_of(click.get_current_context()):
        raise click.UsageError(
            "[[overrides]] of the configuration are for the files of one tree: a batch cannot have them"
        )
    with overlaid(settings["knowledge"], settings["template_dir"]):
        pass  # what is wrong with the file is said before anything begins
    return Request(
        sources,
        options,
        Choice(settings["include"], settings["exclude"]),
        settings["limit"],
        _delivery(settings),
        frozenset(settings["retry"]),
        settings["knowledge"] or "",
        settings["clones"],
        _verifier(options) if settings["verified"] else None,
    )


def _delivery(settings: dict[str, Any]) -> Any:
    from transformer.batch.delivery import Delivery
    from transformer.report.batch import commit_message
    from transformer.templating import TemplateError
    from transformer.vcs import author_of, is_branch_name

    branch = settings["branch"]
    if bool(branch) != settings["commit"]:
        raise click.UsageError("--branch NAME and --commit go together")
    if branch and not is_branch_name(branch):
        raise click.UsageError(f"--branch: git takes no branch named {branch!r}")
    if settings["push"] and not branch:
        raise click.UsageError("--push goes with --branch NAME --commit")
    message = settings["message"].read() if settings["message"] is not None else ""
    try:
        author = author_of(settings["author"], signed=settings["signoff"])
        if message:
            commit_message((), message)
    except ValueError as error:
        raise click.UsageError(f"--author: {error}") from None
    except TemplateError as error:
        raise click.UsageError(f"--message {settings['message'].name}: {error}") from None
    return Delivery(settings["write"], branch, settings["patch_dir"], settings["push"], author, message)


def _workers(settings: dict[str, Any]) -> Workers:
    from transformer.batch.work import Cluster, Pool, processors

    if settings["dask"] is None:
        return Pool(settings["workers"] or processors(), settings["timeout"])
    try:
        return Cluster(settings["dask"])
    except ImportError:
        raise click.UsageError("--dask needs the extra: pip install 'dockerfix[dask]'") from None
    except OSError as error:
        raise click.UsageError(f"--dask {settings['dask']}: {error}") from None


def _verifier(options: Options) -> Any:
    from transformer.api import outcome_of
    from transformer.verification import RequestError, failure

    def ask(answer: Result) -> str:
        try:
            return failure(outcome_of(answer.task.item, options), options, lambda text: click.echo(text, err=True))
        except RequestError as error:
            raise click.UsageError(str(error)) from None

    return ask


def _rows(run: Batch) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in run.ledger.files(run.tally.keys):
        yield row.project, row.report


def _write_report(path: Path, pieces: Iterator[str]) -> None:
    from transformer.writing import UnwritableError, write_new

    try:
        write_new(path, (piece.encode("utf-8", "replace") for piece in pieces))
    except UnwritableError as error:
        raise click.UsageError(f"--report: {error}") from None


def _end(tally: Tally) -> int:
    """Print the table and what failed; return the exit status."""
    from transformer.report.batch import summary
    from transformer.report.terminal import printable

    click.echo(summary(tally.statuses, tally.reasons, tally.states), nl=False)
    for name, reason in tally.failures[:_SHOWN_FAILURES]:
        click.echo(printable(f"{name}: {reason}"), err=True)
    if len(tally.failures) > _SHOWN_FAILURES:
        click.echo(f"and {len(tally.failures) - _SHOWN_FAILURES} more", err=True)
    return 2 if tally.states["failed"] or tally.statuses["error"] else 0


class _Progress:
    """Counts on stderr: a line that changes on a terminal, one now and then elsewhere."""

    def __init__(self, terminal: bool) -> None:
        self.terminal, self.every = terminal, 0.2 if terminal else 10.0
        self.started = self.said = time.monotonic()
        self.known = self.files = self.projects = 0
        self.statuses: Counter[str] = Counter()

    def prepared(self, project: Project, files: int) -> None:
        """Count the files of a project that will be worked on."""
        self.known += files

    def worked(self, answer: Result) -> None:
        """Count an answer."""
        self.files += 1
        self.statuses[answer.status] += 1
        self._say()

    def finished(self, project: Project, entry: Entry, counts: Counter[str]) -> None:
        """Count a project."""
        self.projects += 1
        self._say()

    def _say(self) -> None:
        now = time.monotonic()
        if now - self.said < self.every:
            return
        self.said = now
        counts = ", ".join(f"{number} {status}" for status, number in sorted(self.statuses.items()))
        rate = self.files / max(now - self.started, 0.001)
        left = f", {(self.known - self.files) / rate:.0f} s for those found so far" if rate and self.files else ""
        text = f"{self.projects} projects, {self.files}/{self.known} files ({rate:.0f}/s{left}): {counts}"
        click.echo(f"\r\x1b[K{text[:200]}" if self.terminal else text, err=True, nl=not self.terminal)
