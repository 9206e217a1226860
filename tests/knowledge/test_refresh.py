"""Rebuilding the tables, on an archive small enough to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from transformer.knowledge.closure import Dependencies, Resolver
from transformer.knowledge.refresh import archive, contents, gates, modules, packages
from transformer.knowledge.refresh.__main__ import main
from transformer.knowledge.refresh.derive import Suite
from transformer.knowledge.refresh.images import normal_release
from transformer.knowledge.refresh.roles import sound_roles, stem_rows
from transformer.knowledge.refresh.versions import compare, satisfies

PACKAGES = """\
Package: compiler
Version: 1
Section: devel
Installed-Size: 10
Architecture: amd64
Pre-Depends: libc6 (>= 2.14)
Depends: headers:any (= 1), one | two (<< 3), old-thing | headers (<< 1)
Recommends: docs
Tag: devel::compiler, role::{program,
 devel-lib}
Description: translates programs
 with a long text: Depends: nothing

Package: headers
Version: 1
Section: misc
Architecture: all
Provides: virtual-headers (= 1), old-headers
Essential: yes
Description: what every program needs

Package: libx1
Source: x
Version: 1-2
Section: libs
Architecture: amd64
Depends: libc6
Description: library

Package: libx-dev
Source: x
Version: 1-2
Section: libdevel
Architecture: amd64
Depends: libx1 (= 1-2)
Description: headers of the library

Package: libx-meta-dev
Source: x
Version: 1-2
Section: libdevel
Architecture: all
Depends: libx-dev
Description: depends on the headers

Package: tools
Version: 2
Section: metapackages
Architecture: all
Installed-Size: 5
Depends: compiler
Description: metapackage

Package: golang-thing-dev
Version: 1
Section: golang
Architecture: all
Description: sources

