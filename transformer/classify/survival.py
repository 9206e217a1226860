"""What has to be in the final image: what was written, is still there at the end, and is not proven to serve only the
build.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from transformer.classify.context_files import build_only_name
from transformer.classify.copies import consumers, left_of_copy
from transformer.classify.readers import builders, consumed, stays_beside
from transformer.classify.state import State, only_in_sdk, reaches
from transformer.ecosystems import interpreted, load
from transformer.ecosystems.call import absolute
from transformer.ir.effects import Nature, Path, Step, Write, context_path
from transformer.ir.verdict import Phase
from transformer.knowledge.programs import programs

_BY_NATURE = frozenset({Nature.SOURCE, Nature.SCRATCH, Nature.CACHE})
_ATTRIBUTES = frozenset({"chmod", "chown", "chgrp"})
_UNKNOWN_CONTENT = frozenset({Nature.DOWNLOAD, Nature.ARTIFACT, Nature.CONTEXT})


def removes(pattern: Path, path: Path) -> bool:
    """Whether removing ``pattern`` (which may hold shell patterns) surely takes all of ``path``."""
    if pattern.covers(path):
        return True
    want, have = pattern.path.split("/"), path.path.split("/")
    return (
        len(have) >= len(want) and any(c in pattern.path for c in "*?[") and all(map(fnmatch.fnmatchcase, have, want))
    )


def must_be_there(state: State, write: Write, writer: Step) -> bool:
    """Whether what ``writer`` wrote has to be in the final image."""
    key = (write, writer.index)
    if key not in state.memo:
        state.memo[key] = _judged(state, write, writer)
    return state.memo[key]


def _judged(state: State, write: Write, writer: Step) -> bool:
    known = programs()
    if (
        write.nature is Nature.DIRECTORY
        and not write.path.tree
        and write.path.path in {*known.populated, *known.skeleton}
    ):
        return False  # a tree is directories below it whose names are not known: `mkdir -p /opt/{a,b}`
    needed = _read_at_run_time(state, write, writer)
    if needed or not survives(state, write, writer):
        return needed
    if writer.instruction in state.known.build:
        return writer.keyword == "RUN" and (_is_live(state, write) or on_path(state, write))
    if write.nature in _BY_NATURE:
        called = write.nature is not Nature.CACHE and _is_called_by_name(state, write)
        called = called or _is_read_by_called(state, write)
        return called or (write.nature is Nature.SCRATCH and write.carriable and _holds_named(state, write, writer))
    if named(state, write):
        return not _edits_toolchain(state, write, writer)
    if _in_build_tree(state, write, writer) or _edits_toolchain(state, write, writer):
        return False
    library = write.nature is Nature.ARTIFACT and not write.path.tree and ".so" in write.path.path.rpartition("/")[2]
    if library and not _installed(state, write, writer):
        return True
    if _serves_a_build(state, write, writer):
        return False
    if write.nature is Nature.CONTEXT:
        return not _left_by_name(state, write, writer)
    return not (write.nature is Nature.DATA and _edits_what_is_left(state, write, writer))


def _serves_a_build(state: State, write: Write, writer: Step) -> bool:
    """Whether a later step of the build uses it up, or compiles it."""
    if write.nature in _UNKNOWN_CONTENT:
        if not consumed(state, write, writer) or _installed(state, write, writer):
            return consumed(state, write, writer)
        return not stays_beside(state, write, writer)
    return write.nature is Nature.DATA and _is_source(state, write, writer)


def _is_source(state: State, write: Write, writer: Step) -> bool:
    """Whether a command wrote or changed a source of a compiler that reads it later (``touch src/main.rs``): it is
    judged by its name then, as if COPY had brought it, and no program may name it.
    """
    path = write.path.path
    compilers = consumers(state, write.path, writer.instruction - 1)
    if write.path.tree or not compilers or any(map(interpreted, compilers)) or not build_only_name(path, compilers):
        return False
    said = any(path.rpartition("/")[2] in f.strings for f in state.facts)
    return not said and not _is_called_by_name(state, write)


def survives(state: State, write: Write, writer: Step) -> bool:
    """Whether the path is still there at the end: no later command surely removes it."""
    return not any(removes(r, write.path) for s in state.steps[writer.index + 1 :] for r in s.effects.removes)


def named(state: State, write: Write) -> bool:
    """Whether something live names the path, or lies in it."""
    if _is_live(state, write):
        return True
    if write.nature not in _UNKNOWN_CONTENT or not write.path.tree:
        return on_path(state, write)
    here = Path(state.walk.cwd)
    return (state.walk.cwd != "/" and write.path.covers(here)) or on_path(state, write)


def _is_live(state: State, write: Write) -> bool:
    return any(isinstance(x.resource, Path) and x.resource.overlaps(write.path) for x in state.live)


def _is_called_by_name(state: State, write: Write) -> bool:
    """Whether exactly this path is live, or a text of the program: an object file below a live directory is none of
    its files.
    """
    path, base = write.path.path, state.walk.cwd.rstrip("/") + "/"
    spellings = {path}
    if path.startswith(base):
        spellings |= {path.removeprefix(base), "./" + path.removeprefix(base)}
    texts = any(not spellings.isdisjoint(said) for f in state.facts for said in (f.opens, f.strings))
    return texts or any(isinstance(x.resource, Path) and x.resource.path == path for x in state.live)


def _is_read_by_called(state: State, write: Write) -> bool:
    """Whether it holds settings of a program that runs at run time, or may: they were made for the build, and it finds
    them all the same (``git config --global``).
    """
    name, uses = write.path.path.rpartition("/")[2], state.judge.uses
    readers = [program for program, files in programs().own_settings.items() if name in files]
    return bool(readers) and not (uses.closed and uses.commands().keys().isdisjoint(readers))


def _holds_named(state: State, write: Write, writer: Step) -> bool:
    """Whether something live lies in the directory of a build, and no narrower write of that step or a later one brings
    it: libraries that variables lead the loader to, classes, files that the program opens and the context does not
    have. Tools that name the programs that they make make no other.
    """
    ecosystem = load(writer.effects.toolchain)
    started = absolute(state.roots.main, state.walk.cwd) if ecosystem is not None and ecosystem.exact else ""
    named = [x.resource.path for x in state.live if isinstance(x.resource, Path)]
    named += [p for p in _opened(state) if _is_made(state, p)]
    inside = [p for p in named if write.path.tree and p.startswith(write.path.path + "/") and p != started]
    later = state.steps[writer.index :] if inside else ()
    own = [w.path for s in later for w in s.effects.writes if w.path != write.path and write.path.covers(w.path)]
    return any(not any(w.covers(Path(p)) for w in own) for p in inside)


def _opened(state: State) -> Iterator[str]:
    """Yield the paths that the program's code opens, from where it starts."""
    for text in {text for f in state.facts if not interpreted(f.ecosystem) for text in f.opens}:
        if text and not any(c in text for c in "*?[%"):
            yield absolute(text, state.walk.cwd)


