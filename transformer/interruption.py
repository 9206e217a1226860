"""Being told to end: what was made is removed first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ends_in_order() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise SystemExit with status 128 + number (POSIX shells), so that ``finally`` is reached.

    Without it Python ends at once. A signal that is ignored stays so (nohup); handlers are put back. Only the main
    thread may set handlers: in another one nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _: FrameType | None) -> None:
    for other in _SIGNALS:  # a second one must not cut the clean-up short
        signal.signal(other, signal.SIG_IGN)
    raise SystemExit(128 + number)
