"""What an instruction is read in: variables, directory, user and shell, folded over one stage with code of its own."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.knowledge import ImageConfig
from transformer.parse.variables import Scope, scope_at_from


class State(Struct, frozen=True):
    """The state before an instruction. What is not known is shown as written, in ``<>``; ``user`` may hold a group."""

    scope: Scope
    cwd: str
    user: str
    shell: tuple[str, ...] | None
    declared: frozenset[str] = frozenset()
    """The names that ARG has declared in the stage."""

    @property
    def account(self) -> str:
        """The user without its group."""
        name = self.user.partition(":")[0]
        return "root" if name in {"", "0"} else name

    @property
    def group(self) -> str:
        """The group that USER names; "" if it names none."""
        return self.user.partition(":")[2]

    def word(self, text: str) -> str:
        """Return a word as the builder expands it."""
        found = self.scope.expand(text)
        return found.text if found.known else f"<{text}>"

    def path(self, text: str) -> str:
        """Return the absolute path that a word names."""
        return posixpath.normpath(posixpath.join(self.cwd, self.word(text)))


def first_state(dockerfile: Dockerfile, base: ImageConfig | None) -> State:
    """Return the state right after FROM."""
    scope = scope_at_from(dockerfile).stage(dict(base.env) if base else None)
    if base is None:
        return State(scope, "/", "", None)
    return State(scope, base.workdir or "/", base.user or "", base.shell)


def states(start: State, body: Iterable[Instruction]) -> tuple[State, ...]:
    """Return the state before each instruction of ``body``, and the one after the last."""
    found = [start]
    for instruction in body:
        found.append(_after(found[-1], instruction))
    return tuple(found)


def _after(state: State, instruction: Instruction) -> State:
    match instruction.keyword:
        case "WORKDIR":
            return replace(state, cwd=state.path(instruction.argument_text.strip()))
        case "USER":
            return replace(state, user=state.word(instruction.argument_text.strip()))
        case "SHELL":
            return replace(state, shell=instruction.args)
        case "ARG":
            names = {w.partition("=")[0] for w in instruction.argument_text.split()}
            return replace(state, scope=state.scope.after(instruction), declared=state.declared | names)
        case "ENV":
            return replace(state, scope=state.scope.after(instruction))
    return state


def operands(instruction: Instruction) -> tuple[str, ...]:
    """Return the words of EXPOSE and VOLUME."""
    if instruction.exec_form:
        return instruction.args
    text = instruction.argument_text.strip()
    if text.startswith("["):
        try:
            return tuple(map(str, json.loads(text)))
        except ValueError:
            pass
    return tuple(text.split())
