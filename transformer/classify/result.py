"""The end of classification: is the split worth it, is it possible, and what does it rest on."""

from __future__ import annotations

from collections.abc import Iterator

from transformer.classify.carrying import carried
from transformer.classify.clutter import cluttered
from transformer.classify.context_files import Division
from transformer.classify.copies import copied_paths, repeated
from transformer.classify.disputed import disputed
from transformer.classify.impossible import impossible, unread_after_toolchain
from transformer.classify.original import broken
from transformer.classify.package_sources import foreign_packages
from transformer.classify.program import entry_problem
from transformer.classify.project_code import unread_runs
from transformer.classify.state import State, first_build, sdk
from transformer.classify.survival import must_be_there, survives
from transformer.ecosystems import interpreted
from transformer.ir.diagnostic import Diagnostic, Status
from transformer.ir.effects import Nature, Path, Step
from transformer.ir.plan import Refusal
from transformer.ir.verdict import Analysis, CopyFate, Phase, Reason, Verdict
from transformer.knowledge import Group
from transformer.knowledge.runtime import has_rule

_NAMED = 3
"""How many unread packages a message names."""
_UNSAID = frozenset({Nature.CACHE, Nature.DIRECTORY})
_WHY = {
    Nature.SOURCE: "sources that only the build reads",
    Nature.SCRATCH: "an intermediate product of the build",
    Nature.ARTIFACT: "an intermediate product: what is used of it is carried over",
    Nature.DOWNLOAD: "fetched for the build, which has used it",
    Nature.CONTEXT: "only build steps read it, and nothing live names it",
    Nature.MODULES: "installed for the build, and installed again elsewhere",
    Nature.DATA: "made among the sources, for the build",
}
"""What the report says of a path that stays behind."""


def conclude(state: State) -> Analysis | Refusal:
    """Return the analysis, or the refusal when the split is impossible or brings nothing."""
    if not _worthwhile(state):
        return _unchanged(state, *_nothing_left(state))
    problems = _problems(state)
    if problems:
        return Refusal(Status.REFUSED, problems)
    if not _significant(state):
        again = sorted(_left_in_name(state))
        why = f": packages that stay bring {', '.join(again)} by what they recommend" if again else ""
        return _unchanged(state, f"nothing in it serves only the build{why}")
    return Analysis(
        steps=state.steps,
        verdicts=tuple(_verdict(state, s) for s in state.steps if s.index in state.phase or s.keyword == "WORKDIR"),
        packages=state.judge.fates(),
        live=tuple(state.live),
        carried=tuple(carried(state)),
        dropped=tuple(_dropped(state)),
        narrowed=tuple(_narrowed(state)),
        facts=state.facts,
        main=state.roots.main,
        keep=state.known.keep,
        unproven=tuple(dict.fromkeys(_unproven(state))),
        notes=tuple(_notes(state)),
        others=tuple(state.roots.others),
        named=state.judge.uses.library_files().union(word for word, _ in state.judge.uses.named()),
        words=frozenset(state.roots.words),
    )


def _nothing_left(state: State) -> tuple[str, str]:
    """Return what is said where nothing in the image serves only the build, and what would help: perhaps the base does,
    and it is not known what would do without its toolchain.
    """
    base = state.known.base
    kits = [s.effects.toolchain for s in state.steps if s.effects.toolchain and not interpreted(s.effects.toolchain)]
    if base is None or not kits or not has_rule(base.family):
        image = base.reference if base is not None else "the base image"
        said = "no package that stays in the image serves only the build, and no smaller image is known to replace"
        return f"{said} {image}", ""
    message = (
        f"the build tools are those of {base.reference}, and no smaller image is known that is its like without them"
    )
    return message, f"name one that you know: --base-map {base.reference}=IMAGE"


def _unchanged(state: State, message: str, cure: str = "") -> Refusal:
    first = state.steps[0].position if state.steps else state.dockerfile.instructions[0].position
    return Refusal(Status.UNCHANGED, (Diagnostic("DF401", message, first, cure),))


def _problems(state: State) -> tuple[Diagnostic, ...]:
    """Return why the file is refused, each reason once."""
    builds = any(s.effects.toolchain for s in state.steps)
    against = tuple(disputed(state))
    if against:
        return against
    found = [*impossible(state), *broken(state.walk, state.known)] if builds else []
    if not found and not any(_compiled(state, path, at) for path, at in carried(state)):
        found = list(unread_after_toolchain(state))[:1]
    if not found and builds:
        entry = entry_problem(state)
        found = [entry] if entry is not None else []
    return tuple(dict.fromkeys(found))


def _verdict(state: State, step: Step) -> Verdict:
    if step.keyword == "WORKDIR":
        return _directory(state, step)
    brought = tuple(p for p, at in carried(state) if at == step.index)
    return Verdict(step.index, state.phase[step.index], state.why[step.index], brought)


def _directory(state: State, step: Step) -> Verdict:
    """WORKDIR makes a directory: it stays unless only build content was put there."""
    if any(must_be_there(state, w, step) for w in step.effects.writes):
        return Verdict(step.index, Phase.BOTH, (Reason("the directory is there at run time"),))
    return Verdict(step.index, Phase.BUILD, (Reason("only the build works in it"),))


def _compiled(state: State, path: Path, at: int) -> bool:
    """Whether a toolchain wrote what is carried, or some of it."""
    return any(
        s.effects.toolchain and any(path.covers(w.path) for w in s.effects.writes) for s in state.steps[: at + 1]
    )


