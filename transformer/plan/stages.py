"""The plan: which instruction stands in which stage, in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from transformer.config import Options
from transformer.context.facts import Facts
from transformer.ir.diagnostic import Applicability, Diagnostic, Status
from transformer.ir.dockerfile import Dockerfile, Instruction
from transformer.ir.effects import Interpretation
from transformer.ir.plan import Added, Artifact, FinalLine, Kept, Plan, Refusal, TextEdit
from transformer.ir.source import Span
from transformer.ir.verdict import Analysis, OtherBuild, PackageFate, Phase, Reason
from transformer.knowledge.programs import programs
from transformer.plan.arguments import by_arguments
from transformer.plan.draft import Draft, Refused, copy_is_kept
from transformer.plan.files import copy, run
from transformer.plan.guarding import guard
from transformer.plan.losses import left_behind, saving, twice
from transformer.plan.owners import same_numbers
from transformer.plan.parts import run_part
from transformer.plan.place import settle_end, workdir
from transformer.plan.pruning import prune
from transformer.plan.runtime import RuntimeBase, choose
from transformer.plan.twice import refuse_twice

_MOVED = frozenset({"CMD", "ENTRYPOINT", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "STOPSIGNAL", "VOLUME"})
"""Instructions that nothing reads in a builder: they move instead of being repeated."""
_UNUSED = frozenset({"CMD", "EXPOSE", "LABEL", "MAINTAINER"})
"""Instructions of the image that do nothing for a service that says what it runs."""
_OTHER_CURE = "build it from a Dockerfile of its own: the build stage alone would lack a part of the image"
_SOURCING = ((".",), ("source",))
"""A file that the shell reads may use any variable."""
_WIDTH = 100
"""Of a line of package names, in characters."""
_NAMES = ("build", "builder", "build2")


def plan(
    dockerfile: Dockerfile,
    walk: Interpretation,
    analysis: Analysis,
    facts: Facts,
    options: Options,
) -> Plan | Refusal:
    """Return the split of a classified file, or the refusal that it meets on the way."""
    origin = next(i for i in dockerfile.instructions if i.keyword == "FROM")
    if "\n" in origin.text:
        cure = "write FROM on one line"
        return Refusal(Status.REFUSED, (Diagnostic("DF506", "FROM goes on in a second line", origin.position, cure),))
    draft = Draft(
        dockerfile,
        walk,
        analysis,
        facts,
        options,
        _stage_name(dockerfile, options.stage),
        origin,
        dockerfile.instructions[origin.index + 1 :],
        {v.step: v for v in analysis.verdicts},
        {f.name: f for f in analysis.packages},
        {n.instruction: n for n in analysis.narrowed},
    )
    try:
        draft.end = _builder_end(draft)
        draft.runs = {i.index: run_part(draft, i) for i in draft.body if i.keyword == "RUN"}
        return _planned(draft)
    except Refused as refused:
        return Refusal(Status.REFUSED, (refused.diagnostic,))


def _planned(draft: Draft) -> Plan | Refusal:
    """Put everything together."""
    refuse_twice(draft)
    chosen = choose(draft, _kept_text(draft))
    if isinstance(chosen, Diagnostic):
        return Refusal(Status.UNCHANGED if chosen.code == "DF401" else Status.REFUSED, (chosen,))
    draft.cwd = chosen.workdir
    draft.lines += _base_lines(draft, chosen)
    for instruction in draft.body:
        _place(draft, instruction)
    if chosen.changed:
        same_numbers(draft)
    guard(draft)
    settle_end(draft)
    others = draft.analysis.others
    unproven = (*draft.analysis.unproven, *chosen.unproven, *by_arguments(draft), *(o.diagnostic for o in others))
    saved = saving(draft, chosen)
    little = _too_little(draft, saved, twice(draft, chosen))
    if little:
        return Refusal(Status.UNCHANGED, (Diagnostic("DF505", little, draft.origin.position),))
    moved = tuple(i.index for i in draft.body if i.keyword in _MOVED and i.index < draft.end)
    lacking = next((o.diagnostic for o in others if not _in_builder(draft, moved, o)), None)
    if lacking is not None:
        return Refusal(Status.REFUSED, (replace(lacking, cure=_OTHER_CURE),))
    pruned = prune(draft)
    return Plan(
        stage=draft.stage,
        from_instruction=draft.origin.index,
        builder_end=draft.end,
        moved=moved,
        builder_edits=tuple(_from_edits(draft, chosen)),
        builder_lines=pruned,
        final_from=_final_from(draft, chosen),
        final=tuple(_cased(draft, x) for x in draft.lines),
        base_from=draft.origin.args[0],
        base_to=chosen.reference,
        base_reason=chosen.reason,
        applicability=Applicability.UNSAFE if unproven else Applicability.SAFE,
        diagnostics=(*unproven, *draft.analysis.notes),
        artifacts=tuple(draft.artifacts),
        packages=(*draft.analysis.packages, *_added_packages(draft, chosen)),
        left_behind=tuple(left_behind(draft, chosen, pruned)),
        saving=saved,
        guarded=draft.options.guard,
        others=others,
    )


def _too_little(draft: Draft, saved: int | None, again: int) -> str:
    """Return why the split is not worth it, "" if it is; ``again``: bytes of the base that it would bring twice."""
    if draft.options.min_saving and saved is not None and saved < draft.options.min_saving:
        return f"the split would save about {saved // 1_000_000} MB"
    if again and (saved or 0) <= again:
        return (
            f"the split would save about {(saved or 0) / 1e6:.1f} MB, and bring {again / 1e6:.1f} MB of the base twice"
        )
    return ""


def _in_builder(draft: Draft, moved: tuple[int, ...], other: OtherBuild) -> bool:
    """Whether the build stage is all of the image that a service with a command of its own uses."""
    unused = _UNUSED | ({"ENTRYPOINT"} if other.starts else set())
    return all(i.keyword in unused for i in draft.body if i.index > draft.end or i.index in moved)


def _added_packages(draft: Draft, chosen: RuntimeBase) -> Iterator[PackageFate]:
    """Yield what is installed in place of what the old base held, with who uses it."""
    said = {programs().data_packages[kind]: reason.text for f in draft.analysis.facts for kind, reason in f.data}
    said |= {package: reason.text for f in draft.analysis.facts for package, reason in f.packages}
    release = draft.facts.release
    for name in chosen.packages:
        if release.extensions((name,), release.closure(chosen.packages, recommends=False) - {name}):
            said.setdefault(name, "a library that is there loads what it has")
        usual = "the program may be linked with it" if name.startswith("lib") else "a program that is called uses it"
        why = said.get(name, usual)
        yield PackageFate(name, True, (), f"{draft.origin.args[0]} has it, {chosen.reference} has not: {why}", 0)


def _cased(draft: Draft, line: FinalLine) -> FinalLine:
    """Write the keyword of a line of ours as the file writes its own."""
    if isinstance(line, Kept):
        return line
    *comments, text = line.text.partition("\n") if line.text.startswith("#") else ("", "", line.text)
    word, blank, rest = text.partition(" ")
    return Added(line.origin, "".join(comments) + draft.keyword(word) + blank + rest)


def _builder_end(draft: Draft) -> int:
    """Return the last instruction that the build needs: cleaning up after it is not needed in a stage that is left.

    A stage that somebody runs has all of them.
    """
    last = draft.origin.index
    if draft.analysis.others:
        return max((i.index for i in draft.body if i.keyword not in _MOVED), default=last)
    for verdict in draft.analysis.verdicts:
        step = draft.analysis.steps[verdict.step]
        effects = step.effects
        cleans = (effects.removes or effects.uninstalls) and not effects.writes and not effects.installs
        if verdict.phase is Phase.BUILD and not effects.shell_state and not effects.config and not cleans:
            last = max(last, step.instruction)
    return last


def _kept_text(draft: Draft) -> str:
    parts = []
    for instruction in draft.body:
        if instruction.keyword == "RUN" and draft.runs[instruction.index] is None:
            continue
        if instruction.keyword in {"COPY", "ADD"} and not copy_is_kept(draft, instruction):
            continue
        parts.append(instruction.logical)
    return "\n".join(parts)


def _final_from(draft: Draft, chosen: RuntimeBase) -> str:
    platform = draft.origin.flag("platform")
    flag = f"--platform={platform} " if platform is not None else ""
    # who builds with --target NAME means the image, which is the final stage
    own = _own_name(draft.origin)
    name = f" {draft.keyword('AS')} {own}" if own else ""
    return f"{draft.keyword('FROM')} {flag}{chosen.reference}{name}"


def _from_edits(draft: Draft, chosen: RuntimeBase) -> Iterator[TextEdit]:
    """``AS build`` in place of the image's own name, if it has one, and the exact tag with --pin."""
    origin, own = draft.origin, _own_name(draft.origin)
    at = origin.logical.find(origin.args[0], origin.body)
    end = origin.logical.rfind(own) + len(own) if own else at + len(origin.args[0])
    span = origin.offsets.span_to_source(Span(at, end))
    yield TextEdit(span, f"{chosen.pinned or origin.args[0]} {draft.keyword('AS')} {draft.stage}")


