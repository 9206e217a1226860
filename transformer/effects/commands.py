"""One simple command: its words are expanded, its program called, its redirections followed."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from transformer.ecosystems.call import Arguments, parse_arguments, resolve
from transformer.effects import files
from transformer.effects.calls import assigned_value, called
from transformer.effects.combine import merged, opaque
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.ir.script import Pipeline, Redirect, Script, SimpleCommand, Substitution, Word
from transformer.ir.source import Span
from transformer.knowledge.commands import command
from transformer.knowledge.programs import programs
from transformer.shell import Expanded, expand

if TYPE_CHECKING:
    from transformer.effects.scripts import Shell

_IGNORED_TARGETS = ("/dev/", "/proc/self/")


class Frame(Struct):
    """What a shell changes as it runs."""

    cwd: str
    env: dict[str, str | None]
    user: str
    functions: dict[str, Script] = field(default_factory=dict)
    depth: int = 0
    unsettled: bool = False
    """A file that was not read has set variables: names that are not known may be set."""
    stack: tuple[str, ...] = ()
    """The directories that ``pushd`` left, the last one last."""
    fed: str = ""
    """The address whose content a pipeline feeds the command, "" if it feeds none or something else."""

    def copy(self) -> Frame:
        """Return a frame of its own for a subshell."""
        return replace(self, env=dict(self.env), functions=dict(self.functions))


def run_simple(node: SimpleCommand, shell: Shell) -> Effects:
    """Return the effects of one simple command."""
    inner = [shell.fork().script(s) for s in _substitutions(node)]
    words: list[Expanded] = []
    spans: list[Span | None] = []
    for word in node.words:
        for item in expanded(word, shell):
            words.append(item)
            spans.append(word.span)
    outer = _assigned(node, shell) if not words else _with_environment(tuple(words), tuple(spans), node, shell)
    download = any(w.nature is Nature.DOWNLOAD for w in outer.writes) or _fetches(words)
    target = redirected(node.redirects, shell, download=download)
    found = merged([*inner, outer, target])
    settled = outer.shell_state and not any(e.writes or e.opaque or e.removes for e in (*inner, target))
    return _kept_sources(replace(found, shell_state=settled))


def _with_environment(
    words: tuple[Expanded, ...], spans: tuple[Span | None, ...], node: SimpleCommand, shell: Shell
) -> Effects:
    """Call a program with the assignments before it in its environment, and only there."""
    before = dict(shell.frame.env)
    given = {a.name: assigned_value(a.value, shell, a.name) for a in node.assignments}
    shell.frame.env.update(given)
    effects = called(words, spans, node, shell)
    if not effects.shell_state:
        for name in given:
            if name in before:
                shell.frame.env[name] = before[name]
            else:
                shell.frame.env.pop(name, None)
    return effects


def _kept_sources(effects: Effects) -> Effects:
    """What is written where the package manager's sources live is read by its installations alone."""
    places = [Path(p, tree=True) for p in programs().package_sources]
    writes = tuple(
        replace(w, nature=Nature.CACHE, carriable=False) if any(p.covers(w.path) for p in places) else w
        for w in effects.writes
    )
    return replace(effects, writes=writes)


def _fetches(words: list[Expanded]) -> bool:
    spec = command(posixpath.basename(words[0].text)) if words and words[0].known else None
    return spec is not None and spec.effect in {"curl", "wget"}


def expanded(word: Word, shell: Shell) -> tuple[Expanded, ...]:
    """Expand a word; one that is not known keeps its own text, which stands for one unknown name."""
    fields = expand(word, shell.frame.env, unset_is_unknown=shell.frame.unsettled)
    if len(fields) == 1 and not fields[0].known:
        return (replace(fields[0], text=word.raw.replace('"', "")),)
    return fields


def _substitutions(node: SimpleCommand) -> list[Script]:
    words = [
        *node.words,
        *(a.value for a in node.assignments if a.value),
        *(r.target for r in node.redirects if r.target),
    ]
    return [p.script for w in words for p in w.parts if isinstance(p, Substitution) and p.script is not None]


def _assigned(node: SimpleCommand, shell: Shell) -> Effects:
    """Assignments without a command hold for the rest of the script."""
    for assignment in node.assignments:
        shell.frame.env[assignment.name] = assigned_value(assignment.value, shell, assignment.name)
        if assignment.append:
            shell.frame.env[assignment.name] = None
    return Effects(shell_state=True)


def found_and_changed(pipeline: Pipeline, shell: Shell) -> Effects | None:
    """Return the effects of ``find … | xargs CMD``; None for any other pipeline."""
    match pipeline.commands:
        case (SimpleCommand() as first, SimpleCommand() as last):
            pass
        case _:
            return None
    names = [c.words[0].raw if c.words else "" for c in (first, last)]
    if names != ["find", "xargs"]:
        return None
    starts = run_simple(first, shell)
    words = tuple(e for w in last.words[1:] for e in expanded(w, shell))
    spec = command("xargs")
    arguments = parse_arguments(spec, words) if spec else Arguments(frozenset(), (), (), ())
    if starts.opaque or not arguments.operands:
        return None
    return files.changed_below(tuple(r for r in starts.reads if isinstance(r, Path)), [arguments.operands[0].text])


def redirected(redirects: tuple[Redirect, ...], shell: Shell, *, download: bool) -> Effects:
    """Return what redirections read and write."""
    reads: list[Path] = []
    writes: list[Write] = []
    for redirect in redirects:
        if redirect.target is None or redirect.operator in {"<&", ">&", "<<", "<<<"}:
            continue
        words = expand(redirect.target, shell.frame.env, split=False, unset_is_unknown=shell.frame.unsettled)
        path = resolve(words[0], shell.frame.cwd) if words else None
        if path is None:
            return opaque("the target of a redirection is not known")
        if path.path.startswith(_IGNORED_TARGETS):
            continue
        if redirect.operator == "<":
            reads.append(path)
        else:
            reads += [path] if ">>" in redirect.operator else []
            writes.append(Write(path, Nature.DOWNLOAD if download else Nature.DATA))
    return Effects(reads=tuple(reads), writes=tuple(writes))