def _builds(state: State, at: int) -> bool:
    """Whether what step ``at`` carries over comes from a toolchain's work."""
    reads = [r for r in state.steps[at].effects.reads if isinstance(r, Path)]
    return any(
        s.effects.toolchain and w.path.overlaps(r) for s in state.steps[:at] for w in s.effects.writes for r in reads
    )


def _worthwhile(state: State) -> bool:
    """Whether the old image has anything that only a build uses: a build image as base, or a package that stays in
    it.
    """
    release = state.known.release
    for fate in state.judge.fates():
        role = release.role(fate.name)
        if fate.name not in state.judge.removed and role is not None and role.group is Group.BUILD:
            return True
    return sdk(state.known.base)


def _significant(state: State) -> bool:
    """Whether the final image leaves behind a toolchain, headers, or a build tree; or its base may shrink."""
    if not any(_compiled(state, path, at) or _builds(state, at) for path, at in carried(state)):
        return False
    if _behind(state) - _left_in_name(state):
        return True
    return sdk(state.known.base) and any(s.effects.toolchain for s in state.steps)


def _behind(state: State) -> frozenset[str]:
    """Return the build packages that the final stage does not name."""
    roles = {f.name: state.known.release.role(f.name) for f in state.judge.fates() if not f.kept}
    return frozenset(
        name for name, role in roles.items()
        if name not in state.judge.removed and role is not None and role.group is Group.BUILD
    )  # fmt: skip


def _left_in_name(state: State) -> frozenset[str]:
    """Return the build packages that come back with what the final stage installs."""
    return _behind(state) & state.judge.brought_again()


def _dropped(state: State) -> Iterator[tuple[Path, str]]:
    """Yield the paths that the old image has and the new one lacks; not directories of which a part stays."""
    there = [p for p, _ in carried(state)] + list(copied_paths(state))
    seen: list[Path] = []
    for step in state.steps:
        if state.phase.get(step.index) is not Phase.BUILD:
            continue
        for write in step.effects.writes:
            partly = any(p.overlaps(write.path) or p.path.startswith(write.path.path + "/") for p in there)
            known = write.nature in _UNSAID or any(s.covers(write.path) for s in seen)
            if partly or known or not survives(state, write, step) or must_be_there(state, write, step):
                continue
            seen.append(write.path)
            yield write.path, _WHY[write.nature]


def _narrowed(state: State) -> Iterator[CopyFate]:
    """Yield the copies that the final stage repeats in part."""
    for step, divisions in repeated(state):
        if any(not d.whole for d in divisions):
            entries = tuple(e for d in divisions for e in _entries(d))
            yield CopyFate(step.instruction, entries, tuple(x for d in divisions for x in d.left))


def _entries(division: Division) -> Iterator[tuple[str, str, bool]]:
    """Yield what is copied of one source: context path, image path, is a directory."""
    whole = division.whole and division.copied.directory
    for entry in division.kept:
        source = entry.rstrip("/")
        yield source, division.copied.arrival(source), whole or entry.endswith("/")


def _unproven(state: State) -> Iterator[Diagnostic]:
    """Yield what the split takes for granted."""
    used = {at for _, at in carried(state)}
    for step in state.steps:
        if state.phase.get(step.index) is Phase.BUILD and (step.index in used or step.effects.toolchain):
            yield from step.effects.assumptions
    for facts in state.facts:
        if facts.calls_itself and not facts.read:
            step = next((s for s in state.steps if s.effects.toolchain == facts.ecosystem), state.steps[0])
            there = state.known.context is not None
            what = "not all of the program's sources are in the build context and could be read"
            what = what if there else "the program's own sources were not read"
            cure = "check with a real build" if there else "give the build context, or check with a real build"
            message = f"{what}: it may run the {facts.ecosystem} tools itself"
            yield Diagnostic("DF508", message, step.position, cure)
    yield from _unread_modules(state)
    yield from unread_runs(state)
    yield from state.roots.unread
    yield from foreign_packages(state)
    after = first_build(state)
    for step in state.steps:
        if step.effects.opaque and state.phase.get(step.index) is Phase.RUNTIME and step.index > after:
            message = (
                f"`{step.text}` is repeated in the final stage: {step.effects.opaque}, and it may need the build tools"
            )
            yield Diagnostic("DF301", message, step.position, "check with a real build")


def _unread_modules(state: State) -> Iterator[Diagnostic]:
    """Yield what packages of a language may do at run time, where that is not known."""
    for facts in state.facts:
        open_ones = (interpreted(facts.ecosystem) or facts.embeds) and not facts.closed_commands
        if open_ones and not state.judge.all_but_headers:
            maker = next((s for s in state.steps if s.effects.toolchain == facts.ecosystem), state.steps[0])
            names = ", ".join(facts.unread[:_NAMED]) or "the project's own code"
            more = len(facts.unread) - _NAMED
            names += f" and {more} more" if more > 0 else ""
            message = f"what {names} may run or load at run time is not known: it may be a build tool"
            yield Diagnostic("DF508", message, maker.position, "check with a real build")


def _notes(state: State) -> Iterator[Diagnostic]:
    yield from cluttered(state)
    for fate in state.judge.fates():
        if fate.kept and "runtime library is not known" in fate.reason:
            yield Diagnostic("DF504", f"{fate.name} stays: {fate.reason}", state.steps[fate.step].position)
    for copy in _narrowed(state):
        for source, _, _ in copy.entries:
            if source.endswith("*"):
                position = next(s.position for s in state.steps if s.instruction == copy.instruction)
                message = f"{source[:-1]} is not in the build context, the program may read it: `{source}` copies it"
                yield Diagnostic("DF510", message, position, "name it in .dockerignore if no build has it")
