"""The commands of one recipe."""

from __future__ import annotations

import re

from transformer.context.makefile.expansion import expand
from transformer.context.makefile.rules import Rule
from transformer.context.makefile.text import Unclear, bounded, is_unknown
from transformer.context.makefile.variables import Variables
from transformer.context.makefile.words import directory_of

_MAX_LINES = 2_000
_CHANGES_SHELL = (
    r"(?:^|[\s;&|({`])(?:cd|pushd|popd|set|export|unset|exit|exec|umask|trap|shopt|alias|source|\.|eval|read|shift"
    r"|readonly|local)(?:\s|;|$)|(?:^|[;&|({]|\b(?:then|do|else))\s*\w+\+?="
)
_IN_DOUBLE_QUOTES = r"(?s)\\.|\"(?:[^\"\\]|\\.)*\""


def run(values: Variables, lines: list[str], name: str, rule: Rule, *, there: bool) -> None:
    """Append the commands that make a target. ``there``: it exists before."""
    for key, words in _automatic(name, rule, there=there).items():
        values.automatic[key] = " ".join(words)
        values.automatic[key + "D"] = " ".join(directory_of(w).rstrip("/") or "/" for w in words)
        values.automatic[key + "F"] = " ".join(w.rpartition("/")[2] for w in words)
    for line in rule.recipe:
        _command(values, lines, line)
    values.automatic.clear()


def _automatic(name: str, rule: Rule, *, there: bool) -> dict[str, tuple[str, ...]]:
    """Return the automatic variables; with a target that exists, what is newer is not known."""
    needs, order_only = (tuple(dict.fromkeys(names)) for names in (rule.needs, rule.order_only))
    automatic = {"@": (name,), "<": rule.needs[:1], "^": needs, "+": rule.needs, "|": order_only}
    automatic |= {"?": needs} if not there else {}
    automatic |= {"*": (rule.stem,)} if rule.stem is not None else {}
    return automatic


def _command(values: Variables, lines: list[str], line: str) -> None:
    text = expand(values, line.replace("\\\n\t", "\\\n")).strip().lstrip("@-+ \t")
    literal_make = values.overrides and re.search(r"(?:^|[\s;&|(])make\s", line)
    if literal_make or "<<" in text or text.endswith("\\") or "\\${" in text or _marker_in_quotes(text):
        raise Unclear
    if not text or text.startswith("#"):
        return
    if re.search(_CHANGES_SHELL, text):
        text = f"( {text}\n)" if "#" in text else f"( {text} )"
    lines.append(bounded(text))
    if len(lines) > _MAX_LINES:
        raise Unclear


def _marker_in_quotes(text: str) -> bool:
    """Whether an unknown stands between single quotes, where a shell would take it literally."""
    if not is_unknown(text) or "'" not in text:
        return False
    outside = re.sub(_IN_DOUBLE_QUOTES, lambda m: m[0].replace("'", " "), text)
    return any(is_unknown(piece) for piece in outside.split("'")[1::2])
