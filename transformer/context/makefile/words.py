"""The functions of make that change words, and patterns with ``%``."""

from __future__ import annotations

import re
from collections.abc import Callable

from transformer.context.makefile.text import Unclear, is_unknown

NAMES = frozenset(
    """
    strip info warning error shell wildcard patsubst subst addprefix addsuffix notdir basename dir suffix filter
    filter-out sort firstword lastword word words wordlist findstring if or and call eval foreach origin flavor value
    file join abspath realpath guile let intcmp
    """.split()  # noqa: SIM905 a table
)
"""All functions of make, those that are not understood among them."""
ARITY = {
    "patsubst": 3, "subst": 3, "if": 3, "addprefix": 2, "addsuffix": 2, "filter": 2, "filter-out": 2, "findstring": 2,
    "word": 2, "or": 0, "and": 0,
}  # fmt: skip
"""How many arguments a function has, if not one; further commas belong to the last. 0 is any number."""


def each(words: str, change: Callable[[str], str]) -> str:
    """Change every word; those that become empty are left out."""
    if is_unknown(words):
        raise Unclear
    return " ".join(changed for word in words.split() if (changed := change(word)))


def stem_of(pattern: str, word: str) -> str | None:
    """Return what ``%`` of a pattern is in ``word``; None if it does not match."""
    before, percent, after = pattern.partition("%")
    if "\\" in pattern:
        raise Unclear
    if not percent:
        return "" if word == pattern else None
    if len(word) < len(before) + len(after) or not (word.startswith(before) and word.endswith(after)):
        return None
    return word[len(before) : len(word) - len(after)]


def substituted(word: str, old: str, new: str) -> str:
    """Return the word by the pattern ``new`` if it matches ``old``."""
    stem = stem_of(old, word)
    return word if stem is None else new.replace("%", stem, 1) if "%" in old else new


def directory_of(word: str) -> str:
    """Return the directory part of a name, with its slash."""
    return word[: word.rfind("/") + 1] or "./"


def _kept(patterns: str, words: str, *, matching: bool) -> str:
    return each(words, lambda w: w if any(stem_of(p, w) is not None for p in patterns.split()) == matching else "")


def _word(number: str, words: str) -> str:
    if not re.fullmatch(r"\s*[1-9]\d{0,5}\s*", number):
        raise Unclear
    return next(iter(words.split()[int(number) - 1 :]), "")


def _without_suffix(word: str) -> str:
    folder, slash, name = word.rpartition("/")
    return folder + slash + (name.rpartition(".")[0] if "." in name else name)


FUNCTIONS: dict[str, Callable[..., str]] = {
    "patsubst": lambda old, new, words: each(words, lambda w: substituted(w, old.strip(), new.strip())),
    "subst": lambda old, new, text: text.replace(old, new) if old else text + new,
    "addprefix": lambda prefix, words: each(words, lambda w: prefix + w),
    "addsuffix": lambda suffix, words: each(words, lambda w: w + suffix),
    "notdir": lambda words: each(words, lambda w: w.rpartition("/")[2]),
    "basename": lambda words: each(words, _without_suffix),
    "dir": lambda words: each(words, directory_of),
    "suffix": lambda words: each(words, lambda w: w[len(_without_suffix(w)) :]),
    "filter": lambda patterns, words: _kept(patterns, words, matching=True),
    "filter-out": lambda patterns, words: _kept(patterns, words, matching=False),
    "sort": lambda words: " ".join(sorted(set(words.split()))),
    "firstword": lambda words: next(iter(words.split()), ""),
    "lastword": lambda words: next(reversed(words.split()), ""),
    "word": _word,
    "words": lambda words: str(len(words.split())),
    "findstring": lambda part, text: part if part in text else "",
    "if": lambda condition, then, *other: then if condition.strip() else ",".join(other),
    "or": lambda *values: next((v.strip() for v in values if v.strip()), ""),
    "and": lambda *values: values[-1].strip() if all(v.strip() for v in values) else "",
}
"""The functions that are understood and need nothing but their arguments."""
