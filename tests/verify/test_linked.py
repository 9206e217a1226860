"""What a compiled program needs to start, read from a real one, and what the loader would find of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.verify.archives import at, image, tree
from transformer.verify.elf import Needs, needs
from transformer.verify.files import needed_files
from transformer.verify.image import LINKER_CACHE, Image
from transformer.verify.linked import missing

_TOOL = shutil.which("ls") or "/bin/ls"
PROGRAM = Path(_TOOL).read_bytes()
OWN = Needs(libraries=("libx.so.1",))


@pytest.fixture(scope="module")
def own() -> Needs:
    if not PROGRAM.startswith(b"\x7fELF"):
        pytest.skip(f"{_TOOL} is no ELF file here")
    return needs(PROGRAM)


def complete(own: Needs, *but: str) -> Image:
    """An image with all that the program asks for, the libraries where the loader looks."""
    paths = [own.loader, *(f"/usr/lib/{name}" for name in own.libraries)]
    return tree(*(path for path in paths if not path.endswith(but)) if but else paths)


def test_what_it_asks_for(own: Needs) -> None:
    assert own.loader.startswith("/lib")
    assert any(name.startswith("libc.so") for name in own.libraries)
    assert any(version.startswith("GLIBC_") for _, version in own.versions)


def test_nothing_is_missing_where_all_is_there(own: Needs) -> None:
    assert list(missing(complete(own), "/bin/ls", own)) == []


def test_each_missing_part_is_found(own: Needs) -> None:
    for name in own.libraries:
        assert list(missing(complete(own, "/" + name), "/bin/ls", own)) == [name]
    assert own.loader in list(missing(image(), "/bin/ls", own))


@pytest.mark.parametrize("content", [b"no program", b"", b"\x7fELF damaged", PROGRAM[:200], PROGRAM[:4000]])
def test_what_is_no_program_asks_for_nothing(content: bytes) -> None:
    assert needs(content).libraries == ()


@pytest.mark.parametrize("at_byte", range(16, 64))
def test_a_damaged_program_is_read_in_bounded_time(own: Needs, at_byte: int) -> None:
    assert needs(PROGRAM[:at_byte] + b"\xff" + PROGRAM[at_byte + 1 :]) is not None


@pytest.mark.parametrize(
    ("image_", "variable", "searched", "found"),
    [
        pytest.param(tree("/usr/local/lib/libx.so.1"), "", (), False, id="a directory that only the cache would name"),
        pytest.param(tree("/opt/lib/libx.so.1"), "", (), False, id="any other directory"),
        pytest.param(tree("/usr/lib/libx.so.1 -> /gone"), "", (), False, id="a link to nothing"),
        pytest.param(tree("/opt/lib/libx.so.1"), "opt/lib", (), False, id="a relative LD_LIBRARY_PATH"),
        pytest.param(tree("/usr/lib/libx.so.1"), "", (), True, id="trusted"),
        pytest.param(tree("/lib -> usr/lib", "/usr/lib/libx.so.1"), "", (), True, id="through a link"),
        pytest.param(tree("/usr/lib/x86_64-linux-gnu/libx.so.1"), "", (), True, id="multiarch"),
        pytest.param(tree("/opt/lib/libx.so.1"), "/opt/lib", (), True, id="LD_LIBRARY_PATH"),
        pytest.param(tree("/opt/lib/libx.so.1"), "", ("/opt/lib",), True, id="run path"),
        pytest.param(tree("/srv/lib/libx.so.1"), "", ("$ORIGIN/../lib",), True, id="beside the program"),
        pytest.param(
            tree("/usr/local/lib/libx.so.1", sources={LINKER_CACHE: "x\0/usr/local/lib/libx.so.1\0"}),
            "",
            (),
            True,
            id="the linker's cache",
        ),
        pytest.param(tree("/lib/ld-musl-x86_64.so.1", "/usr/local/lib/libx.so.1"), "", (), True, id="musl"),
    ],
)
def test_where_the_loader_looks(image_: Image, variable: str, searched: tuple[str, ...], found: bool) -> None:
    own = Needs(libraries=("libx.so.1",), searched=searched)
    assert (list(missing(image_, "/srv/bin/app", own, variable)) == []) is found


def test_a_version_that_the_library_has_not() -> None:
    own = Needs(libraries=("libx.so.1",), versions=(("libx.so.1", "X_2"),))
    has = {v: tree("/lib/libx.so.1", needs={"/lib/libx.so.1": Needs(defines=frozenset({v}))}) for v in ("X_1", "X_2")}
    assert list(missing(has["X_2"], "/app", own)) == []
    assert list(missing(has["X_1"], "/app", own)) == ["libx.so.1 (X_2)"]
    assert list(missing(tree("/lib/libx.so.1"), "/app", own)) == []


@pytest.mark.parametrize(("machine", "lost"), [("EM_X86_64", True), ("", True), ("EM_ARM", False)])
def test_a_file_for_another_processor_is_never_loaded(machine: str, lost: bool) -> None:
    loader = "/usr/lib64/ld-linux-x86-64.so.2"
    own = {"/opt/x.node": Needs(libraries=("libx.so.1",), machine=machine)}
    old = tree(loader, "/usr/lib/libx.so.1", "/opt/x.node", needs=own)
    new = tree(loader, "/opt/x.node", needs=own)
    assert bool(list(needed_files(at(old), at(new), image()))) is lost


def test_the_package_that_had_it_is_the_cause() -> None:
    lists = {"/var/lib/dpkg/info/libx1:amd64.list": "/usr/lib/libx.so.1\n"}
    old = tree("/usr/lib/libx.so.1", "/opt/tool", sources=lists)
    new = tree("/opt/tool", needs={"/opt/tool": OWN})
    (found,) = needed_files(at(old), at(new), image())
    assert (found.law, found.what, found.new) == ("E2", "/opt/tool", "lacks libx.so.1")
    assert "libx1" in found.cause
    assert list(needed_files(at(new), at(new), image())) == []
    assert list(needed_files(at(old), at(new), new)) == []


def test_a_program_names_its_certificates() -> None:
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    program = {"/app": needs(b"\x7fELF" + bundle.encode() + b"\0/etc/none\0")}
    old, new = tree("/app", bundle, needs=program), tree("/app", needs=program)
    (found,) = needed_files(at(old), at(new), image())
    assert (found.law, found.what) == ("E2", bundle)
    assert list(needed_files(at(old), at(new), new)) == []
    assert list(needed_files(at(old), at(old), image())) == []


def test_names_that_stand_without_an_end() -> None:
    found = needs(b"\x7fELF text/htmlx/etc/mime.typesgzip\0/etc/own.conf\0").names
    assert {"/etc/mime.types", "/etc/own.conf"} <= set(found)
    assert needs(b"\x7fELF /etc/mime.type \0").names == ("/etc/mime.type",)
