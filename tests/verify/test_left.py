"""Law E5: what left, with the reasons."""

from __future__ import annotations

from tests.verify.archives import image
from transformer.verify.image import OS_RELEASE, Entry, Image
from transformer.verify.left import Known, left_behind
from transformer.verify.verdict import Directory, Package

FILE = Entry("file", 0o644, 0, 0, "x", 10)
STATUS = "Package: {}\nStatus: install ok installed\n"
RELEASE = 'ID=debian\nVERSION_CODENAME="bookworm"\n'


def installed(*packages: str, files: dict[str, str] | None = None) -> Image:
    """Return an image with packages and files, each with the package that owns it ("" for none)."""
    owned = files or {}
    lists = {f"/var/lib/dpkg/info/{p}.list": "\n".join(f for f in owned if owned[f] == p) for p in packages}
    status = {"/var/lib/dpkg/status": "\n".join(STATUS.format(name) for name in packages), OS_RELEASE: RELEASE}
    return image(dict.fromkeys(owned, FILE), {**lists, **status})


def test_nothing_left() -> None:
    both = installed("bash", files={"/bin/bash": "bash"})
    left = left_behind(both, both, both, Known())
    assert (left.packages, left.directories, left.variables) == ((), (), ())


def test_every_package_has_its_reason() -> None:
    old = installed("bash", "git", "gcc", "binutils", "libunheard1")
    left = left_behind(old, installed("bash"), installed("bash", "git"), Known(reasons={"gcc": "line 3 compiles"}))
    assert left.packages == (
        Package("binutils", "only builds need it (toolchain)"),
        Package("gcc", "line 3 compiles"),
        Package("git", "the old base has it, the new base has not"),
        Package("libunheard1", "a dependency"),
    )


def test_every_directory_has_its_reason() -> None:
    files = {"/usr/lib/gcc/x/a": "gcc", "/usr/lib/gcc/y": "gcc", "/usr/lib/git/z": "", "/src/a.c": "", "/opt/b/c": ""}
    old = installed("gcc", files={**files, "/usr/bin/gcc": "gcc"})
    left = left_behind(old, installed(files={}), installed(files={"/usr/lib/git/z": ""}), Known(lines={"/src": 4}))
    assert set(left.directories) == {
        Directory("/usr/lib/gcc", 20, "files of gcc"),
        Directory("/usr/bin", 10, "files of gcc"),
        Directory("/usr/lib/git", 10, "files of the old base that the new base has not"),
        Directory("/src", 10, "made or copied by line 4, and nothing live needs it"),
        Directory("/opt/b", 10, "made by the build"),
    }


def test_variables_are_sorted() -> None:
    assert left_behind(image(), image(), image(), Known(frozenset({"B", "A"}))).variables == ("A", "B")
