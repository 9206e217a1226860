"""Code that a command line of the running image has: ``php -r CODE``."""

from __future__ import annotations

import posixpath
from itertools import pairwise

from transformer.context.php_source import read
from transformer.ir.verdict import Started
from transformer.knowledge.commands import command

_INLINE = frozenset({"-r", "--run", "-B", "--process-begin", "-R", "--process-code", "-E", "--process-end"})
_LOADING = ("auto_prepend_file", "auto_append_file", "extension", "zend_extension", "ffi.preload", "opcache.preload")


def code_on_the_line(words: tuple[str, ...]) -> Started | None:
    """Return what code on the command line starts, and whether settings there load more; None if there is nothing."""
    spec = command(posixpath.basename(words[0]))
    if spec is None or spec.effect != "php":
        return None
    settings = [w[2:] if w.startswith("-d") and len(w) > 2 else after for w, after in pairwise((*words, ""))]  # noqa: PLR2004
    told = [w for w, flag in zip(settings, words, strict=False) if flag.startswith(("-d", "--define"))]
    if any(w.strip().startswith(_LOADING) for w in told) or any(
        w.startswith(("-z", "-F", "--process-file")) for w in words
    ):
        return Started(unread="an option")
    codes = [after for option, after in pairwise(words) if option in _INLINE]
    if not codes:
        return None
    said = [read(f"<?php {code};") for code in codes]
    if any(s.dynamic or s.code or s.libraries for s in said):
        return Started(unread="the code on it")
    return Started(scripts=tuple(m.text for s in said for m in s.commands))
