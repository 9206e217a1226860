"""Maven's pom.xml, as far as it says what is built, under which names, and with what the product runs.

Sources: maven.apache.org "POM Reference" (inheritance, interpolation, defaults), "Introduction to the POM" (super POM).
A document type is refused, so no entity is ever expanded; what is read is bounded by the build context.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from xml.etree import ElementTree

from msgspec import Struct
from msgspec.structs import replace

_PROPERTY = re.compile(r"\$\{([^${}]+)\}")
_ROUNDS = 10
"""How often properties are put in: more is a circle."""
_PARENTS = 10
_MODULES = 500
_IMPORT = "import"
_INHERITED = "../pom.xml"
"""Where the parent is looked for if the pom does not say it ("relativePath")."""
_RUNNING = frozenset({"", "compile", "runtime", "system"})
"""Scopes of what is there when the program runs ("Dependency Scope")."""
_BUILT = {"bundle": "jar", "maven-plugin": "jar", "eclipse-plugin": "jar", "ejb": "jar", "hpi": "hpi", "quarkus": "jar"}
"""How the product of a packaging ends, where that is another word (the plugins' own lifecycle mappings)."""
type_read = Callable[[str], str | None]


class Dependency(Struct, frozen=True):
    """What the program is built with. ``name`` is GROUP/ARTIFACT; "" where a part of it is not known."""

    name: str
    version: str
    scope: str
    optional: bool


class Plugin(Struct, frozen=True):
    """A plugin of the build: ``texts`` are all values of its configuration, ``goals`` those that are bound. ``used``:
    the build has it, whatever profiles do; else it is managed, or a profile's.
    """

    name: str
    goals: frozenset[str]
    texts: tuple[tuple[str, str], ...]
    used: bool


class Pom(Struct, frozen=True):
    """One pom, with what it inherits from parents of the context. ``parent`` is the first one that is not there, ""
    without; values that are not known hold ``${``.
    """

    folder: str
    artifact: str = ""
    version: str = ""
    packaging: str = ""
    final_name: str = ""
    parent: str = ""
    modules: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    managed: Mapping[str, str] = {}
    plugins: tuple[Plugin, ...] = ()
    properties: Mapping[str, str] = {}
    directories: tuple[str, ...] = ()
    """Where it puts its output, if not where all do; and what else it says of directories."""
    group: str = ""
    parent_version: str = ""
    imports: tuple[Dependency, ...] = ()
    """Poms whose dependency management it takes over."""

    @property
    def product(self) -> str:
        """The file name of the product; "" if it has none, or it is not known."""
        name = f"{self.final_name}.{_BUILT.get(self.packaging, self.packaging)}"
        return "" if self.packaging == "pom" or "${" in name else name


def projects(path: str, read: type_read) -> tuple[Pom, ...] | None:
    """Return the pom of the context at ``path`` and those of its modules, all of them; None if one cannot be read."""
    found: dict[str, Pom] = {}
    todo = [path]
    while todo:
        here = todo.pop()
        if here in found:
            continue
        pom = _pom(here, read)
        if pom is None or len(found) > _MODULES:
            return None
        found[here] = pom
        for module in pom.modules:
            place = posixpath.normpath(posixpath.join(pom.folder, module))
            todo.append(place if place.endswith(".xml") else posixpath.join(place, "pom.xml"))
    return tuple(found.values())


def _pom(path: str, read: type_read, depth: int = 0) -> Pom | None:
    """Return a pom with what it inherits; None if it, or a parent that is there, cannot be read."""
    root = parsed(read(path) or "")
    if root is None or depth > _PARENTS:
        return None
    own = root.find("parent")
    parent: Pom | None = None
    outside = outside_version = ""
    if own is not None:
        place = _text(own, "relativePath") if own.find("relativePath") is not None else _INHERITED
        where = posixpath.normpath(posixpath.join(posixpath.dirname(path), place)) if place else ""
        where = where if where.endswith(".xml") or not where else posixpath.join(where, "pom.xml")
        there = bool(where) and not where.startswith("..") and read(where) is not None
        parent = _pom(where, read, depth + 1) if there else None
        if parent is not None and parent.artifact != _text(own, "artifactId"):
            parent = None
            there = False
        if there and parent is None:
            return None
        if not there:
            outside = f"{_text(own, 'groupId')}/{_text(own, 'artifactId')}"
            outside_version = _text(own, "version")
    return _settled(_own(root, path, parent, (outside, outside_version), own))


def _own(
    root: ElementTree.Element,
    path: str,
    parent: Pom | None,
    outside: tuple[str, str],
    named: ElementTree.Element | None,
) -> Pom:
    """Return what a pom says together with what its parent does, before properties are put in."""
    above = parent or Pom("")
    builds = [b for b in (root.find("build"), *root.findall("profiles/profile/build")) if b is not None]
    everywhere = [root, *root.findall("profiles/profile")]
    properties = {c.tag: (c.text or "").strip() for p in everywhere for c in p.findall("properties/*")}
    main = root.find("build")
    names = {n for b in builds for n in (_text(b, "finalName"),) if n}
    plain = main.findall("plugins/plugin") if main is not None else []
    others = [p for b in builds for p in (*(b.findall("plugins/plugin") if b is not main else ()), *_managed(b))]
    declared = (*(_plugin(p, used=True) for p in plain), *(_plugin(p, used=False) for p in others))
    said = [(d.tag, (d.text or "").strip()) for b in builds for d in b if d.tag in _DIRECTORIES]
    said += [(tag, value) for plugin in declared for tag, value in plugin.texts if _is_place(tag)]
    inherited = _text(main, "finalName") if main is not None else ""
    version = _text(root, "version") or (_text(named, "version") if named is not None else "")
    return Pom(
        folder=posixpath.dirname(path),
        artifact=_text(root, "artifactId"),
        version=version or above.version,
        packaging=_text(root, "packaging") or "jar",
        final_name=inherited if names <= {inherited} else "${profile}",
        parent=outside[0] or above.parent,
        parent_version=outside[1] or above.parent_version,
        imports=(*above.imports, *(d for p in everywhere for d in _imported(p))),
        modules=tuple((m.text or "").strip() for p in everywhere for m in p.findall("modules/module")),
        dependencies=(
            *above.dependencies,
            *(_dependency(d) for p in everywhere for d in p.findall("dependencies/dependency")),
        ),
        managed={
            **above.managed,
            **{n: v for p in everywhere for n, v in _versions(p)},
        },
        plugins=(*above.plugins, *declared),
        properties={**above.properties, **properties},
        directories=(*above.directories, *(value for _, value in said)),
        group=_text(root, "groupId") or (_text(named, "groupId") if named is not None else ""),
    )


def _imported(place: ElementTree.Element) -> Iterator[Dependency]:
    """Yield the poms whose dependency management is taken over."""
    found = place.findall("dependencyManagement/dependencies/dependency")
    return (_dependency(d) for d in found if _text(d, "scope") == _IMPORT)


def _settled(pom: Pom) -> Pom:
    """Put the values of properties in."""
    values = {
        **pom.properties,
        **{f"{p}{name}": value for p in ("project.", "pom.", "") for name, value in _project(pom)},
    }
    values |= {f"project.parent.{name}": value for name, value in _project(pom) if name in {"version", "groupId"}}
    final = pom.final_name or "${project.artifactId}-${project.version}"

    def full(text: str) -> str:
        for _ in range(_ROUNDS):
            new = _PROPERTY.sub(lambda m: values.get(m[1], m[0]), text)
            if new == text or len(new) > 10_000:  # noqa: PLR2004
                break
            text = new
        return text

    dependencies = (
        replace(
            d, name=_known(full(d.name)), version=full(d.version or pom.managed.get(d.name, "")), scope=full(d.scope)
        )
        for d in pom.dependencies
    )
    return replace(
        pom,
        version=full(pom.version),
        packaging=full(pom.packaging),
        final_name=full(final),
        dependencies=tuple(dependencies),
        imports=tuple(replace(d, name=_known(full(d.name)), version=full(d.version)) for d in pom.imports),
        directories=tuple(full(d) for d in pom.directories),
    )


def _project(pom: Pom) -> tuple[tuple[str, str], ...]:
    named = (("artifactId", pom.artifact), ("version", pom.version), ("groupId", pom.group))
    return (*named, ("packaging", pom.packaging), ("basedir", "."), ("build.directory", "target"))


def _known(name: str) -> str:
    return "" if "${" in name else name


def runs_with(pom: Pom) -> Iterator[Dependency]:
    """Yield what is there when the program runs."""
    yield from (d for d in pom.dependencies if d.scope in _RUNNING)


def parsed(text: str) -> ElementTree.Element | None:
    """Return the root of an XML document without namespaces; None for one that has a document type or is no XML."""
    if not text.strip() or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    try:
        root = ElementTree.fromstring(text.encode("utf-8"), ElementTree.XMLParser(encoding="utf-8"))
    except (ElementTree.ParseError, UnicodeEncodeError, ValueError):
        return None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    return root


_DIRECTORIES = frozenset({"directory", "outputDirectory", "sourceDirectory"})


def _is_place(tag: str) -> bool:
    """Whether a setting of a plugin says where something goes."""
    plain = tag.lower()
    return (
        plain.endswith(("directory", "outputfile", "todir", "tofile", "destfile", "destdir")) and "source" not in plain
    )


def _managed(build: ElementTree.Element) -> list[ElementTree.Element]:
    return build.findall("pluginManagement/plugins/plugin")


def _plugin(element: ElementTree.Element, *, used: bool) -> Plugin:
    goals = frozenset((g.text or "").strip() for g in element.findall("executions/execution/goals/goal"))
    texts = tuple((e.tag, (e.text or "").strip()) for e in element.iter() if len(e) == 0)
    return Plugin(_text(element, "artifactId"), goals, texts, used)


def _dependency(element: ElementTree.Element) -> Dependency:
    name = f"{_text(element, 'groupId')}/{_text(element, 'artifactId')}"
    scope = _text(element, "scope")
    return Dependency(name, _text(element, "version"), scope, _text(element, "optional") == "true")


def _versions(element: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for managed in element.findall("dependencyManagement/dependencies/dependency"):
        found = _dependency(managed)
        yield found.name, found.version


def _text(element: ElementTree.Element, name: str) -> str:
    found = element.find(name)
    return (found.text or "").strip() if found is not None else ""
