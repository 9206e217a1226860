"""Whose a carried path is: COPY keeps the owners of files, and gives a directory that it is named to root."""

from __future__ import annotations

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Account, Nature, Path, Step
from transformer.ir.verdict import Phase
from transformer.knowledge.commands import programs
from transformer.plan.draft import Draft, Refused

_ROOT = frozenset({"root", "0"})


def owner(draft: Draft, path: Path, maker: Step) -> str:
    """Return the value of --chown for a carried path that ``maker`` wrote last; "" if COPY needs none.

    Names are used for what the file itself creates, since its number may differ in the final stage. Raises Refused
    (DF509) if COPY cannot keep the owner.
    """
    user = maker.user
    if user in _ROOT:
        return ""
    made = _groups(draft, maker)
    if not path.tree and (user.isdigit() or (user != "?" and user not in made)):
        return ""  # a number that is the same in both stages: COPY keeps it
    group = maker.group or made.get(user, "")
    if user == "?" or not group:
        _refuse(maker, f"{path} belongs to {_shown(user)}, whose group is not known")
    others = sorted(_owners(draft, path, maker) - {user})
    if others and _given_before(draft, path, maker) == user:
        return ""  # the directory is there, and COPY keeps the owners of what is in it
    if others:
        _refuse(maker, f"{path} belongs to {user}, and {', '.join(map(_shown, others))} wrote there as well")
    return f"{user}:{group}"


def same_numbers(draft: Draft) -> None:
    """Refuse (DF509) a smaller base on which an account may get another number than the carried files have.

    COPY keeps numbers; only --chown looks the name up in the final stage.
    """
    loose = {name for s in draft.analysis.steps for name in s.effects.unnumbered}
    for artifact in (a for a in draft.artifacts if not a.chown):
        tree = Path(artifact.path, tree=True)
        for step in draft.analysis.steps:
            named = {r.name for r in step.effects.reads if isinstance(r, Account)} | {step.user}
            kept = step.index in draft.verdicts and draft.verdicts[step.index].phase is Phase.RUNTIME
            if loose & named and not kept and any(w.path.overlaps(tree) for w in step.effects.writes):
                name = sorted(loose & named)[0]
                message = f"{name} may have another number on a smaller base than its files in {artifact.path} have"
                raise Refused(Diagnostic("DF509", message, step.position, f"give {name} a number (useradd -u 1500)"))


def _groups(draft: Draft, maker: Step) -> dict[str, str]:
    """Return the users that the file has created so far, with their primary groups."""
    known = {name: name for name in programs().homes}
    return known | {name: group for s in draft.analysis.steps[: maker.index] for name, group in s.effects.groups}


def _given_before(draft: Draft, path: Path, maker: Step) -> str:
    """Return whom a step of the final stage gives the directory itself to, before anything is carried there."""
    given = ""
    for step in draft.analysis.steps[: maker.index]:
        kept = step.index in draft.verdicts and draft.verdicts[step.index].phase is Phase.RUNTIME
        names = [r.name for r in step.effects.reads if isinstance(r, Account)]
        if kept and names and any(w.path.path == path.path for w in step.effects.writes):
            given = names[0]
    return given


def _owners(draft: Draft, path: Path, maker: Step) -> set[str]:
    """Return whose the files below ``path`` are: of the users that wrote them, unless all were given to another one."""
    found: set[str] = set()
    top = ""
    for step in draft.analysis.steps[: maker.index]:
        writes = [w.path for w in step.effects.writes if w.nature is not Nature.CACHE and step.keyword == "RUN"]
        itself = any(w.path == path.path and not w.tree for w in writes)
        given = next((r.name for r in step.effects.reads if isinstance(r, Account)), "")
        if given and any(w.covers(path) for w in writes):
            found, top = {given}, given
        elif itself:
            top = given or top or step.user
        elif any(path.overlaps(w) for w in writes) and not given:
            found.add(step.user)
    return found | ({top} if top else set())


def _shown(user: str) -> str:
    return "an unknown user" if user == "?" else user


def _refuse(maker: Step, message: str) -> None:
    raise Refused(Diagnostic("DF509", message, maker.position, "create the directory with its owner before"))
