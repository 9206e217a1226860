"""The functions that run, load or open something (``calls.tsv``), and those of the C library."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from transformer.knowledge.loader import rows

_C = """
    system popen execl execlp execle execv execve execvp execvpe fexecve posix_spawn posix_spawnp dlopen dlmopen wordexp
    syscall
"""
_SYSCALLS = frozenset({"asm", "global_asm"})
"""Macros that may hold any call of the kernel."""


@cache
def functions() -> dict[str, tuple[str, str]]:
    """Return what each function does, and which argument says with what."""
    found = {}
    for row in rows(f"{Path(__file__).parent}/calls.tsv"):
        found[row[0]] = (row[1], row[2] if len(row) > 2 else "")  # noqa: PLR2004 an empty last column
    return found


@cache
def dangerous() -> frozenset[str]:
    """Return the functions of the C library that run programs or load libraries (POSIX.1-2017, dlopen(3))."""
    return frozenset(_C.split())


@cache
def loading() -> frozenset[str]:
    """Return those of them that load libraries (dlopen(3))."""
    return frozenset({"dlopen", "dlmopen"})


@cache
def assembly() -> frozenset[str]:
    """Return the macros of inline assembly."""
    return _SYSCALLS