def _wrapped(names: Iterable[str]) -> list[str]:
    """Return the names in lines of a readable length."""
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > _WIDTH:
            lines.append("")
        lines[-1] = f"{lines[-1]} {name}".strip()
    return lines


def _base_lines(draft: Draft, chosen: RuntimeBase) -> Iterator[FinalLine]:
    """What the old base's configuration and packages gave and the new base lacks."""
    origin = draft.origin.index
    for name, value in chosen.env:
        yield Added(origin, f'ENV {name}="{value}"' if re.search(r"[\s\"'$\\]", value) else f"ENV {name}={value}")
    if chosen.path:
        yield Added(origin, f"ENV PATH={':'.join(chosen.path)}:$PATH")
    if chosen.packages:
        names = " \\\n        ".join(_wrapped(chosen.packages))
        # the packages have no versions to name here, as in the original: its linter must not find that newly
        gone = any(s.effects.installs and draft.runs[s.instruction] is None for s in draft.walk.steps)
        pragma = "" if gone else "# hadolint ignore=DL3008\n"
        line = " \\\n    && ".join(
            ("apt-get update", f"apt-get install -y --no-install-recommends {names}", "rm -rf /var/lib/apt/lists/*")
        )
        yield Added(origin, f"{pragma}RUN {line}")
    for path in chosen.libraries:
        yield Added(origin, f"COPY --from={draft.stage} {path} {path}")
        reason = (Reason(f"{draft.origin.args[0]} links its programs with it", draft.origin.position),)
        draft.artifacts.append(Artifact(path, "", reason, -1))
    if chosen.libraries:
        yield Added(origin, "RUN ldconfig")


