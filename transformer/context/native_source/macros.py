"""Values that are written as literals, or as macros that stand for one."""

from __future__ import annotations

from transformer.context.literals import MAX_ARGUMENTS, Code, pattern

_DEFINED = r"(?m)^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(?=\S)(?!\()"
_TESTED = r"#[ \t]*(?:ifn?def|undef|if|elif)\b([^\n]*)"
_NAME = r"[A-Za-z_]\w*"

Macros = dict[str, list[str | None]]
"""All that a macro is defined as; None for what is no string, or for a test of it."""


def define(macros: Macros, source: Code) -> None:
    """Note the macros of a source."""
    for macro in pattern(_DEFINED).finditer(source.code):
        end = source.code.find("\n", macro.end(), macro.end() + MAX_ARGUMENTS)
        value = None if end < 0 else literal(macros, source, macro.end(), end)
        macros.setdefault(macro[1], []).append(value)
    for tested in pattern(_TESTED).finditer(source.code):
        for name in pattern(_NAME).findall(tested[1]):
            macros.setdefault(name, []).append(None)


def literal(macros: Macros, source: Code, start: int, end: int) -> str | None:
    """Return the value of adjacent strings and of macros that are surely one string."""
    parts, (start, end) = list[str](), source.strip(start, end)
    while start < end:
        found = source.literals.get(start) or _macro(macros, source, start, end)
        if found is None:
            return None
        parts.append(found[1])
        start = source.strip(found[0], end)[0]
    return "".join(parts) if parts else None


def _macro(macros: Macros, source: Code, start: int, end: int) -> tuple[int, str] | None:
    word = pattern(_NAME).match(source.code, start, end)
    values = macros.get(word[0], []) if word else []
    return (word.end(), values[0]) if word and len(values) == 1 and values[0] is not None else None
