"""Build arguments that carried paths depend on: with another value the path is another, and COPY does not find it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Instruction
from transformer.plan.draft import Draft

_READING = frozenset({"RUN", "WORKDIR", "ENV", "COPY", "ADD", "ARG"})


def by_arguments(draft: Draft) -> Iterator[Diagnostic]:
    """Yield the arguments (DF422) whose value is a part of a carried path, and that something before it expands."""
    for instruction in draft.dockerfile.instructions:
        if instruction.keyword != "ARG":
            continue
        for name, value in _defaults(instruction):
            path = next((a.path for a in draft.artifacts if _has(a.path, value)), None)
            if path is not None and _expanded(draft, instruction, name):
                message = f"{path} holds the value of ARG {name}: with another --build-arg it is another path"
                cure = f"write the path without {name}, if builds give it another value"
                yield Diagnostic("DF422", message, instruction.position, cure)


def _defaults(instruction: Instruction) -> Iterator[tuple[str, str]]:
    for word in instruction.argument_text.split():
        name, equals, value = word.partition("=")
        if equals and value.strip("\"'"):
            yield name, value.strip("\"'")


def _has(path: str, value: str) -> bool:
    """Whether a path has the value as a part of its own: between what is no letter and no digit."""
    plain = value.strip("/")
    return bool(plain) and re.search(rf"(?<![A-Za-z0-9]){re.escape(plain)}(?![A-Za-z0-9])", path) is not None


def _expanded(draft: Draft, argument: Instruction, name: str) -> bool:
    mention = re.compile(rf"\$\{{?{re.escape(name)}\b")
    return any(
        i.keyword in _READING and i.index > argument.index and mention.search(i.text) is not None for i in draft.body
    )
