"""Files that are left alone for what they are, before anything is analysed."""

from __future__ import annotations

import re

from transformer.classify.pragmas import asked
from transformer.ir.diagnostic import Diagnostic, Status
from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.ir.plan import Refusal

_WINDOWS = re.compile(r"windowsservercore|nanoserver|mcr\.microsoft\.com/windows|(^|/)windows(/|:|$)", re.IGNORECASE)
_SHELLS = frozenset({"sh", "bash", "ash", "dash"})


def left_alone(dockerfile: Dockerfile, *, reasons: bool = False) -> Refusal | None:
    """Return why the file is left alone for what it is; None if it may be analysed.

    ``reasons`` means that a pragma must say why it stands there.
    """
    by_pragma = asked(dockerfile, reasons=reasons)
    if by_pragma is not None:
        return by_pragma
    stages = [i for i in dockerfile.instructions if i.keyword == "FROM"]
    if len(stages) > 1:
        return _unchanged(Diagnostic("DF404", f"the file has {len(stages)} stages already", stages[1].position))
    base = stages[0].args[0] if stages[0].args else ""
    if _WINDOWS.search(base):
        return _unchanged(Diagnostic("DF406", f"{base} is a Windows image", stages[0].position))
    if base.lower() == "scratch":
        return _unchanged(Diagnostic("DF407", "the image starts from scratch", stages[0].position))
    return _by_instruction(dockerfile)


def _by_instruction(dockerfile: Dockerfile) -> Refusal | None:
    for instruction in dockerfile.instructions:
        if "\0" in instruction.text:
            message = "a NUL byte, which no command, path or variable can have"
            return Refusal(Status.REFUSED, (Diagnostic("DF416", message, instruction.position, "remove it"),))
        if instruction.keyword == "ONBUILD":
            return _unchanged(
                Diagnostic("DF405", "ONBUILD: other images are built from this one", instruction.position)
            )
        if instruction.keyword == "SHELL" and not _known_shell(instruction):
            shell = " ".join(instruction.args)
            cure = "use sh or bash"
            return Refusal(Status.REFUSED, (Diagnostic("DF202", f"RUN uses {shell}", instruction.position, cure),))
    if not any(i.keyword == "RUN" for i in dockerfile.instructions):
        return _unchanged(Diagnostic("DF408", "no RUN: nothing is built here", dockerfile.instructions[0].position))
    return None


def _known_shell(instruction: Instruction) -> bool:
    words = instruction.args
    return (
        bool(words) and words[0].rpartition("/")[2] in _SHELLS and words[-1].startswith("-") and words[-1].endswith("c")
    )


def _unchanged(diagnostic: Diagnostic) -> Refusal:
    return Refusal(Status.UNCHANGED, (diagnostic,))
