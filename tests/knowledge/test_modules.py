"""What is known of the packages of PyPI and npm: never "needs nothing" for one that no table has."""

from __future__ import annotations

from pathlib import Path

import pytest

from transformer.knowledge import refresh_modules
from transformer.knowledge.modules import closure, module

BOOKWORM = "debian:bookworm"


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        pytest.param("flask", set(), id="pure"),
        pytest.param("psycopg2", {"libpq5"}, id="a library that it is linked with"),
        pytest.param("psycopg2-binary", set(), id="a wheel that brings it"),
        pytest.param("gitpython", {"git"}, id="a program that it runs"),
        pytest.param("weasyprint", {"libpango-1.0-0", "libpangoft2-1.0-0"}, id="libraries that it loads"),
        pytest.param("pdf2image", {"poppler-utils"}, id="by hand"),
        pytest.param("requests", {"ca-certificates"}, id="data"),
    ],
)
def test_what_a_module_of_python_needs(name: str, packages: set[str]) -> None:
    found = module("python", name, BOOKWORM)
    assert found is not None
    assert found.proven
    assert packages <= set(found.packages)
    assert packages or not found.packages


@pytest.mark.parametrize(
    ("ecosystem", "name", "release"),
    [
        ("python", "no-such-module", BOOKWORM),
        ("node", "flask", BOOKWORM),
        ("go", "flask", BOOKWORM),
        ("python", "flask", "alpine:3.20"),
        ("python", "flask", ""),
    ],
)
def test_what_no_table_has_is_unknown(ecosystem: str, name: str, release: str) -> None:
    assert module(ecosystem, name, release) is None


def test_names_of_packages_are_not_proven_in_a_neighbour() -> None:
    assert module("python", "psycopg2", "ubuntu:22.04") is not None
    assert not module("python", "psycopg2", "ubuntu:22.04").proven  # type: ignore[union-attr]
    assert module("python", "flask", "ubuntu:22.04").proven  # type: ignore[union-attr]


def test_a_closure_follows_what_modules_depend_on() -> None:
    found = closure("python", ["flask", "gitpython", "no-such-module"], BOOKWORM)
    assert {"werkzeug", "jinja2", "markupsafe", "gitdb"} <= found.modules
    assert found.unknown == ("no-such-module",)
    assert ("git", "gitpython") in found.packages


_PACKAGES = """\
Package: python3-paint
Section: python
Depends: python3:any, libpaint1 (>= 2), python3-paint-ext, python3-brush (>= 1) | python3-other, libc6
Recommends: painter, compiler

Package: python3-paint-ext
Section: python
Depends: libext2, python3-brush-abi1

Package: python3-brush
Section: python

Package: libpaint1
Section: libs

Package: libext2
Section: libs

Package: painter
Section: graphics

Package: compiler
Section: devel
"""
_CONTENTS = """\
usr/lib/python3/dist-packages/Paint_Er-2.0.egg-info/PKG-INFO  python/python3-paint
usr/lib/python3/dist-packages/brush-1.0.dist-info/METADATA    python/python3-brush,python/python3-other
usr/share/doc/paint/readme                                    python/python3-paint
usr/share/paint/colours                                       python/python3-paint
"""


def test_the_table_is_made_from_the_metadata_among_the_files(tmp_path: Path) -> None:
    lists = tmp_path / "bookworm" / "lists"
    lists.mkdir(parents=True)
    (lists / "host_dists_bookworm_main_binary-amd64_Packages").write_text(_PACKAGES, encoding="utf-8")
    (lists / "host_dists_bookworm_main_Contents-all").write_text(_CONTENTS, encoding="utf-8")
    ((name, _, rows),) = refresh_modules.tables(tmp_path)
    assert name == "bookworm-modules.tsv.z"
    assert sorted(rows) == ["pypi:brush\t\t\t\t", "pypi:paint-er\tbrush\tlibext2 libpaint1\tcompiler painter\tdata"]
