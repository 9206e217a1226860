"""One call of a program: it is looked up, and handed to what knows its effects."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from transformer.ecosystems import load
from transformer.ecosystems.call import Call, World, absolute, managed, parse_arguments, resolve
from transformer.effects import (
    accounts,
    alternatives,
    archivers,
    builtins,
    downloads,
    files,
    filters,
    installers,
    packages,
    version_control,
)
from transformer.effects.combine import opaque
from transformer.ir.effects import Effects, Path
from transformer.ir.script import SimpleCommand, Substitution, Word
from transformer.ir.source import Span
from transformer.knowledge.commands import CommandSpec, command, variant
from transformer.knowledge.programs import programs
from transformer.shell import Expanded, expand, unwrap

if TYPE_CHECKING:
    from transformer.effects.scripts import Shell

_SYSTEM_SETTINGS = ("/etc/os-release", "/etc/lsb-release", "/etc/environment", "/etc/profile", "/etc/default/")


def assigned_value(word: Word | None, shell: Shell, name: str) -> str | None:
    """Return what an assignment gives a variable, None if that is not known."""
    if word is None:
        return ""
    if "mktemp" in word.raw and all(isinstance(p, Substitution) for p in word.parts):
        return f"/tmp/tmp.{name}"
    fields = expand(word, shell.frame.env, split=False, unset_is_unknown=shell.frame.unsettled)
    return fields[0].text if fields and fields[0].known else None


def called(
    words: tuple[Expanded, ...], spans: tuple[Span | None, ...], node: SimpleCommand | None, shell: Shell
) -> Effects:
    """Look the program up and hand the call to its handler."""
    if not words[0].known or words[0].glob:
        return opaque("a program whose name is not known")
    name = words[0].text
    if name in shell.frame.functions:
        return shell.script(shell.frame.functions[name])
    spec, reason = _lookup(name, shell)
    if spec is None:
        reads = (*reason.reads, *_named(words[1:], shell))
        return (
            replace(reason, reads=reads, programs=(*reason.programs, *managed(words[1:]))) if reason.opaque else reason
        )
    call = Call(spec.name, spec, words[1:], parse_arguments(spec, words[1:]), spans[1:], name)
    effects = _dispatch(call, node, shell)
    return replace(effects, programs=(spec.name, *effects.programs))


def _lookup(name: str, shell: Shell) -> tuple[CommandSpec | None, Effects]:
    """Return the table row of a program, or what is known of one that has none."""
    base = posixpath.basename(name)
    known = programs()
    if "/" in name and not _is_program_directory(posixpath.dirname(absolute(name, shell.frame.cwd)), shell):
        return _own_program(name, base, shell)
    spec = variant(base)
    if spec is not None:
        return spec, Effects()
    stem = base.rstrip("0123456789.-")
    for world in (known.ecosystems, known.distributions):
        kind = world.get(base) or world.get(stem)
        if kind:
            return None, Effects(
                opaque=f"{base} belongs to a world that is not supported yet", unsupported=kind, programs=(base,)
            )
    return None, Effects(opaque=f"{base} is not known", programs=(base,))


def _named(words: tuple[Expanded, ...], shell: Shell) -> tuple[Path, ...]:
    """Return the paths that the words of a call may name: what a program that is not known reads at the least."""
    texts = [w.text.rpartition("=")[2] for w in words if w.known]
    found = dict.fromkeys(absolute(t, shell.frame.cwd) for t in texts if t and not t.startswith("-"))
    return tuple(Path(p) for p in found if p not in programs().populated)


def _is_program_directory(folder: str, shell: Shell) -> bool:
    """Whether programs there are what their names say: the system's, or those of a virtual environment."""
    inside = posixpath.dirname(folder) in shell.world.environments
    return inside or folder in programs().program_directories or folder.endswith(programs().tool_directory)


def _own_program(name: str, base: str, shell: Shell) -> tuple[CommandSpec | None, Effects]:
    """A program given by its path: a conventional build script, or a shell script of the context."""
    path = absolute(name, shell.frame.cwd)
    if path in shell.world.installers:
        return command(shell.world.installers[path]), Effects()
    spec = command(base)
    kind = programs().ecosystems.get(base, "")
    text = shell.world.read(path) if base not in programs().building else None
    if _build_script(spec, path, shell):
        return spec, Effects()
    if text is not None and re.match(r"#!\s*\S*/(?:env\s+)?(?:ba|da)?sh\b", text):
        effects = shell.text(text, shell.frame.cwd, path)
        return None, replace(effects, reads=(*effects.reads, Path(path)))
    opaque = f"{name} is a program of the project that is not known"
    return None, Effects(opaque=opaque, reads=(Path(path),), unsupported=kind, programs=(base,) if kind else ())


