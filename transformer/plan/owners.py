"""Whose a carried path is: COPY keeps the owners of files, and gives a directory that it is named to root."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Account, Nature, Path, Step
from transformer.ir.verdict import Phase
from transformer.knowledge.programs import programs
from transformer.plan.draft import Draft, Refused

_ROOT = ("root", "root")
_ZERO = frozenset({"0", "root"})
Owner = tuple[str, str]
"""User and group; "?" for one that is not known."""


def owner(draft: Draft, path: Path, maker: Step) -> str:
    """Return the value of --chown for a carried path that ``maker`` wrote last; "" if COPY needs none.

    COPY keeps the owners of what is in a directory; --chown replaces them all. Names are used for what the file itself
    creates, since its number may differ in the final stage. Raises Refused (DF509) if COPY cannot keep the owner.
    """
    user = maker.user
    if not path.tree and (user in _ZERO or user.isdigit() or (user != "?" and user not in _groups(draft, maker))):
        return ""  # a number that is the same in both stages
    if not path.tree and len(set(_writers(draft, path, maker))) > 1:
        return ""  # whose it is depends on how it is written anew: COPY keeps that
    alone = _writer(draft, maker)
    everyone, top = _owners(draft, path, maker) if path.tree or maker.effects.owner else ({alone}, alone)
    unknown = next((o for o in (top, *sorted(everyone)) if "?" in o), None)
    if unknown is not None:
        _refuse(maker, f"{path} belongs to {_shown(unknown)}")
    if top == _ROOT:
        return ""
    if len(everyone) == 1:
        return ":".join(top)
    if _given_before(draft, path, maker) == top:
        return ""  # the directory is there already
    others = ", ".join(map(_shown, sorted(everyone - {top})))
    _refuse(maker, f"{path} belongs to {_shown(top)}, and {others} wrote there as well")


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


def _writers(draft: Draft, path: Path, maker: Step) -> Iterator[Owner]:
    """Yield whose a file may be: of all that wrote it, or where it lies, until ``maker`` did."""
    for step in draft.analysis.steps[: maker.index + 1]:
        written = any(w.nature is not Nature.CACHE and w.path.overlaps(path) for w in step.effects.writes)
        if written and step.keyword in {"RUN", "COPY", "ADD"}:
            yield _given(draft, step, _ROOT) if step.effects.owner else _writer(draft, step)


def _groups(draft: Draft, maker: Step) -> dict[str, str]:
    """Return the users that the file has created so far, with their primary groups."""
    known = {name: name for name in programs().homes}
    return known | {name: group for s in draft.analysis.steps[: maker.index] for name, group in s.effects.groups}


def _given_before(draft: Draft, path: Path, maker: Step) -> Owner:
    """Return whom steps of the final stage give the directory itself to, before anything is carried there."""
    found, there = _ROOT, False
    for step in draft.analysis.steps[: maker.index]:
        if step.index not in draft.verdicts or draft.verdicts[step.index].phase is Phase.BUILD:
            continue
        itself = any(w.path.path == path.path for w in step.effects.writes)
        above = there and any(w.path.covers(Path(path.path)) for w in step.effects.writes)
        if step.keyword == "RUN" and step.effects.owner and (itself or above):
            found = _given(draft, step, found)
        elif step.keyword == "RUN" and itself:
            found = _writer(draft, step)
        there = there or itself
    return found


def _owners(draft: Draft, path: Path, maker: Step) -> tuple[set[Owner], Owner]:
    """Return whose the files of a directory are, and whose it is itself: of the users that wrote them, unless they were
    given to others.
    """
    inside: set[Owner] = set()
    top: Owner | None = None
    for step in draft.analysis.steps[: maker.index + 1]:
        writes = [w.path for w in step.effects.writes if w.nature is not Nature.CACHE and path.overlaps(w.path)]
        if not writes or step.keyword not in {"RUN", "COPY", "ADD"}:
            continue
        whole = any(w.covers(path) for w in writes)
        itself = all(w.path == path.path and not w.tree for w in writes)
        if step.effects.owner:
            given = {_given(draft, step, one) for one in inside | ({top} if top else set())}
            inside = given if whole else inside | given if not itself else inside
            top = _given(draft, step, top or _ROOT) if whole or itself else top
        else:
            inside |= set() if itself else {_writer(draft, step)}
            top = top or _writer(draft, step)
    top = top or _writer(draft, maker)
    return inside | {top}, top


def _writer(draft: Draft, step: Step) -> Owner:
    """Return whose the files are that a step writes: COPY and ADD give them to root, or to whom --chown names."""
    if step.keyword != "RUN":
        user, _, group = (draft.dockerfile.instructions[step.instruction].flag("chown") or "root").partition(":")
        return _named(user, group or user)
    return _named(step.user, step.group or _groups(draft, step).get(step.user) or "?")


def _given(draft: Draft, step: Step, before: Owner) -> Owner:
    """Return whose a file is after a chown or chgrp (chown(1): ``user:`` means the user's own group)."""
    user, colon, group = step.effects.owner.partition(":")
    if colon and user and not group:
        group = _groups(draft, step).get(user) or "?"
    return _named(user or before[0], group or before[1])


def _named(user: str, group: str) -> Owner:
    if user in _ZERO and group in {*_ZERO, "?"}:
        return _ROOT
    return ("root" if user in _ZERO else user, "root" if group in _ZERO else group)


def _shown(owner: Owner) -> str:
    if owner[0] == "?":
        return "an unknown user"
    if owner[1] == "?":
        return f"{owner[0]}, whose group is not known"
    return owner[0] if owner[0] == owner[1] else ":".join(owner)


def _refuse(maker: Step, message: str) -> NoReturn:
    raise Refused(Diagnostic("DF509", message, maker.position, "create the directory with its owner before"))
