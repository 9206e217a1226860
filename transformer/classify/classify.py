"""From steps to verdicts: the gates of the entry point, then liveness, then what is significant."""

from __future__ import annotations

from msgspec.structs import replace

from transformer.classify.edited import as_in_the_image
from transformer.classify.fetched import unread_programs
from transformer.classify.liveness import settle
from transformer.classify.original import broken
from transformer.classify.result import conclude
from transformer.classify.root_set import Roots
from transformer.classify.roots import find_roots
from transformer.classify.state import State, only_in_sdk, sdk
from transformer.classify.users import add_users, started_elsewhere
from transformer.context.facts import Facts
from transformer.ecosystems import interpreted
from transformer.ir.diagnostic import Diagnostic, Status
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.effects import Command, Interpretation, Path, Step
from transformer.ir.plan import Refusal
from transformer.ir.source import Position
from transformer.ir.verdict import Analysis
from transformer.knowledge.commands import command
from transformer.knowledge.programs import programs
from transformer.knowledge.releases import find as find_release


def classify(dockerfile: Dockerfile, walk: Interpretation, facts: Facts) -> Analysis | Refusal:
    """Return the classified file, or why it is left alone or refused."""
    facts = as_in_the_image(facts, walk)
    roots = find_roots(dockerfile, walk, facts.context, python=_may_read_python(walk, facts))
    early = (
        _entry_gate(dockerfile, walk, roots, facts)
        or _world_gate(walk, roots, facts)
        or _base_gate(dockerfile, walk, facts)
    )
    if early is not None:
        return early
    elsewhere = add_users(dockerfile, walk, facts, roots, python=_may_read_python(walk, facts))
    if elsewhere:
        return Refusal(Status.REFUSED, elsewhere)
    roots.unread += unread_programs(walk, roots, facts)
    state = settle(dockerfile, walk, roots, facts)
    return _called_toolchain(state) or _read_toolchain(state) or conclude(state)


def _base_gate(dockerfile: Dockerfile, walk: Interpretation, facts: Facts) -> Refusal | None:
    """Without a known release no package's role is known."""
    if (facts.base is not None and facts.base.release is not None) or not _wanted(walk, facts):
        return None
    origin = next(i for i in dockerfile.instructions if i.keyword == "FROM")
    message = f"what {origin.args[0]} holds and which release it is are not known"
    cure = f"say what it is made from: --base-map {origin.args[0]}=IMAGE"
    return Refusal(Status.REFUSED, (Diagnostic("DF501", message, origin.position, cure),))


def _called_toolchain(state: State) -> Refusal | None:
    """A program whose own sources run a build tool needs it at run time."""
    for facts in state.facts:
        for need in facts.needs:
            spec = command(need.resource.name) if isinstance(need.resource, Command) else None
            if spec is not None and spec.toolchain:
                message = f"the program runs `{need.resource}` at run time"
                cure = "take the build tool out of what runs"
                return Refusal(Status.REFUSED, (Diagnostic("DF410", message, need.position, cure, need.path),))
    by_script = state.roots.toolchain
    return Refusal(Status.REFUSED, (by_script,)) if by_script is not None else None


def _read_toolchain(state: State) -> Refusal | None:
    """A program that reads a file of the toolchain, such as Go's time zones, needs it at run time."""
    needs = [(n.resource, n.position, n.path) for facts in state.facts for n in facts.needs]
    needs += [(x.resource, x.reasons[0].position, "") for x in state.live if x.reasons]
    for resource, position, path in needs:
        if isinstance(resource, Path) and only_in_sdk(state, resource, len(state.steps)):
            message = f"the program reads {resource.path} at run time, which only the toolchain's image has"
            place = position or state.dockerfile.instructions[-1].position
            cure = "copy it to a place of its own in a RUN, and let the program read it there"
            return Refusal(Status.REFUSED, (Diagnostic("DF410", message, place, cure, path),))
    return None


def builds_something(walk: Interpretation) -> bool:
    """Whether a step runs a compiler or build tool."""
    return any(s.effects.toolchain and any(w.nature.name == "ARTIFACT" for w in s.effects.writes) for s in walk.steps)


