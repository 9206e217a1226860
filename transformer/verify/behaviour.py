"""Law E4: both images do the same: the output and exit status of a program, or the answers of a server."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence, Set
from http.client import HTTPConnection, HTTPException

from msgspec import Struct

from transformer.verify.config import type_config
from transformer.verify.engine import Engine, Result
from transformer.verify.verdict import Difference

_LAW = "E4"
_MOST_BODY = 4 << 20
_MASKS = (
    (re.compile(rb"\d{4}[-/]\d{2}[-/]\d{2}"), b"<date>"),
    (re.compile(rb"\d{1,2}[/ ](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[/ ]\d{4}"), b"<date>"),
    (re.compile(rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? \w+ +\w+"), b"<date>"),
    (re.compile(rb"\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?(?: ?[+-]\d{2}:?\d{2}|Z)?"), b"<time>"),
    (re.compile(rb"\b\d+(?:\.\d+)? ?(?:ns|us|\xc2\xb5s|ms|s|sec|seconds)\b"), b"<duration>"),
    (re.compile(rb"\b[0-9a-f]{12}(?:[0-9a-f]{52})?\b"), b"<id>"),
    (re.compile(rb"\[\d+\]|\bpid[ =:]*\d+|\bPID[ =:]*\d+"), b"<pid>"),
    (re.compile(rb"\b0x[0-9a-f]{6,}\b"), b"<address>"),
    (re.compile(rb"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?"), b"<ip>"),
    (re.compile(rb"\bport[ =:]*\d+"), b"<port>"),
)
"""What changes from run to run: dates, times, durations, ids, process numbers, addresses, ports."""


class Page(Struct, frozen=True):
    """One answer of a server."""

    path: str
    status: int
    content_type: str
    body: bytes

    def __str__(self) -> str:
        return f"{self.status} {self.content_type} {_shown(self.body)}"


class Behaviour(Struct, frozen=True):
    """What an image did: run to its end, or asked; ``health`` is what its HEALTHCHECK says."""

    result: Result | None = None
    pages: tuple[Page, ...] = ()
    health: str = ""
    failure: str = ""


class Asked(Struct, frozen=True):
    """How an image is observed; ``seconds`` is the time for one run.

    ``words`` are arguments of what it starts, ``port`` is where its server answers if it exposes none.
    """

    paths: tuple[str, ...] = ("/",)
    scripts: tuple[tuple[str, ...], ...] = ()
    seconds: int = 60
    words: tuple[str, ...] = ()
    port: int | None = None


def observe(engine: Engine, image: str, config: type_config, asked: Asked) -> Behaviour:
    """Run an image as it is.

    What exposes a TCP port is a server, and is asked; what has a HEALTHCHECK is waited for; others run to their end.
    """
    port = asked.port or _port(config)
    check = _health_command(config)
    if not (config.get("Entrypoint") or config.get("Cmd")):
        return Behaviour(failure="it has nothing to start")
    if port is None and not check:
        return Behaviour(result=engine.run(image, asked.seconds, asked.words))
    with engine.serving(image, asked.words) as (container, address):
        failure = _wait(engine, container, address, port, asked.seconds) if port is not None else ""
        health = _health(engine, container, check, asked.seconds) if check else ""
        if failure:
            return Behaviour(failure=failure, health=health)
        paths = asked.paths if port is not None else ()
        return Behaviour(pages=tuple(_get(address, port or 0, path, asked.seconds) for path in paths), health=health)


def compare(old: Behaviour, new: Behaviour, unsteady: Set[str] = frozenset()) -> Iterator[Difference]:
    """Yield where the two differ, after masking what changes from run to run.

    Of what is ``unsteady``, because two runs of one image differ in it, only the outcome is compared.
    """
    if old.failure or new.failure:
        was, now = (one.failure.partition(":")[0] if "start" in unsteady else one.failure for one in (old, new))
        if masked(was.encode()) != masked(now.encode()):
            cause = "something that it needs at run time stayed behind"
            yield Difference(_LAW, "start", old.failure or "it runs", new.failure or "it runs", cause)
        return
    for was_, now_ in zip(old.pages, new.pages, strict=False):
        what = f"GET {was_.path}"
        if _answer(was_, only_outcome=what in unsteady) != _answer(now_, only_outcome=what in unsteady):
            cause = "a file that the server reads, or a table such as media types, stayed behind"
            yield Difference(_LAW, what, str(was_), str(now_), cause)
    if masked(old.health.encode()) != masked(new.health.encode()):
        yield Difference(_LAW, "health", old.health, new.health, "what HEALTHCHECK calls stayed behind")
    if old.result is not None and new.result is not None:
        found = compare_results("run", old.result, new.result)
        yield from (one for one in found if one.what not in unsteady or one.what.endswith("status"))


def _answer(page: Page, *, only_outcome: bool) -> tuple[int, str, bytes]:
    return page.status, page.content_type, b"" if only_outcome else masked(page.body)


def compare_results(what: str, old: Result, new: Result) -> Iterator[Difference]:
    """Yield where two runs differ: status, output, messages. A run that was ended is compared by what it said."""
    if old.status != new.status:
        cause = "a program, library or file that it needs stayed behind"
        yield Difference(_LAW, f"{what}: exit status", _ended(old.status), _ended(new.status), cause)
    for name, was, now in (("output", old.stdout, new.stdout), ("messages", old.stderr, new.stderr)):
        if masked(was) != masked(now):
            yield Difference(_LAW, f"{what}: {name}", _shown(was), _shown(now), "it reads or calls something else")


def scripts(engine: Engine, old: str, new: str, asked: Asked) -> Iterator[Difference]:
    """Run the user's own commands against both images, each with IMAGE in its environment."""
    for words in asked.scripts:
        results = [engine.script(words, image, asked.seconds) for image in (old, new)]
        yield from compare_results(" ".join(words), *results)


