"""What Rust sources say as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from transformer.context.literals import Mention, by_kind
from transformer.context.rust_source.calls import Findings, search
from transformer.context.rust_source.names import constants, used
from transformer.context.rust_source.tables import dangerous, functions
from transformer.context.rust_source.tokens import Token, tokens, without_tests

_QUOTED = re.compile(r'"([^"\n\\]{1,300})(?=")')
"""Whatever stands between two quotes, be they the ends of one string or of two: more than the strings that there are."""
_CONSTANT = re.compile(
    r"\b(?:const|static)\s+(?P<name>[A-Z_0-9]+)\s*:[^=;]{1,80}=\s*(?:\"(?P<value>[^\"\\\n]*)\"\s*;)?"
)
_RENAMED = re.compile(r"\buse\b[^;]*\bas\b|\btype\s+\w+\s*=")


@dataclass(frozen=True, slots=True)
class RustProgram:
    """What sources say, tests apart. ``scripts`` are command lines of programs that run what their arguments say;
    ``links`` are libraries that ``#[link]`` names. ``strings`` are all texts between quotes.
    """

    strings: frozenset[str] = frozenset()
    commands: tuple[Mention, ...] = ()
    dynamic_commands: tuple[Mention, ...] = ()
    libraries: tuple[Mention, ...] = ()
    links: tuple[Mention, ...] = ()
    opens: tuple[Mention, ...] = ()
    dynamic_opens: tuple[Mention, ...] = ()


def read(sources: Mapping[str, str]) -> RustProgram:
    """Return what the sources say, by their paths; one that cannot be parsed may run anything."""
    strings = frozenset(s for text in sources.values() for s in _QUOTED.findall(text))
    parsed: dict[str, list[Token]] = {}
    found: list[tuple[str, Mention]] = []
    for path, text in sources.items():
        if _matters().search(text) or _RENAMED.search(text):
            code, whole = tokens(text)
            parsed[path] = without_tests(code)
            if not whole and _matters().search(text):
                found.append(("dynamic_commands", Mention("it cannot be parsed", path, 1)))
                found.append(("dynamic_opens", Mention("it cannot be parsed", path, 1)))
    names = {path: used(code) for path, code in parsed.items()}
    renamed = _renamed(names.values())
    if renamed:
        again = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in renamed))
        for path, text in sources.items():
            if path not in parsed and again.search(text):
                parsed[path] = without_tests(tokens(text)[0])
                names[path] = used(parsed[path])
    known = constants_of(sources.values(), parsed.values())
    for path, code in parsed.items():
        findings = Findings(path, code, names[path], renamed, known)
        search(findings)
        found += findings.found
    return RustProgram(strings, **by_kind(found))


def constants_of(texts: Iterable[str], parsed: Iterable[list[Token]]) -> dict[str, set[str | None]]:
    """Return the values of the constants of all sources, by their names."""
    found: dict[str, set[str | None]] = {}
    for code in parsed:
        for name, values in constants(code).items():
            found.setdefault(name, set()).update(values)
    for text in texts:
        for one in _CONSTANT.finditer(text):
            found.setdefault(one["name"], set()).add(one["value"])
    return found


def _renamed(names: Iterable[dict[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """Return the names that types and modules of the table get anywhere, which other files may take over."""
    known = {part for function in functions() for part in function.rstrip("!").split("::")} | {"process", "libc"}
    return {
        name: path
        for one in names
        for name, path in one.items()
        if path and name != path[-1] and path[-1] in known and not name.startswith("*") and name != "_"
    }


@cache
def _matters() -> re.Pattern[str]:
    """Return the pattern of the words without one of which a source runs, loads, links and opens nothing."""
    words = {function.rstrip("!").rpartition("::")[0] or function.rstrip("!") for function in functions()}
    types = sorted({word.rpartition("::")[2] for word in words} | dangerous())
    return re.compile(r"\b(?:" + "|".join(types) + r"|OpenOptions|CARGO_MANIFEST_DIR|asm)\b|\.open\(|\blink\s*\(")