def _build_script(spec: CommandSpec | None, path: str, shell: Shell) -> bool:
    """Whether a file is a build system's own script: by its name, and only among sources."""
    if _is_wrapper(spec):
        return shell.world.in_source_tree(path) or shell.world.context_path(path) is not None
    return spec is not None and spec.effect in {"configure", "prepare"} and shell.world.in_source_tree(path)


def _is_wrapper(spec: CommandSpec | None) -> bool:
    """Whether a script of that name fetches a build tool and runs it, as projects have them."""
    return spec is not None and spec.style == "wrapper"


def _dispatch(call: Call, node: SimpleCommand | None, shell: Shell) -> Effects:
    world = _world(shell)
    owner = call.spec.toolchain or call.spec.ecosystem
    if owner:
        ecosystem = load(owner)
        found = ecosystem.effects(call, world) if ecosystem and call.spec.effect not in {"files", "prefix"} else None
        if found is not None:
            return found
        if call.spec.effect == "prefix":
            return _prefixed(call, node, shell)
        if call.spec.effect != "files":
            return Effects(opaque=f"this call of {call.name} is not understood", toolchain=call.spec.toolchain)
        return replace(files.by_roles(call, world), toolchain=call.spec.toolchain)
    inside = _SHELL.get(call.spec.effect)
    if inside is not None:
        return inside(call, node, shell)
    handler = _HANDLERS.get(call.spec.effect)
    return handler(call, world) if handler is not None else opaque(f"{call.name} is not understood")


def _world(shell: Shell) -> World:
    frame = shell.frame
    return replace(shell.world, cwd=frame.cwd, env=frame.env, user=frame.user, run=shell.text, fed=frame.fed)


def _settings(call: Call, node: SimpleCommand | None, shell: Shell) -> Effects:
    """``export``, ``set``, ``umask`` …: they change the shell alone."""
    for assignment in node.assignments if node is not None else ():
        shell.frame.env[assignment.name] = assigned_value(assignment.value, shell, assignment.name)
    return Effects(shell_state=True)


def _sourced(call: Call, node: SimpleCommand | None, shell: Shell) -> Effects:
    path = resolve(call.words[0], shell.frame.cwd) if call.words else None
    if path is None:
        return opaque("a file that is sourced is not known")
    if path.path.startswith(_SYSTEM_SETTINGS):
        shell.frame.unsettled = True
        return Effects(shell_state=True, reads=(path,))
    text = shell.world.read(path.path)
    if text is None and (place := posixpath.dirname(posixpath.dirname(path.path))) in shell.world.environments:
        # bin/activate of a virtual environment puts its programs first
        shell.frame.env |= {"VIRTUAL_ENV": place, "PATH": f"{place}/bin:{shell.frame.env.get('PATH') or ''}"}
        return Effects(shell_state=True, reads=(path,))
    if text is None and path.path in shell.world.profiles:
        folder = posixpath.dirname(path.path)
        shell.frame.env["PATH"] = f"{folder}/bin:{shell.frame.env.get('PATH') or ''}"
        return Effects(shell_state=True, reads=(path,))
    if text is None:
        return opaque(f"{path} is sourced and cannot be read")
    from transformer.shell import parse_script

    return replace(shell.script(parse_script(text)), shell_state=False)


def _shell_script(call: Call, node: SimpleCommand | None, shell: Shell) -> Effects:
    """``sh -c TEXT`` and ``sh FILE``."""
    if any(not w.known for w in call.words):
        return opaque("a shell runs what is not known")
    inner = unwrap((call.name, *(w.text for w in call.words)))
    if inner is not None:
        return replace(shell.fork().script(inner), shell_state=False)
    operands = [w for w in call.words if not w.text.startswith(("-", "+"))]
    path = resolve(operands[0], shell.frame.cwd) if operands else None
    text = shell.world.read(path.path) if path is not None else None
    if path is not None and path.path in shell.world.installers:
        return installers.started(path.path, call.words[call.words.index(operands[0]) + 1 :], node, shell)
    name = operands[0].text if operands else "its input"
    spec = command(posixpath.basename(name))
    if path is None or text is None or _is_wrapper(spec):
        if path is not None and _build_script(spec, path.path, shell):
            return called(call.words[call.words.index(operands[0]) :], (None,) * len(call.words), node, shell)
        return opaque(f"a shell runs {name}, which cannot be read")
    return replace(shell.text(text, shell.frame.cwd, path.path), reads=(path,))


