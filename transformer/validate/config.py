"""Law 4 (E1): the image's configuration is the same, folded over both files with the configuration of their bases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Instruction
from transformer.ir.effects import Nature
from transformer.knowledge import ImageConfig
from transformer.knowledge.programs import programs
from transformer.validate.case import Case, below
from transformer.validate.finding import broken
from transformer.validate.placing import Kind, Placing
from transformer.validate.states import State, operands

_LAW = "same configuration (E1)"
_INHERITED = "the base image's"


class Config(Struct):
    """What an image is configured with, apart from Env. A value is any text that is equal for equal settings."""

    entrypoint: str = ""
    cmd: str = ""
    user: str = ""
    workdir: str = ""
    shell: str = ""
    stopsignal: str = ""
    healthcheck: str = ""
    author: str = ""
    labels: dict[str, str] = {}
    ports: set[str] = set()
    volumes: set[str] = set()
    triggers: list[str] = []


def same_config(case: Case, placing: Placing) -> Iterator[Diagnostic]:
    """Every field of the configuration is equal, and so is every variable but the toolchain's own dead ones."""
    known = case.base_before is not None and case.base_after is not None
    before = folded(case.body, case.old_states, case.base_before if known else None)
    after = folded(case.final, case.new_states, case.base_after if known else None)
    for name in Config.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            message = f"{name} is {new or 'not set'} instead of {old or 'not set'}"
            yield broken(_LAW, message, case.from_final.position)
    yield from _same_environment(case)
    yield from _lost_variables(case)
    yield from _restated(case, placing)


def folded(body: tuple[Instruction, ...], states: tuple[State, ...], base: ImageConfig | None) -> Config:
    """Return the configuration of an image; without a known base, what is inherited is one and the same thing."""
    found = _inherited(base)
    own_cmd = False
    for instruction, state in zip(body, states, strict=False):
        if instruction.keyword == "ENTRYPOINT" and not own_cmd:
            found.cmd = ""
        own_cmd = own_cmd or instruction.keyword == "CMD"
        _apply(found, instruction, state)
    last = states[-1]
    found.user, found.workdir, found.shell = last.user, last.cwd, str(last.shell)
    if found.user == "root" and not any(i.keyword == "USER" for i in body):
        found.user = ""  # a base image that says it, and one that does not, are the same here
    return found


def _inherited(base: ImageConfig | None) -> Config:
    if base is None:
        return Config(entrypoint=_INHERITED, cmd=_INHERITED, stopsignal=_INHERITED)
    # an entry point that only runs its arguments is as good as another such one, or none
    starter = base.entrypoint is not None and base.entrypoint[0] in programs().starters
    return Config(
        entrypoint="" if starter else str(base.entrypoint or ""),
        cmd=str(base.cmd or ""),
        stopsignal=base.stopsignal or "",
        ports={_port(p) for p in base.expose},
        volumes={v for v in base.volume if not any(below(v, tree) for tree in _kit(base))},
        triggers=list(base.onbuild),
    )


def _kit(base: ImageConfig) -> list[str]:
    """Return the directories of the toolchain that a base image brings: volumes of those serve only the build."""
    return programs().toolchain_trees.get(base.family, [])


def _apply(found: Config, instruction: Instruction, state: State) -> None:
    match instruction.keyword:
        case "CMD":
            found.cmd = _command(instruction, state)
        case "ENTRYPOINT":
            found.entrypoint = _command(instruction, state)
        case "HEALTHCHECK":
            shown = f"{instruction.flags} {instruction.argument_text.strip()}"
            found.healthcheck = shown if instruction.exec_form else f"{state.shell} {shown}"
        case "STOPSIGNAL":
            found.stopsignal = state.word(instruction.argument_text.strip())
        case "MAINTAINER":
            found.author = instruction.argument_text.strip()
        case "LABEL":
            found.labels.update({state.word(k): state.word(v) for k, v in instruction.pairs()})
        case "EXPOSE":
            found.ports |= {_port(state.word(w)) for w in operands(instruction)}
        case "VOLUME":
            found.volumes |= {state.word(w) for w in operands(instruction)}
        case "ONBUILD":
            found.triggers.append(instruction.argument_text.strip())


def _command(instruction: Instruction, state: State) -> str:
    if instruction.exec_form:
        return str(instruction.args)
    return f"{state.shell} {instruction.argument_text.strip()}"


