"""Scripts that are started by a name that does not tell their language."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from transformer.ecosystems.call import Project

_WORDS = re.compile(r"[^\s/]+")


def started_scripts(files: Iterable[str], project: Project, interpreter: re.Pattern[str]) -> Iterator[str]:
    """Yield the files without an extension that a command line names and whose first line names the interpreter, or
    none: then it may stand on the command line.
    """
    for file in files:
        name = posixpath.basename(file)
        if "." in name or name not in project.named:
            continue
        first = (project.context.read(file) or "#!").partition("\n")[0]
        words = _WORDS.findall(first.removeprefix("#!")) if first.startswith("#!") else []
        if not words or any(interpreter.fullmatch(word) for word in words):
            yield file
