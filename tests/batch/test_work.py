"""Workers: what a file may cost, and that one which costs more costs nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from pebble import ProcessExpired

from tests.batch.conftest import HELLO, SOURCE
from transformer.batch.work import Cluster, Here, Pool, Result, Task, Workers, in_order, patient
from transformer.config import Options
from transformer.inputs import Input

_DIED: Exception = ProcessExpired("", code=-9)  # type: ignore[no-untyped-call]


def _tasks(folder: Path, count: int) -> list[Task]:
    (folder / "hello.c").write_text(SOURCE)
    tasks = []
    for number in range(count):
        path = folder / f"{number}.Dockerfile"
        path.write_text(HELLO)
        tasks.append(Task(str(folder), Input(str(path), str(folder)), Options()))
    return tasks


def _answers(workers: Workers, tasks: list[Task]) -> list[str]:
    try:
        return [answer.status for answer in in_order(workers, tasks)]
    finally:
        workers.close(now=True)


def test_here_and_in_processes_the_answers_are_the_same_and_in_order(tmp_path: Path) -> None:
    tasks = _tasks(tmp_path, 8)
    alone = list(in_order(Here(), tasks))
    pool = Pool(2)
    try:
        many = list(in_order(pool, tasks))
    finally:
        pool.close(now=False)
    assert [answer.task for answer in many] == tasks
    assert [(a.report, a.new, a.digest) for a in many] == [(a.report, a.new, a.digest) for a in alone]
    assert {answer.status for answer in many} == {"rewritten"}


def _hanging(folder: Path, count: int) -> list[Task]:
    """Return tasks of which the second one waits for ever: the rows of the user's that it asks for are a pipe."""
    tasks = _tasks(folder, count)
    os.mkfifo(folder / "pipe")
    tasks[1] = replace(tasks[1], overlay=str(folder / "pipe"))
    return tasks


def test_a_file_that_takes_too_long_costs_itself(tmp_path: Path) -> None:
    tasks = _hanging(tmp_path, 5)
    pool = Pool(1, seconds=4.0)
    try:
        reports = [answer.document for answer in in_order(pool, tasks)]
    finally:
        pool.close(now=True)
    assert [r.status for r in reports] == ["rewritten", "error", "rewritten", "rewritten", "rewritten"]
    assert [f.code for f in reports[1].findings] == ["DF805"]
    assert "took more than 4 s" in reports[1].findings[0].message


def test_a_worker_that_is_killed_costs_nothing(tmp_path: Path) -> None:
    tasks = _hanging(tmp_path, 5)
    pool = Pool(1)
    try:
        answers = [pool.submit((task,)) for task in tasks]
        assert answers[0]()[0].status == "rewritten"
        time.sleep(1.0)
        for child in [child for child in _children() if _is_worker(child)]:
            os.kill(child, signal.SIGKILL)
        (tmp_path / "pipe").unlink()
        (tmp_path / "pipe").touch()
        statuses = [answer()[0].status for answer in answers]
    finally:
        pool.close(now=True)
    assert statuses == ["rewritten"] * 5


@pytest.mark.parametrize(
    ("ends", "tries", "said"),
    [
        (_DIED, 2, "its worker ended with -9, twice"),
        (TimeoutError(), 1, "it took more than 1 s"),
        (MemoryError(), 1, "it needs more memory than a worker may use"),
    ],
)
def test_only_what_may_end_otherwise_is_tried_again(tmp_path: Path, ends: Exception, tries: int, said: str) -> None:
    (task,) = _tasks(tmp_path, 1)
    handed: list[Future[tuple[Result, ...]]] = []

    def schedule() -> Future[tuple[Result, ...]]:
        handed.append(Future())
        handed[-1].set_exception(ends)
        return handed[-1]

    (found,) = patient(schedule, task, 1.0, pause=0.0)().document.findings
    assert (found.code, found.message, len(handed)) == ("DF805", said, tries)


def test_of_several_that_are_handed_out_as_one_each_stands_for_itself(tmp_path: Path) -> None:
    tasks = _hanging(tmp_path, 4)
    pool = Pool(1, seconds=4.0)
    try:
        found = pool.submit(tuple(tasks))()
    finally:
        pool.close(now=True)
    assert [one.task for one in found] == tasks
    assert [one.status for one in found] == ["rewritten", "error", "rewritten", "rewritten"]


def test_quick_tasks_are_handed_out_several_at_once_and_slow_ones_are_not(tmp_path: Path) -> None:
    class Timed(Here):
        width, most = 4, 8

        def __init__(self, seconds: float) -> None:
            self.seconds, self.sizes = seconds, []  # type: tuple[float, list[int]]

        def submit(self, tasks: tuple[Task, ...]) -> Any:
            self.sizes.append(len(tasks))
            return lambda: tuple(replace(one, seconds=self.seconds) for one in Here.submit(self, tasks)())

    tasks = _tasks(tmp_path, 40)
    for seconds, most in ((0.001, 8), (0.03, 3), (1.0, 1)):
        workers = Timed(seconds)
        assert [answer.task for answer in in_order(workers, tasks)] == tasks
        assert (workers.sizes[0], max(workers.sizes)) == (1, most)


def test_memory_is_bounded() -> None:
    code = "from transformer.batch.work import _begin; _begin(300_000_000); bytearray(400_000_000)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip().endswith("MemoryError")


def test_no_more_is_handed_out_than_the_workers_can_take_soon(tmp_path: Path) -> None:
    handed: list[Task] = []

    class Slow(Here):
        width = 3

        def submit(self, tasks: tuple[Task, ...]) -> Any:
            handed.extend(tasks)
            return super().submit(tasks)

    answers = in_order(Slow(), iter(_tasks(tmp_path, 10)))
    next(answers)
    assert len(handed) == 4


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    tasks = _tasks(tmp_path, 6)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, worker_dashboard_address=None
    ) as cluster:
        workers = Cluster(cluster.scheduler_address)
        assert _answers(workers, tasks) == ["rewritten"] * 6


def _children() -> list[int]:
    mine = f"/proc/{os.getpid()}/task"
    return [
        int(child)
        for thread in os.listdir(mine)  # noqa: PTH208
        for child in Path(f"{mine}/{thread}/children").read_text().split()
    ]


def _is_worker(pid: int) -> bool:
    return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