def _entry_gate(dockerfile: Dockerfile, walk: Interpretation, roots: Roots, facts: Facts) -> Refusal | None:
    last = dockerfile.instructions[-1].position
    if roots.missing:
        message = "no CMD and no ENTRYPOINT: the image is a base for others, or is used by hand"
        status = Status.REFUSED if builds_something(walk) else Status.UNCHANGED
        cure = "say what the container runs: add an ENTRYPOINT or CMD"
        finding = started_elsewhere(facts) or Diagnostic("DF402", message, cure=cure)
        return Refusal(status, (replace(finding, position=last), *broken(walk, facts)))
    if roots.shell:
        message = "the image starts a shell or waits for somebody: its tools are the product"
        return Refusal(Status.UNCHANGED, (Diagnostic("DF403", message, walk.entry_position or last),))
    if roots.development is not None:
        return Refusal(Status.UNCHANGED, (roots.development,))
    if roots.toolchain is not None:
        return Refusal(Status.REFUSED if _gains(walk, facts) else Status.UNCHANGED, (roots.toolchain,))
    return None


def _world_gate(walk: Interpretation, roots: Roots, facts: Facts) -> Refusal | None:
    """Worlds that are not supported yet: refused when there is something to leave behind, else left alone."""
    known, gains = programs(), _gains(walk, facts)
    family = facts.base.family if facts.base is not None else ""
    strange = next((s for s in walk.steps if s.effects.unsupported), None)
    kind = strange.effects.unsupported if strange is not None else ""
    position = strange.position if strange is not None else None
    by_family = known.families.get(family, "")
    if not kind and (by_family or roots.unsupported) and gains:
        kind = by_family or roots.unsupported
    if not kind and gains:
        kind = _strange_distribution(facts)
    if not kind:
        return None
    if not gains and not (by_family and facts.base is not None and facts.base.runtime is not None):
        message = f"nothing here serves only the build, as far as {kind} is understood"
        return Refusal(Status.UNCHANGED, (Diagnostic("DF401", message, position),))
    return _unsupported(kind, position or walk.steps[0].position)


def _may_read_python(walk: Interpretation, facts: Facts) -> bool:
    """Whether a Python script can decide anything: nothing else refuses the file, or leaves it alone.

    Where modules are installed for it, the project's sources are read as a whole.
    """
    base = facts.base
    if any(s.effects.toolchain == "python" for s in walk.steps) or (base is not None and base.family == "python"):
        return False
    known = programs()
    strange = base is not None and (base.family in known.families or bool(_strange_distribution(facts)))
    return not strange and not any(s.effects.unsupported for s in walk.steps) and _wanted(walk, facts)


def _strange_distribution(facts: Facts) -> str:
    """Return the kind of the base image's distribution if it is one that is not supported (alpine, rpm), else ""."""
    base, kinds = facts.base, set(programs().distributions.values())
    if base is None or not base.distribution:
        return ""
    kind = find_release(base.release or f"{base.distribution}:?").recipes or base.distribution
    return kind if kind in kinds else ""


def _unsupported(kind: str, position: Position) -> Refusal:
    distributions = set(programs().distributions.values())
    code, what = ("DF303", "distribution") if kind in distributions else ("DF302", "ecosystem")
    return Refusal(Status.REFUSED, (Diagnostic(code, f"the {what} {kind} is not supported yet", position),))


def _wanted(walk: Interpretation, facts: Facts) -> bool:
    """Whether the file has a toolchain, by any sign: a split would bring something."""
    return any(step.effects.toolchain or _names_toolchain(step, facts) for step in walk.steps)


def _gains(walk: Interpretation, facts: Facts) -> bool:
    """Whether there is anything to leave behind, by any sign: an interpreter's own installers bring no toolchain."""
    compiled = (s.effects.toolchain for s in walk.steps if not interpreted(s.effects.toolchain))
    return sdk(facts.base) or any(compiled) or any(_names_toolchain(step, facts) for step in walk.steps)


def _names_toolchain(step: Step, facts: Facts) -> bool:
    if any(facts.release.builds_only(p.name) for i in step.effects.installs for p in i.packages):
        return True
    if step.effects.unsupported and not programs().building.isdisjoint(step.effects.programs):
        return True
    if step.effects.unsupported not in set(programs().distributions.values()):
        return False
    return any(w.endswith(("-dev", "-devel", "-base")) or facts.release.builds_only(w) for w in step.text.split())
