"""Projects made of the modules that should be read, for which Maven itself fetches all that they are run with."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from msgspec import Struct

_BEGINS = "project"
_FETCH = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:resolve"
_FIELDS = ("groupId", "artifactId", "version", "classifier")


class Project(Struct, frozen=True):
    """What manages the versions of a project and which modules it has, each as GROUP:ARTIFACT:VERSION:CLASSIFIER, of
    which the last two may be missing or empty.
    """

    managing: tuple[str, ...]
    modules: tuple[str, ...]


def projects(text: str) -> list[Project]:
    """Return the projects that a list names (the comment at the top of ``maven-names.txt`` says how); raise ValueError
    if it names modules of none.
    """
    found: list[Project] = []
    for line in text.splitlines():
        words = [] if line.startswith("#") else line.split()
        if words[:1] == [_BEGINS]:
            found.append(Project(tuple(words[1:]), ()))
        elif words:
            if not found:
                raise ValueError(f"no project begins before: {line}")
            last = found[-1]
            group = last.modules[-1].partition(":")[0] if last.modules else ""
            found[-1] = Project(last.managing, (*last.modules, *_named(words, group)))
    return found


def _named(words: Iterable[str], group: str) -> Iterator[str]:
    """Yield the words in full: one that begins with a colon is of the group above it."""
    for word in words:
        group = word.partition(":")[0] or group
        yield f"{group}{word}" if word.startswith(":") else word


def pom(project: Project) -> bytes:
    """Return the pom of a project."""
    root = Element("project", xmlns="http://maven.apache.org/POM/4.0.0")
    for name, text in (("modelVersion", "4.0.0"), *zip(_FIELDS, ("local", "measured", "1"), strict=False)):
        SubElement(root, name).text = text
    SubElement(root, "packaging").text = "pom"
    managed = SubElement(SubElement(root, "dependencyManagement"), "dependencies")
    for module in project.managing:
        one = _dependency(managed, module)
        SubElement(one, "type").text = "pom"
        SubElement(one, "scope").text = "import"
    wanted = SubElement(root, "dependencies")
    for module in project.modules:
        _dependency(wanted, module)
    return tostring(root)


def _dependency(parent: Element, module: str) -> Element:
    one = SubElement(parent, "dependency")
    for name, text in zip(_FIELDS, module.split(":"), strict=False):
        if text:
            SubElement(one, name).text = text
    return one


def fill(names: Path, folder: Path, maven: str = "mvn") -> Path:
    """Let Maven fetch what the projects of a list are run with, and return its local repository, in ``folder``; raise
    OSError or CalledProcessError if it cannot.
    """
    repository = folder / "repository"
    for number, project in enumerate(projects(names.read_text("utf-8")), 1):
        file = folder / f"project-{number}" / "pom.xml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pom(project))
        local = f"-Dmaven.repo.local={repository.resolve()}"
        subprocess.run([maven, "-B", "-q", "-f", str(file), local, _FETCH], check=True)
    return repository
