"""A run over many projects: they are prepared, worked on, delivered and noted, each one whole before it counts."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from msgspec import Struct, field
from msgspec.json import encode
from msgspec.structs import replace

from transformer import __version__, vcs
from transformer.batch.delivery import Delivery, DeliveryError, deliver, patiently
from transformer.batch.ledger import Entry, FileRow, Key, Ledger, unpacked
from transformer.batch.sources import Choice, Kind, Project, opted_out, projects
from transformer.batch.work import Here, Pool, Result, Task, Workers, in_order
from transformer.config import Options
from transformer.inputs import Input, find
from transformer.ir.diagnostic import Diagnostic
from transformer.report.documents import Document, finding
from transformer.vcs import GitError

_CLONES, _AHEAD = 4, 8
"""How many projects are prepared at once, and how many lie ready."""


class Request(Struct, frozen=True):
    """What a batch is about. ``retry`` names the states and statuses that are not taken from the ledger."""

    sources: tuple[str, ...]
    options: Options = Options()
    choice: Choice = Choice()
    limit: int | None = None
    delivery: Delivery = Delivery()
    retry: frozenset[str] = frozenset()
    overlay: str = ""
    clones: Path | None = None
    """Where remotes are cloned to; None for a directory that is gone after the run."""
    verifier: Callable[[Result], str] | None = None
    """Builds a rewrite and returns why it must not be delivered, "" if it is equivalent."""

    @property
    def signature(self) -> str:
        """What of the request an answer depends on, and what it was asked to deliver."""
        answering = replace(self.options, no_cache=False)
        asked = (answering, self.choice.include, self.choice.exclude, self.delivery, self.verifier is not None)
        rows = Path(self.overlay).read_bytes() if self.overlay else b""
        return hashlib.sha256(encode(asked, enc_hook=str) + rows).hexdigest()[:16]


class Observer(Protocol):
    """What a run tells while it goes on."""

    def prepared(self, project: Project, files: int) -> None:
        """A project will be worked on."""

    def worked(self, answer: Result) -> None:
        """A file was answered."""

    def finished(self, project: Project, entry: Entry, counts: Counter[str]) -> None:
        """A project is done with; ``counts`` are its files by status."""


class Silent:
    """An observer that hears nothing."""

    def prepared(self, project: Project, files: int) -> None:
        """Do nothing."""

    def worked(self, answer: Result) -> None:
        """Do nothing."""

    def finished(self, project: Project, entry: Entry, counts: Counter[str]) -> None:
        """Do nothing."""


class Tally(Struct):
    """What became of a run: ``keys`` are those of its projects in the ledger."""

    keys: list[Key] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[tuple[str, str]] = field(default_factory=list)


class _Prepared(Struct, frozen=True):
    """A project that can be worked on; ``entry`` if it is done with already, ``known`` if that stands in the ledger."""

    project: Project
    key: Key
    root: Path
    files: tuple[Input, ...] = ()
    entry: Entry | None = None
    known: bool = False


class Batch:
    """A run over the projects of a request, with its ledger and workers."""

    def __init__(self, request: Request, ledger: Ledger, workers: Workers, observer: Observer | None = None) -> None:
        self.request, self.ledger, self.workers = request, ledger, workers
        self.observer = observer or Silent()
        self.tally = Tally()
        self.signature = request.signature

    def run(self) -> Tally:
        """Do all projects and return what became of them. Raises LedgerError; what was finished before it stays."""
        self.ledger.begin(self.request.sources, __version__)
        finished = False
        with TemporaryDirectory(prefix="dockerfix-", ignore_cleanup_errors=True) as scratch:
            clones = self.request.clones or Path(scratch)
            clones.mkdir(parents=True, exist_ok=True)
            try:
                for prepared, answers in self._answered(self._prepared(clones)):
                    self._finish(prepared, answers)
                    if prepared.project.kind is Kind.REMOTE and self.request.clones is None:
                        shutil.rmtree(prepared.root, ignore_errors=True)
                finished = True
            finally:
                self.workers.close(now=not finished)
        return self.tally

    def _prepared(self, clones: Path) -> Iterator[_Prepared]:
        """Yield the projects in order, with the next ones being cloned and searched meanwhile."""
        waiting: deque[Future[_Prepared]] = deque()
        with ThreadPoolExecutor(_CLONES) as threads:
            try:
                for project in self._chosen():
                    waiting.append(threads.submit(self._prepare, project, clones))
                    if len(waiting) > _AHEAD:
                        yield self._looked_up(waiting.popleft().result())
                while waiting:
                    yield self._looked_up(waiting.popleft().result())
            finally:
                threads.shutdown(cancel_futures=True)

    def _chosen(self) -> Iterator[Project]:
        count = 0
        for project in projects(self.request.sources):
            if self.request.limit is not None and count >= self.request.limit:
                return
            if Choice(exclude=self.request.choice.exclude).takes(project.name):
                count += 1
                yield project

    def _prepare(self, project: Project, clones: Path) -> _Prepared:
        root = Path(project.place)
        key = Key(project.place, "", __version__, self.signature)
        try:
            if project.kind is Kind.REMOTE:
                root = clones / hashlib.sha256(project.place.encode()).hexdigest()[:20]
                _clone(project.place, root)
            if not root.is_dir():
                return _Prepared(project, key, root, entry=Entry("failed", "DF804", "there is no such directory"))
            dirty = False
            if project.kind is not Kind.FOLDER:
                revision, dirty = vcs.head(root), vcs.is_dirty(root)
                key = Key(project.place, "" if dirty else revision, __version__, self.signature)
        except GitError as error:
            return _Prepared(project, key, root, entry=Entry("failed", "DF804", str(error)))
        skipped = self._skipped(project, root, key, dirty=dirty)
        if skipped is not None:
            return _Prepared(project, key, root, entry=skipped)
        return _Prepared(project, key, root, tuple(self._files(project, root)))

    def _skipped(self, project: Project, root: Path, key: Key, *, dirty: bool) -> Entry | None:
        delivery = self.request.delivery
        if opted_out(root) is None:
            return Entry("skipped", "DF803", "its .dockerfixignore takes it out of every batch")
        if dirty and not delivery.dry:
            return Entry("skipped", "DF803", "its work tree has changes that are not committed")
        if delivery.commits and not key.revision:
            return Entry("skipped", "DF803", "it is no git repository with a commit, so nothing can be committed")
        return None

    def _files(self, project: Project, root: Path) -> Iterator[Input]:
        ignored = Choice(exclude=opted_out(root) or ())
        for item in find((str(root),)):
            path = Path(item.path).relative_to(root).as_posix()
            names = (project.name, f"{project.name}/{path}", path)
            if item.problem or (ignored.takes(path) and self.request.choice.takes(*names)):
                yield item

    def _looked_up(self, prepared: _Prepared) -> _Prepared:
        """Return a project as done if the ledger has it and nobody asked to do it again."""
        entry = self.ledger.entry(prepared.key) if prepared.key.revision else None
        if entry is None or prepared.entry is not None or self._again(prepared.key, entry):
            return prepared
        return _Prepared(prepared.project, prepared.key, prepared.root, entry=entry, known=True)

    def _again(self, key: Key, entry: Entry) -> bool:
        retry = self.request.retry
        return bool("all" in retry or {entry.state, *self.ledger.statuses(key)} & retry) or entry.state == "skipped"

    def _answered(self, prepared: Iterable[_Prepared]) -> Iterator[tuple[_Prepared, list[Result]]]:
        """Yield each project with its answers: the workers get the files of the next ones meanwhile."""
        waiting: deque[_Prepared] = deque()

        def tasks() -> Iterator[Task]:
            for one in prepared:
                waiting.append(one)
                self.observer.prepared(one.project, len(one.files))
                asked, root = (self.request.options, self.request.overlay), str(one.root)
                yield from (Task(one.project.place, item, *asked, root) for item in one.files)

        answers: list[Result] = []
        for answer in in_order(self.workers, tasks()):
            yield from self._complete(waiting, answers, answer.task.project)
            answers.append(answer)
            self.observer.worked(answer)
        yield from self._complete(waiting, answers, None)

    @staticmethod
    def _complete(
        waiting: deque[_Prepared], answers: list[Result], current: str | None
    ) -> Iterator[tuple[_Prepared, list[Result]]]:
        """Yield the projects before the one that is worked on: all answers of theirs are there."""
        while waiting and waiting[0].project.place != current:
            done = waiting.popleft()
            mine = [a for a in answers if a.task.project == done.project.place]
            answers[:] = answers[len(mine) :]
            yield done, mine

    def _finish(self, prepared: _Prepared, answers: list[Result]) -> None:
        entry = prepared.entry
        if prepared.known:
            rows = [(row.status, row.code) for row in self.ledger.files((prepared.key,))]
        else:
            checked = [self._verified(answer) for answer in answers]
            entry = entry or self._delivered(prepared, checked)
            place = prepared.project.place
            files = [(FileRow(place, a.path, a.status, a.code, a.seconds, a.report), a.digest) for a in checked]
            self.ledger.finish(prepared.key, entry, files)
            rows = [(row.status, row.code) for row, _ in files]
        assert entry is not None
        self._count(prepared, entry, rows)

    def _count(self, prepared: _Prepared, entry: Entry, rows: list[tuple[str, str]]) -> None:
        self.tally.keys.append(prepared.key)
        self.tally.states[entry.state] += 1
        self.tally.statuses.update(status for status, _ in rows)
        self.tally.reasons.update(rows)
        if entry.state != "done":
            self.tally.failures.append((prepared.project.name, f"{entry.code} {entry.reason}"))
        self.observer.finished(prepared.project, entry, Counter(status for status, _ in rows))

    def _verified(self, answer: Result) -> Result:
        if self.request.verifier is None or answer.new is None:
            return answer
        failure = self.request.verifier(answer)
        if not failure:
            return answer
        said = Diagnostic("DF802", failure, cure="look at it with `dockerfix verify`")
        return answer.withheld(finding(said, answer.path))

    def _delivered(self, prepared: _Prepared, answers: list[Result]) -> Entry:
        changes = {a.path: (a.old, a.new) for a in answers if a.new is not None}
        if not changes or self.request.delivery.dry:
            return Entry("done")
        plain = [unpacked(a.report) for a in answers if a.path in changes]
        try:
            made = deliver(self.request.delivery, prepared.project.name, prepared.root, changes, plain)
        except DeliveryError as error:
            return Entry("failed", "DF804", str(error))
        return Entry("done", made=made)


def transform_many(
    sources: Iterable[str | Path], options: Options | None = None, *, workers: int = 1
) -> Iterator[tuple[str, Document, str | None]]:
    """Yield the path, the report and the new text (None if nothing is to change) of every Dockerfile in directories.

    With more than one worker the caller's main module must be importable (multiprocessing, "spawn"). Nothing is
    written.
    """
    pool: Workers = Here() if workers <= 1 else Pool(workers)
    finished = False
    try:
        tasks = (Task("", item, options or Options()) for item in find(str(source) for source in sources))
        for answer in in_order(pool, tasks):
            new = answer.new.decode("utf-8", "surrogateescape") if answer.new is not None else None
            yield answer.task.item.path, answer.document, new
        finished = True
    finally:
        pool.close(now=not finished)


@contextmanager
def open_ledger(path: Path | None) -> Iterator[Ledger]:
    """Give the ledger at a path, or one that is gone after the run. Raises LedgerError."""
    with TemporaryDirectory(prefix="dockerfix-", ignore_cleanup_errors=True) as scratch:
        ledger = Ledger(path or Path(scratch) / "ledger", lasting=path is not None)
        with closing(ledger):
            yield ledger


def _clone(place: str, root: Path) -> None:
    """Clone a remote; what an earlier run left half done is removed."""
    if (root / ".git" / "HEAD").exists():
        with suppress(GitError):
            vcs.head(root)
            return
    shutil.rmtree(root, ignore_errors=True)
    try:
        patiently(lambda: vcs.clone(place, root))
    except GitError:
        shutil.rmtree(root, ignore_errors=True)
        raise
