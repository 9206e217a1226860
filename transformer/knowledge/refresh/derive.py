"""What a suite's packages are for and what -dev packages leave behind, derived from its indexes and contents."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from transformer.knowledge.refresh.archive import Archive, Binary
from transformer.knowledge.refresh.contents import Contents
from transformer.knowledge.refresh.rules import Signals, kind, words

_META_DEPTH = 6
_SMALL = 80
"""KiB of a package that has nothing of its own."""
_SIBLINGS = 3
_OFTEN_BUILT, _RATIO = 20, 3


class Development(Struct, frozen=True):
    """What stands for a -dev package: how it is known (a word of ``how.tsv``), and the packages."""

    how: str
    packages: tuple[str, ...]


class Suite:
    """The derived facts of one suite."""

    def __init__(self, archive: Archive, contents: Contents) -> None:
        """Derive from the two; nothing is computed before it is asked for."""
        self.archive = archive
        self.contents = contents
        self._kinds: dict[str, str] = {}

    @cached_property
    def roles(self) -> Mapping[str, str]:
        """Package -> kind of role."""
        return {name: self._role(name) for name in self.archive.binaries}

    @cached_property
    def development(self) -> Mapping[str, Development]:
        """-dev package, virtual names included -> what stands for it."""
        from transformer.knowledge.refresh.development import runtime_of

        names = [name for name in sorted(self.archive.binaries) if self.is_development(name)]
        found = {name: runtime_of(self, name) for name in names}
        return found | self._virtual(found)

    @cached_property
    def commands(self) -> Mapping[str, tuple[str, ...]]:
        """Command -> packages that ship it."""
        return self._inverted(self.contents.commands)

    @cached_property
    def libraries(self) -> Mapping[str, tuple[str, ...]]:
        """Versioned library -> packages that ship it, those of library sections first."""
        found = self._inverted(self.contents.libraries)
        return {
            soname: tuple(sorted(names, key=lambda n: (not self.in_library_section(n), n)))
            for soname, names in found.items()
        }

    def in_library_section(self, name: str) -> bool:
        """Whether the package is in a section of libraries."""
        return self.archive.binaries[name].section in words().library_sections

    def is_static(self, name: str) -> bool:
        """Whether the package belongs to a language that links statically."""
        return self.archive.binaries[name].section in words().static_sections or self._has_static_name(name)

    def is_development(self, name: str) -> bool:
        """Whether the package is for compiling and linking: by section, by name, or by its headers and tag."""
        package = self.archive.binaries[name]
        if package.section == "libdevel":
            return True
        if re.search(r"-dev(-bin)?$|-headers?$|-headers-", name) and not name.endswith("-doc"):
            return True
        if re.search(r"-(jdk|sdk)(-|$)", name):
            return False
        tagged = "role::devel-lib" in package.tags and package.section not in words().library_sections
        return tagged and self.contents.headers[name] > 0 and not self.contents.commands.get(name)

    def is_library(self, name: str) -> bool:
        """Whether the package is a shared library that programs are linked with."""
        package = self.archive.binaries.get(name)
        apart = words().everywhere | words().no_library
        if package is None or name in apart or self.is_development(name):
            return False
        if re.search(r"-(bin|common|data|doc|dbg|tools|utils)$", name):
            return False
        ships = name in self.contents.libraries and name.startswith("lib")
        return package.section in words().library_sections or "role::shared-lib" in package.tags or ships

    def _inverted(self, shipped: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = defaultdict(set)
        for package, names in shipped.items():
            if package in self.archive.binaries:
                for name in names:
                    found[name].add(package)
        return {name: tuple(sorted(packages)) for name, packages in found.items()}

    def _virtual(self, found: Mapping[str, Development]) -> dict[str, Development]:
        """Return the virtual -dev names: what stands for them, if all that provide them agree."""
        virtual = {}
        for name, providers in self.archive.providers.items():
            if name in self.archive.binaries or not name.endswith("-dev") or self._has_static_name(name):
                continue
            known = [p for p in dict.fromkeys(providers) if p in found and not self.is_static(p)]
            if known and all(found[p].packages == found[known[0]].packages for p in known):
                virtual[name] = found[known[0]]
        return virtual

    def _has_static_name(self, name: str) -> bool:
        return re.match(words().static_names, name) is not None

    def _signals(self, package: Binary) -> Signals:
        name, contents = package.name, self.contents
        built, needed = self.archive.built.get(name, 0), self.archive.needed.get(name, 0)
        return Signals(
            development=self.is_development(name),
            library=self.is_library(name),
            commands=bool(contents.commands.get(name)),
            service=contents.services[name] > 0,
            desktop=contents.desktops[name] > 0,
            built=built >= _OFTEN_BUILT and built > _RATIO * needed,
        )

    def _role(self, name: str, seen: tuple[str, ...] = ()) -> str:
        """Return the kind of a package; one that ships nothing of its own speaks through its dependencies."""
        if name in self._kinds:
            return self._kinds[name]
        package = self.archive.binaries[name]
        found, final = kind(package, self._signals(package))
        if not final and self._is_meta(package, found, seen):
            found = self._of_dependencies(package, seen) or found
        if final or not seen:
            self._kinds[name] = found
        return found

    def _is_meta(self, package: Binary, found: str, seen: tuple[str, ...]) -> bool:
        name, contents = package.name, self.contents
        own = contents.commands.get(name) or contents.headers[name] or contents.services[name]
        own = own or name in contents.libraries or name in contents.linkers
        content = {"data", "lib", "langlib", "interp", "program", "service", "toolchain", "meta"}
        if own or found not in content or name in seen or len(seen) >= _META_DEPTH:
            return False
        said = package.section in {"oldlibs", "metapackages"} or re.search(words().meta, package.description)
        tagged = not package.tags.isdisjoint({"role::metapackage", "role::dummy"})
        siblings = sum(self.archive.binaries[n].source == package.source for n in self.archive.first(name))
        return bool(said) or tagged or package.size <= _SMALL or siblings >= _SIBLINGS

    def _of_dependencies(self, package: Binary, seen: tuple[str, ...]) -> str | None:
        """Return the kind that the dependencies of a meta package have for the most part."""
        names = [n for n in dict.fromkeys(self.archive.first(package.name)) if n not in seen]
        names = [n for n in names if n not in words().everywhere]
        if package.section == "oldlibs":
            names = names[:1]
        if not names:
            return None
        votes = Counter(self._role(n, (*seen, package.name)) for n in names)
        live = {"program", "service", "interp", "langlib", "lib"}
        if votes.keys() & {"toolchain", "dev"} and not votes.keys() & live:
            return "toolchain" if "toolchain" in votes else "dev"
        for weak in ("essential", "data", "doc"):
            if len(votes) > 1:
                votes.pop(weak, None)
        most = votes.most_common(1)[0][0]
        return "toolchain" if most == "dev" else most
