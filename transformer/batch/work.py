"""One file of a batch, and the processes that work on many: a pool on this machine, or a Dask cluster."""

from __future__ import annotations

import hashlib
import os
import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from transformer.api import outcome_of
from transformer.batch.ledger import packed
from transformer.config import Options
from transformer.inputs import Input
from transformer.ir.diagnostic import Applicability, Diagnostic, Status
from transformer.ir.plan import Outcome
from transformer.ir.source import Source
from transformer.report.batch import lead
from transformer.report.documents import Document, Finding, document, relative
from transformer.report.json_v1 import result

MEMORY = 2_000_000_000
"""How much address space a worker may use, in bytes (setrlimit(2), RLIMIT_AS)."""
SECONDS = 60.0
"""How long one file may take."""
_PAUSE = 1.0
"""Seconds before a task whose worker died is handed out again."""
_AHEAD = 32
"""How many files per worker are handed out before the first answer is taken."""
_MOST, _CHUNK = 8, 0.1
"""How many files are handed out as one at most, and how many seconds they may take by what the others took."""


class Task(Struct, frozen=True):
    """One Dockerfile: the project that it belongs to, its path, and the argument that it was found through.

    Reports give paths as seen from ``root``, if there is one.
    """

    project: str
    item: Input
    options: Options
    overlay: str = ""
    root: str = ""


class Result(Struct, frozen=True):
    """The answer for one task. ``digest`` is that of the old file's bytes, which ``old`` has if there are new ones;
    ``seconds`` is CPU time.

    The report is packed where it was made: the one process that all answers come to must not be what they wait for
    (measured: half of its time was spent on packing).
    """

    task: Task
    path: str
    status: str
    code: str
    report: bytes
    document_bytes: bytes
    digest: str
    old: bytes = b""
    new: bytes | None = None
    seconds: float = 0.0

    @property
    def document(self) -> Document:
        """The report as all formats print it."""
        found: Document = pickle.loads(self.document_bytes)
        return found

    def withheld(self, found: Finding) -> Result:
        """Return the answer as a refusal for what was found."""
        report = self.document
        report = replace(report, status=Status.REFUSED.value, findings=(*report.findings, found))
        return result_of(self.task, report, self.digest, seconds=self.seconds)


def work(task: Task) -> Result:
    """Return the answer for a task: in a worker, or right here."""
    started = time.process_time()
    with _knowledge(task.overlay):
        outcome = outcome_of(task.item, task.options)
    if outcome.others and outcome.status is Status.REWRITTEN:
        # two Dockerfiles of a project may want the same Compose file changed, each without the other's change
        outcome = replace(outcome, status=Status.REFUSED)
    old = outcome.source.to_bytes()
    accepted = outcome.status is Status.REWRITTEN and outcome.rewritten is not None
    new = (outcome.rewritten or "").encode("utf-8", "surrogateescape") if accepted else None
    made = result_of(task, document(outcome), hashlib.sha256(old).hexdigest())
    spent = time.process_time() - started
    return replace(made, old=old if accepted else b"", new=new, seconds=spent)


def _work_all(tasks: tuple[Task, ...]) -> tuple[Result, ...]:
    return tuple(work(task) for task in tasks)


def result_of(task: Task, report: Document, digest: str, *, seconds: float = 0.0) -> Result:
    """Return the answer with this report, without a rewrite."""
    seen = relative(report, Path(task.root)) if task.root else report
    return Result(
        task, seen.path, seen.status, lead(seen), packed(result(seen)), pickle.dumps(seen), digest, seconds=seconds
    )


def given_up(task: Task, reason: str) -> Result:
    """Return the answer for a task whose worker hung, died or ran out of memory (DF805)."""
    diagnostic = Diagnostic("DF805", reason, cure="look at it alone: dockerfix explain " + task.item.path)
    outcome = Outcome(
        task.item.path, Status.ERROR, Applicability.DISPLAY_ONLY, (diagnostic,), Source.from_bytes(task.item.path, b"")
    )
    return result_of(task, document(outcome), "")


class Workers(Protocol):
    """What works on tasks; closed when the run ends, at once if it was interrupted."""

    width: int
    """How many tasks are handed out ahead."""
    most: int
    """How many tasks are handed out as one at most."""

    def submit(self, tasks: tuple[Task, ...]) -> Callable[[], tuple[Result, ...]]:
        """Hand out tasks and return what waits for their answers, which never raises for a task's own failure."""

    def close(self, *, now: bool) -> None:
        """End all workers; ``now`` without waiting for their tasks."""


class Here:
    """No processes: for one worker, and for programs that have their own."""

    width = most = 1

    def submit(self, tasks: tuple[Task, ...]) -> Callable[[], tuple[Result, ...]]:
        """Return what does the tasks when it is asked."""
        return lambda: _work_all(tasks)

    def close(self, *, now: bool) -> None:
        """Do nothing: there is nobody to end."""


