"""What the packages of a language that a file installs are known to need at run time."""

from __future__ import annotations

from msgspec import Struct

from transformer.ir.effects import Distribution
from transformer.ir.verdict import Reason
from transformer.knowledge import Group
from transformer.knowledge import release as known_release
from transformer.knowledge.modules import closure, module


class KnownModules(Struct, frozen=True):
    """``unread`` are the modules of which nothing is known, ``packages`` what the others use of the distribution,
    ``loose`` the modules of which the file does not fix the version.
    """

    unread: tuple[str, ...]
    packages: tuple[tuple[str, Reason], ...]
    loose: tuple[str, ...]


def modules_known(ecosystem: str, installed: tuple[Distribution, ...], release: str) -> KnownModules:
    """Return what is known of the installed packages, with all that they depend on, on a release."""
    locked = all(d.locked for d in installed)
    extras = () if locked else (f"{d.name}[{extra}]" for d in installed for extra in d.extras)
    named = sorted({*(d.name for d in installed), *extras} - {""})
    exact = {d.name for d in installed if d.exact}
    found = closure(ecosystem, named, release, follow=not locked)
    unread = {f"all that {d.said} names" for d in installed if not d.name}
    unread |= {*found.unknown, *found.open}
    roles = {p: known_release(release).role(p) for p, _ in found.packages}
    building = {p for p, role in roles.items() if role is not None and role.group is Group.BUILD}
    vague = building | {p for p, role in roles.items() if role is None}
    needing = {m for p, m in found.packages if p in vague and p in _depends(ecosystem, m, release)}
    unread |= {f"{name} (it may build at run time)" for name in needing}
    if not found.proven:
        unread |= {f"any module on {release} (no table says which of its packages they use)"}
    used = (pair for pair in found.packages if pair[0] not in building)
    loose = {name.partition("[")[0] for name in found.modules} - exact
    packages = tuple((p, Reason(f"the {ecosystem} module {m} uses it")) for p, m in used)
    return KnownModules(tuple(sorted(unread)), packages, tuple(sorted(loose)))


def _depends(ecosystem: str, name: str, release: str) -> tuple[str, ...]:
    found = module(ecosystem, name, release)
    return found.packages if found is not None else ()
