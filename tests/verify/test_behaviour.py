"""How an image is observed, with an engine that answers from a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import pytest

from transformer.verify.behaviour import Asked, Behaviour, Page, compare, observe
from transformer.verify.engine import Engine, Result

DONE = Result(0, b"done", b"", 1.0)


class Scripted:
    """An engine whose health checks end with these statuses, the last one for ever."""

    def __init__(self, *statuses: int, running: bool = True) -> None:
        self.statuses, self.running = list(statuses), running
        self.asked: list[tuple[str, ...]] = []

    def run(self, image: str, seconds: int, words: Sequence[str]) -> Result:
        return DONE

    @contextmanager
    def serving(self, image: str, words: Sequence[str]) -> Iterator[tuple[str, str]]:
        yield "container", "127.0.0.1"

    def inside(self, container: str, words: Sequence[str], seconds: int) -> Result:
        self.asked.append(tuple(words))
        return Result(self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0], b"", b"no tool", 0.0)

    def state(self, container: str) -> dict[str, Any]:
        return {"Running": self.running, "ExitCode": 3}


def observed(scripted: Scripted, seconds: int = 5, **config: Any) -> Behaviour:
    return observe(cast(Engine, scripted), "image", config, Asked(seconds=seconds))


def test_without_server_and_check_it_runs_to_its_end() -> None:
    assert observed(Scripted(0), Cmd=["x"]) == Behaviour(result=DONE)
    assert observed(Scripted(0), Cmd=["x"], Healthcheck={"Test": ["NONE"]}) == Behaviour(result=DONE)
    assert observed(Scripted(0)).failure == "it has nothing to start"


@pytest.mark.parametrize(
    ("test", "shell", "words"),
    [
        (["CMD", "check", "-x"], None, ("check", "-x")),
        (["CMD-SHELL", "check || exit 1"], None, ("/bin/sh", "-c", "check || exit 1")),
        (["CMD-SHELL", "check"], ["/bin/bash", "-ec"], ("/bin/bash", "-ec", "check")),
    ],
)
def test_the_health_check_is_run_until_it_succeeds(test: list[str], shell: list[str] | None, words: Any) -> None:
    scripted = Scripted(1, 0)
    assert observed(scripted, Cmd=["x"], Healthcheck={"Test": test}, Shell=shell).health == "healthy"
    assert scripted.asked == [words, words]


def test_a_check_that_never_succeeds() -> None:
    good, bad = (observed(Scripted(n), seconds=0, Cmd=["x"], Healthcheck={"Test": ["CMD", "c"]}) for n in (0, 127))
    (found,) = compare(good, bad)
    assert (found.law, found.what, found.old) == ("E4", "health", "healthy")
    assert "127" in found.new
    assert "no tool" in found.new
    assert list(compare(bad, bad)) == list(compare(good, good)) == []


@pytest.mark.parametrize(
    ("old", "new", "unsteady", "differs"),
    [
        (Behaviour(failure="it ended with status 1: tip A"), Behaviour(failure="it ended with status 1: tip B"),
         set(), True),
        (Behaviour(failure="it ended with status 1: tip A"), Behaviour(failure="it ended with status 1: tip B"),
         {"start"}, False),
        (Behaviour(failure="it ended with status 1: tip"), Behaviour(failure="it ended with status 127: tip"),
         {"start"}, True),
        (Behaviour(failure="it ended with status 1: tip"), Behaviour(), {"start"}, True),
        (Behaviour(pages=(Page("/", 200, "text/html", b"A"),)), Behaviour(pages=(Page("/", 200, "text/html", b"B"),)),
         {"GET /"}, False),
        (Behaviour(pages=(Page("/", 200, "text/html", b"A"),)), Behaviour(pages=(Page("/", 404, "text/html", b"A"),)),
         {"GET /"}, True),
        (Behaviour(Result(0, b"A", b"", 1.0)), Behaviour(Result(0, b"B", b"", 1.0)), {"run: output"}, False),
        (Behaviour(Result(0, b"A", b"", 1.0)), Behaviour(Result(1, b"B", b"", 1.0)), {"run: output"}, True),
        (Behaviour(Result(0, b"A", b"x", 1.0)), Behaviour(Result(0, b"B", b"y", 1.0)), {"run: output"}, True),
    ],
)  # fmt: skip
def test_what_differs_between_two_runs_of_one_image(
    old: Behaviour, new: Behaviour, unsteady: set[str], differs: bool
) -> None:
    assert bool(list(compare(old, new, unsteady))) is differs


def test_a_program_that_ends_is_not_waited_for() -> None:
    found = observed(Scripted(1, running=False), seconds=1000, Cmd=["x"], Healthcheck={"Test": ["CMD", "c"]})
    assert found.health == "it ended with status 3"
