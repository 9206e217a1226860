"""The runtime base image: the same one, or a smaller one that is proven to hold all that the program needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from transformer.ecosystems import load
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Instruction
from transformer.ir.effects import Library
from transformer.ir.verdict import Analysis
from transformer.knowledge.commands import command
from transformer.knowledge.images import BaseImage, image
from transformer.knowledge.packages import lasting
from transformer.knowledge.programs import programs
from transformer.knowledge.releases import moved_to
from transformer.plan.draft import Draft
from transformer.plan.excluded import missed
from transformer.plan.kit import SIBLINGS, names_version, unproven
from transformer.plan.needed import needed, toolchain

_NAMED = 3
"""How many unread modules a message names."""


class RuntimeBase(Struct, frozen=True):
    """The base of the final stage. ``packages`` is what must be installed on it in place of what the old base held.

    ``pinned`` is the builder's image when its tag is made exact; ``env`` are variables to restate, ``path`` the
    entries of PATH that the new base lacks and an artifact lies in, ``lost`` the toolchain's own variables that are
    dropped; ``libraries`` are what the old base's own compiler links programs with.
    """

    reference: str
    reason: str
    changed: bool
    packages: tuple[str, ...] = ()
    pinned: str = ""
    env: tuple[tuple[str, str], ...] = ()
    path: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    lost_path: tuple[str, ...] = ()
    workdir: str = "/"
    libraries: tuple[str, ...] = ()
    unproven: tuple[Diagnostic, ...] = ()


def choose(draft: Draft, kept_text: str) -> RuntimeBase | Diagnostic:
    """Return the runtime base, or why none can be chosen. ``kept_text`` is all text that the final stage repeats."""
    base, options, asked = draft.facts.base, draft.options, draft.origin.args[0]
    stated = base.stated.runtime if base is not None and base.stated is not None else None
    mapped = dict(options.base_map).get(asked, stated)
    if mapped is not None:
        return _complete(_mapped(draft, mapped), draft, kept_text)
    own_toolchain = base is not None and base.parent is not None and base.runtime is not None
    if base is None or not own_toolchain or options.runtime_base == "same" or base.os_image is None:
        if own_toolchain and not any(not f.kept for f in draft.analysis.packages):
            message = f"the toolchain is part of {asked}, so a second stage on the same base leaves nothing behind"
            return Diagnostic("DF401", message, draft.origin.position, "leave --runtime-base to auto")
        return _same(draft)
    if base.digest is not None:
        cure = "name the runtime image: --base-map " + asked + "=IMAGE"
        return Diagnostic("DF507", f"{asked} is pinned by digest", draft.origin.position, cure)
    return _complete(_smaller(draft, base), draft, kept_text)


def _mapped(draft: Draft, mapped: str) -> RuntimeBase:
    """Return the image that the user names. Only on the same release is it known what it must hold."""
    base, new = draft.facts.base, image(mapped)
    chosen = RuntimeBase(mapped, "asked for with --base-map or --knowledge", True)
    if base is None or new is None or new.release is None or new.release != base.release:
        message = f"whether {mapped} holds what the program uses of {draft.origin.args[0]} is not known"
        cure = "name an image of the same release, or check with a real build"
        return replace(chosen, unproven=(Diagnostic("DF508", message, draft.origin.position, cure),))
    packages = tuple(p for p in needed(draft, base) if not new.holds(p))
    return replace(chosen, packages=packages, libraries=_own_libraries(base, draft.analysis))


def _same(draft: Draft) -> RuntimeBase:
    """Return the old base; a package name with a version in it is sure only where the release cannot move."""
    base, asked = draft.facts.base, draft.origin.args[0]
    workdir = (base.config.workdir if base and base.config else None) or "/"
    chosen = RuntimeBase(asked, "the same image, so that everything it holds stays", False, workdir=workdir)
    versioned = [n for f in draft.analysis.packages for n in f.replaced_by if _moves(n)]
    if base is None or base.frozen or base.pinned or not versioned:
        return chosen
    exact = _pinned(base)
    if draft.options.pin and exact:
        return replace(chosen, reference=exact, pinned=exact)
    message = f"{asked} may move to another release than {base.release}, where {versioned[0]} has another name"
    cure = "use --pin, or a tag that names the release"
    return replace(chosen, unproven=(Diagnostic("DF502", message, draft.origin.position, cure),))


def _smaller(draft: Draft, base: BaseImage) -> RuntimeBase:
    """Return the operating system image if all needs are proven, else the image that the old base was made from."""
    floating = tuple(_floating(draft.origin, base, draft.analysis))
    pinned = _pinned(base) if draft.options.pin and floating else ""
    new = image(base.runtime.reference) if base.runtime else None
    chosen = RuntimeBase(
        base.runtime.reference if base.runtime else "",
        "the same release without the toolchain; all that the program uses of the old image is installed",
        True,
        tuple(p for p in needed(draft, base) if new is None or not new.holds(p)),
        pinned,
        libraries=_own_libraries(base, draft.analysis),
        unproven=() if pinned else floating,
    )
    closed = bool(draft.analysis.facts) and all(f.closed_commands for f in draft.analysis.facts)
    if base.runtime is not None and base.runtime.how in {"add", *SIBLINGS}:
        chosen = replace(chosen, unproven=(*chosen.unproven, *_loose(draft, base)))
    if base.runtime is not None and base.runtime.how in SIBLINGS:
        chosen = replace(chosen, unproven=(*chosen.unproven, *unproven(draft, base, new)))
    if base.runtime is not None and base.runtime.how == "add":
        # what is not known of an interpreter's modules is said by the classification
        return chosen
    if closed:
        return chosen
    if base.runtime is not None and base.runtime.how in SIBLINGS:
        # what is not known of modules is said by the classification
        unread = any(f.embeds and not f.closed_commands for f in draft.analysis.facts)
        return replace(chosen, unproven=(*chosen.unproven, *(() if unread else (_not_read(draft, base),))))
    parent = base.beside(base.parent) if base.parent is not None else None
    if draft.options.unsafe or parent is None:
        return replace(chosen, unproven=(*chosen.unproven, _not_read(draft, base)))
    return _made_from(chosen, parent, base, draft.analysis)


def _loose(draft: Draft, base: BaseImage) -> Iterator[Diagnostic]:
    """Yield that another version of a module may use more of the old image than this one."""
    names = sorted({n for f in draft.analysis.facts for n in f.loose})
    if names:
        shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        message = f"the versions of {shown} are not fixed: a later one may use what {base.reference} has"
        yield Diagnostic("DF508", message, draft.origin.position, "use a lock file, or check with a real build")


def _not_read(draft: Draft, base: BaseImage) -> Diagnostic:
    """Return what the choice of the operating system image takes for granted."""
    what = ", ".join(_unread(draft.analysis)[:_NAMED]) or "the program's code"
    message = f"what {what} runs at run time was not read; {base.os_image} lacks the tools of {base.reference}"
    return Diagnostic("DF508", message, draft.origin.position, "vendor the dependencies, or check with a real build")


def _made_from(chosen: RuntimeBase, parent: str, base: BaseImage, analysis: Analysis) -> RuntimeBase:
    """Return the image that the old base was made from: it has the tools that unread code may call."""
    reason = f"what {base.reference} is made from: its tools and libraries without the toolchain"
    unread = _unread(analysis)
    if unread:
        reason += f" ({unread[0]} was not read, so the tools stay)"
    known = image(parent)
    missing = tuple(p for p in chosen.packages if known is None or p not in known.packages)
    return replace(chosen, reference=parent, reason=reason, packages=missing)


def _unread(analysis: Analysis) -> list[str]:
    return sorted({m for f in analysis.facts for m in f.unread})


def _own_libraries(base: BaseImage, analysis: Analysis) -> tuple[str, ...]:
    """Return where the base's own compiler keeps its libraries, if a program may be linked with them."""
    linked = any((spec := command(n)) is not None and spec.runtime for n in toolchain(analysis))
    unread = any(a.code == "DF414" for s in analysis.steps for a in s.effects.assumptions)
    return base.runtime.own_libraries if base.runtime is not None and (linked or unread) else ()


