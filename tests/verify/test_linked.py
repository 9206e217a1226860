"""What a compiled program needs to start, read from a real one: the interpreter that runs the tests' commands."""

from __future__ import annotations

import posixpath
import shutil
from pathlib import Path

import pytest

from tests.verify.archives import image
from transformer.verify.files import needed_files
from transformer.verify.image import Entry, Image
from transformer.verify.linked import missing, needs

_TOOL = shutil.which("ls") or "/bin/ls"
PROGRAM = Path(_TOOL).read_bytes()
FILE = Entry("file", 0o755, 0, 0, "x")


@pytest.fixture(scope="module", autouse=True)
def an_elf_file() -> None:
    if not PROGRAM.startswith(b"\x7fELF"):
        pytest.skip(f"{_TOOL} is no ELF file here")


def complete() -> Image:
    """An image with all that the program asks for, the libraries where the loader looks."""
    own = needs(PROGRAM)
    paths = [own.loader, *(f"/usr/lib/{name}" for name in own.libraries)]
    folders = {folder for path in paths for folder in _above(path)}
    return image({**{f: Entry("directory", 0o755, 0, 0) for f in folders}, **dict.fromkeys(paths, FILE)})


def _above(path: str) -> list[str]:
    found = []
    while (path := posixpath.dirname(path)) != "/":
        found.append(path)
    return found


def test_what_it_asks_for() -> None:
    own = needs(PROGRAM)
    assert own.loader.startswith("/lib")
    assert any(name.startswith("libc.so") for name in own.libraries)
    assert any(version.startswith("GLIBC_") for _, version in own.versions)


def test_nothing_is_missing_where_all_is_there() -> None:
    assert list(missing(complete(), "/bin/ls", PROGRAM)) == []


def test_each_missing_part_is_found() -> None:
    own, whole = needs(PROGRAM), complete()
    for name in own.libraries:
        rest = image({path: entry for path, entry in whole.files.items() if not path.endswith("/" + name)})
        assert list(missing(rest, "/bin/ls", PROGRAM)) == [name]
    assert own.loader in list(missing(image(), "/bin/ls", PROGRAM))


def test_what_is_no_program_asks_for_nothing() -> None:
    assert needs(b"no program") == needs(b"") == needs(b"\x7fELF damaged")


def test_the_package_that_had_it_is_the_cause() -> None:
    whole = complete()
    library = next(n for n in needs(PROGRAM).libraries if n.startswith("libc.so"))
    lists = {"/var/lib/dpkg/info/libc6:amd64.list": f"/usr/lib/{library}\n"}
    old = Image({**whole.files, "/opt/tool": FILE}, lists, {}, ())
    files = {path: entry for path, entry in old.files.items() if not path.endswith(library)}
    (found,) = needed_files(old, Image(files, {}, {"/opt/tool": PROGRAM}, ()), whole, {})
    assert (found.law, found.what, found.new) == ("E2", "/opt/tool", f"lacks {library}")
    assert "libc6" in found.cause
