"""The change of one file: a unified diff that ``git apply`` and ``patch -p1`` take, and the lines that it replaces."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from msgspec import Struct

_NO_NEWLINE = "\n\\ No newline at end of file\n"


def unified_diff(path: str, before: str, after: str) -> str:
    """Return the diff with ``a/`` and ``b/`` in front of ``path``; "" for equal texts."""
    changes = list(difflib.unified_diff(_lines(before), _lines(after)))[2:]
    if not changes:
        return ""
    name = "Dockerfile" if path == "-" else re.sub(r"^(?:\./+|/+)+", "", path)
    body = "".join(line if line.endswith("\n") else line + _NO_NEWLINE for line in changes)
    return f"--- {_header('a/' + name)}\n+++ {_header('b/' + name)}\n{body}"


class Change(Struct, frozen=True):
    """Lines ``first`` to ``last`` (from 1, both included) that ``text`` replaces; ``last`` is before ``first`` where
    ``text`` is put in front of line ``first``.
    """

    first: int
    last: int
    text: str


def changes(before: str, after: str) -> Iterator[Change]:
    """Yield what must be replaced in ``before``, in order, as whole lines with their ends."""
    old, new = _lines(before), _lines(after)
    for kind, start, end, at, to in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if kind != "equal":
            yield Change(start + 1, end, "".join(new[at:to]))


def _lines(text: str) -> list[str]:
    """Return the lines with their ends; unlike ``str.splitlines`` only a line feed ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _header(name: str) -> str:
    """Return a file name as git writes it: quoted where it must be, with a tab behind one that has spaces."""
    if re.search(r'[\x00-\x1f\x7f"\\]', name):
        return '"' + re.sub(r'[\x00-\x1f\x7f"\\]', lambda match: f"\\{ord(match.group()):03o}", name) + '"'
    return name + "\t" if " " in name else name
