"""How a broken law is told: one diagnostic, whose message names the law and the line."""

from __future__ import annotations

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Instruction
from transformer.ir.source import Position

_LONGEST = 60


def broken(law: str, message: str, position: Position | None = None) -> Diagnostic:
    """Return the finding that ``law`` is broken."""
    return Diagnostic("DF901", f"{law}: {message}", position)


def wrong(law: str, instruction: Instruction, message: str) -> Diagnostic:
    """Return a finding about an instruction of the rewritten file."""
    line = instruction.position.line
    return broken(law, f"line {line} of the rewrite, `{shown(instruction)}`: {message}", instruction.position)


def lost(law: str, instruction: Instruction, message: str) -> Diagnostic:
    """Return a finding about an instruction of the original."""
    return broken(law, f"line {instruction.position.line}, `{shown(instruction)}`: {message}", instruction.position)


def shown(instruction: Instruction) -> str:
    """Return the instruction for a message: on one line, and short."""
    text = " ".join(instruction.logical.split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
