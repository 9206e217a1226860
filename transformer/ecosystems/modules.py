"""What the packages of a language that a file installs are known to need at run time."""

from __future__ import annotations

from msgspec import Struct

from transformer.ir.effects import Distribution
from transformer.ir.verdict import Reason
from transformer.knowledge.modules import closure


class KnownModules(Struct, frozen=True):
    """``unread`` are the modules of which nothing is known, ``packages`` what the others use of the distribution,
    ``loose`` the modules of which the file does not fix the version.
    """

    unread: tuple[str, ...]
    packages: tuple[tuple[str, Reason], ...]
    loose: tuple[str, ...]


def modules_known(ecosystem: str, installed: tuple[Distribution, ...], release: str) -> KnownModules:
    """Return what is known of the installed packages, with all that they depend on, on a release."""
    named = sorted({d.name for d in installed if d.name})
    exact = {d.name for d in installed if d.exact}
    found = closure(ecosystem, named, release)
    unread = {f"what {d.said} names" for d in installed if not d.name} | set(found.unknown)
    if not found.proven:
        unread |= {f"what the packages of {release} are called"}
    packages = tuple((p, Reason(f"the {ecosystem} module {m} uses it")) for p, m in found.packages)
    return KnownModules(tuple(sorted(unread)), packages, tuple(sorted(found.modules - exact)))
