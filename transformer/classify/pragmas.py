"""``# dockerfix:`` comments: what the author of a Dockerfile asks for, and those that cannot do what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from transformer.ir.diagnostic import Diagnostic, Status
from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.ir.plan import Refusal
from transformer.ir.source import Position

if TYPE_CHECKING:  # a file that is left alone needs no tables
    from transformer.context.facts import Facts
    from transformer.ir.effects import Interpretation

_MARK = re.compile(r"#\s*dockerfix:")
_PRAGMA = re.compile(
    r"""#\s*dockerfix:\s*(?P<verb>[a-z-]+)(?:=(?P<names>[\w.+,-]+))?(?:\s+reason=["']?(?P<why>.*?)["']?)?"""
)
_DIRECTIVE = re.compile(r"#\s*(?:syntax|escape|check)\s*=", re.IGNORECASE)
BUILD, RUNTIME = "build", "runtime"
"""The pragmas that say which side the next instruction serves."""
_FORMS = {("skip-file", False), ("keep", True), (BUILD, False), (RUNTIME, False)}
_SIDED = frozenset({"RUN", "COPY", "ADD"})


class Pragma(Struct, frozen=True):
    """One pragma that is understood: its verb, the names behind ``=``, and the reason or ""."""

    verb: str
    names: tuple[str, ...]
    reason: str
    position: Position


def asked(dockerfile: Dockerfile, *, reasons: bool) -> Refusal | None:
    """Return the answer that the pragmas ask for, if they ask for one; ``reasons`` means that each must say why.

    One that is not known (DF418), or keeps something and cannot do what it says (DF423), is refused: its author relies
    on it.
    """
    for position, text, pragma in _found(dockerfile):
        if pragma is None:
            cure = "the pragmas are skip-file, keep=NAME,NAME, build and runtime"
            return Refusal(Status.REFUSED, (Diagnostic("DF418", f"the pragma `{text}` is not known", position, cure),))
        problem = _misused(dockerfile, position, text, pragma, reasons=reasons)
        if pragma.verb == "skip-file":
            skipped = Diagnostic("DF409", "a pragma asks to leave this file alone", position, "remove the pragma")
            return Refusal(Status.UNCHANGED, (skipped, *problem))
        if problem:
            return Refusal(Status.REFUSED, problem)
    return None


def marked(dockerfile: Dockerfile, side: str) -> frozenset[int]:
    """Return the instructions (by index) that a pragma ``build`` or ``runtime`` stands above."""
    found = (_below(dockerfile, p) for _, _, p in _found(dockerfile) if p and p.verb == side)
    return frozenset(instruction.index for instruction in found if instruction is not None)


def kept(dockerfile: Dockerfile) -> frozenset[str]:
    """Return the packages and commands that ``# dockerfix: keep=...`` comments name."""
    return frozenset(name for _, _, p in _found(dockerfile) if p and p.verb == "keep" for name in p.names)


def unused(dockerfile: Dockerfile, walk: Interpretation, facts: Facts) -> tuple[Diagnostic, ...]:
    """Return the names that pragmas keep and that neither the file installs nor its base image is known to have."""
    there = {w.name for s in walk.steps for i in s.effects.installs for w in i.packages}
    there |= facts.base.packages if facts.base is not None else frozenset()
    cure = "remove the name, or write it as the package is called"
    return tuple(
        Diagnostic("DF423", f"nothing installs {name}, which the pragma keeps", position, cure)
        for position, _, pragma in _found(dockerfile)
        if pragma is not None
        for name in pragma.names
        if name not in there
    )


def _found(dockerfile: Dockerfile) -> Iterator[tuple[Position, str, Pragma | None]]:
    """Yield the pragmas of the file with their place and text; None for one that is not known."""
    for comment in dockerfile.comments:
        if not _MARK.match(comment.text):
            continue
        position = dockerfile.source.position(comment.span.start)
        text = comment.text.strip()
        match = _PRAGMA.fullmatch(text)
        if match is None or (match["verb"], match["names"] is not None) not in _FORMS:
            yield position, text, None
            continue
        names = tuple(name for name in (match["names"] or "").split(",") if name)
        yield position, text, Pragma(match["verb"], names, (match["why"] or "").strip(), position)


def _below(dockerfile: Dockerfile, pragma: Pragma) -> Instruction | None:
    """Return the instruction that follows a pragma; None if it stands inside one, or behind the last."""
    after = (i for i in dockerfile.instructions if dockerfile.source.position(i.span.end).line >= pragma.position.line)
    following = next(after, None)
    return following if following is not None and following.position.line > pragma.position.line else None


def _unsided(dockerfile: Dockerfile, pragma: Pragma) -> str:
    """Return why the pragma gives no instruction a side, or ""."""
    below = _below(dockerfile, pragma)
    if below is None:
        return "stands above no instruction"
    if below.keyword not in _SIDED:
        return f"stands above {below.keyword}: only {', '.join(sorted(_SIDED))} have a side"
    both = below.index in marked(dockerfile, BUILD) & marked(dockerfile, RUNTIME)
    return "and another one give the same instruction both sides" if both else ""


def _directive_below(dockerfile: Dockerfile, position: Position) -> str:
    """Return the parser directive that the comment at a place switches off; "" if none (BuildKit: directives first)."""
    first = dockerfile.instructions[0].position.line
    for comment in dockerfile.comments:
        line = dockerfile.source.position(comment.span.start).line
        if position.line < line < first and _DIRECTIVE.match(comment.text):
            return comment.text.strip()
    return ""


def _misused(
    dockerfile: Dockerfile, position: Position, text: str, pragma: Pragma, *, reasons: bool
) -> tuple[Diagnostic, ...]:
    hidden = _directive_below(dockerfile, position)
    if hidden:
        message = f"the pragma stands above `{hidden}`, which is only a comment there"
        return (Diagnostic("DF423", message, position, "put the pragma below the parser directives"),)
    unsided = _unsided(dockerfile, pragma) if pragma.verb in {BUILD, RUNTIME} else ""
    if unsided:
        cure = "put it right above the RUN, COPY or ADD that it is about"
        return (Diagnostic("DF423", f"the pragma `{text}` {unsided}", position, cure),)
    if reasons and not pragma.reason:
        return (Diagnostic("DF423", f"the pragma `{text}` gives no reason", position, 'add reason="..." to it'),)
    return ()
