"""Files, blocks and commands of a project, run one after the other."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from contextlib import suppress

from transformer.context.cmake.commands import SETS, SETS_NOTHING, is_one
from transformer.context.cmake.conditions import condition
from transformer.context.cmake.language import Argument, Command, Commands, Unclear, block_end, branches, commands_of
from transformer.context.cmake.state import SOME_FILES, State, Values, locate, maybe, unbound
from transformer.context.cmake.values import forget, joined, values_of

_MAX_COMMANDS = 20_000
_MAX_DEPTH = 60
_MAX_ITEMS = 200


class Return(Exception):
    """``return()``: the file or the function ends."""


def run_directory(state: State, folder: str, place: str = "") -> None:
    """Run the CMakeLists.txt of a directory."""
    name = posixpath.join(folder, "CMakeLists.txt")
    text = state.text_of(name)
    if text is None and not folder:
        raise Unclear
    if text is None:
        unbound(state, f"{name} cannot be read")
        return
    before = (state.folder, state.place)
    state.folder, state.place = folder, place
    locate(state)
    run(state, commands_of(text))
    state.folder, state.place = before
    locate(state)


def run(state: State, commands: Commands) -> None:
    """Run the commands of a file, a function or a block that ``return()`` may end."""
    may, depth = state.may, state.depth
    with suppress(Return):
        _block(state, commands)
    state.may, state.depth = may, depth


def _block(state: State, commands: Commands) -> None:
    state.depth += 1
    if state.depth > _MAX_DEPTH:
        raise Unclear
    at = 0
    while at < len(commands):
        end = block_end(commands, at)
        state.steps += 1
        if state.steps > _MAX_COMMANDS:
            raise Unclear
        if end > at:
            _control(state, commands[at], commands[at + 1 : end])
        else:
            _command(state, commands[at])
        at = end + 1
    state.depth -= 1


def _control(state: State, command: Command, body: Commands) -> None:
    if command.name == "if":
        _if(state, command, body)
    elif command.name == "foreach":
        _foreach(state, command, body)
    elif command.name == "while":
        with maybe(state):
            _block(state, body)
    elif command.name == "block":
        _scope(state, body)
    elif command.arguments:
        state.functions[command.arguments[0].text.lower()] = (command, body)


def _scope(state: State, body: Commands) -> None:
    """Run a ``block``: which of its variables last is not known."""
    before = dict(state.variables)
    _block(state, body)
    changed = [name for name, value in state.variables.items() if before.get(name, "") != value]
    state.variables = before | dict.fromkeys(changed)


def _if(state: State, command: Command, body: Commands) -> None:
    """Run the branches that may be taken: surely, if all before are surely not."""
    sure = True
    for words, branch in branches(command, body):
        holds = True if words is None else condition(state, words)
        if holds is False:
            continue
        if holds and sure:
            _block(state, branch)
            return
        with maybe(state):
            _block(state, branch)
        sure = False
        if holds:
            return


def _foreach(state: State, command: Command, body: Commands) -> None:
    if not command.arguments:
        raise Unclear
    name, items = command.arguments[0].text, _items(state, command.arguments[1:])
    if None in items or SOME_FILES in items or len(items) > _MAX_ITEMS:
        state.variables[name] = None
        with maybe(state):
            _block(state, body)
        return
    for item in items:
        state.variables[name] = item
        _block(state, body)


def _items(state: State, arguments: Sequence[Argument]) -> Values:
    words = values_of(state, arguments)
    if words[:2] == ["IN", "LISTS"]:
        lists = [state.variables.get(word) if word is not None else None for word in words[2:]]
        return [item for one in lists for item in ([None] if one is None else one.split(";"))]
    if words[:2] == ["IN", "ITEMS"]:
        return words[2:]
    return [None] if words[:1] in (["IN"], ["RANGE"]) else words


def _command(state: State, command: Command) -> None:
    handler = state.handlers.get(command.name)
    if command.name in state.functions:
        _call(state, command)
    elif handler is not None:
        handler(state, command.arguments, values_of(state, command.arguments))
    elif not is_one(command.name, SETS_NOTHING):
        forget(state, command.arguments)
        if not is_one(command.name, SETS):
            unbound(state, f"{command.name}() is not known or may write anywhere")


def _call(state: State, command: Command) -> None:
    """Run a function or macro of the project."""
    definition, body = state.functions[command.name]
    bound = _bound(definition, values_of(state, command.arguments))
    before, parent = dict(state.variables), state.parent
    state.variables |= bound
    if definition.name == "macro":
        run(state, body)
        state.variables |= {name: before.get(name) for name in bound}
        return
    state.parent = {}
    run(state, body)
    state.variables, state.parent = before | state.parent, parent


def _bound(definition: Command, values: Values) -> dict[str, str | None]:
    """Return the variables that a function has for its arguments."""
    names = [argument.text for argument in definition.arguments[1:]]
    bound: dict[str, str | None] = dict(zip(names, [*values, *[""] * len(names)], strict=False))
    bound |= {"ARGN": joined(values[len(names) :]), "ARGV": joined(values), "ARGC": str(len(values))}
    return bound | {f"ARGV{place}": value for place, value in enumerate(values)}