def _is_made(state: State, path: str) -> bool:
    """Whether a path is no file of the context: a build made it, or may have put something there."""
    source, context = context_path(path, state.walk.copies), state.known.context
    return source is None or context is None or not context.is_file(source)


def _installed(state: State, write: Write, writer: Step) -> bool:
    """Whether a later step of the build reads it and writes a file of the same name elsewhere, to be used instead."""
    name = write.path.path.rpartition("/")[2]
    return any(
        w.path.path.rpartition("/")[2] == name and w.path.path != write.path.path
        for s in builders(state, writer)
        if any(isinstance(r, Path) and reaches(r, write.path) for r in s.effects.reads)
        for w in s.effects.writes
    )


def _left_by_name(state: State, write: Write, writer: Step) -> bool:
    return all(not d.kept for d in state.divisions.get(writer.instruction, ()) if d.copied.target == write.path.path)


def _edits_what_is_left(state: State, write: Write, writer: Step) -> bool:
    """Whether the step changes in place a file that COPY brought for the build alone (``chmod +x mvnw``)."""
    if write.path.tree or write.path not in writer.effects.reads or is_there_anyway(state, write.path.path):
        return False
    brought = [s for s in state.steps[: writer.index] if any(w.path.covers(write.path) for w in s.effects.writes)]
    made = brought[-1] if brought else None
    return made is not None and made.keyword in {"COPY", "ADD"} and left_of_copy(state, made, write.path)


