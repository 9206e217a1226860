"""Why a split is impossible: a build step's result that cannot be carried, or a step that cannot be judged."""

from __future__ import annotations

from collections.abc import Iterator

from transformer.classify.carrying import carriable, carried
from transformer.classify.coming_along import before_modules
from transformer.classify.judging import MOVED, missing_input
from transformer.classify.readers import consumed
from transformer.classify.state import State, reaches
from transformer.classify.survival import must_be_there, on_path, survives
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Nature, Path, Step, Write
from transformer.ir.verdict import Phase


def impossible(state: State) -> Iterator[Diagnostic]:
    """Yield why a build step's results cannot be carried."""
    if not any(s.effects.toolchain for s in state.steps):
        return
    for step in state.steps:
        if state.phase.get(step.index) is Phase.BUILD:
            yield from _hidden_output(step)
            yield from _hidden_install(state, step)
            for write in _to_carry(state, step):
                yield from _lost(state, step, write)
                yield from _in_volume(state, step, write)
    yield from _opaque_in_build_tree(state)
    yield from _without_its_input(state)
    yield from _between_installations(state)


def _hidden_output(step: Step) -> Iterator[Diagnostic]:
    if step.effects.opaque and step.effects.toolchain:
        cure = "write its paths out, and where it puts its output (-o, --prefix, DESTDIR)"
        yield Diagnostic("DF413", f"`{step.text}`: {step.effects.opaque}", step.position, cure)


def _hidden_install(state: State, step: Step) -> Iterator[Diagnostic]:
    """One command of the shell (a subshell, a conditional) that builds and installs what stays."""
    kept = state.judge.kept(step.effects.installs) if step.effects.toolchain else ()
    if kept:
        message = f"`{step.text}` builds, and installs {kept[0]}, which stays"
        yield Diagnostic("DF506", message, step.position, "install packages in a command of their own")


def _to_carry(state: State, step: Step) -> Iterator[Write]:
    """Yield what a build step wrote and the final image needs."""
    if step.effects.shell_state or step.keyword in {"COPY", "ADD"}:
        return
    for write in step.effects.writes:
        if must_be_there(state, write, step) and write.nature is not Nature.CACHE:
            yield write


def _lost(state: State, step: Step, write: Write) -> Iterator[Diagnostic]:
    """Yield a path that is gone at the end of the build, or that COPY --from cannot bring."""
    if not survives(state, write, step):
        cure = "leave it in place, or do both in one stage"
        message = f"{write.path} is needed by a later step, and removed before the end of the build"
        yield Diagnostic("DF503", message, step.position, cure)
    elif "<" in write.path.path:
        cure = "write the path out, or give its ARG a value"
        message = f"where `{step.text}` writes cannot be told: in {write.path.path}"
        yield Diagnostic("DF503", message, step.position, cure)
    elif (not write.carriable or not carriable(state, write.path)) and not _inside_carried(state, write.path):
        cure = "let the step write into a directory of its own"
        message = f"`{step.text}` writes {write.path}, which the base image fills as well: it cannot be carried"
        yield Diagnostic("DF503", message, step.position, cure)
    elif not _surely_there(state, write) and not _inside_carried(state, write.path):
        cure = "write it in every case, or split this file by hand"
        message = f"`{step.text}` may leave out {write.path}, and COPY fails without it"
        yield Diagnostic("DF503", message, step.position, cure)


def _surely_there(state: State, write: Write) -> bool:
    """Whether the builder has what is carried: a step surely writes it, or the container could not start without it."""
    if write.must or any(write.path.covers(p) for p in state.roots.paths()) or on_path(state, write):
        return True
    return any(w.must and write.path.covers(w.path) for s in state.steps for w in s.effects.writes)


def _in_volume(state: State, step: Step, write: Write) -> Iterator[Diagnostic]:
    """Yield each VOLUME before the step that drops what it writes."""
    for volume in state.dockerfile.instructions[: step.instruction]:
        if volume.keyword != "VOLUME":
            continue
        if any(Path(w.rstrip("/"), tree=True).covers(write.path) for w in volume.args for w in w.split()):
            cure = "move VOLUME behind the step"
            message = f"`{step.text}` writes {write.path}, declared VOLUME in line {volume.position.line}"
            yield Diagnostic("DF415", message, step.position, cure)


def _inside_carried(state: State, path: Path) -> bool:
    return any(p.tree and p.path != path.path and p.covers(path) and carriable(state, p) for p, _ in carried(state))


def unread_after_toolchain(state: State) -> Iterator[Diagnostic]:
    """Yield the first step that is not understood and comes after a toolchain that nothing else uses."""
    dropped = {f.step for f in state.judge.fates() if not f.kept and f.name not in state.judge.removed}
    for step in state.steps:
        unread = step.effects.opaque and step.instruction not in state.known.build
        if unread and any(at < step.index for at in dropped):
            cure = "write its commands into the Dockerfile, or give a script that can be read"
            yield Diagnostic("DF413", f"`{step.text}`: {step.effects.opaque}", step.position, cure)


def _between_installations(state: State) -> Iterator[Diagnostic]:
    """Code of the project that is repeated before all modules are there would not find them in the final stage."""
    for step in state.steps:
        if state.phase.get(step.index) is Phase.RUNTIME and before_modules(state, step):
            cure = "let it run behind the last installation"
            message = f"`{step.text}` runs between installations, and where it writes is not known"
            yield Diagnostic("DF506", message, step.position, cure)


def _without_its_input(state: State) -> Iterator[Diagnostic]:
    """A command whose results cannot be carried, and whose input is not there where it would be repeated."""
    for step in state.steps:
        if step.keyword != "RUN" or state.phase.get(step.index) is not Phase.RUNTIME or step.effects.opaque:
            continue
        missing = missing_input(state, step)
        enough = missing is None or (missing[0].tree and missing[1] != MOVED)  # of a directory there may be enough
        if missing is not None and not enough:
            message = f"`{step.text}` must be repeated in the final stage, and reads {missing[0]}, which {missing[1]}"
            yield Diagnostic("DF506", message, step.position, "let it write into a directory of its own")


def _opaque_in_build_tree(state: State) -> Iterator[Diagnostic]:
    """A program that is not understood and works on sources or products of the build cannot run without them."""
    for step in state.steps:
        if state.phase.get(step.index) is not Phase.RUNTIME or not step.effects.opaque or step.keyword != "RUN":
            continue
        own = [r for r in step.effects.reads if isinstance(r, Path)]
        made = [(s, w) for s in state.steps[: step.index] for w in s.effects.writes if w.nature is not Nature.DIRECTORY]
        near = [(s, w) for s, w in made if any(reaches(r, w.path) for r in own)]
        if any(s.effects.toolchain or consumed(state, w, s) for s, w in near):
            cure = "give a script that can be read, or write its commands into the Dockerfile"
            yield Diagnostic("DF413", f"`{step.text}`: {step.effects.opaque}", step.position, cure)