Package: user
Source: user
Version: 3
Section: utils
Architecture: amd64
Depends: libx1 (>= 1)
Description: a program
"""
SOURCES = """\
Package: user
Build-Depends: libx-dev (>= 1), compiler <!nocheck>, headers [amd64]
"""
CONTENTS = """\
usr/bin/compile                                          devel/compiler
usr/bin/user                                             utils/user
usr/include/x.h                                          libdevel/libx-dev
usr/lib/x86_64-linux-gnu/libx.so                         libdevel/libx-dev
usr/lib/x86_64-linux-gnu/libx.so.1                       libs/libx1
usr/lib/x86_64-linux-gnu/libx.so.1.0                     libs/libx1
usr/share/doc/x/readme                                   libs/libx1
etc/init.d/userd                                         utils/user,misc/not-there
"""


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    folder = tmp_path / "bookworm" / "lists"
    folder.mkdir(parents=True)
    for name, text in (
        ("main_binary-amd64_Packages", PACKAGES),
        ("main_source_Sources", SOURCES),
        ("main_Contents-amd64", CONTENTS),
        ("contrib_Contents-amd64", ""),
    ):
        (folder / f"host_dists_bookworm_{name}").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def suite(lists: Path) -> Suite:
    return Suite(archive.read(lists, "bookworm"), contents.read(lists, "bookworm"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("a", ((("a", "", ""),),)),
        ("a (>= 1:2.3~rc), b:any", ((("a", ">=", "1:2.3~rc"),), (("b", "", ""),))),
        ("a | b (<< 2) | c [amd64], d", ((("a", "", ""), ("b", "<<", "2"), ("c", "", "")), (("d", "", ""),))),
        ("a (<< 2), b (>> 1)", ((("a", "<<", "2"),), (("b", ">>", "1"),))),
        ("a <!nocheck> <cross>, b", ((("a", "", ""),), (("b", "", ""),))),
        ("libstdc++6 (>= 12), ", ((("libstdc++6", ">=", "12"),),)),
    ],
)
def test_clauses(text: str, expected: archive.type_clauses) -> None:
    assert archive.clauses(text) == expected


def test_packages_are_read_from_the_index(suite: Suite) -> None:
    found = suite.archive
    compiler, headers = found.binaries["compiler"], found.binaries["headers"]
    assert {"devel::compiler", "role::program", "role::devel-lib"} <= compiler.tags
    assert (compiler.size, compiler.essential, headers.essential, compiler.native, headers.native) == (
        10,
        False,
        True,
        True,
        False,
    )
    assert compiler.description == "translates programs"
    assert dict(found.providers) == {"virtual-headers": ("headers",), "old-headers": ("headers",)}
    assert found.stated == {"virtual-headers": ("1",), "old-headers": ()}
    assert (found.built["libx-dev"], found.needed["libx1"]) == (1, 1)
    assert found.builds["user"] == {"libx-dev", "compiler", "headers"}


def test_versions_are_taken_out_of_clauses(suite: Suite) -> None:
    found = packages.stanzas_of(suite.archive)
    assert found["compiler"].needs == Dependencies(("libc6", "headers", "one|two", "old-thing"), ("docs",))
    assert packages.providers(found) == {"virtual-headers": ("headers=",), "old-headers": ("headers",)}
    assert packages.reachable(found, ["compiler"]) == {"compiler", "headers"}


def test_what_packages_ship(suite: Suite) -> None:
    assert suite.commands == {"compile": ("compiler",), "user": ("user",)}
    assert suite.libraries == {"libx.so.1": ("libx1",), "libx.so.1.0": ("libx1",)}
    assert suite.contents.linkers["libx-dev"] == {"libx.so"}
    assert (suite.contents.headers["libx-dev"], suite.contents.services["user"]) == (1, 1)


def test_what_packages_are_for(suite: Suite) -> None:
    assert suite.roles == {
        "compiler": "toolchain",
        "headers": "essential",
        "libx1": "lib",
        "libx-dev": "dev",
        "libx-meta-dev": "dev",
        "tools": "toolchain",
        "golang-thing-dev": "dev",
        "user": "service",
    }
    assert sound_roles(suite) == dict(suite.roles)


def test_a_droppable_role_needs_something_to_show_for_it(lists: Path) -> None:
    path = lists / "host_dists_bookworm_main_binary-amd64_Packages"
    path.write_text("Package: helper\nVersion: 1\nSection: devel\nInstalled-Size: 100\n\n" + PACKAGES, encoding="utf-8")
    bare = Suite(archive.read(lists, "bookworm"), contents.read(lists, "bookworm"))
    assert bare.roles["helper"] == "toolchain"
    assert sound_roles(bare)["helper"] == "data"


def test_what_stands_for_a_dev_package(suite: Suite) -> None:
    found = {name: (one.how, one.packages) for name, one in suite.development.items()}
    assert found == {
        "libx-dev": ("contents", ("libx1",)),
        "libx-meta-dev": ("contents", ("libx1",)),
        "golang-thing-dev": ("static-language", ()),
    }


def test_without_files_its_dependencies_say_what_stands_for_it(lists: Path) -> None:
    (lists / "host_dists_bookworm_main_Contents-amd64").write_text("usr/include/x.h d/libx-dev\n", encoding="utf-8")
    bare = Suite(archive.read(lists, "bookworm"), contents.read(lists, "bookworm"))
    assert (bare.development["libx-dev"].how, bare.development["libx-dev"].packages) == ("deps", ("libx1",))


@pytest.mark.parametrize("missing", ["Packages", "Contents-amd64"])
def test_a_suite_without_its_indexes_is_not_read(lists: Path, missing: str) -> None:
    for path in lists.glob(f"*{missing}"):
        path.unlink()
    with pytest.raises(FileNotFoundError, match=missing.partition("-")[0]):
        Suite(archive.read(lists, "bookworm"), contents.read(lists, "bookworm"))


def test_gates(suite: Suite, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("# name, letters\ncompiler B\nlibx1 R\nuser RC\nabsent B\ntools B debian:trixie\n")
    assert gates.role_accuracy(suite, labels) == (1.0, [])
    assert list(gates.failures("bookworm", suite, labels)) == [
        "bookworm: only 0.0% of 0 -dev packages are confirmed, 98% are asked for"
    ]
    labels.write_text("compiler R\nlibx1 R\n")
    assert gates.role_accuracy(suite, labels) == (0.5, ["compiler"])


def test_a_dev_package_is_confirmed_by_what_is_built_with_it(lists: Path) -> None:
    users = "".join(f"Package: u{n}\nVersion: 1\nArchitecture: amd64\nDepends: libx1\n\n" for n in range(5))
    strangers = "".join(f"Package: s{n}\nVersion: 1\nArchitecture: amd64\nDepends: libc6\n\n" for n in range(5))
    path = lists / "host_dists_bookworm_main_binary-amd64_Packages"
    path.write_text(f"{PACKAGES}\n{users}{strangers}", encoding="utf-8")
    for built, share in (("u", 1.0), ("s", 0.0)):
        sources = "".join(f"Package: {built}{n}\nBuild-Depends: libx-dev\n\n" for n in range(5))
        (lists / "host_dists_bookworm_main_source_Sources").write_text(sources, encoding="utf-8")
        suite = Suite(archive.read(lists, "bookworm"), contents.read(lists, "bookworm"))
        assert gates.development_accuracy(suite) == (share, 1)


def test_nothing_is_written_if_a_gate_fails(
    lists: Path, damaged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("compiler R\n", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in damaged.iterdir() if path.is_file()}
    assert main([str(lists.parents[1]), "--labels", str(labels)]) == 1
    assert "labelled as needed at run time, and called build-only: compiler" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in damaged.iterdir() if path.is_file()} == before


def test_a_folder_without_indexes_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "indexes.sh" in capsys.readouterr().err


def test_versions_must_agree_before_a_stem_says_anything() -> None:
    roles = {
        "x-1": "toolchain",
        "x-2": "toolchain",
        "y-1": "toolchain",
        "y-2": "program",
        "only-3": "toolchain",
        "libz1": "lib",
        "libz2": "lib",
    }
    assert stem_rows({"s": roles}) == ["x-#\ttoolchain"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "2"),
        ("1.9", "1.10"),
        ("1.0~rc1", "1.0"),
        ("1.0~~", "1.0~"),
        ("1.0", "1.0a"),
        ("1.0", "1.0-1"),
        ("1.0-1", "1.0-1+b1"),
        ("1.0a", "1.0+"),
        ("9", "1:1"),
        ("1:1.0-9", "1:1.1-1"),
        ("2.36-9+deb12u9", "2.36-9+deb12u14"),
        ("5.0-1", "5.0-1.1"),
        ("1.0-a-1", "1.0-a-2"),
    ],
)
def test_versions_are_ordered(one: str, other: str) -> None:
    assert compare(one, other) < 0 < compare(other, one)
    assert compare(one, one) == compare(other, other) == 0
    assert satisfies(one, "<<", other)
    assert satisfies(one, "<=", one)
    assert satisfies(other, ">>", one)
    assert not satisfies(one, ">=", other)
    assert satisfies(one, "", other)


@pytest.mark.parametrize(
    ("start", "installed", "expected"),
    [
        (["asks-any"], set(), {"asks-any", "mail"}),
        (["second", "asks-any"], set(), {"second", "asks-any"}),
        (["second", "asks-version"], set(), {"second", "asks-version", "mail"}),
        (["third", "asks-version"], set(), {"third", "asks-version"}),
        (["third", "asks-itself"], set(), {"third", "asks-itself", "mail"}),
        (["asks-virtual"], set(), {"asks-virtual", "last"}),
        (["asks-virtual"], {"first"}, {"asks-virtual"}),
        (["brings-both"], set(), {"brings-both", "inner", "second"}),
    ],
)
def test_what_answers_for_a_name(start: list[str], installed: set[str], expected: set[str]) -> None:
    """A real name, a provider of it, one that states a version, the order of providers, and of clauses."""
    needs = {
        "asks-any": ("mail",),
        "asks-version": ("mail=",),
        "asks-itself": ("mail!",),
        "asks-virtual": ("only-virtual",),
        "brings-both": ("inner", "mail"),
        "inner": ("second",),
    }
    names = {*needs, "mail", "second", "third", "first", "last"}
    virtual = {"mail": ("second", "third="), "only-virtual": ("last", "first")}
    found = Resolver(
        lambda name: Dependencies(needs.get(name, ()), ()) if name in names else None,
        lambda name: virtual.get(name, ()),
        installed,
        recommends=False,
    ).install(start)
    assert found == expected


def test_php_extensions_get_what_official_images_install(suite: Suite, lists: Path) -> None:
    given = {modules.EXTENSIONS: ["x\t^libx[0-9]+$ no-such-package", "plain\t"]}
    ((name, _, rows),) = modules.tables({"bookworm": suite}, lists.parents[1], given)
    assert name == "bookworm-modules.tsv.z"
    assert sorted(rows) == ["php:plain\t\t\t\t", "php:x\t\tlibx1\t\t"]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("bookworm", "debian:bookworm"),
        ("ubuntu:jammy", "ubuntu:22.04"),
        ("ubuntu:artful-20180412", "ubuntu:17.10"),
        ("alpine:alpine:3.19", "alpine:3.19"),
        ("alpine:3.19.1", "alpine:3.19"),
        ("alpine:?", "alpine:?"),
        ("al2023", "amazonlinux:2023"),
        ("<amazonlinux:2>", "amazonlinux:2"),
        ("oraclelinux8", "oraclelinux:8"),
        ("centos:centos7", "centos:7"),
        ("debian:stable", "debian:trixie"),
        ("debian:stable-20230612", ""),
        ("<microsoft/windowsservercore>", "windows:servercore"),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_releases_as_the_facts_spell_them(place: str, name: str) -> None:
    assert normal_release(place) == name
