"""Poms: inheritance, properties, names of products, what the program runs with; and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.context.pom import Pom, parsed, projects, runs_with

HEAD = "<project><groupId>g</groupId><artifactId>a</artifactId><version>1.0</version>"


def pom(text: str, others: Mapping[str, str] | None = None) -> Pom:
    files = {"/p/pom.xml": text, **(others or {})}
    found = projects("/p/pom.xml", files.get)
    assert found is not None
    return found[-1]


@pytest.mark.parametrize(
    ("text", "product"),
    [
        (HEAD + "</project>", "a-1.0.jar"),
        (HEAD + "<packaging>war</packaging></project>", "a-1.0.war"),
        (HEAD + "<packaging>pom</packaging></project>", ""),
        (HEAD + "<packaging>bundle</packaging></project>", "a-1.0.jar"),
        (HEAD + "<build><finalName>app</finalName></build></project>", "app.jar"),
        (HEAD + "<build><finalName>${project.artifactId}</finalName></build></project>", "a.jar"),
        (HEAD.replace("1.0", "${revision}") + "<properties><revision>7</revision></properties></project>", "a-7.jar"),
        (HEAD.replace("1.0", "${revision}") + "</project>", ""),
        (
            HEAD
            + "<properties><x>${y}</x><y>${x}</y></properties><build><finalName>${x}</finalName></build></project>",
            "",
        ),
        (HEAD + "<profiles><profile><build><finalName>b</finalName></build></profile></profiles></project>", ""),
        ('<project xmlns="http://maven.apache.org/POM/4.0.0">' + HEAD[9:] + "</project>", "a-1.0.jar"),
    ],
)
def test_products(text: str, product: str) -> None:
    assert pom(text).product == product


def test_a_module_inherits() -> None:
    parent = (
        HEAD
        + "<packaging>pom</packaging><modules><module>m</module></modules><properties><v>3</v></properties></project>"
    )
    module = (
        "<project><parent><groupId>g</groupId><artifactId>a</artifactId><version>1.0</version></parent>"
        "<artifactId>m</artifactId><dependencies><dependency><groupId>x</groupId><artifactId>y</artifactId>"
        "<version>${v}</version></dependency></dependencies></project>"
    )
    found = pom(parent, {"/p/m/pom.xml": module})
    assert (found.product, found.parent, found.group) == ("m-1.0.jar", "", "g")
    assert [(d.name, d.version) for d in runs_with(found)] == [("x/y", "3")]


def test_a_parent_that_is_not_there() -> None:
    parent = "<parent><groupId>g</groupId><artifactId>p</artifactId><version>1</version></parent>"
    text = f"<project>{parent}<artifactId>a</artifactId></project>"
    assert pom(text).parent == "g/p"


def test_scopes() -> None:
    one = "<dependency><groupId>g</groupId><artifactId>{0}</artifactId><scope>{0}</scope></dependency>"
    scopes = ("compile", "runtime", "test", "provided", "system")
    text = HEAD + "<dependencies>" + "".join(one.format(s) for s in scopes) + "</dependencies></project>"
    assert [d.name for d in runs_with(pom(text))] == ["g/compile", "g/runtime", "g/system"]


def test_a_plugin_of_a_profile_is_not_used() -> None:
    plugin = "<build><plugins><plugin><artifactId>x</artifactId></plugin></plugins></build>"
    used = [p.used for p in pom(HEAD + plugin + f"<profiles><profile>{plugin}</profile></profiles></project>").plugins]
    assert used == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE project [<!ENTITY a "b">]>' + HEAD + "</project>",
        "<project>",
        "no XML",
        "",
    ],
)
def test_what_is_not_read(text: str) -> None:
    assert projects("/p/pom.xml", {"/p/pom.xml": text}.get) is None


def test_a_module_that_is_not_there() -> None:
    text = HEAD + "<modules><module>m</module></modules></project>"
    assert projects("/p/pom.xml", {"/p/pom.xml": text}.get) is None


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    parsed(text)
    projects("/p/pom.xml", {"/p/pom.xml": f"<project>{text}</project>"}.get)