def _floating(origin: Instruction, base: BaseImage, analysis: Analysis) -> Iterator[Diagnostic]:
    linked = any(isinstance(n.resource, Library) for s in analysis.steps for n in s.effects.needs)
    linked = linked or any(_is_bound(s.effects.toolchain) for s in analysis.steps)
    if base.runtime is not None and base.runtime.how == "parent" and not names_version(base):
        cure = "use a tag that names the version of the language"
        message = f"{base.reference} may move to another version than {base.runtime.reference} has"
        yield Diagnostic("DF502", message, origin.position, cure)
    if base.runtime is not None and base.runtime.how in {"add", "swap"}:
        # the image and its sibling move together: only names of packages may be others then
        linked = any(_moves(n) for f in analysis.packages for n in f.replaced_by)
    if "$" in origin.args[0]:
        cure = "write the image's name out"
        yield Diagnostic("DF502", f"{origin.args[0]} depends on an ARG that the caller may set", origin.position, cure)
    if base.frozen or base.pinned or not linked:
        return
    cure = "use --pin, or a tag that names the release"
    message = f"{base.reference} may move to another release than {base.release or 'the one known'}"
    yield Diagnostic("DF502", message, origin.position, cure)


def _is_bound(toolchain: str) -> bool:
    """Whether what a toolchain makes may depend on the release, as far as its effects do not say so themselves: it is
    linked, or an interpreter's.
    """
    ecosystem = load(toolchain)
    return ecosystem is not None and (ecosystem.interpreted or (ecosystem.links and not ecosystem.exact))


