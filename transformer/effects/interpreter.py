"""The walk over a single-stage Dockerfile: each instruction and each command of a RUN becomes a step with its
effects.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from transformer.context.build_context import BuildContext, normal
from transformer.ecosystems.call import World, absolute
from transformer.effects.archives import unpacked
from transformer.effects.combine import opaque
from transformer.effects.commands import Frame
from transformer.effects.mounts import bound, targets, without_mounts
from transformer.effects.scripts import Shell, units
from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.ir.effects import Account, Copied, Effects, Interpretation, Nature, Path, Step, Write
from transformer.ir.script import Script
from transformer.ir.source import Position, Span
from transformer.knowledge.images import ImageConfig
from transformer.parse.variables import Expansion, Scope, scope_at_from
from transformer.shell import exec_form, parse_script, unwrap

_CONFIG = frozenset(
    (
        "CMD",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ARG",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "ONBUILD",
    )
)
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tbz2", ".tar.xz", ".txz", ".tar.zst")
"""What ADD unpacks (Dockerfile reference, "ADD"); it looks at the content, the name is what can be seen here."""


def interpret(dockerfile: Dockerfile, context: BuildContext | None, base: ImageConfig | None) -> Interpretation:
    """Return the steps of the file and the state of the image at its end.

    ``context`` is None when it may not be read; ``base`` is the configuration of the base image, None if it is not
    known.
    """
    walk = _Walk(dockerfile, context, base)
    for instruction in dockerfile.instructions:
        walk.take(instruction)
    return walk.result()


class _Walk:
    """The state of one walk. It lives only inside ``interpret``."""

    def __init__(self, dockerfile: Dockerfile, context: BuildContext | None, base: ImageConfig | None) -> None:
        self.dockerfile = dockerfile
        self.context = context
        self.base = base
        self.scope: Scope = scope_at_from(dockerfile)
        self.steps: list[Step] = []
        self.scripts: dict[int, Script] = {}
        self.rooted: set[int] = set()
        self.states: dict[int, tuple[str, str]] = {}
        self.cwd = (base.workdir if base else "") or "/"
        self.user, self.group = _account((base.user if base else "") or "")
        self.entrypoint: tuple[str, ...] = (base.entrypoint if base else None) or ()
        self.cmd: tuple[str, ...] = (base.cmd if base else None) or ()
        self.entry: Instruction | None = None
        self.shell_form = False
        self.world = World("/", {}, "root", context, (), lambda *_: Effects(), dockerfile.instructions[0].position)
        self.world.image = base

    def take(self, instruction: Instruction) -> None:
        """Walk over one instruction."""
        self.states[instruction.index] = (self.cwd, self.user)
        handler = getattr(self, f"_{instruction.keyword.lower()}", None)
        if instruction.keyword == "FROM":
            self.scope = self.scope.stage(dict(self.base.env) if self.base else None)
        elif handler is not None:
            handler(instruction)
        elif instruction.keyword in _CONFIG and self.scope.env is not None:
            self._step(instruction, Effects(config=True))
        if instruction.keyword in {"ENV", "ARG"} and self._in_stage():
            self.scope = self.scope.after(instruction)

    def _in_stage(self) -> bool:
        return any(i.keyword == "FROM" for i in self.dockerfile.instructions[: len(self.states)])

    def _step(self, instruction: Instruction, effects: Effects) -> None:
        text = " ".join(instruction.logical.split())
        position = instruction.position
        step = Step(
            len(self.steps),
            instruction.index,
            instruction.keyword,
            0,
            None,
            position,
            text,
            self.cwd,
            self.user,
            self.group,
        )
        self.steps.append(replace(step, effects=effects))

    def _user(self, instruction: Instruction) -> None:
        self._step(instruction, Effects(config=True))
        name = self.scope.expand(instruction.argument_text.strip())
        user, self.group = _account(name.text if name.known else "?")
        self.user = self.world.numbers.get(user, user)

    def _workdir(self, instruction: Instruction) -> None:
        word = self.scope.expand(instruction.argument_text.strip())
        if word.prefix.startswith("/"):
            self.rooted.add(instruction.index)
        self.cwd = absolute(word.text if word.known else _somewhere(word), self.cwd)
        self.world.directories.add(self.cwd)
        self._step(
            instruction, Effects(writes=(Write(Path(self.cwd), Nature.DIRECTORY, carriable=False),), config=True)
        )

    def _volume(self, instruction: Instruction) -> None:
        self._step(instruction, Effects(config=True))

    def _entrypoint(self, instruction: Instruction) -> None:
        self._step(instruction, Effects(config=True))
        if self.entry is None or self.entry.keyword != "CMD":
            self.cmd = ()
        self.entrypoint, self.shell_form = self._command_line(instruction)
        self.entry = instruction

    def _cmd(self, instruction: Instruction) -> None:
        self._step(instruction, Effects(config=True))
        self.cmd, shell_form = self._command_line(instruction)
        if self.entry is None or self.entry.keyword == "CMD":
            self.entry, self.shell_form = instruction, shell_form

    def _command_line(self, instruction: Instruction) -> tuple[tuple[str, ...], bool]:
        if instruction.exec_form:
            return instruction.args, False
        text = instruction.argument_text.strip()
        return (("/bin/sh", "-c", text) if text else ()), True

    def _copy(self, instruction: Instruction) -> None:
        self._step(instruction, self._copied(instruction, unpack=False))

    def _add(self, instruction: Instruction) -> None:
        self._step(instruction, self._copied(instruction, unpack=True))

    def _copied(self, instruction: Instruction, *, unpack: bool) -> Effects:
        """COPY and ADD: sources arrive below the destination; what came from elsewhere is data."""
        words = [self.scope.expand(w) for w in instruction.args]
        if not words or not (words[1:] or instruction.heredocs):
            return opaque("COPY without a destination")
        *sources, target = words
        if target.prefix.startswith("/"):
            self.rooted.add(instruction.index)
        if not target.known or any(not s.known for s in sources):
            return opaque("a path of COPY is not known")
        place = absolute(target.text, self.cwd)
        into = target.text.endswith("/") or target.text in {".", ".."} or len(sources) > 1
        into = into or place in self.world.directories or self._directory(place)
        chown = instruction.flag("chown")
        owner = chown.partition(":")[0] if chown else ""
        reads = (Account(owner),) if owner and not owner.isdigit() and owner != "root" else ()
        if instruction.heredocs and all(source.text.startswith("<<") for source in sources):
            return Effects(reads=reads, writes=tuple(self._written(instruction, place, into=into)))
        if instruction.flag("from") is not None or instruction.heredocs:
            return Effects(reads=reads, writes=(Write(Path(place, tree=True), Nature.DATA),))
        writes: list[Write] = []
        for source in sources:
            writes += self._arrival(instruction, source.text, place, into, unpack)
        return Effects(reads=reads, writes=tuple(writes))

    def _written(self, instruction: Instruction, place: str, *, into: bool) -> Iterator[Write]:
        """Yield the files whose texts stand in the Dockerfile itself, and note these."""
        for document in instruction.heredocs:
            path = absolute(document.name, place) if into else place
            text = self.scope.expand_heredoc(document.body) if document.expand else None
            known = document.body if text is None else text.text if text.known else None
            self.world.inline[path] = known
            yield Write(Path(path), Nature.DATA)

    def _directory(self, path: str) -> bool:
        from transformer.effects.files import is_directory

        return is_directory(path, self.world)

    def _arrival(self, instruction: Instruction, source: str, place: str, into: bool, unpack: bool) -> list[Write]:
        name = posixpath.basename(source.rstrip("/"))
        if (unpack and "://" in source) or (unpack and source.startswith("git@")):
            remote = absolute(name, place) if into and name else place
            return [Write(Path(remote, tree=source.endswith(".git")), Nature.DOWNLOAD)]
        if unpack and source.endswith(_ARCHIVES):
            return [Write(Path(place, tree=True), Nature.DOWNLOAD)]
        found = self.context.match(source) if self.context is not None else ()
        if not found:
            exact = not any(c in source for c in "*?[") and name not in {"", ".", ".."}
            tree = not posixpath.splitext(name)[1] or not exact
            copied = [
                Copied(instruction.index, normal(source), place if tree or not into else absolute(name, place), tree)
            ]
            return self._note(copied)
        copies = []
        for entry in found:
            directory = self.context is not None and self.context.is_directory(entry)
            arrives = place if directory or not into else absolute(posixpath.basename(entry), place)
            copies.append(Copied(instruction.index, entry, arrives, directory))
        return self._note(copies)

    def _note(self, copies: list[Copied]) -> list[Write]:
        self.world.copies = (*self.world.copies, *copies)
        self.world.edited = {e for e in self.world.edited if not any(_brings(c, e) for c in copies)}
        self.world.directories |= {c.target for c in copies if c.directory}
        return [Write(Path(c.target, tree=c.directory), Nature.CONTEXT) for c in copies]

    def _run(self, instruction: Instruction) -> None:
        """RUN: one step for each separable command of its script."""
        script = self._script(instruction)
        if script is None:
            self._step(instruction, opaque("the script of this RUN is not known"))
            return
        self.scripts[instruction.index] = script
        mounts = targets(instruction, self.cwd)
        frame = Frame(self.cwd, self._environment(), self.user)
        shell = Shell(self.world, frame, lambda span: self._position(instruction, span))
        built: set[Path] = set()
        copies = self.world.copies
        self.world.copies = (*copies, *bound(instruction, self.cwd, self.world.context))
        for number, unit in enumerate(units(script, shell)):
            effects = without_mounts(unit.effects, mounts, built)
            position = self._position(instruction, unit.span)
            step = Step(
                len(self.steps),
                instruction.index,
                "RUN",
                number,
                unit.span,
                position,
                unit.text,
                unit.cwd,
                self.user,
                self.group,
            )
            self.steps.append(replace(step, moved=unit.moved, effects=effects))
        self.world.copies = copies

    def _position(self, instruction: Instruction, span: Span) -> Position:
        if instruction.heredocs:
            offset = instruction.heredocs[0].span.start + span.start
        elif instruction.exec_form:
            offset = instruction.span.start
        else:
            offset = instruction.offsets.to_source(instruction.body + span.start)
        return self.dockerfile.source.position(offset)

    def _script(self, instruction: Instruction) -> Script | None:
        if instruction.heredocs:
            body = instruction.heredocs[0]
            alone = instruction.argument_text.strip().lstrip("<-").strip("'\"") == body.name
            if len(instruction.heredocs) != 1 or not alone or body.body.startswith("#!") or body.strip_tabs:
                return None
            return parse_script(body.body)
        if instruction.exec_form:
            return unwrap(instruction.args) or exec_form(instruction.args)
        return parse_script(instruction.argument_text)

    def _environment(self) -> dict[str, str | None]:
        values = {name: (v.text if v.known else None) for name, v in self.scope.values.items()}
        values.setdefault("HOME", "/root" if self.user in {"root", "0"} else f"/home/{self.user}")
        return values

    def result(self) -> Interpretation:
        """Return what the walk found."""
        self.steps = unpacked(self.steps)
        env: Mapping[str, str | None] = {
            n: (v.text if v.known else None) for n, v in self.scope.values.items() if n in self.scope.env
        }
        inherited = frozenset(self.base.env) if self.base else frozenset()
        own = {k for i in self.dockerfile.instructions if i.keyword == "ENV" for k, _ in i.pairs()}
        return Interpretation(
            tuple(self.steps), self.scripts, self.states, self.world.copies, env, inherited - own, self.cwd, self.user,
            self.entrypoint, self.cmd, self.entry.position if self.entry else None, self.shell_form, self.entry is None,
            frozenset(self.rooted), dict(self.world.inline),
        )  # fmt: skip


def _brings(copied: Copied, path: Path) -> bool:
    """Whether a copy surely brings a file anew that was changed before."""
    return not path.tree and not copied.directory and copied.target == path.path


def _somewhere(word: Expansion) -> str:
    """Return a name for a directory of which only the beginning is known: it is no other one, and nothing is in it."""
    folder, slash, _ = word.prefix.rpartition("/")
    return f"{folder}{slash}<{word.text.replace('/', '_')}>"


def _account(text: str) -> tuple[str, str]:
    """Return the user and the group of a USER line; root and no group if it is empty."""
    user, _, group = text.partition(":")
    return user or "root", group