def _prefixed(call: Call, node: SimpleCommand | None, shell: Shell) -> Effects:
    """``sudo``, ``env``, ``exec`` …: the rest is a command of its own, with the variables and in the directory that
    stand before it (env(1)).
    """
    words, spans = list(call.words), list(call.spans or (None,) * len(call.words))
    inner = shell.fork()
    while words and (words[0].text.startswith("-") or "=" in words[0].text):
        option = words.pop(0)
        spans.pop(0)
        value = words.pop(0) if words and _value_follows(call.spec, option.text) else None
        if value is not None:
            spans.pop(0)
        _prepared(call.spec, option, value, inner)
    if call.spec.effect == "prefix-1" and words:
        words.pop(0)
        spans.pop(0)
    if not words and call.name == "exec" and node is not None and node.redirects:
        return opaque("what exec redirects, all that follows writes")
    if not words:
        return Effects(shell_state=True)
    if inner.frame == shell.frame:
        return called(tuple(words), tuple(spans), node, shell)
    return replace(called(tuple(words), tuple(spans), node, inner), shell_state=False)


def _prepared(spec: CommandSpec, option: Expanded, value: Expanded | None, shell: Shell) -> None:
    """Apply what stands before the command: a variable, or an option that changes the environment or directory."""
    name, equals, text = option.text.partition("=")
    long_value = Expanded(text, option.known, "", option.glob) if equals else value
    role = spec.valued.get(name, "") if option.text.startswith("-") else "variable"
    if role == "variable":
        if not option.known and not equals:
            name = option.prefix.partition("=")[0]
        shell.frame.env[name] = text if option.known else None
    elif role == "cwd" and long_value is not None:
        shell.frame.cwd = absolute(long_value.text, shell.frame.cwd) if long_value.known else "/<unknown>"
    elif role == "unset" and long_value is not None:
        shell.frame.env.pop(long_value.text, None)
    elif spec.modes.get(option.text) == "clear":
        shell.frame.env.clear()


def _value_follows(spec: CommandSpec, option: str) -> bool:
    """Whether the next word is an option's value: ``-u``, and ``-Hu`` if ``-H`` is a flag (getopt(3))."""
    bundled = option[1:2] != "-" and all(f"-{letter}" in spec.flags for letter in option[1:-1])
    return option in spec.valued or (bundled and f"-{option[-1]}" in spec.valued)


def _piped_arguments(call: Call, node: SimpleCommand | None, shell: Shell) -> Effects:
    """``xargs CMD``: harmless if CMD only reads; else it works on names that are not known."""
    operands = call.arguments.operands
    spec = command(operands[0].text) if operands and operands[0].known else None
    if spec is not None and spec.lenient and not spec.toolchain:
        return Effects(programs=(spec.name,))
    return opaque("xargs works on names that are not known")


_SHELL = {
    "shell": _settings,
    "trap": builtins.trapped,
    "cd": builtins.directory,
    "popd": builtins.popped,
    "source": _sourced,
    "shell-script": _shell_script,
    "prefix": _prefixed,
    "prefix-1": _prefixed,
    "xargs": _piped_arguments,
}
_HANDLERS = {
    "files": files.by_roles,
    "install": files.install,
    "sed": filters.sed,
    "awk": filters.awk,
    "perl": filters.perl,
    "patch": files.patch,
    "dd": files.dd,
    "find": files.find,
    "curl": downloads.curl,
    "wget": downloads.wget,
    "tar": archivers.tar,
    "unzip": archivers.unzip,
    "decompress": archivers.decompress,
    "git": version_control.git,
    "svn": version_control.other_clone,
    "hg": version_control.other_clone,
    "gpg": downloads.gpg,
    "apt": packages.apt,
    "apt-mark": packages.mark,
    "apt-sources": packages.package_sources,
    "apt-key": packages.archive_key,
    "dpkg": packages.dpkg,
    "account": accounts.account,
    "repeat": packages.repeat,
    "alternatives": alternatives.alternatives,
    "ldconfig": packages.ldconfig,
}
