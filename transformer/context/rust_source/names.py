"""What names mean in a Rust source: by its ``use`` declarations, and by constants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from transformer.context.rust_source.tokens import Token, closing

type_path = tuple[str, ...]
_CONSTANT = re.compile(
    r"\b(?:const|static)\s+(?P<name>[A-Z_0-9]+)\s*:[^=;]{1,80}=\s*(?:\"(?P<value>[^\"\\\n]*)\"\s*;)?"
)
_WRAPPERS = frozenset(
    """
    & ( ) . :: * String from to_string to_owned into OsStr OsString Path PathBuf new as_ref as_str Some Cow Borrowed str
    as_bytes to_vec mut ? unwrap
    """.split()  # noqa: SIM905 a table
)
"""What may stand around a string that stays the same text (std::convert, std::path, std::ffi)."""


def used(code: list[Token]) -> dict[str, type_path]:
    """Return what local names stand for: ``use``, ``type`` and ``extern crate``; "*" are the modules of which all names
    are taken.
    """
    found: dict[str, type_path] = {}
    for at, token in enumerate(code):
        if token.kind != "other":
            continue
        if token.text == "use":
            end = _end(code, at)
            _tree(code[at + 1 : end], (), found)
        elif token.text == "type" and at + 2 < len(code) and code[at + 2].text == "=":
            path = tuple(t.text for t in code[at + 3 : _end(code, at)] if t.kind == "name")
            found[code[at + 1].text] = path
    return found


def _end(code: list[Token], at: int) -> int:
    return next((i for i in range(at, len(code)) if code[i].kind == "other" and code[i].text == ";"), len(code))


def _tree(code: list[Token], base: type_path, found: dict[str, type_path]) -> None:
    """Take one tree of a ``use`` declaration (The Rust Reference, "Use declarations")."""
    path, at = base, 0
    while at < len(code):
        token = code[at]
        if token.text == "{" and token.kind == "other":
            for part in _split(code[at + 1 : closing(code, at)]):
                _tree(part, path, found)
            return
        if token.text == "*":
            found["*" + "::".join(path)] = path
            return
        if token.text == "as" and token.kind == "other":
            name = code[at + 1].text if at + 1 < len(code) else "_"
            found[name] = path
            return
        if token.kind == "name" and not (token.text == "self" and path):
            path = (*path, token.text)
        at += 1
    if path:
        found[path[-1]] = path


def _split(code: list[Token]) -> Iterable[list[Token]]:
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in code:
        depth += (token.text == "{") - (token.text == "}") if token.kind == "other" else 0
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


class Constants:
    """The constants and statics of all sources with their values: None where one is no plain string. They are looked
    for when one is asked for.
    """

    def __init__(self, texts: Mapping[str, str], parsed: Mapping[str, list[Token]]) -> None:
        self.texts, self.parsed = texts, parsed

    @cached_property
    def values(self) -> dict[str, set[str | None]]:
        """The values of each name."""
        found: dict[str, set[str | None]] = {}
        for path, text in self.texts.items():
            if path not in self.parsed:
                for one in _CONSTANT.finditer(text):
                    found.setdefault(one["name"], set()).add(one["value"])
        for code in self.parsed.values():
            for name, value in _defined(code):
                found.setdefault(name, set()).add(value)
        return found


def _defined(code: list[Token]) -> Iterator[tuple[str, str | None]]:
    for at, token in enumerate(code):
        if token.kind != "other" or token.text not in {"const", "static"}:
            continue
        end = _end(code, at)
        equals = next((i for i in range(at, end) if code[i].kind == "other" and code[i].text == "="), None)
        named = next((t for t in code[at + 1 : at + 4] if t.kind == "name"), None)
        if equals is not None and named is not None:
            yield named.text, text_of(code[equals + 1 : end])


def text_of(code: list[Token]) -> str | None:
    """Return the text that an expression is, if it is one string and nothing changes it."""
    strings = [t for t in code if t.kind == "string"]
    plain = all(t.kind == "string" or t.text in _WRAPPERS for t in code)
    return strings[0].text if len(strings) == 1 and plain else None


def texts_of(code: list[Token], known: Constants) -> frozenset[str] | None:
    """Return the texts that an expression may be: one string, or a constant; None if that is not known."""
    text = text_of(code)
    if text is not None:
        return frozenset({text})
    names = [t.text for t in code if t.kind == "name"]
    plain = [t.text for t in code if t.kind != "name" and t.text not in {"&", "::"}]
    values = known.values.get(names[-1], set()) if names and not plain and names[-1].isupper() else set()
    return frozenset(v for v in values if v is not None) if values and None not in values else None
