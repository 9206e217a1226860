"""Shell scripts: the separable commands of a RUN, run abstractly in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from transformer.context.edits import edited
from transformer.ecosystems.call import World
from transformer.effects import downloads
from transformer.effects.combine import in_all, may, merged, opaque
from transformer.effects.commands import Frame, run_simple
from transformer.ir.effects import Effects, Nature
from transformer.ir.script import (
    Command,
    Conditional,
    FunctionDefinition,
    Group,
    Item,
    OpaqueCommand,
    Pipeline,
    Script,
    SimpleCommand,
)
from transformer.ir.source import Position, Span
from transformer.shell import expand, parse_script

_DEPTH = 6
"""How deep scripts that call scripts are followed."""
_ROUNDS = 20
"""How many rounds of a loop over a literal list are run one by one."""
_ELSEWHERE = "/<elsewhere>"


class Unit(Struct, frozen=True):
    """One separable command of a RUN with its effects."""

    span: Span
    text: str
    cwd: str
    moved: bool
    effects: Effects


class Shell:
    """A shell that runs a script abstractly; its directory, variables and functions change on the way."""

    def __init__(self, world: World, frame: Frame, place: Callable[[Span], Position] | None = None) -> None:
        self.world = world
        self.frame = frame
        self.place = place

    def fork(self) -> Shell:
        """Return a subshell."""
        return Shell(self.world, self.frame.copy())

    def run(self, command: Command) -> Effects:
        """Return the effects of one command."""
        match command:
            case SimpleCommand():
                return run_simple(command, self)
            case Pipeline():
                return self._pipeline(command)
            case Group():
                return self._redirected(self._group(command), command)
            case Conditional():
                return self._redirected(self._conditional(command), command)
            case FunctionDefinition(name, body, _):
                self.frame.functions[name] = body
                return Effects(shell_state=True)
            case OpaqueCommand(reason, _):
                return opaque(reason)

    def script(self, script: Script) -> Effects:
        """Return the effects of a list of commands; what follows ``||`` may not run."""
        return merged([self._item(item) for item in script.items] or [Effects()])

    def text(self, text: str, cwd: str, name: str) -> Effects:
        """Return the effects of a script that was read from the context, run in ``cwd``."""
        if self.frame.depth >= _DEPTH:
            return opaque(f"{name} is nested too deeply")
        inner = self.fork()
        inner.frame.depth += 1
        inner.frame.cwd = cwd
        return replace(inner.script(parse_script(text)), shell_state=False)

    def _item(self, item: Item) -> Effects:
        if item.operator == "&":
            return opaque("a command runs in the background")
        effects = self.run(item.command)
        return may(effects) if item.operator == "||" else effects

    def _group(self, group: Group) -> Effects:
        shell = self.fork() if group.subshell else self
        return replace(shell.script(group.body), shell_state=False)

    def _redirected(self, effects: Effects, command: Group | Conditional) -> Effects:
        from transformer.effects.commands import redirected

        return merged([effects, redirected(command.redirects, self, download=False)]) if command.redirects else effects

    def _pipeline(self, pipeline: Pipeline) -> Effects:
        from transformer.effects.commands import found_and_changed
        from transformer.effects.installers import piped

        joined = found_and_changed(pipeline, self) or piped(pipeline, self)
        if joined is not None:
            return joined
        parts, fed = [], ""
        for command in pipeline.commands:
            inner = self.fork()
            inner.frame.fed = fed
            parts.append(inner.run(command))
            fed = downloads.address(command)
        return replace(merged(parts), shell_state=False)

    def _conditional(self, node: Conditional) -> Effects:
        if node.kind == "for":
            rounds = self._rounds(node)
            if rounds is not None:
                return rounds
        parts = []
        for body in node.bodies:
            inner = self.fork()
            if node.variable:
                inner.frame.env[node.variable] = None
            parts.append(inner.script(body))
            self._forget(inner.frame)
        certain = in_all(parts[at] for at in node.branches if not _ends_the_build(node.bodies[at]))
        return replace(merged([*map(may, parts), certain]), shell_state=False)

    def _rounds(self, node: Conditional) -> Effects | None:
        values = [e for w in node.words for e in expand(w, self.frame.env)]
        if not values or len(values) > _ROUNDS or any(not v.known or v.glob for v in values):
            return None
        parts = []
        for value in values:
            self.frame.env[node.variable] = value.text
            parts += [self.script(body) for body in node.bodies]
        return replace(merged(parts), shell_state=False)

    def _forget(self, other: Frame) -> None:
        for name, value in other.env.items():
            if self.frame.env.get(name) != value:
                self.frame.env[name] = None
        if other.cwd != self.frame.cwd:
            self.frame.cwd = "/<one of several>"


def _ends_the_build(body: Script) -> bool:
    """Whether the branch ends with ``exit`` and a status other than 0: what comes after it saw another branch."""
    last = body.items[-1].command if body.items else None
    words = [w.raw for w in last.words] if isinstance(last, SimpleCommand) else []
    return len(words) == 2 and words[0] == "exit" and words[1].isdigit() and int(words[1]) > 0  # noqa: PLR2004


def units(script: Script, shell: Shell) -> Iterator[Unit]:
    """Yield the separable commands of a RUN: an and-or list with ``||`` is one of them up to what follows the last."""
    home = shell.frame.cwd
    for items in _grouped(script.items):
        span = Span(items[0].span.start, items[-1].span.end)
        text = " ".join(span.slice(script.text).split())
        before = shell.frame.copy()
        if shell.place is not None:
            shell.world.position = shell.place(span)
        effects = merged([shell._item(replace(i, operator="" if n == 0 else i.operator)) for n, i in enumerate(items)])
        shell.world.trees |= {w.path.path for w in effects.writes if w.path.tree and w.nature is Nature.DOWNLOAD}
        shell.world.edited |= set(edited(effects, text))
        shell.world.packages |= {package.name for install in effects.installs for package in install.packages}
        moved = before.cwd != home and not effects.shell_state and _depends_on_directory(items, shell, before, effects)
        yield Unit(span, text, before.cwd, moved, effects)


def _grouped(items: tuple[Item, ...]) -> Iterator[tuple[Item, ...]]:
    lists: list[list[Item]] = []
    for item in items:
        if not lists or item.operator not in {"&&", "||"}:
            lists.append([])
        lists[-1].append(item)
    for chain in lists:
        last = max((i for i, item in enumerate(chain) if item.operator == "||"), default=0)
        yield tuple(chain[: last + 1])
        for item in chain[last + 1 :]:
            yield (item,)


def _depends_on_directory(items: tuple[Item, ...], shell: Shell, before: Frame, effects: Effects) -> bool:
    """Whether the same commands would do something else in another directory."""
    if effects.opaque:
        return True
    other = Shell(replace(shell.world, prefixes=dict(shell.world.prefixes)), before.copy())
    other.frame.cwd = _ELSEWHERE
    elsewhere = merged([other._item(replace(i, operator="" if n == 0 else i.operator)) for n, i in enumerate(items)])
    return (elsewhere.reads, elsewhere.writes, elsewhere.removes) != (effects.reads, effects.writes, effects.removes)
