"""Which ldconfig finds a carried library: the one that comes after it. (No fixture: with two of them, one may go.)"""

from __future__ import annotations

import pytest

from tests.cases import answer
from transformer.config import Options

HEAD = "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc libc6-dev\nCOPY num.c calc.c /src/\n"
LIBRARY = "cd /src && gcc -shared -fPIC -o /usr/local/lib/libnum.so num.c && gcc -o /usr/local/bin/calc calc.c -lnum"


@pytest.mark.parametrize(("run", "ours"), [(f"{LIBRARY} && ldconfig", 0), (f"ldconfig && {LIBRARY}", 1), (LIBRARY, 1)])
def test_a_library_is_found_after_it_was_carried(run: str, ours: int) -> None:
    outcome = answer(f"{HEAD}RUN {run}\nCMD calc\n".encode(), Options(), None).outcome
    final = str(outcome.rewritten).partition("\nFROM debian:bookworm\n")[2]
    assert final.rpartition("ldconfig")[0].count("/usr/local/lib/libnum.so") == 2
    assert final.count("ldconfig") == run.count("ldconfig") + ours