def is_there_anyway(state: State, folder: str) -> bool:
    """Whether a path is a directory that the final image has whatever is left of what COPY brought into it: it starts
    there, or what it starts lies there. Its owner and its mode matter then (``chown app /app``).
    """
    inside = folder.rstrip("/") + "/"
    return f"{state.walk.cwd}/".startswith(inside) or absolute(state.roots.main, state.walk.cwd).startswith(inside)


def _read_at_run_time(state: State, write: Write, writer: Step) -> bool:
    """Whether a step that the final stage repeats reads it."""
    for step in state.steps[writer.index + 1 :]:
        if state.phase.get(step.index) is not Phase.RUNTIME or step.keyword != "RUN":
            continue
        own = writer.effects.toolchain or writer.effects.installs
        if step.effects.opaque and write.nature is Nature.CACHE and not own:
            return True
        read = [r for r in step.effects.reads if isinstance(r, Path) and reaches(r, write.path)]
        if read and not (_only_attributes(step) and all(_is_there_anyway(state, r, write) for r in read)):
            return True
        if any(removes(r, write.path) for r in step.effects.removes):
            return False
    return False


def _only_attributes(step: Step) -> bool:
    """Whether a step changes nothing but whose files are and what may be done with them: it takes what is there."""
    return bool(step.effects.programs) and _ATTRIBUTES.issuperset(step.effects.programs)


def _is_there_anyway(state: State, directory: Path, write: Write) -> bool:
    """Whether a directory stays without what was written below it: the container starts there."""
    below = directory.tree and directory.path != write.path.path and directory.covers(write.path)
    return below and directory.covers(Path(state.walk.cwd))


def on_path(state: State, write: Write) -> bool:
    """Whether a live command is found there through PATH."""
    folders = [Path(f) for f in (state.walk.env.get("PATH") or "").split(":") if f.startswith("/")]
    for name in state.roots.commands():
        for folder in folders:
            if write.path.covers(Path(f"{folder.path}/{name}")):
                return True
    return False


def _in_build_tree(state: State, write: Write, writer: Step) -> bool:
    """Whether it lies in a directory that serves only the build: fetched or made for it and left behind."""
    for step in state.steps:
        for other in step.effects.writes:
            if other is not write and other.path.covers(write.path) and _is_build_tree(state, other, step):
                return write.nature is not Nature.ARTIFACT or consumed(state, write, writer)
    if write.nature is Nature.DIRECTORY:
        return _only_build_content(state, write, writer)
    return False


def _edits_toolchain(state: State, write: Write, writer: Step) -> bool:
    """Whether the step changes in place what the base image has for its toolchain (chmod -R a+w /usr/local/go)."""
    return write.path in writer.effects.reads and only_in_sdk(state, write.path, writer.index)


def _is_build_tree(state: State, write: Write, writer: Step) -> bool:
    """Whether a directory was fetched or made for the build, which uses it, and nothing live names it."""
    if not write.path.tree or write.path.path in programs().populated:
        return False
    made = write.nature in {Nature.DOWNLOAD, Nature.SCRATCH}
    return made and consumed(state, write, writer) and not named(state, write)


def _only_build_content(state: State, write: Write, writer: Step) -> bool:
    inside = [
        (s, w) for s in state.steps for w in s.effects.writes
        if w is not write and Path(write.path.path, tree=True).covers(w.path) and w.nature is not Nature.DIRECTORY
    ]  # fmt: skip
    return bool(inside) and not any(must_be_there(state, w, s) for s, w in inside if s.index != writer.index)
