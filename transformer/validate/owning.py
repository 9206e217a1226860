"""Law 7: what is carried keeps its owners: COPY keeps those inside a directory, and makes the directory root's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Nature, Path, Step
from transformer.knowledge.programs import programs
from transformer.validate.carrying import carries
from transformer.validate.case import Case, resolved
from transformer.validate.finding import wrong
from transformer.validate.placing import Placed, Placing

_OWNER = "owner kept"
_ROOT = "root:root"
_NUMBERS = {"0": "root", "": "?"}


class _History(Struct):
    """Whose a directory is, and whose the files in it are, as ``user:group``; "" before anybody made it."""

    top: str = ""
    inside: frozenset[str] = frozenset()

    def hand_over(self, to: str, groups: dict[str, str], *, top: bool, all_: bool, some: bool) -> None:
        """Give the directory itself, all that is in it, or some of it to somebody."""
        given = frozenset(_after(to, old, groups) for old in (self.inside | {self.top}) - {""})
        if top:
            self.top = _after(to, self.top or _ROOT, groups)
        if all_:
            self.inside = given
        elif some:
            self.inside |= given

    def write(self, owner: str, *, top: bool) -> None:
        """Add files of somebody's, or the directory itself."""
        self.top = self.top or owner
        if not top:
            self.inside |= {owner}


def owners(placing: Placing) -> Iterator[Diagnostic]:
    """--chown stands only on what is all one user's, and stands on a directory that would be root's without it."""
    for item in carries(placing):
        found = placing.case.carried.get(resolved(item.instruction.args[0]))
        chown = item.instruction.flag("chown")
        if found is None:
            if chown is not None:
                yield wrong(_OWNER, item.instruction, "who owns it is not known")
            continue
        path, maker = found
        old = _history(placing.case, placing.case.analysis.steps[: maker.index + 1], path, old=True)
        if chown is not None:
            others = sorted(({old.top} | old.inside) - {chown})
            if others:
                yield wrong(_OWNER, item.instruction, f"--chown changes the owner of files of {', '.join(others)}")
        elif path.tree:
            yield from _top(placing, item, path, old)


def _top(placing: Placing, item: Placed, path: Path, old: _History) -> Iterator[Diagnostic]:
    case = placing.case
    before = [s for at in range(item.at) for s in case.new_steps(at) if s.keyword == "RUN"]
    new = _history(case, before, Path(path.path), old=False)
    if old.top != (new.top or _ROOT):
        yield wrong(_OWNER, item.instruction, f"its top directory would be {new.top or _ROOT} instead of {old.top}")


def _history(case: Case, steps: Iterable[Step], path: Path, *, old: bool) -> _History:
    history = _History()
    groups = {name: name for name in programs().homes}
    for step in steps:
        groups.update(dict(step.effects.groups))
        written = [w.path for w in step.effects.writes if w.nature is not Nature.CACHE and w.path.overlaps(path)]
        if not written or step.keyword not in {"RUN", "COPY", "ADD"}:
            continue
        itself = all(one == Path(path.path) for one in written)
        to = step.effects.owner
        if to:
            whole = any(one.covers(path) for one in written)
            history.hand_over(to, groups, top=whole or itself, all_=whole, some=not itself)
        else:
            history.write(_writer(case, step, groups, old=old), top=itself)
    return history


def _writer(case: Case, step: Step, groups: dict[str, str], *, old: bool) -> str:
    """Return whose the files of a step are. COPY gives them to root, whatever USER says."""
    if step.keyword == "RUN" or not old:
        group = step.group or groups.get(step.user) or ""
        return _pair(step.user, group or ("root" if step.user in {"0", "root"} else ""))
    user, _, group = (case.old.instructions[step.instruction].flag("chown") or "root").partition(":")
    return _pair(user, group or user)


def _after(to: str, before: str, groups: dict[str, str]) -> str:
    """Return the owner after a chown to ``to`` (chown(1): ``user:`` is the user's own group)."""
    user, group = to.split(":", 1) if ":" in to else (to, before.partition(":")[2])
    return _pair(user or before.partition(":")[0], group or groups.get(user, ""))


def _pair(user: str, group: str) -> str:
    return ":".join(_NUMBERS.get(word, word) for word in (user, group))
