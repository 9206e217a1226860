"""Files as they were at a revision, from git. One of two places that start a program."""

from __future__ import annotations

import subprocess
from pathlib import Path

_SECONDS = 60
_MOST_BYTES = 16 << 20


class RevisionError(Exception):
    """A revision that does not exist, or does not have the file."""


def content_at(path: Path, revision: str) -> bytes:
    """Return what the file held at a git revision; raises RevisionError with git's own reason."""
    if revision.startswith("-") or "\0" in revision:
        raise RevisionError(f"{revision!r} is no revision")
    folder = path.parent if str(path.parent) else Path()
    command = ["git", "-C", str(folder), "show", "--no-textconv", f"{revision}:./{path.name}"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RevisionError(f"git cannot be asked: {error}") from error
    if done.returncode != 0 or len(done.stdout) > _MOST_BYTES:
        raise RevisionError(done.stderr.decode("utf-8", "replace").strip() or f"{path} is too large at {revision}")
    return done.stdout
