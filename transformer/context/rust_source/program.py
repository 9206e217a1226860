"""What Rust sources say as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from transformer.context.literals import Mention, by_kind
from transformer.context.rust_source.calls import Findings, search
from transformer.context.rust_source.names import Constants, used
from transformer.context.rust_source.tables import dangerous, functions
from transformer.context.rust_source.tokens import Token, tokens, without_tests

_QUOTED = re.compile(r'"([^"\n\\]{1,300})(?=")')
"""Whatever stands between two quotes, be they the ends of one string or of two."""


@dataclass(frozen=True, slots=True)
class RustProgram:
    """What sources say, tests apart. ``scripts`` are command lines of programs that run what their arguments say;
    ``links`` are libraries that ``#[link]`` names. ``strings`` are all texts between quotes.
    """

    strings: frozenset[str] = frozenset()
    commands: tuple[Mention, ...] = ()
    dynamic_commands: tuple[Mention, ...] = ()
    dynamic_loads: tuple[Mention, ...] = ()
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
        if any(word in text for word in _words()) and _matters().search(text):
            code, whole = tokens(text)
            parsed[path] = without_tests(code)
            if not whole:
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
    known = Constants(sources, parsed)
    for path, code in parsed.items():
        findings = Findings(path, code, names[path], renamed, known)
        search(findings)
        found += findings.found
    return RustProgram(strings, **by_kind(found))


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
def _words() -> frozenset[str]:
    """Return words of which a text has one if the pattern below finds something: to look for them is quick."""
    types = {function.rpartition("::")[0].rpartition("::")[2] for function in functions() if "::" in function}
    macros = {function.rstrip("!").rpartition("::")[2] for function in functions() if function.endswith("!")}
    methods = {".open", ".read_dir", ".exists", ".is_file", ".is_dir", ".metadata", ".canonicalize"}
    return frozenset(
        types | macros | methods | dangerous() | {"process", "asm", "OpenOptions", "MANIFEST_DIR", "link", "path"}
    )


@cache
def _matters() -> re.Pattern[str]:
    """Return the pattern without which a source runs, loads, links and opens nothing, nor gives other names to what
    does: a type or a module of the table is asked for something, or comes in under another name.
    """
    types = {function.rpartition("::")[0].rpartition("::")[2] for function in functions() if "::" in function}
    macros = [function.rstrip("!").rpartition("::")[2] for function in functions() if function.endswith("!")]
    names = "|".join(sorted(types | {"process"}))
    risky = "|".join(sorted(dangerous()))
    return re.compile(
        rf"\b(?:{names}|OpenOptions)\s*(?:::|\bas\b|/|>\s*::)|=\s*(?:\w+\s*::\s*)*(?:{names})\b"
        rf"|\b(?:{'|'.join(sorted({*macros, 'asm', 'global_asm'}))})\s*!|\b(?:{risky})\s*(?:\(|\bas\b)"
        rf"|\b(?:libc|nix|unistd|rustix)\s*::[^;]*\b(?:{risky})\b|\bCARGO_MANIFEST_DIR\b|\blink\s*\(|\[\s*path\s*="
        r"|\.(?:open|read_dir|exists|is_file|is_dir|metadata|canonicalize)\s*\("
    )