def _moves(package: str) -> bool:
    """Whether the name of a package follows a version, so that another release has it under another name."""
    return re.search(r"[0-9]", package) is not None and not lasting(package)


def _pinned(base: BaseImage) -> str:
    """Return the same tag with the release in its name, if the tables list it."""
    codename = (base.release or "").partition(":")[2]
    parts = [] if base.tag == "latest" else base.tag.split("-")
    named = [[*parts[:at], codename, *parts[at:]] for at in range(len(parts), -1, -1)]
    named += [[codename, *parts[1:]]] if parts and parts[0].isalpha() else []
    for tag in map("-".join, named):
        exact = image(f"{base.family}:{tag}")
        if exact is not None and exact.listed and (exact.release, exact.variant) == (base.release, base.variant):
            return base.beside(f"{base.family}:{tag}") or ""
    return ""


def _complete(chosen: RuntimeBase, draft: Draft, kept_text: str) -> RuntimeBase:
    """Add the configuration that the new base lacks, and what it leaves out of packages."""
    unproven = (*chosen.unproven, *_moved(chosen, draft), *missed(draft, chosen.reference, kept_text))
    return _configured(replace(chosen, unproven=unproven), draft, kept_text)


def _moved(chosen: RuntimeBase, draft: Draft) -> Iterator[Diagnostic]:
    """Yield that the packages that the new base must get are no longer where it looks for them."""
    release = (draft.facts.base.release if draft.facts.base is not None else None) or ""
    where = moved_to(release) if chosen.packages else ""
    if where:
        message = f"the final stage must install {chosen.packages[0]}, and {release} has moved to {where}"
        yield Diagnostic("DF512", message, draft.origin.position, "use a base image of a newer release")


def _configured(chosen: RuntimeBase, draft: Draft, kept_text: str) -> RuntimeBase:
    """Add what the old base's configuration had and the new one's lacks."""
    base, new = draft.facts.base, image(chosen.reference)
    before = dict(base.config.env) if base and base.config else {}
    after = dict(new.config.env) if new and new.config else {}
    vague = base.config.uncertain & new.config.uncertain if base and base.config and new and new.config else frozenset()
    differing = [n for n in before if after.get(n) != before[n] and not (n in vague and n in after)]
    missing = {n: before[n] for n in differing if n != "PATH" and n in draft.walk.inherited}
    lost = tuple(n for n in missing if _is_dead(n, draft, kept_text))
    path = tuple(_path_entries(before.get("PATH", ""), after.get("PATH", ""), draft.analysis))
    kept = {*after.get("PATH", "").split(":"), *path}
    return replace(
        chosen,
        env=tuple((n, v) for n, v in missing.items() if n not in lost),
        lost=lost,
        lost_path=tuple(p for p in before.get("PATH", "").split(":") if p and p not in kept),
        path=path,
        workdir=(new.config.workdir if new and new.config else None) or "/",
    )


def _is_dead(name: str, draft: Draft, kept_text: str) -> bool:
    """Whether a variable is the toolchain's own, and neither a kept line nor the program's code names it."""
    base = draft.facts.base
    own = base.runtime.env_only_in_sdk if base is not None and base.runtime is not None else ()
    if name not in own and name not in programs().toolchain_variables:
        return False
    named = any(name in f.strings for f in draft.analysis.facts)
    return not named and not re.search(rf"\$\{{?{name}\b", kept_text)


def _path_entries(before: str, after: str, analysis: Analysis) -> Iterator[str]:
    """Yield the directories of the old PATH that the new one lacks and that hold an artifact."""
    known = after.split(":")
    for folder in before.split(":"):
        holds = any(
            p.path == folder or p.path.startswith(folder + "/") or (p.tree and folder.startswith(p.path + "/"))
            for p, _ in analysis.carried
        )
        if folder and folder not in known and holds:
            yield folder
