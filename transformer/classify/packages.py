"""Which OS packages the final image needs: by role, by who calls their commands, by what their headers stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transformer.classify.brought import Brought
from transformer.classify.installed import Installed
from transformer.classify.uses import Uses
from transformer.ecosystems import interpreted
from transformer.ir.effects import Install, Interpretation
from transformer.ir.verdict import PackageFate
from transformer.knowledge import Group
from transformer.knowledge.programs import programs

if TYPE_CHECKING:
    from transformer.context.facts import Facts


_INTERPRETER = "interp"
"""The kind of role of python3, perl and their like: they stay, unless every program is known that may be called."""


_HEADERS = "dev"
"""The kind of role of packages for compiling against a library."""


_TELLING = "config"
"""In the name of a program that prints options for compilers (``xml2-config``, ``pg_config``)."""


class PackageJudge:
    """Decides for each installed package of one file."""

    def __init__(self, walk: Interpretation, uses: Uses, known: Facts) -> None:
        self.walk, self.uses, self.known = walk, uses, known
        self.installed = Installed(walk, known.release)
        self.brought = Brought(self.installed, uses, known)

    @property
    def removed(self) -> frozenset[str]:
        """Packages that are installed and removed again in the same RUN."""
        return self.installed.removed

    @property
    def all_but_headers(self) -> bool:
        """Whether nothing but headers is left behind: code that was not read needs none, and the base is the same."""
        return self.brought.same_base is not None

    def kept(self, installs: tuple[Install, ...]) -> tuple[str, ...]:
        """Return the packages that the final stage installs in place of ``installs``."""
        found: dict[str, None] = {}
        for install in installs:
            for word in install.packages:
                fate = self.fate(word.name)
                stands = (n for n in fate.replaced_by if not (n in self.installed.by_name and self.fate(n).kept))
                found.update(dict.fromkeys((word.name,) if fate.kept else stands))
        return tuple(found)

    def removal_matters(self, name: str) -> bool:
        """Whether removing the package changes the final image: it is the base's own, or was kept."""
        if name in self.installed.by_name:
            return self.fate(name).kept
        return not (self.known.release.builds_only(name) or name in self.installed.brought)

    def fates(self) -> tuple[PackageFate, ...]:
        """Return what becomes of every installed package, in order."""
        return tuple(self.fate(name) for name in self.installed.by_name)

    def brought_again(self) -> frozenset[str]:
        """Return what the packages of the final stage bring by their dependencies, with the author's own flags."""
        found: set[str] = set()
        for install in (i for s in self.walk.steps for i in s.effects.installs):
            names = self.kept((install,))
            found |= self.known.release.closure(names, recommends=install.recommends)
        return frozenset(found)

    def fate(self, name: str) -> PackageFate:
        """Return what becomes of one package, with the reason. Unknown names stay."""
        step = self.installed.by_name[name].index
        wanted = self._wanted(name)
        if wanted:
            return PackageFate(name, True, (), wanted, step)
        if (name in self.installed.removed | self.installed.removed_later) and not self._may_be_called(name):
            return PackageFate(name, False, (), "the file removes it again after the build", step)
        role = self.known.release.role(name)
        if role is None:
            return PackageFate(name, True, (), "what it is for is not known, so it stays", step)
        if role.kind == _INTERPRETER and self.uses.closed:
            return self._conditional(name, role.kind, step)
        if role.group is Group.RUNTIME:
            return PackageFate(name, True, (), f"{role.kind} package", step)
        if self.all_but_headers and not self._is_headers(name, role.kind):
            why = f"{role.kind} tool that the program may call: not all of its code was read"
            return PackageFate(name, True, (), why, step)
        if self._left_on_purpose(name):
            return PackageFate(name, True, (), "the file removes its other build packages, and leaves this one", step)
        if self._installer(name):
            return self._installing(name, step)
        if role.group is Group.CONDITIONAL:
            return self._conditional(name, role.kind, step)
        return self._build_package(name, role.kind, step)

    def _is_headers(self, name: str, kind: str) -> bool:
        """Whether a package is for compiling alone: its programs, if there are any, tell how to."""
        return kind == _HEADERS and all(_TELLING in program for program in self.known.release.programs_of(name))

    def _wanted(self, name: str) -> str:
        """Return why the package stays whatever it is for, or ""."""
        if name in self.known.keep or any(name in self.known.release.providers(k) for k in self.known.keep):
            return "asked for"
        if self.installed.by_name[name].instruction in self.known.stay:
            return "a pragma says that what installs it stays"
        by = self.installed.by_name[name]
        if by.effects.opaque and by.instruction not in self.known.build:
            return "a command that is not understood installs it"
        return self.uses.packages.get(name) or self.uses.caller(name, self.known.release)

    def _may_be_called(self, name: str) -> bool:
        """Whether a step that is not understood runs between the installation of a tool and its removal."""
        if self.known.release.builds_only(name):
            return False
        gone = max(s.index for s in self.walk.steps if any(u.name == name for u in s.effects.uninstalls))
        return any(s.effects.opaque for s in self.walk.steps[self.installed.by_name[name].index + 1 : gone])

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
        if any(f.ecosystem in programs().compiling_nothing for f in self.uses.facts):
            why = "only the build installs with it, but code may load what it brings by its name"
            return PackageFate(name, True, (), why, step)
        if stays is None:
            why = (
                "only the build installs with it, but what it brings and programs may use is not known for this release"
            )
            return PackageFate(name, True, (), why, step)
        names = tuple(p for p in stays if p not in self.known.release.base_packages)
        why = f"only the build installs with it; of what it brings, {', '.join(names)} may be used"
        return PackageFate(name, False, tuple(dict.fromkeys((*names, *self.brought.needed_of(name)))), why, step)

    def _left_on_purpose(self, name: str) -> bool:
        """Whether the author cleans up after the build, but not this package, which another RUN installs."""
        gone = self.installed.removed | self.installed.removed_later
        runs = {self.installed.by_name[n].instruction for n in gone}
        return bool(runs) and name not in gone and self.installed.by_name[name].instruction not in runs

    def _conditional(self, name: str, kind: str, step: int) -> PackageFate:
        if not self.uses.closed:
            return PackageFate(
                name, True, (), f"{kind} tool that the program may call: not all of its code was read", step
            )
        called = self.brought.called_of(name) or self.brought.homeless
        if called:
            return PackageFate(name, True, (), f"{kind} tool that may bring {called}, which is called", step)
        named = self.uses.namer(name, self.known.release)
        if named:
            return PackageFate(name, True, (), f"{kind} tool that may be run: {named}", step)
        by = self.brought.recommended.get(name)
        if by:
            return PackageFate(name, True, (), f"{kind} tool that {by}, which stays, recommends", step)
        extra = self.brought.needed_of(name)
        why = f"{kind} tool that nothing at run time calls{_also(extra)}"
        return PackageFate(name, False, extra, why, step)

    def _build_package(self, name: str, kind: str, step: int) -> PackageFate:
        release = self.known.release
        extra = self.brought.needed_of(name)
        unknown = kind == "toolchain" and not release.resolves(name)
        runtime = release.runtime_of(name) if kind == "dev" or unknown else None
        named = next((f for f in sorted(self.uses.library_files()) if release.holders(f, (name,))), "")
        if named:
            return PackageFate(name, True, (), f"{named} is named, which it has", step)
        if kind == "dev" and (runtime is None or (runtime.packages and not runtime.proven)):
            reason = "its runtime library is not known for this release, so it stays"
            return PackageFate(name, True, (), reason, step)
        unsure = self.brought.unsure_of(name)
        if unsure:
            why = f"{unsure} comes with it, or what extends its libraries in this release, which is not known"
            return PackageFate(name, True, (), why, step)
        if runtime is not None and runtime.packages:
            packages = tuple(p for p in runtime.packages if p not in release.base_packages)
            what = "headers" if kind == "dev" else kind
            why = f"{what}; programs built with it need {', '.join(runtime.packages)}"
            why += _also(extra)
            return PackageFate(name, False, (*packages, *extra), why, step)
        lost = self.brought.lost_library(name) if kind == "toolchain" else ""
        if lost:
            why = f"programs are linked with its {lost}: that runtime library is not known for this release"
            return PackageFate(name, True, (), why, step)
        why = ("headers only" if kind == "dev" else f"{kind}: only the build uses it") + _also(extra)
        return PackageFate(name, False, extra, why, step)


def _also(extra: tuple[str, ...]) -> str:
    return f"; of what it brings, {', '.join(extra)} may be used" if extra else ""
