"""What becomes of a project's rewrites: files, commits, patches, pushes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from transformer import vcs
from transformer.report.batch import commit_message, pull_request
from transformer.vcs import Author, GitError
from transformer.writing import UnwritableError, replace_file, write_new

_TRIES, _PAUSE = 3, 1.0
"""How often something that fails in passing is tried, and the first pause in seconds, which doubles."""

Value = TypeVar("Value")


class Delivery(Struct, frozen=True):
    """What is to be done with rewrites. Nothing of it is a dry run."""

    write: bool = False
    branch: str = ""
    patches: Path | None = None
    push: bool = False
    author: Author = Author()
    message: str = ""
    """A template of the user's own for the commit message."""

    @property
    def dry(self) -> bool:
        """Whether nothing is done."""
        return not (self.write or self.branch or self.patches)

    @property
    def commits(self) -> bool:
        """Whether a commit is made."""
        return bool(self.branch or self.patches)


class DeliveryError(Exception):
    """A project's rewrites could not be delivered; the message says why."""


def deliver(
    delivery: Delivery, name: str, root: Path, changes: Mapping[str, tuple[bytes, bytes]], reports: list[dict[str, Any]]
) -> str:
    """Deliver the changes ``path -> (old, new)`` of a project and return the commit, or "".

    The commit comes first: if it cannot be made nothing is written. Raises DeliveryError.
    """
    made = ""
    try:
        if delivery.commits:
            message = commit_message(reports, delivery.message)
            new = {path: content for path, (_, content) in changes.items()}
            made = vcs.commit(root, new, message, delivery.author, delivery.branch)
        if delivery.patches is not None:
            stem = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "project"
            write_new(delivery.patches / f"{stem}.patch", (vcs.patch_of(root, made),))
            text = pull_request(name, reports).encode("utf-8", "surrogateescape")
            write_new(delivery.patches / f"{stem}.md", (text,))
        if delivery.push:
            patiently(lambda: vcs.push(root, delivery.branch))
        if delivery.write:
            for path, (old, content) in sorted(changes.items()):
                replace_file(str(root / path), str(root), old, content)
    except (GitError, UnwritableError) as error:
        raise DeliveryError(str(error)) from None
    return made


def patiently(attempt: Callable[[], Value], pause: float = _PAUSE) -> Value:
    """Return what ``attempt`` returns; what fails in passing is tried again after a growing pause.

    Raises the GitError of the last attempt.
    """
    for remaining in reversed(range(_TRIES)):
        try:
            return attempt()
        except GitError as error:
            if not (error.transient and remaining):
                raise
            time.sleep(pause)
            pause *= 2
    raise AssertionError("not reached: the last attempt returns or raises")
