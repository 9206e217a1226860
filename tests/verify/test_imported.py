"""Modules that the started program imports and only the old image has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.verify.archives import at, tree
from transformer.verify.imported import lost_modules

SITE = "/usr/local/lib/python3.12/site-packages"
PYTHON = (f"{SITE}/flask/__init__.py", f"{SITE}/six.py", "/usr/local/lib/python3.12/json/__init__.py")
NODE = (
    "/srv/node_modules/express/index.js",
    "/srv/node_modules/debug/index.js",
    "/srv/node_modules/@scope/tool/index.js",
)
DEPENDS = '{"dependencies": {"debug": "1"}, "devDependencies": {"@scope/tool": "1"}}'
REQUIRES = "Metadata-Version: 2.1\nRequires-Dist: {}\n\ntext\nRequires-Dist: six\n"


def lost(command: str, sources: dict[str, str], old: tuple[str, ...], new: tuple[str, ...], **more: Any) -> list[str]:
    """Return what is lost when only ``new`` is left of what the old image has beside its sources."""
    config = {"Cmd": command.split(), "WorkingDir": "/srv", "Env": ["PATH=/usr/bin:/usr/local/bin"], **more}
    before, after = at(tree(*old, sources=sources), **config), at(tree(*new, sources=sources), **config)
    return [one.new.removeprefix("lacks ") for one in lost_modules(before, after, config)]


@pytest.mark.parametrize(
    ("command", "sources", "new", "names"),
    [
        pytest.param("python app.py", {"/srv/app.py": "import six, json\n"}, PYTHON[1:], [], id="all there"),
        pytest.param("python app.py", {"/srv/app.py": "import unheard_of\n"}, (), [], id="not there before"),
        pytest.param("python app.py", {"/srv/test.py": "import six\n"}, (), [], id="a source that is not imported"),
        pytest.param("python app.py", {"/srv/app.py": "# import six\nx = 'import six'\n"}, (), [], id="no import"),
        pytest.param("python app.py", {"/srv/app.py": "import six\n"}, (), ["six"], id="a module"),
        pytest.param(
            "python app.py",
            {"/srv/app.py": "try:\n    from flask import Flask\nexcept: pass"},
            (),
            ["flask"],
            id="in a try",
        ),
        pytest.param(
            "python app.py", {"/srv/app.py": "import json as j, six as s\n"}, PYTHON[2:], ["six"], id="one of several"
        ),
        pytest.param("python -m own", {"/srv/own/__main__.py": "import six"}, (), ["six"], id="started as a module"),
        pytest.param("gunicorn own.web:app", {"/srv/own/web.py": "import six"}, (), ["six"], id="named with an object"),
        pytest.param(
            "serve", {"/usr/local/bin/serve": "#!/usr/local/bin/python\nimport six"}, (), ["six"], id="a console script"
        ),
        pytest.param(
            "python app.py",
            {
                "/srv/app.py": "from own import web",
                "/srv/own/__init__.py": "",
                "/srv/own/web.py": "from . import deep",
                "/srv/own/deep.py": "import six",
            },
            (),
            ["six"],
            id="through own packages",
        ),
    ],
)
def test_lost_modules_of_python(command: str, sources: dict[str, str], new: tuple[str, ...], names: list[str]) -> None:
    assert lost(command, sources, PYTHON, new) == names


def test_an_extension_in_the_source_tree() -> None:
    sources = {"/srv/app.py": "from own import _fast\n", "/srv/own/__init__.py": ""}
    built = ("/srv/own/_fast.cpython-312-x86_64-linux-gnu.so",)
    assert lost("python app.py", sources, built, ()) == ["own._fast"]
    assert lost("python app.py", sources, built, built) == []
    assert lost("python app.py", {"/srv/app.py": "from own import name\n", "/srv/own/__init__.py": ""}, (), ()) == []


@pytest.mark.parametrize(
    ("requirement", "names"),
    [
        ("six; extra == 'test'", []),
        ("unheard-of", []),
        ("Six (>=1.0)", ["Six"]),
        ("s.i_x >=1 ; python_version < '3'", []),
        ("six>=1 ; python_version > '3'", ["six"]),
    ],
)
def test_what_a_distribution_requires(requirement: str, names: list[str]) -> None:
    sources = {f"{SITE}/own-1.dist-info/METADATA": REQUIRES.format(requirement)}
    with_six = (f"{SITE}/six-1.16.dist-info/RECORD", f"{SITE}/own-1.dist-info/RECORD")
    assert lost("python", sources, with_six, with_six[1:]) == names


def test_python_looks_in_its_variable() -> None:
    sources = {"/srv/app.py": "import own\n"}
    env = ["PATH=/usr/bin", "PYTHONPATH=/lib/own:/opt/own"]
    assert lost("python app.py", sources, ("/opt/own/own.py",), (), Env=env) == ["own"]
    assert lost("python app.py", sources, ("/opt/other/own.py",), (), Env=env) == []


@pytest.mark.parametrize(
    ("command", "sources", "new", "names"),
    [
        pytest.param("node app.js", {"/srv/app.js": "require('express')"}, NODE, [], id="all there"),
        pytest.param("node app.js", {"/srv/app.js": "require('fs'); require('node:fs')"}, (), [], id="Node's own"),
        pytest.param("node app.js", {"/srv/test.js": "require('express')"}, (), [], id="a source nobody requires"),
        pytest.param("node app.js", {"/srv/app.js": "require('express')"}, (), ["express"], id="a package"),
        pytest.param("node app", {"/srv/app.mjs": "import x from 'express/lib'"}, (), ["express"], id="import"),
        pytest.param("node app.js", {"/srv/app.js": "import('@scope/tool')"}, NODE[:1], ["@scope/tool"], id="scoped"),
        pytest.param(
            "node .",
            {"/srv/index.js": "require('./lib')", "/srv/lib/index.js": "require('debug')"},
            (),
            ["debug"],
            id="own files",
        ),
        pytest.param(
            "npm start",
            {
                "/srv/package.json": '{"scripts": {"start": "NODE_ENV=x node app.js"}}',
                "/srv/app.js": "require('debug')",
            },
            (),
            ["debug"],
            id="a script of package.json",
        ),
        pytest.param(
            "node app.js",
            {
                "/srv/app.js": "require('express')",
                "/srv/node_modules/express/package.json": DEPENDS,
            },
            NODE[:1],
            ["debug"],
            id="what a package depends on",
        ),
    ],
)
def test_lost_modules_of_node(command: str, sources: dict[str, str], new: tuple[str, ...], names: list[str]) -> None:
    assert lost(command, sources, NODE, new) == names


def test_a_file_that_is_required_by_its_path() -> None:
    sources = {"/srv/app.js": "require('./build/out')"}
    assert lost("node app.js", sources, ("/srv/build/out.js",), ()) == ["./build/out"]
    assert lost("node app.js", sources, ("/srv/build/out.js",), ("/srv/build/out/index.js",)) == []


@pytest.mark.parametrize("text", ["{", "[]", '"x"', "[" * 100_000, '{"scripts": [], "dependencies": 3}'])
def test_a_package_json_that_is_none(text: str) -> None:
    sources = {
        "/srv/package.json": text,
        "/srv/app.js": "require('express')",
        "/srv/node_modules/express/package.json": text,
    }
    assert lost("npm start", sources, NODE, NODE) == []


def test_a_program_in_the_root_directory() -> None:
    sources = {"/app.py": "import six, helper\n", "/helper.py": "import own\n"}
    assert lost("python app.py", sources, (*PYTHON, "/own.py"), (), WorkingDir="/") == ["six", "own"]
    assert lost("python app.py", sources, (*PYTHON, "/own.py"), (*PYTHON, "/own.py"), WorkingDir="/") == []