class Pool:
    """Processes of this machine. A worker that hangs costs its task, as does one that dies of the same task twice."""

    most = _MOST

    def __init__(self, workers: int, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        import multiprocessing

        from pebble import ProcessPool

        self.seconds, self.width = seconds, workers * _AHEAD
        context = multiprocessing.get_context("spawn")  # fork would copy the threads that clone
        self.pool = ProcessPool(workers, initializer=_begin, initargs=(memory,), context=context)

    def submit(self, tasks: tuple[Task, ...]) -> Callable[[], tuple[Result, ...]]:
        """Hand tasks to the pool; where one of several ends its worker or takes too long, each is done by itself."""
        if len(tasks) == 1:
            alone = self._alone(tasks[0])
            return lambda: (alone(),)
        from pebble import ProcessExpired

        future = self._scheduled(tasks)

        def answers() -> tuple[Result, ...]:
            try:
                return future.result()
            except (TimeoutError, MemoryError, ProcessExpired):
                single = [self._alone(task) for task in tasks]
                return tuple(answer() for answer in single)

        return answers

    def _alone(self, task: Task) -> Callable[[], Result]:
        return patient(lambda: self._scheduled((task,)), task, self.seconds)

    def _scheduled(self, tasks: tuple[Task, ...]) -> Future[tuple[Result, ...]]:
        future: Future[tuple[Result, ...]] = self.pool.schedule(_work_all, args=(tasks,), timeout=self.seconds)
        return future

    def close(self, *, now: bool) -> None:
        """End the processes."""
        end: Callable[[], None] = self.pool.stop if now else self.pool.close
        end()
        self.pool.join()


class Cluster:
    """The workers of a Dask cluster, which see the same paths and have this version of dockerfix installed."""

    most = 1

    def __init__(self, address: str) -> None:
        import distributed

        client: Any = distributed.Client
        self.client: Any = client(address)
        self.width = max(1, len(self.client.ncores())) * _AHEAD

    def submit(self, tasks: tuple[Task, ...]) -> Callable[[], tuple[Result, ...]]:
        """Hand tasks to the cluster."""
        futures = [self.client.submit(work, task, pure=False, retries=1) for task in tasks]

        def answer(task: Task, future: Any) -> Result:
            try:
                result: Result = future.result()
            except Exception as error:  # noqa: BLE001 a worker that died, or whatever the cluster says of it
                return given_up(task, f"the cluster gave it up: {type(error).__name__}: {error}")
            finally:
                future.release()
            return result

        return lambda: tuple(map(answer, tasks, futures))

    def close(self, *, now: bool) -> None:
        """Leave the cluster; it goes on without us."""
        self.client.close()


def in_order(workers: Workers, tasks: Iterable[Task]) -> Iterator[Result]:
    """Yield the answers in the order of the tasks; not many more are handed out than ``workers.width`` ahead.

    Quick tasks are handed out several at once: what one costs beside its work is a third of the parent's time.
    """
    source = iter(tasks)
    waiting: deque[tuple[int, Callable[[], tuple[Result, ...]]]] = deque()
    ahead, done, spent = 0, 0, 0.0
    while True:
        at_once = min(workers.most, int(_CHUNK * done / spent)) if spent else 1
        chunk = tuple(islice(source, max(1, at_once)))
        if chunk:
            waiting.append((len(chunk), workers.submit(chunk)))
            ahead += len(chunk)
        if not waiting:
            return
        if not chunk or ahead > workers.width:
            count, answers = waiting.popleft()
            ahead -= count
            for answer in answers():
                done, spent = done + 1, spent + answer.seconds
                yield answer


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def patient(
    schedule: Callable[[], Future[tuple[Result, ...]]], task: Task, seconds: float, pause: float = _PAUSE
) -> Callable[[], Result]:
    """Hand out a task and return what waits for its answer.

    A worker may die of something else, such as a system that is short of memory: then the task is handed out once more,
    after a pause in seconds. One that takes too long, or too much memory, would do so again.
    """
    from pebble import ProcessExpired

    first = schedule()

    def answer() -> Result:
        try:
            return _result(first, task, seconds)
        except ProcessExpired:
            time.sleep(pause)
        try:
            return _result(schedule(), task, seconds)
        except ProcessExpired as error:
            return given_up(task, f"its worker ended with {error.exitcode}, twice")

    return answer


def _result(future: Future[tuple[Result, ...]], task: Task, seconds: float) -> Result:
    try:
        return future.result()[0]
    except TimeoutError:
        return given_up(task, f"it took more than {seconds:g} s")
    except MemoryError:
        return given_up(task, "it needs more memory than a worker may use")


def _begin(memory: int) -> None:
    """Prepare a worker: Ctrl-C is the parent's to answer, and memory is bounded."""
    import resource
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (memory if hard == resource.RLIM_INFINITY else min(memory, hard), hard))


def _knowledge(overlay: str) -> Any:
    from contextlib import nullcontext

    if not overlay:
        return nullcontext()
    from transformer.knowledge.overlay import using
    from transformer.knowledge.overlay_file import load

    return using(load(overlay))