def _place(draft: Draft, instruction: Instruction) -> None:
    match instruction.keyword:
        case "WORKDIR":
            workdir(draft, instruction)
        case "USER":
            pass
        case "COPY" | "ADD":
            copy(draft, instruction)
        case "RUN":
            run(draft, instruction)
        case "ARG":
            if _argument_is_kept(draft, instruction):
                draft.lines.append(Kept(instruction.index))
        case _:
            draft.lines.append(Kept(instruction.index))


def _argument_is_kept(draft: Draft, instruction: Instruction) -> bool:
    """Whether a line that the final stage keeps reads the ARG: by name, or as environment of what it runs."""
    names = [w.partition("=")[0] for w in instruction.argument_text.split()]
    after = draft.body[instruction.index - draft.origin.index :]
    return instruction.index > draft.end or any(_reads(draft, line, names) for line in after)


def _reads(draft: Draft, line: Instruction, names: list[str]) -> bool:
    """Whether the final stage keeps the line, and it reads one of the variables."""
    if line.keyword in {"COPY", "ADD"} and not copy_is_kept(draft, line):
        return False
    if line.keyword == "ARG" and not (_names_variable(line, names) and _argument_is_kept(draft, line)):
        return False
    texts = [line.logical, *(document.body for document in line.heredocs)]
    if line.keyword == "RUN":
        part = draft.runs[line.index]
        if part is None:
            return False
        hidden = any(s.effects.opaque or s.effects.programs[:1] in _SOURCING for s in part.steps)
        if hidden or any(n in programs().implicit_variables for n in names):
            return True
        texts = [*(s.text for s in part.steps), *texts[1:]]
    return any(re.search(rf"\b{re.escape(n)}\b", t) for n in names for t in texts)


def _names_variable(line: Instruction, names: list[str]) -> bool:
    return any(re.search(rf"\$\{{?{re.escape(n)}\b", line.logical) for n in names)


def _own_name(origin: Instruction) -> str:
    """Return the name that FROM gives its stage, or ""."""
    return next(iter(origin.args[2:]), "")


def _stage_name(dockerfile: Dockerfile, asked: str) -> str:
    own = _own_name(next(i for i in dockerfile.instructions if i.keyword == "FROM"))
    taken = " ".join(i.logical for i in dockerfile.instructions if i.keyword in {"ARG", "COPY"})
    free = (n for n in (asked, *_NAMES) if n and n != own.lower() and not re.search(rf"--from={n}\b", taken))
    return next(free, "build3")
