"""A verify that is told to stop removes what it made."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.cases import FIXTURES
from transformer.interruption import ends_in_order

_FAKE = """#!/bin/bash
echo "$@" >> "$FAKE_LOG"
case "$1" in
  build) while [ $# -gt 0 ]; do [ "$1" = --iidfile ] && iid=$2; shift; done
    [ -e "$FAKE_LOG.built" ] && exec sleep 300
    touch "$FAKE_LOG.built"; echo sha256:1 > "$iid";;
  ps) echo container1;;
  images) echo image1;;
esac
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_what_was_made_is_removed(tmp_path: Path, number: signal.Signals) -> None:
    tool, log = tmp_path / "docker", tmp_path / "log"
    tool.write_text(_FAKE, encoding="utf-8")
    tool.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:/usr/bin:/bin", "FAKE_LOG": str(log)}
    words = [
        sys.executable,
        "-m",
        "transformer",
        "verify",
        "--engine",
        "docker",
        str(FIXTURES / "c-hello" / "Dockerfile"),
    ]
    process = subprocess.Popen(
        words,
        env=environment,
        cwd=FIXTURES.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # what is started in the background of a script ignores SIGINT, below nohup SIGHUP, and would inherit that
        preexec_fn=lambda: [signal.signal(n, signal.SIG_DFL) for n in (signal.SIGINT, signal.SIGHUP)],  # noqa: PLW1509 one thread
    )
    for _ in range(600):
        if log.exists() and sum(line.startswith("build ") for line in log.read_text().splitlines()) >= 2:
            break
        time.sleep(0.05)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == (1 if number is signal.SIGINT else 128 + number)
    assert b"Traceback" not in said
    lines = log.read_text(encoding="utf-8").splitlines()
    assert "rm --force --volumes container1" in lines
    assert "rmi sha256:1" in lines
    assert "rmi image1" in lines


def test_what_was_ignored_stays_ignored_and_handlers_are_put_back() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ends_in_order():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_second_signal_does_not_cut_the_end_short() -> None:
    cleaned = []

    def work() -> None:
        with ends_in_order():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            finally:
                os.kill(os.getpid(), signal.SIGHUP)
                cleaned.append(True)

    with pytest.raises(SystemExit) as ended:
        work()
    assert (cleaned, ended.value.code) == ([True], 128 + signal.SIGTERM)


def test_another_thread_sets_no_handlers() -> None:
    seen = []

    def enter() -> None:
        with ends_in_order():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]