def _port(text: str) -> str:
    return text.lower() if "/" in text else f"{text}/tcp"


def _variables(state: State) -> dict[str, str]:
    values = state.scope.values
    return {n: values[n].text if values[n].known else f"<{values[n].text}>" for n in state.scope.env}


def _vague(case: Case) -> frozenset[str]:
    """Return the variables of which neither base image's value is known: two guesses are not compared."""
    before, after = case.base_before, case.base_after
    return before.uncertain & after.uncertain if before is not None and after is not None else frozenset()


def _same_environment(case: Case) -> Iterator[Diagnostic]:
    before, after = _variables(case.old_states[-1]), _variables(case.new_states[-1])
    position = case.from_final.position
    unseen = _unseen(case)
    vague = _vague(case)
    of_base: Mapping[str, str] = case.base_before.env if case.base_before else {}
    for name, value in before.items():
        if name == "PATH":
            yield from _same_path(case, value, after.get(name, value))
        elif name not in after and name not in case.lost_variables | unseen:
            yield broken(_LAW, f"ENV {name} is not set", position)
        elif name in after and after[name] != value and not (name in vague and value == of_base.get(name)):
            yield broken(_LAW, f"ENV {name} is {after[name]!r} instead of {value!r}", position)
    for name in sorted(after.keys() - before.keys()):
        yield broken(_LAW, f"ENV {name} is set, which the original does not do", position)


def _unseen(case: Case) -> frozenset[str]:
    """Return the inherited variables that nobody can look for, since the new base is not known."""
    return frozenset(case.base_before.env) if case.base_before and case.base_after is None else frozenset()


def _same_path(case: Case, before: str, after: str) -> Iterator[Diagnostic]:
    """PATH may lose the toolchain's directories: those of the base in which nothing of the final image lies."""
    old, new = before.split(":"), after.split(":")
    rest = iter(old)
    position = case.from_final.position
    if case.base_after is not None and not all(entry in rest for entry in new):
        yield broken(_LAW, f"PATH is {after!r}, which is not part of {before!r}", position)
    inherited = (case.base_before.env if case.base_before else {}).get("PATH", "").split(":")
    for entry in old:
        if entry in new or (case.base_after is None and entry in inherited):
            continue
        if entry not in inherited or _holds_programs(case, entry):
            yield broken(_LAW, f"PATH lacks {entry}, where programs of the image lie", position)


def _holds_programs(case: Case, folder: str) -> bool:
    """Whether something is carried or written there, or carried as a tree that holds the directory."""
    written = [w.path.path for s in case.walk.steps for w in s.effects.writes if w.nature is not Nature.CACHE]
    carried = any(below(path, folder) or below(folder, path) for path in case.carried)
    return carried or any(below(path, folder) for path in written)


def _lost_variables(case: Case) -> Iterator[Diagnostic]:
    """A variable is left behind only if the old base set it for its toolchain and nothing in the new image names it."""
    said = {name for i in case.body if i.keyword == "ENV" for name, _ in i.pairs()}
    text = "\n".join(i.logical for i in case.final)
    strings = frozenset(s for f in case.analysis.facts for s in f.strings)
    for name in sorted(case.lost_variables):
        if name in said or name not in programs().toolchain_variables:
            yield broken(_LAW, f"ENV {name} is left behind, and is not the toolchain's own", case.origin.position)
        elif name in strings or re.search(rf"\$\{{?{re.escape(name)}\b", text) or _read_anyway(case, name):
            yield broken(_LAW, f"ENV {name} is left behind, and the final image names it", case.origin.position)


def _read_anyway(case: Case, name: str) -> bool:
    """Whether the programs of a RUN of the final stage read the variable without naming it."""
    return name in programs().implicit_variables and any(i.keyword == "RUN" for i in case.final)


def _restated(case: Case, placing: Placing) -> Iterator[Diagnostic]:
    """A variable that is restated for the old base has the value that it surely had there."""
    base: Mapping[str, str] = case.base_before.env if case.base_before else {}
    uncertain = case.base_before.uncertain if case.base_before else frozenset()
    for item in placing.placed:
        if item.kind is not Kind.OURS or item.instruction.keyword != "ENV":
            continue
        for name, _ in item.instruction.pairs():
            if name not in base or name in uncertain:
                why = "differs between versions of the base image" if name in uncertain else "is not the base image's"
                yield broken(_LAW, f"ENV {name} is restated and {why}", item.instruction.position)
