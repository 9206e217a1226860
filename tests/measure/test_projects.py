"""The list of Maven's projects, their poms, and how Maven is called for them."""

from __future__ import annotations

from pathlib import Path
from subprocess import CalledProcessError
from xml.etree.ElementTree import fromstring

import pytest

import transformer.measure
from transformer.measure.projects import Project, fill, pom, projects

NAMES = Path(transformer.measure.__file__).with_name("maven-names.txt")
LIST = """# a comment
project g:bom:1 h:bom:2
a:b :c d:e:3:native

# another
project
a:b:1
"""


def test_a_list() -> None:
    assert projects(LIST) == [
        Project(("g:bom:1", "h:bom:2"), ("a:b", "a:c", "d:e:3:native")),
        Project((), ("a:b:1",)),
    ]


def test_a_group_goes_on_in_the_next_line() -> None:
    assert projects("project\na:b\n:c\n")[0].modules == ("a:b", "a:c")


def test_modules_of_no_project() -> None:
    with pytest.raises(ValueError, match="no project begins before: a:b"):
        projects("a:b\n")


def test_a_pom() -> None:
    space = "{http://maven.apache.org/POM/4.0.0}"
    root = fromstring(pom(Project(("g:bom:1",), ("a:b", "d:e::native"))))
    said = [[(c.tag.removeprefix(space), c.text) for c in one] for one in root.iter(f"{space}dependency")]
    assert said == [
        [("groupId", "g"), ("artifactId", "bom"), ("version", "1"), ("type", "pom"), ("scope", "import")],
        [("groupId", "a"), ("artifactId", "b")],
        [("groupId", "d"), ("artifactId", "e"), ("classifier", "native")],
    ]


def test_the_list_that_is_used() -> None:
    found = projects(NAMES.read_text("utf-8"))
    assert all(one.modules for one in found)
    assert all(module.count(":") in {1, 2, 3} for one in found for module in one.modules)
    unversioned = [m for one in found if not one.managing for m in one.modules if m.count(":") == 1]
    assert unversioned == []


def maven(place: Path, status: int) -> str:
    """Return a program that notes down how it was called instead of Maven."""
    program = place / "mvn"
    program.write_text(f'#!/bin/sh\necho "$@" >> {place}/calls\nexit {status}\n')
    program.chmod(0o755)
    return str(program)


def test_maven_is_called_for_each(tmp_path: Path) -> None:
    names = tmp_path / "names"
    names.write_text(LIST)
    repository = fill(names, tmp_path / "there", maven(tmp_path, 0))
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [f"-Dmaven.repo.local={repository}" in call for call in calls] == [True, True]
    assert all(call.endswith(":resolve") for call in calls)


def test_maven_fails(tmp_path: Path) -> None:
    names = tmp_path / "names"
    names.write_text(LIST)
    with pytest.raises(CalledProcessError):
        fill(names, tmp_path / "there", maven(tmp_path, 1))
    assert len((tmp_path / "calls").read_text().splitlines()) == 1
