"""Scripts that are started or loaded by a name that does not tell their language."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from transformer.ecosystems.call import Project

_WORDS = re.compile(r"[^\s/]+")
_NAMED = re.compile(r"""(?P<quote>['"`])\.{1,2}/(?:[\w.@-]*/)*(?P<name>[\w-]+)(?P=quote)""")
"""A literal that may be the path of such a file."""


def started_scripts(
    files: Iterable[str], project: Project, interpreter: re.Pattern[str], code: Iterable[str] = ()
) -> Iterator[str]:
    """Yield the files without an extension that a command line names, or a path in one of the files of ``code``, and
    whose first line names the interpreter, or none: then it may stand on the command line.
    """
    texts = (project.context.read(file) or "" for file in code)
    named = project.named.union(found["name"] for text in texts for found in _NAMED.finditer(text))
    for file in files:
        name = posixpath.basename(file)
        if "." in name or name not in named:
            continue
        first = (project.context.read(file) or "#!").partition("\n")[0]
        words = _WORDS.findall(first.removeprefix("#!")) if first.startswith("#!") else []
        if not words or any(interpreter.fullmatch(word) for word in words):
            yield file
