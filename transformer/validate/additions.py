"""What templates of the user's own add to a rewritten file: declared, and only what changes nothing."""

from __future__ import annotations

import re
from collections import Counter

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.ir.source import Position, Source
from transformer.knowledge.programs import programs
from transformer.parse.parser import parse

_CODE = "DF601"
_ADDED = frozenset({"ARG", "LABEL"})
_CURE = "let it add comments, LABEL and ARG lines in its blocks: dockerfix templates --list"


def additions(plain: str, decorated: str) -> tuple[str, ...] | Diagnostic:
    """Return the instructions and comments that ``decorated`` has beyond ``plain``, or what it changes (DF601).

    Only LABEL with a new name, ARG of a proxy that nothing mentions, and comments may be added: nothing that the old
    image has becomes another thing by them.
    """
    old, new = (parse(Source.from_bytes("", text.encode("utf-8", "surrogateescape"))) for text in (plain, decorated))
    assert not isinstance(old, Diagnostic), "the plain rewrite was validated"
    if isinstance(new, Diagnostic):
        return _wrong(f"the file that they make cannot be parsed: {new.message}", new.position)
    if [(d.name, d.value) for d in old.directives] != [(d.name, d.value) for d in new.directives]:
        return _wrong("they change the parser directives", Position(1, 1))
    found = _added(old, new)
    if isinstance(found, Diagnostic):
        return found
    comments = Counter(c.text for c in new.comments) - Counter(c.text for c in old.comments)
    lost = Counter(c.text for c in old.comments) - Counter(c.text for c in new.comments)
    if lost:
        return _wrong(f"they leave out the comment `{next(iter(lost))}`", Position(1, 1))
    pragma = next((text for text in comments if re.match(r"#\s*dockerfix:", text)), None)
    if pragma is not None:
        return _wrong(f"they add the pragma `{pragma}`", Position(1, 1))
    return (*(i.text for i in found), *comments.elements())


def _added(old: Dockerfile, new: Dockerfile) -> tuple[Instruction, ...] | Diagnostic:
    """Return the instructions that only the new file has; the others must be the old ones in their order."""
    rest = list(old.instructions)
    found: list[Instruction] = []
    for instruction in new.instructions:
        if rest and instruction.text == rest[0].text:
            rest.pop(0)
        elif instruction.keyword in _ADDED:
            found.append(instruction)
        else:
            what = f"they add or change `{instruction.text.splitlines()[0]}`"
            return _wrong(what, instruction.position)
    if rest:
        return _wrong(f"they leave out `{rest[0].text.splitlines()[0]}`", rest[0].position)
    return next((clash for clash in (_clash(one, old) for one in found) if clash is not None), tuple(found))


def _clash(added: Instruction, old: Dockerfile) -> Diagnostic | None:
    """Return why an added line would change what is there: its name is used already."""
    names = [name for name, _ in added.pairs()] if added.keyword == "LABEL" else _arguments(added)
    for name in names:
        if added.keyword == "ARG" and name not in programs().predefined_arguments:
            return _wrong(f"they add ARG {name}, which is none of BuildKit's own proxy arguments", added.position)
        if added.keyword == "LABEL":
            taken = any(i.keyword == "LABEL" and name in {n for n, _ in i.pairs()} for i in old.instructions)
        else:
            taken = any(re.search(rf"\b{re.escape(name)}\b", i.text) for i in old.instructions)
        if taken:
            return _wrong(f"they add {added.keyword} {name}, which the file has or uses already", added.position)
    return None


def _arguments(instruction: Instruction) -> list[str]:
    return [word.partition("=")[0] for word in instruction.argument_text.split()]


def _wrong(message: str, position: Position | None) -> Diagnostic:
    return Diagnostic(_CODE, f"the templates of your own would not only add: {message}", position, _CURE)
