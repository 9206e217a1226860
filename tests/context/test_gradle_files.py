"""Gradle's build files: the forms of dependencies that are read, and what is noticed of everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.context.gradle_files import catalog, read


def block(text: str) -> str:
    return f"dependencies {{\n    {text}\n}}\n"


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("implementation 'g:a:1'", (("g/a", "1"),)),
        ('implementation("g:a:1")', (("g/a", "1"),)),
        ("runtimeOnly 'g:a'", (("g/a", ""),)),
        ("api platform('g:bom:1')", (("g/bom", "1"),)),
        ("compile group: 'g', name: 'a', version: '1'", (("g/a", "1"),)),
        ('implementation("g:a:1") {\n  exclude group: "x"\n}', (("g/a", "1"),)),
        ("testImplementation 'g:a:1'", ()),
        ("annotationProcessor 'g:a:1'", ()),
        ("compileOnly 'g:a:1'", ()),
        ("implementation project(':x')", ()),
        ("// implementation 'g:a:1'", ()),
    ],
)
def test_dependencies(text: str, modules: tuple[tuple[str, str], ...]) -> None:
    found = read(block(text))
    assert (found.modules, found.strange) == (modules, ())


@pytest.mark.parametrize(
    "text",
    [
        "implementation fileTree('libs')",
        "implementation deps.guava",
        'implementation "$group:a:1"',
        "implementation files('a.jar')",
    ],
)
def test_strange(text: str) -> None:
    assert read(block(text)).strange


def test_the_catalog() -> None:
    libraries = '[libraries]\nspring-web = "g:w:1"\njson = { module = "g:j" }\nxml = { group = "g", name = "x" }\n'
    text = libraries + '[bundles]\nall = ["json", "xml"]\n'
    assert catalog(text) == {"spring.web": "g/w", "json": "g/j", "xml": "g/x", "bundles.all": "g/j g/x"}
    assert read(block("implementation libs.spring.web")).catalog == ("spring.web",)
    assert catalog("no [ TOML") is None


@pytest.mark.parametrize(
    ("text", "elsewhere", "outside", "loading"),
    [
        ("plugins { id 'java' }", False, False, False),
        ("buildDir = 'out'", True, False, False),
        ("task x(type: Copy) { into '/opt/app' }", True, True, False),
        ("jar { manifest { attributes('Class-Path': 'lib/a.jar') } }", False, False, True),
    ],
)
def test_where_it_writes(text: str, *, elsewhere: bool, outside: bool, loading: bool) -> None:
    found = read(text)
    assert (found.elsewhere, found.outside, found.loading) == (elsewhere, outside, loading)


def test_plugins() -> None:
    assert read("plugins {\n    id 'java'\n    id(\"org.x\") version '1'\n}\napply plugin: 'war'\n").plugins == (
        "java",
        "org.x",
        "war",
    )
    assert read("plugins {\n    application\n    `java-library`\n}\n").plugins == ("application", "java-library")


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    read(text)
    read(block(text))
    catalog(text)