def masked(text: bytes) -> bytes:
    """Return text without dates, times, durations, ids, process numbers, addresses and ports."""
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return text


def _port(config: type_config) -> int | None:
    ports: Sequence[str] = sorted(config.get("ExposedPorts") or ())
    found = [port.partition("/")[0] for port in ports if not port.endswith("/udp")]
    return int(found[0]) if found and found[0].isdigit() else None


def _wait(engine: Engine, container: str, address: str, port: int, seconds: int) -> str:
    """Wait until the server answers; return why it does not, "" if it does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            _get(address, port, "/", 5)
        except (OSError, HTTPException):
            state = engine.state(container)
            if not state.get("Running"):
                return f"it ended with status {state.get('ExitCode')}: {engine.logs(container)[-500:]}"
            time.sleep(0.2)
        else:
            return ""
    return f"nothing answers on port {port} after {seconds} s"


def _get(address: str, port: int, path: str, seconds: float) -> Page:
    connection = HTTPConnection(address, port, timeout=seconds)
    try:
        connection.request("GET", path, headers={"Host": "dockerfix"})
        answer = connection.getresponse()
        return Page(path, answer.status, answer.getheader("Content-Type") or "", answer.read(_MOST_BODY))
    finally:
        connection.close()


def _health_command(config: type_config) -> tuple[str, ...]:
    """Return the command of HEALTHCHECK (image specification: Healthcheck.Test), () without one."""
    kind, *words = (config.get("Healthcheck") or {}).get("Test") or ("NONE",)
    if kind == "CMD-SHELL":
        return (*(config.get("Shell") or ("/bin/sh", "-c")), *words)
    return tuple(words) if kind == "CMD" else ()


def _health(engine: Engine, container: str, check: tuple[str, ...], seconds: int) -> str:
    """Run the command of HEALTHCHECK until it succeeds, without the engine's interval of half a minute."""
    end = time.monotonic() + seconds
    while True:
        done = engine.inside(container, check, seconds)
        if done.status == 0:
            return "healthy"
        if not engine.state(container).get("Running"):
            return f"it ended with status {engine.state(container).get('ExitCode')}"
        if time.monotonic() > end:
            return f"unhealthy: status {done.status}: {_shown(done.stdout + done.stderr)}"
        time.sleep(0.5)


def _ended(status: int | None) -> str:
    return "it ran until it was ended" if status is None else str(status)


def _shown(text: bytes) -> str:
    return text[:400].decode("utf-8", "replace")
