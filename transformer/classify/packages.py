"""Which OS packages the final image needs: by role, by who calls their commands, by what their headers stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from transformer.classify.roots import Roots
from transformer.ecosystems import interpreted
from transformer.ir.effects import Command, Install, Interpretation, Library, Need, PackageWord, Path, Step
from transformer.ir.verdict import PackageFate, ProgramFacts
from transformer.knowledge import Group
from transformer.knowledge.commands import programs

if TYPE_CHECKING:
    from transformer.context.facts import Facts


_LIBRARY, _MODULES = "interp", "langlib"
"""Kinds of packages that extend an interpreter: its own library, and modules."""


class PackageJudge:
    """Decides for each installed package of one file. ``runtime_programs`` gives what the final stage's own steps
    call.
    """

    def __init__(
        self,
        walk: Interpretation,
        roots: Roots,
        known: Facts,
        facts: tuple[ProgramFacts, ...],
        runtime_programs: Callable[[], dict[str, Step]],
    ) -> None:
        self.walk, self.roots, self.known, self.facts = walk, roots, known, facts
        self.runtime_programs = runtime_programs
        self.closed = bool(facts) and all(f.closed_commands for f in facts) and not roots.unread
        self.closed = self.closed and not any(s.effects.opaque for s in walk.steps)

    @cached_property
    def installed(self) -> dict[str, Step]:
        """Every package that a step names for installation, by its first step."""
        found: dict[str, Step] = {}
        for step in self.walk.steps:
            for word in _words(step):
                found.setdefault(word.name, step)
        return found

    @cached_property
    def removed(self) -> frozenset[str]:
        """Packages that are installed and removed again in the same RUN: only the build used them, and no layer has
        them.
        """
        return frozenset(
            u.name
            for step in self.walk.steps
            for u in step.effects.uninstalls
            if u.name in self.installed and self.installed[u.name].instruction == step.instruction
        )

    @cached_property
    def removed_later(self) -> frozenset[str]:
        """Packages that a later RUN removes: the image does not have them, but its layers do."""
        return frozenset(
            u.name
            for step in self.walk.steps
            for u in step.effects.uninstalls
            if u.name in self.installed and self.installed[u.name].instruction < step.instruction
        )

    def kept(self, installs: tuple[Install, ...]) -> tuple[str, ...]:
        """Return the packages that the final stage installs in place of ``installs``."""
        found: dict[str, None] = {}
        for install in installs:
            for word in install.packages:
                fate = self.fate(word.name)
                stands = (n for n in fate.replaced_by if not (n in self.installed and self.fate(n).kept))
                found.update(dict.fromkeys((word.name,) if fate.kept else stands))
        return tuple(found)

    def removal_matters(self, name: str) -> bool:
        """Whether removing the package changes the final image: it is the base's own, or was kept."""
        if name in self.installed:
            return self.fate(name).kept
        return not (self._build_only(name) or name in self._brought)

    @cached_property
    def _used(self) -> dict[str, str]:
        """Packages that modules of an interpreter use, with the reason."""
        return {package: reason.text for f in self.facts for package, reason in f.packages}

    @cached_property
    def _brought(self) -> frozenset[str]:
        return self.known.release.closure(self.installed, recommends=True)

    def fates(self) -> tuple[PackageFate, ...]:
        """Return what becomes of every installed package, in order."""
        return tuple(self.fate(name) for name in self.installed)

    def brought_again(self) -> frozenset[str]:
        """Return what the packages of the final stage bring by their dependencies, with the author's own flags."""
        found: set[str] = set()
        for install in (i for s in self.walk.steps for i in s.effects.installs):
            names = self.kept((install,))
            found |= self.known.release.closure(names, recommends=install.recommends)
        return frozenset(found)

    def fate(self, name: str) -> PackageFate:
        """Return what becomes of one package, with the reason. Unknown names stay."""
        step = self.installed[name].index
        if name in self.known.keep or any(name in self.known.release.providers(k) for k in self.known.keep):
            return PackageFate(name, True, (), "asked for", step)
        if name in self._used:
            return PackageFate(name, True, (), self._used[name], step)
        caller = self._caller(name)
        if caller:
            return PackageFate(name, True, (), caller, step)
        if (name in self.removed or name in self.removed_later) and not self._may_be_called(name):
            return PackageFate(name, False, (), "the file removes it again after the build", step)
        role = self.known.release.role(name)
        if role is None:
            return PackageFate(name, True, (), "what it is for is not known, so it stays", step)
        if role.group is Group.RUNTIME:
            return PackageFate(name, True, (), f"{role.kind} package", step)
        if self._left_on_purpose(name):
            return PackageFate(name, True, (), "the file removes its other build packages, and leaves this one", step)
        if self._installer(name):
            return self._installing(name, step)
        if role.group is Group.CONDITIONAL:
            return self._conditional(name, role.kind, step)
        return self._build_package(name, role.kind, step)

    def _may_be_called(self, name: str) -> bool:
        """Whether a step that is not understood runs between the installation of a tool and its removal."""
        role = self.known.release.role(name)
        if role is not None and role.group is Group.BUILD:
            return False
        gone = max(s.index for s in self.walk.steps if any(u.name == name for u in s.effects.uninstalls))
        return any(s.effects.opaque for s in self.walk.steps[self.installed[name].index + 1 : gone])

    def _installer(self, name: str) -> bool:
        """Whether the package is the package manager of a language, which only build steps of the file call."""
        used = {p for s in self.walk.steps if interpreted(s.effects.toolchain) for p in s.effects.programs}
        called = {p for s in self.walk.steps if not s.effects.toolchain for p in s.effects.programs}
        provided = {p for p in used - called if name in self.known.release.providers(p)}
        role = self.known.release.role(name)
        return bool(provided) and role is not None and role.kind == "langpm"

    def _installing(self, name: str, step: int) -> PackageFate:
        """Return what becomes of a package manager: what it brings may be used by what it installed."""
        stays = self.known.release.dependencies(name)
        if stays is None:
            why = (
                "only the build installs with it, but what it brings and programs may use is not known for this release"
            )
            return PackageFate(name, True, (), why, step)
        names = tuple(p for p in stays if p not in self.known.release.base_packages)
        why = f"only the build installs with it; of what it brings, {', '.join(names)} may be used"
        return PackageFate(name, False, tuple(dict.fromkeys((*names, *self._needed_of(name)))), why, step)

    def _left_on_purpose(self, name: str) -> bool:
        """Whether the author cleans up after the build, but not this package, which another RUN installs."""
        gone = self.removed | self.removed_later
        runs = {self.installed[n].instruction for n in gone}
        return bool(runs) and name not in gone and self.installed[name].instruction not in runs

    def _conditional(self, name: str, kind: str, step: int) -> PackageFate:
        if not self.closed:
            return PackageFate(
                name, True, (), f"{kind} tool that the program may call: not all of its code was read", step
            )
        called = self._brings_called(name) or self._homeless
        if called:
            return PackageFate(name, True, (), f"{kind} tool that may bring {called}, which is called", step)
        extra = self._needed_of(name)
        why = f"{kind} tool that nothing at run time calls{_also(extra)}"
        return PackageFate(name, False, extra, why, step)

    def _brings_called(self, name: str) -> str:
        """Return a command that is called and that only comes with the package, "" without one: its parts may use each
        other.
        """
        release = self.known.release
        brought = release.closure((name,), recommends=self._recommends(name)) - release.base_packages - self._staying
        return next((c for c in self._needed_commands() if brought & set(release.providers(c))), "")

    @cached_property
    def _homeless(self) -> str:
        """Return a command that is called and that nothing is known to have, "" without one: links that a package makes
        when it is installed (update-alternatives(1)) are in no list of files.
        """
        release = self.known.release
        there = self.installed.keys() | self._brought | release.base_packages
        made = [w.path for s in self.walk.steps for w in s.effects.writes]
        folders = (self.walk.env.get("PATH") or "").split(":")
        own = programs().interpreters.get(self.known.base.family, ()) if self.known.base is not None else ()
        for name in self._needed_commands():
            placed = name in there or there & set(release.providers(name)) or name in own or "/" in name
            builtin = "$" in name or name in programs().builtins | self.roots.functions | self.roots.guessed
            paths = [Path(f"{folder}/{name}") for folder in folders]
            if not (placed or builtin or any(m.covers(p) for m in made for p in paths)):
                return name
        return ""

    def _build_package(self, name: str, kind: str, step: int) -> PackageFate:
        release = self.known.release
        extra = self._needed_of(name)
        runtime = release.runtime_of(name) if kind == "dev" else None
        if kind == "dev" and (runtime is None or (runtime.packages and not runtime.proven)):
            reason = "its runtime library is not known for this release, so it stays"
            return PackageFate(name, True, (), reason, step)
        if runtime is not None and runtime.packages:
            packages = tuple(p for p in runtime.packages if p not in release.base_packages)
            why = f"headers; programs built with it need {', '.join(runtime.packages)}"
            why += _also(extra)
            return PackageFate(name, False, (*packages, *extra), why, step)
        lost = self._lost_library(name) if kind == "toolchain" else ""
        if lost:
            why = f"programs are linked with its {lost}: that runtime library is not known for this release"
            return PackageFate(name, True, (), why, step)
        why = ("headers only" if kind == "dev" else f"{kind}: only the build uses it") + _also(extra)
        return PackageFate(name, False, extra, why, step)

    def _needed_of(self, name: str) -> tuple[str, ...]:
        """Return packages that the dropped ``name`` brought along and that something live needs."""
        release = self.known.release
        brought = release.closure((name,), recommends=self._recommends(name)) - {name}
        found: dict[str, None] = {}
        for called in sorted(self._needed_commands()):
            providers = release.providers(called)
            if not any(p in self.installed or p in release.base_packages for p in providers):
                found.update((p, None) for p in providers if p in brought and not self._build_only(p))
            found.update(dict.fromkeys(self._built_on(providers, brought)))
            found.update((p, None) for p in programs().companions.get(called, ()) if p in brought)
        found.update((p, None) for p in self._data if p in brought)
        for soname in self._needed_libraries():
            package = self.known.release.library_package(soname)
            if package in brought and package is not None:
                found[package] = None
        found.update((p, None) for p in self._used if p in brought and not self._build_only(p))
        held = release.base_packages | self._stand_in(name) | self._staying
        held = held.union(*(release.closure((p,), recommends=False) - {p} for p in found))
        return tuple(p for p in found if p not in held)

    @cached_property
    def _data(self) -> tuple[str, ...]:
        """Packages of data that the program reads; of all kinds, where not all of its code was read."""
        known = programs().data_packages
        read = any(f.closed_commands or f.data for f in self.facts) and not any(f.links for f in self.facts)
        return tuple(known[kind] for f in self.facts for kind, _ in f.data) if read else tuple(known.values())

    def _built_on(self, providers: tuple[str, ...], brought: frozenset[str]) -> Iterator[str]:
        """Yield the packages among ``brought`` that extend a program that is called: its library, its modules.

        Debian's python3-minimal and perl-base have few modules of their own; the rest depends on them. Where all code
        was read the modules that it imports are known.
        """
        kinds = {_LIBRARY} if self.closed else {_LIBRARY, _MODULES}
        wanted = set(providers) & (brought | self.known.release.base_packages)
        for package in sorted(brought - self.known.release.base_packages) if wanted else ():
            role = self.known.release.role(package)
            if role is not None and role.kind in kinds and wanted & self._depended_on(package):
                yield package

    def _depended_on(self, package: str) -> frozenset[str]:
        """Return what a package depends on, and so on."""
        return self.known.release.closure((package,), recommends=False, installed=frozenset()) - {package}

    def _recommends(self, name: str) -> bool:
        """Whether the file installs a package with what it recommends."""
        installs = (i for s in self.walk.steps for i in s.effects.installs)
        return any(i.recommends for i in installs if any(word.name == name for word in i.packages))

    @cached_property
    def _staying(self) -> frozenset[str]:
        """Packages that surely stay, with what comes with them."""
        found: set[str] = set()
        for name in self.installed:
            role = self.known.release.role(name)
            if role is None or role.group is Group.RUNTIME or name in self._used or self._caller(name):
                found |= self.known.release.closure((name,), recommends=self._recommends(name))
        return frozenset(found - self.removed - self.removed_later)

    def _lost_library(self, name: str) -> str:
        """Return a library of the compiler itself that flags ask for and that ``name`` may bring in a package that is
        not known for this release; "" if there is none.
        """
        release = self.known.release
        brought = release.closure((name,), recommends=True)
        held = release.base_packages | self._brought
        own = {soname for value in programs().compiler_libraries.values() for soname in value.split()}
        found: dict[str, bool] = {}
        for soname in sorted(own & self._flagged_libraries()):
            stem = soname.partition(".so")[0]
            found[stem] = found.get(stem, False) or release.library_package(soname) in held
        return next(
            (s for s, known in found.items() if not known and any(p.startswith(s) for p in brought)),
            "",
        )

    def _stand_in(self, name: str) -> frozenset[str]:
        """Return what comes with the runtime packages of a -dev package."""
        runtime = self.known.release.runtime_of(name)
        return self.known.release.closure(runtime.packages if runtime else (), recommends=False)

    def _build_only(self, name: str) -> bool:
        role = self.known.release.role(name)
        return role is not None and role.group is Group.BUILD

    def _caller(self, name: str) -> str:
        """Return who calls a command of the package at run time, or ""."""
        for called, reason in self._needed_commands().items():
            if name == called or name in self.known.release.providers(called):
                return f"{called} is called: {reason}"
            if name in programs().companions.get(called, ()):
                return f"{called}, which is called, may use it: {reason}"
        return ""

    def _needed_commands(self) -> dict[str, str]:
        found = {n: live.reasons[-1].text for n, live in self.roots.commands().items()}
        for path in self.roots.paths():
            folder, _, base = path.path.rpartition("/")
            if folder in programs().program_directories:
                found.setdefault(base, "the image starts it")
        for need in self._needs():
            if isinstance(need.resource, Command):
                found.setdefault(need.resource.name.rpartition("/")[2], need.reason)
        for name, step in self.runtime_programs().items():
            found.setdefault(name, f"line {step.position.line} of the final stage")
        return found

    def _needs(self) -> Iterator[Need]:
        for facts in self.facts:
            yield from facts.needs
        for step in self.walk.steps:
            yield from step.effects.needs

    def _flagged_libraries(self) -> frozenset[str]:
        """Return the libraries that flags of a compiler name, not those that a foreign module may be linked with."""
        compiled = [s.effects.needs for s in self.walk.steps if not interpreted(s.effects.toolchain)]
        compiled += [f.needs for f in self.facts if not interpreted(f.ecosystem)]
        return frozenset(n.resource.name for needs in compiled for n in needs if isinstance(n.resource, Library))

    def _named_libraries(self) -> frozenset[str]:
        return frozenset(n.resource.name for n in self._needs() if isinstance(n.resource, Library))

    def _needed_libraries(self) -> tuple[str, ...]:
        unread = any(a.code == "DF414" for s in self.walk.steps for a in s.effects.assumptions)
        return tuple(sorted(self._named_libraries() | set(programs().unread_libraries if unread else ())))


def _also(extra: tuple[str, ...]) -> str:
    return f"; of what it brings, {', '.join(extra)} may be used" if extra else ""


def _words(step: Step) -> Iterator[PackageWord]:
    for install in step.effects.installs:
        yield from install.packages
