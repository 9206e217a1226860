"""What is known of the packages of PyPI, npm, RubyGems and PHP: never "needs nothing" for one that no table has."""

from __future__ import annotations

from pathlib import Path

import pytest

from transformer.knowledge.modules import closure, module
from transformer.knowledge.refresh import archive, modules
from transformer.knowledge.refresh.contents import Contents
from transformer.knowledge.refresh.derive import Suite

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


# labelled before the tables were asked: what at least one published form of the module is linked with. Two labels were
# wrong: snmp gets the package of its programs, which brings the library, and redis compresses with lz4
@pytest.mark.parametrize(
    ("ecosystem", "name", "packages"),
    [
        ("ruby", "nokogiri", {"libxml2", "libxslt1.1"}),
        ("ruby", "pg", {"libpq5"}),
        ("ruby", "mysql2", {"libmariadb3"}),
        ("ruby", "sqlite3", {"libsqlite3-0"}),
        ("ruby", "rmagick", {"libmagickcore-6.q16-6"}),
        ("ruby", "ffi", {"libffi8"}),
        ("ruby", "charlock_holmes", {"libicu72"}),
        ("ruby", "bcrypt", set()),
        ("ruby", "redcarpet", set()),
        ("ruby", "rack", set()),
        ("ruby", "sinatra", set()),
        ("ruby", "puma", {"libssl3"}),
        ("php", "gd", {"libpng16-16", "libfreetype6", "libjpeg62-turbo", "libwebp7"}),
        ("php", "pdo_pgsql", {"libpq5"}),
        ("php", "pgsql", {"libpq5"}),
        ("php", "intl", {"libicu72"}),
        ("php", "imagick", {"libmagickwand-6.q16-6"}),
        ("php", "zip", {"libzip4"}),
        ("php", "memcached", {"libmemcachedutil2"}),
        ("php", "xsl", {"libxslt1.1"}),
        ("php", "snmp", {"snmp"}),
        ("php", "bcmath", set()),
        ("php", "pdo_mysql", set()),
        ("php", "redis", {"liblz4-1"}),
    ],
)
def test_what_a_module_of_ruby_or_php_needs(ecosystem: str, name: str, packages: set[str]) -> None:
    found = module(ecosystem, name, BOOKWORM)
    assert found is not None
    assert packages <= set(found.packages)
    assert packages or not [n for n in found.packages if n.startswith("lib")]


@pytest.mark.parametrize(
    ("ecosystem", "name", "release"),
    [
        ("python", "no-such-module", BOOKWORM),
        ("node", "flask", BOOKWORM),
        ("go", "flask", BOOKWORM),
        ("ruby", "no-such-gem", BOOKWORM),
        ("php", "no_such_extension", BOOKWORM),
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
Version: 1
Section: python
Depends: python3:any, libpaint1 (>= 2), python3-paint-ext, python3-brush (>= 1) | python3-other, libc6
Recommends: painter, compiler

Package: python3-paint-ext
Version: 1
Section: python
Depends: libext2, python3-brush-abi1

Package: python3-brush
Version: 1
Section: python

Package: ruby-brush
Version: 1
Section: ruby

Package: libpaint1
Version: 1
Section: libs

Package: libext2
Version: 1
Section: libs

Package: painter
Version: 1
Section: graphics

Package: compiler
Version: 1
Section: devel
"""
_CONTENTS = """\
usr/lib/python3/dist-packages/Paint_Er-2.0.egg-info/PKG-INFO  python/python3-paint
usr/lib/python3/dist-packages/brush-1.0.dist-info/METADATA    python/python3-brush,python/python3-other
usr/share/rubygems-integration/all/specifications/brush-1.0.gemspec ruby/ruby-brush
usr/share/doc/paint/readme                                    python/python3-paint
usr/share/paint/colours                                       python/python3-paint
"""


def test_the_table_is_made_from_the_metadata_among_the_files(tmp_path: Path) -> None:
    lists = tmp_path / "bookworm" / "lists"
    lists.mkdir(parents=True)
    (lists / "host_dists_bookworm_main_binary-amd64_Packages").write_text(_PACKAGES, encoding="utf-8")
    (lists / "host_dists_bookworm_main_Contents-all").write_text(_CONTENTS, encoding="utf-8")
    suite = Suite(archive.read(lists, "bookworm"), Contents())
    ((name, _, rows),) = modules.tables({"bookworm": suite}, tmp_path, {modules.EXTENSIONS: []})
    assert name == "bookworm-modules.tsv.z"
    assert sorted(rows) == [
        "gem:brush\t\t\t\t",
        "pypi:brush\t\t\t\t",
        "pypi:paint-er\tbrush\tlibext2 libpaint1\tcompiler painter\tdata",
    ]
