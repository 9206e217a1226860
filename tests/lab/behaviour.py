"""What a container does: its output and exit status, or a server's answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from tests.lab.case import Case
from tests.lab.engine import Engine, LabError, Result

PORT_SECONDS = 30
ENGINE_STATUS = range(125, 128)  # the engine could not start the command


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a server."""

    path: str
    status: int
    content_type: str | None
    body: bytes


def observe(engine: Engine, image: str, case: Case) -> Result | tuple[Page, ...]:
    """Run the image as the case says; a server is one with a port."""
    if case.port is None:
        return engine.run(image, *case.args)
    with engine.running(image, *case.args) as container:
        address = engine.must("inspect", "--format", "{{.NetworkSettings.IPAddress}}", container)
        _wait(engine, container, address, case.port)
        return tuple(_get(address, case.port, path) for path in case.paths)


def _wait(engine: Engine, container: str, address: str, port: int) -> None:
    end = time.monotonic() + PORT_SECONDS
    while time.monotonic() < end:
        try:
            _get(address, port, "/")
        except (OSError, HTTPException):
            if engine.must("inspect", "--format", "{{.State.Running}}", container) != "true":
                break
            time.sleep(0.1)
        else:
            return
    logs = engine.docker("logs", container)
    raise LabError(f"nothing answers on port {port}\n{logs.stdout}{logs.stderr}")


def _get(address: str, port: int, path: str) -> Page:
    connection = HTTPConnection(address, port, timeout=PORT_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": "lab"})
        answer = connection.getresponse()
        return Page(path, answer.status, answer.getheader("Content-Type"), answer.read())
    finally:
        connection.close()


def compare_behaviour(old: Result | tuple[Page, ...], new: Result | tuple[Page, ...]) -> Iterator[str]:
    """Yield where the two differ, and where the old one cannot serve as a measure (E4)."""
    if isinstance(old, Result) and old.status in ENGINE_STATUS:
        yield f"the old image does not even run: {old.stderr}"
    elif isinstance(old, tuple) and isinstance(new, tuple):
        yield from (f"answered {was}, now {now}" for was, now in zip(old, new, strict=True) if was != now)
    elif old != new:
        yield f"gave {old}, now {new}"
