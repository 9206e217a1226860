"""One run over many files: read, transform, perhaps write, and print. It knows nothing of the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct, field
from msgspec.structs import replace

from transformer import pipeline
from transformer.api import outcome_of
from transformer.cli.configured import options_for
from transformer.cli.settings import Override
from transformer.config import Options
from transformer.inputs import STDIN, Input, context_root, find
from transformer.ir.diagnostic import Applicability, Diagnostic, Status
from transformer.ir.plan import Outcome
from transformer.report import text
from transformer.report.documents import Document, document
from transformer.report.formats import renderer
from transformer.writing import UnwritableError, replace_file

_DUMPS = {"cst": "parse", "script": "effects", "effects": "effects", "verdicts": "classify", "plan": "plan"}


class Request(Struct, frozen=True):
    """What to do with which files."""

    paths: tuple[str, ...]
    options: Options
    overrides: tuple[Override, ...] = ()
    write: bool = False
    fail_on: frozenset[str] = frozenset()
    """Answers that make the run fail: statuses, and ``unsafe`` for a split that rests on something not proven."""
    exit_zero: bool = False
    format: str = "text"
    colour: bool = False
    changed: tuple[Path, ...] | None = None
    """Only Dockerfiles are looked at that are, or have in their context, one of these files; None for all."""
    verifier: Callable[[Outcome], str] | None = None
    """Builds a rewrite and returns why it must not be written, "" if it is equivalent."""


class Run(Struct):
    """A run: the product goes to ``out``, everything else is handed to ``tell``."""

    request: Request
    out: BinaryIO
    tell: Callable[[str], None]
    statuses: list[str] = field(default_factory=list)
    failing: bool = False

    def execute(self) -> int:
        """Process all files and return the exit code."""
        printers = {"text": self._print_text, "diff": self._print_diff}
        printers.get(self.request.format, self._print_all)()
        if self.request.format != "text" and len(self.statuses) != 1:
            self.tell(self._summary())
        return self._exit_code()

    def filter(self) -> int:
        """Print the new text of standard input, or the old one if there is no other; the report is told."""
        outcome = outcome_of(Input(STDIN, STDIN), self.request.options)
        report = document(outcome)
        accepted = outcome.rewritten if outcome.status is Status.REWRITTEN and not outcome.others else None
        self._put(accepted or outcome.source.text)
        self._count(report)
        for line in text.finding_lines(report):
            self.tell(line)
        return self._exit_code()

    def explain(self, dump: str | None) -> int:
        """Print every step of each file with its reasons, or what one phase made of the file."""
        for item in find(self.request.paths):
            journal = pipeline.Journal()
            report = document(outcome_of(item, self._options(item), journal))
            self._count(report)
            self._put(_dumped(journal, dump) if dump else text.explain(report, colour=self.request.colour))
        return self._exit_code()

    def _print_text(self) -> None:
        for report in self._documents():
            self._put(("\n" if len(self.statuses) > 1 else "") + text.render(report, colour=self.request.colour))
        if len(self.statuses) != 1:
            self._put(("\n" if self.statuses else "") + self._summary() + "\n")
        if "rewritten" in self.statuses and not self.request.write:
            self._put("Nothing was written: --write applies the changes.\n")

    def _print_diff(self) -> None:
        for report in self._documents():
            if report.status == "rewritten":
                self._put(report.diff)
            else:
                self._tell_findings(report)

    def _print_all(self) -> None:
        for piece in renderer(self.request.format)(self._documents()):
            self._put(piece)

    def _documents(self) -> Iterator[Document]:
        for item in find(self.request.paths):
            if self.request.changed is not None and not self._concerned(item):
                continue
            outcome = outcome_of(item, self._options(item))
            if self.request.verifier is not None and outcome.rewritten is not None:
                outcome = _verified(outcome, self.request.verifier(outcome))
            if self.request.write and outcome.status is Status.REWRITTEN:
                outcome = _written(item, outcome)
            report = document(outcome)
            self._count(report)
            if report.status == "error" and self.request.format not in {"text", "diff"}:
                self._tell_findings(report)
            yield report

    def _options(self, item: Input) -> Options:
        return options_for(self.request.options, self.request.overrides, item.path)

    def _count(self, report: Document) -> None:
        self.statuses.append(report.status)
        unsafe = report.status == "refused" and bool(report.diff)
        self.failing |= bool(self.request.fail_on & {report.status, "unsafe" if unsafe else ""})

    def _concerned(self, item: Input) -> bool:
        """Whether a Dockerfile, or a file of its build context, is one of those that changed."""
        assert self.request.changed is not None
        if item.path == STDIN or item.problem:
            return True
        file = Path(item.path)
        context = context_root(file, self._options(item).context).resolve()
        return any(path == file.resolve() or path.is_relative_to(context) for path in self.request.changed)

    def _tell_findings(self, report: Document) -> None:
        for line in text.finding_lines(report):
            self.tell(line)

    def _put(self, product: str) -> None:
        self.out.write(product.encode("utf-8", "surrogateescape"))
        self.out.flush()

    def _summary(self) -> str:
        if not self.statuses:
            return "no Dockerfile found in " + " ".join(self.request.paths)
        return text.summary(self.statuses)

    def _exit_code(self) -> int:
        if self.request.exit_zero:
            return 0
        if "error" in self.statuses:
            return 2
        return int(self.failing)


def _verified(outcome: Outcome, failure: str) -> Outcome:
    """Return a rewrite, unsafe or not, as one to write, or as refused with the reason."""
    if not failure:
        return replace(outcome, status=Status.REWRITTEN)
    cure = "look at it with `dockerfix verify`"
    diagnostic = Diagnostic("DF802", failure, None, cure)
    return replace(outcome, status=Status.REFUSED, diagnostics=(*outcome.diagnostics, diagnostic))


def _written(item: Input, outcome: Outcome) -> Outcome:
    """Replace the file, and those that change with it, and return the outcome, or the error that kept all as they were.

    The others come first: a Compose file that names a stage too early fails loudly, one without it quietly lacks tools.
    """
    assert outcome.rewritten is not None
    files = [(one.place, str(Path(one.place).parent), one.before, one.after) for one in outcome.others]
    files.append((item.path, item.given, outcome.source.text, outcome.rewritten))
    done: list[tuple[str, str, bytes, bytes]] = []
    try:
        for path, given, before, after in files:
            old, new = (text.encode("utf-8", "surrogateescape") for text in (before, after))
            replace_file(path, given, old, new)
            done.append((path, given, old, new))
    except UnwritableError as error:
        for path, given, old, new in done:
            replace_file(path, given, new, old)
        diagnostic = Diagnostic("DF801", f"not rewritten: {error}")
        return Outcome(item.path, Status.ERROR, Applicability.DISPLAY_ONLY, (diagnostic,), outcome.source)
    return outcome


def _dumped(journal: pipeline.Journal, name: str) -> str:
    from transformer.report.dump import dump

    value = journal.values.get(_DUMPS[name])
    if value is None:
        return f"the file did not get as far as {name}: it ended in {journal.phase or 'reading'}\n"
    return dump(getattr(value, "scripts", value) if name == "script" else value)
