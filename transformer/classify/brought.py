"""What a dropped package brings along, and what of it something live may use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from transformer.classify.installed import Installed
from transformer.classify.state import sdk
from transformer.classify.uses import Uses
from transformer.ir.effects import Path
from transformer.knowledge import Group, image
from transformer.knowledge.loader import rows
from transformer.knowledge.packages import lasting
from transformer.knowledge.programs import machines, own_programs, programs, runtime_ecosystem, runtimes
from transformer.knowledge.releases import Coverage

if TYPE_CHECKING:
    from transformer.context.facts import Facts

_SHARED = "lib"
"""The kind of packages of shared libraries."""
_NOT_CALLED = frozenset({_SHARED, "doc"})
"""Kinds of packages in which nothing is that can be called, or read as data."""
_TOOLCHAIN = "toolchain"
"""The kind of packages that only builds use."""
_LIBRARY, _MODULES = "interp", "langlib"
"""Kinds of packages that extend an interpreter: its own library, and modules."""


class Brought:
    """What comes along with the packages of one file."""

    def __init__(self, installed: Installed, uses: Uses, known: Facts) -> None:
        self.installed, self.uses, self.known = installed, uses, known
        self.release = known.release

    def needed_of(self, name: str) -> tuple[str, ...]:
        """Return packages that the dropped ``name`` brought along and that something live needs."""
        # one package may stand for what another asks for: what comes with it alone need not be there
        brought = (self._with(name) & self._together) - {name}
        found: dict[str, None] = {}
        for called in sorted(self.uses.commands()):
            providers = self.release.providers(called)
            if called in self._machine and not any(path.endswith(f"bin/{called}") for path in self.uses.roots.run):
                continue  # found first in the directory of the image's own
            there = self.installed.by_name.keys() | self.release.base_packages | self._standing
            if there.isdisjoint(providers):
                found.update((p, None) for p in providers if p in brought and not self.release.builds_only(p))
            # a virtual machine is not extended by packages: what draws is said by the facts of the program
            found.update(dict.fromkeys(() if called in machines() else self._built_on(providers, brought)))
            found.update((p, None) for p in programs().companions.get(called, ()) if p in brought)
        found.update((p, None) for p in self.uses.data if p in brought)
        prefixes = self._named_data
        found.update((p, None) for p in sorted(brought) if prefixes and p.startswith(prefixes))
        for soname in self.uses.libraries():
            package = self.release.library_package(soname)
            if package in brought and package is not None:
                found[package] = None
        found.update((p, None) for p in self.uses.packages if p in brought and not self.release.builds_only(p))
        found.update(dict.fromkeys(sorted(self._callable(name))))
        found.update(dict.fromkeys(self.extending(name)))
        held = self.release.base_packages | self._stand_in(name) | self._staying | self._of_machine
        held = held.union(*(self.release.closure((p,), recommends=False) - {p} for p in found))
        return tuple(p for p in found if p not in held)

    @cached_property
    def _named_data(self) -> tuple[str, ...]:
        """Return the prefixes of packages that have files which the program or a command line names, and the context
        has not.
        """
        own = self.known.context.names if self.known.context is not None else frozenset()
        named = {text for f in self.uses.facts for text in f.strings} | self.uses.roots.words
        names = [text for text in named if text.rpartition("/")[2] not in own]
        table = ((re.compile(pattern), prefix) for pattern, prefix in rows("data-places.tsv"))
        return tuple({prefix for pattern, prefix in table if any(map(pattern.fullmatch, names))})

    def extending(self, name: str) -> tuple[str, ...]:
        """Return what comes with the dropped ``name`` and extends a library that stays: no linker asks for it."""
        return self.release.extensions((self._with(name) & self._together) - {name}, self._libraries_left)

    def unsure_of(self, name: str) -> str:
        """Return what extends a library and may have another name in this release, "" if there is nothing."""
        if self.release.coverage is Coverage.EXACT:
            return ""
        return next((p for p in self.extending(name) if not lasting(p)), "")

    def _callable(self, name: str) -> Iterator[str]:
        """Yield what code may call that was not read and needs no headers: all that comes with a package, but for what
        serves only building, texts, and libraries (with which extensions are linked) if all extensions are known.
        """
        there = self.same_base
        for package in self._with(name) - there - {name} if there is not None else ():
            role = self.release.role(package)
            wanted = role is None or role.group is not Group.BUILD
            if wanted and (role is None or role.kind not in _NOT_CALLED or (role.kind == _SHARED and self.uses.links)):
                yield package

    def called_of(self, name: str) -> str:
        """Return a command that is called and that only comes with the package, "" without one: its parts may use each
        other.
        """
        brought = self._with(name) - self.release.base_packages - self._staying
        return next((c for c in self.uses.commands() if brought & set(self.release.providers(c))), "")

    @cached_property
    def homeless(self) -> str:
        """Return a command that is called and that nothing is known to have, "" without one: links that a package makes
        when it is installed (update-alternatives(1)) are in no list of files.
        """
        there = self.installed.by_name.keys() | self.installed.brought | self.release.base_packages
        made = [w.path for s in self.installed.walk.steps for w in s.effects.writes]
        folders = (self.installed.walk.env.get("PATH") or "").split(":")
        own = own_programs(self.known.base.family) if self.known.base is not None else ()
        for name in self.uses.commands():
            placed = name in there or there & set(self.release.providers(name)) or name in own or "/" in name
            builtin = "$" in name or name in programs().builtins | self.uses.roots.functions | self.uses.roots.guessed
            paths = [Path(f"{folder}/{name}") for folder in folders]
            if not (placed or builtin or any(m.covers(p) for m in made for p in paths)):
                return name
        return ""

    def lost_library(self, name: str) -> str:
        """Return a library of the compiler itself that flags ask for and that ``name`` may bring in a package that is
        not known for this release; "" if there is none.
        """
        brought = self.release.closure((name,), recommends=True)
        held = self.release.base_packages | self.installed.brought
        own = {soname for value in programs().compiler_libraries.values() for soname in value.split()}
        found: dict[str, bool] = {}
        for soname in sorted(own & self.uses.flagged_libraries()):
            stem = soname.partition(".so")[0]
            found[stem] = found.get(stem, False) or self.release.library_package(soname) in held
        return next(
            (s for s, known in found.items() if not known and any(p.startswith(s) for p in brought)),
            "",
        )

    def _with(self, name: str) -> frozenset[str]:
        """Return a package with all that comes with it."""
        return self.release.closure((name,), recommends=self.installed.recommends(name), installed=self.same_base)

    @property
    def same_base(self) -> frozenset[str] | None:
        """Return what the final image has before anything is installed, where code needs no headers that was not read;
        None where only what the bare image has is sure to be there, or names of packages are not those of the release.
        """
        base = self.known.base
        proven = self.release.coverage is Coverage.EXACT
        if not (self.uses.no_headers and proven) or base is None or sdk(base):
            return None
        return self.release.base_packages | base.packages

    def _built_on(self, providers: tuple[str, ...], brought: frozenset[str]) -> Iterator[str]:
        """Yield the packages among ``brought`` that extend a program that is called: its library, its modules.

        Debian's python3-minimal and perl-base have few modules of their own; the rest depends on them. Where all code
        was read the modules that it imports are known.
        """
        kinds = {_LIBRARY} if self.uses.closed else {_LIBRARY, _MODULES}
        wanted = set(providers) & (brought | self.release.base_packages)
        for package in sorted(brought - self.release.base_packages) if wanted else ():
            role = self.release.role(package)
            if role is not None and role.kind in kinds and wanted & self._depended_on(package):
                yield package

    def _depended_on(self, package: str) -> frozenset[str]:
        """Return what a package depends on, and so on."""
        return self.release.closure((package,), recommends=False, installed=frozenset()) - {package}

    def _stand_in(self, name: str) -> frozenset[str]:
        """Return what comes with the runtime packages that take the place of a package: those of headers, and of a
        toolchain of which no table says what it brings.
        """
        role = self.release.role(name)
        known = role is not None and role.kind == _TOOLCHAIN and self.release.resolves(name)
        runtime = None if known else self.release.runtime_of(name)
        return self.release.closure(runtime.packages if runtime else (), recommends=False)

    @cached_property
    def _standing(self) -> frozenset[str]:
        """What stands for toolchains of which no table of the release says what they bring."""
        names = (n for n in self.installed.by_name if self.release.builds_only(n) and not self.release.resolves(n))
        found = (self.release.runtime_of(name) for name in names)
        return frozenset(p for runtime in found if runtime is not None for p in runtime.packages)

    @cached_property
    def _libraries_left(self) -> frozenset[str]:
        """What the final image has, if every build package leaves its libraries alone behind."""
        names: list[str] = []
        for name in self.installed.by_name:
            runtime = self.release.runtime_of(name) if self.release.builds_only(name) else None
            names += runtime.packages if runtime is not None else (name,)
        return self.release.closure(names, recommends=any(map(self.installed.recommends, self.installed.by_name)))

    @cached_property
    def _together(self) -> frozenset[str]:
        """What all packages of the file bring, with its own flags."""
        names = tuple(self.installed.by_name)
        return self.release.closure(names, recommends=any(map(self.installed.recommends, names)))

    @cached_property
    def _of_machine(self) -> frozenset[str]:
        """The packages that the smaller image has beside its virtual machine."""
        base = self.known.base
        smaller = (
            image(base.runtime.reference) if base is not None and self._machine and base.runtime is not None else None
        )
        return smaller.packages if smaller is not None else frozenset()

    @cached_property
    def _machine(self) -> frozenset[str]:
        """The programs of the virtual machine that the base image brings in a directory of its own."""
        base = self.known.base
        machine = runtime_ecosystem(base.family) if base is not None else ""
        return frozenset(runtimes()[machine]["programs"] if machine else ())

    @cached_property
    def recommended(self) -> dict[str, str]:
        """What packages that stay recommend, each with one of them: "found together with it in all but unusual
        installations" (Debian policy 7.2). apt does not bring it where it is told not to; an author who names it does.
        """
        staying = sorted(self._staying - self.release.base_packages)
        return {name: by for by in staying for name in self.release.may_want(by)}

    @cached_property
    def _staying(self) -> frozenset[str]:
        """Packages that surely stay, with what comes with them."""
        found: set[str] = set()
        for name in self.installed.by_name:
            role = self.release.role(name)
            used = name in self.uses.packages or self.uses.caller(name, self.release)
            if used or role is None or role.group is Group.RUNTIME:
                found |= self._with(name)
        return frozenset(found - self.installed.removed - self.installed.removed_later)
