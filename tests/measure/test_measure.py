"""Reading packages of an index as data: what is open, what is built; damaged archives count as unread."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from transformer.measure import fetching, npm, pypi
from transformer.measure.fetching import Fetcher
from transformer.measure.reading import Reading, follow


class Shelf(Fetcher):
    """An index on a shelf: URL to content."""

    def __init__(self, content: dict[str, bytes]) -> None:
        self.content = content

    def get(self, url: str, accept: str = "*/*") -> bytes | None:
        return self.content.get(url)


def _wheel(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def _tarball(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return packed.getvalue()


def _pypi(content: bytes, filename: str = "paint-1.0-py3-none-any.whl") -> Reading | None:
    listing = {"files": [{"filename": filename, "url": "wheel", "upload-time": "2025-01-01"}]}
    return pypi.reader("index", Shelf({"index/paint/": json.dumps(listing).encode(), "wheel": content}))("paint")


def _npm(files: dict[str, str], **manifest: object) -> Reading | None:
    listing = {"versions": {"1.0.0": {"dist": {"tarball": "tarball"}, **manifest}}}
    return npm.reader("index", Shelf({"index/paint": json.dumps(listing).encode(), "tarball": _tarball(files)}))(
        "paint"
    )


@pytest.mark.parametrize(
    ("code", "commands", "marks"),
    [
        pytest.param("import json\n", set(), set(), id="nothing"),
        pytest.param("import subprocess\nsubprocess.run(['git', 'log'])\n", {"git"}, set(), id="a program by name"),
        pytest.param("import subprocess\ndef f(x):\n    subprocess.run(x)\n", set(), {"open"}, id="any program"),
        pytest.param("import ctypes\nctypes.CDLL('libpaint.so.1')\n", set(), {"open"}, id="a library"),
        pytest.param("import subprocess\nsubprocess.run([", set(), {"open"}, id="what cannot be parsed"),
    ],
)
def test_python_code_is_read(code: str, commands: set[str], marks: set[str]) -> None:
    found = _pypi(_wheel({"paint/__init__.py": code}))
    assert found == Reading(frozenset({"1.0"}), commands=frozenset(commands), marks=frozenset(marks))


def test_what_a_library_that_is_brought_links_counts_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pypi, "needed", lambda content: [content.decode()])
    found = _pypi(_wheel({"paint/x.so": "libpaint-1.so.5", "paint.libs/libpaint-1.so.5": "libGL.so.1"}))
    assert found is not None
    assert found.libraries == {"libGL.so.1"}


INFO = {"PKG-INFO": "Name: paint\n", "setup.py": "setup(install_requires=read())\n", "paint/x.py": "import json\n"}


@pytest.mark.parametrize(
    ("files", "marks"),
    [
        pytest.param({}, set(), id="Python alone"),
        pytest.param({"paint/x.py": "import os\nos.system(x)\n"}, {"open"}, id="any program"),
        pytest.param({"setup.py": "import os\nos.system('make')\n"}, {"built"}, id="a recipe that runs a program"),
        pytest.param({"setup.py": "setup(ext_modules=[x])\n"}, {"built"}, id="a recipe that compiles"),
        pytest.param({"paint/x.c": ""}, {"built"}, id="C"),
        pytest.param({"setup.py": "setup(data_files=[x])\n"}, {"data"}, id="files for elsewhere"),
    ],
)
def test_a_source_package_of_python_alone_is_read(files: dict[str, str], marks: set[str]) -> None:
    found = _pypi(_tarball({**INFO, **files}), "paint-1.0.tar.gz")
    assert found is not None
    assert found.marks == marks


def test_what_a_source_package_requires() -> None:
    text = "brush>=1\n\n[:python_version < '3']\nold\n\n[:python_version > '3']\nnew\n\n[oil]\ncanvas\n"
    found = _pypi(_tarball({**INFO, "paint.egg-info/requires.txt": text}), "paint-1.0.tar.gz")
    assert found is not None
    assert found.requires == {"brush", "new"}


def test_a_source_package_without_metadata_is_built() -> None:
    found = _pypi(_tarball({"setup.py": ""}), "paint-1.0.tar.gz")
    assert found is not None
    assert found.marks == {"built"}


def test_tests_of_a_package_are_not_its_code_and_data_is_noted() -> None:
    found = _pypi(_wheel({"paint/tests/run.py": "import os\nos.system(x)\n", "paint-1.0.data/data/share/x": ""}))
    assert found is not None
    assert found.marks == {"data"}


def test_what_is_required_on_linux_with_the_parts_that_extras_add() -> None:
    lines = (
        "Provides-Extra: fast",
        "Requires-Dist: Brush.Set (>=1)",
        "Requires-Dist: pywin32; sys_platform == 'win32'",
        "Requires-Dist: tomli; python_version < '3.11'",
        "Requires-Dist: roller; extra == 'fast'",
    )
    found = _pypi(_wheel({"paint-1.0.dist-info/METADATA": "\n".join(lines)}))
    assert found is not None
    assert found.requires == {"brush-set", "tomli", "fast:roller"}


@pytest.mark.parametrize(
    ("content", "filename", "marks"),
    [
        pytest.param(b"PK no archive", "paint-1.0-py3-none-any.whl", {"open", "data"}, id="damaged"),
        pytest.param(b"", "paint-1.0.tar.gz", {"built"}, id="sources only"),
        pytest.param(b"", "paint-1.0-cp312-cp312-win_amd64.whl", {"built"}, id="a wheel of another system only"),
    ],
)
def test_what_cannot_be_read_is_not_called_harmless(content: bytes, filename: str, marks: set[str]) -> None:
    found = _pypi(content, filename)
    assert found is not None
    assert found.marks == marks


@pytest.mark.parametrize(
    ("files", "marks"),
    [
        pytest.param({"index.js": "require('http')"}, set(), id="nothing"),
        pytest.param({"index.js": "require('child_process')"}, {"open"}, id="programs"),
        pytest.param({"index.js": " * require('child_process')"}, set(), id="a comment"),
        pytest.param({"bin/x.js": "require('child_process')"}, set(), id="a program of its own"),
        pytest.param(
            {"package.json": '{"main": "bin/x.js"}', "bin/x.js": "require('child_process')"}, {"open"}, id="its module"
        ),
        pytest.param({"build/x.node": ""}, set(), id="a native addon for another system"),
        pytest.param({"x.js": "require('child_process').exec(x)"}, {"open"}, id="a program without a name"),
        pytest.param({"x.js": "require('child_process').exec('ldd --version')"}, set(), id="a program by its name"),
        pytest.param({"x.js": "require(name)"}, set(), id="a module without a name"),
        pytest.param({"binding.gyp": ""}, {"built"}, id="a recipe"),
        pytest.param({"package.json": '{"scripts": {"postinstall": "x"}}'}, {"built"}, id="a script at installation"),
        pytest.param({"package.json": '{"scripts": {"test": "x"}}'}, set(), id="a script for developers"),
        pytest.param({"package.json": "[]", "x.js": ""}, set(), id="a manifest that is none"),
        pytest.param({"package.json": "{"}, {"open"}, id="a manifest that is damaged"),
    ],
)
def test_javascript_is_read(files: dict[str, str], marks: set[str]) -> None:
    found = _npm(files)
    assert found is not None
    assert found.marks == marks


def test_programs_and_libraries_of_a_javascript_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm, "needed", lambda content: content.decode().split())
    found = _npm(
        {
            "index.js": "require('child_process').execSync('/usr/bin/git gc')",
            "linux.node": "libz.so.1 libpaint.so.2 libc.so.6",
            "libpaint.so.2": "",
            "musl.node": "libodd.so.1 libc.musl-x86_64.so.1",
            "bsd.node": "libodd.so.1 libc.so.7",
        }
    )
    assert found is not None
    assert {*found.commands, *found.libraries, *found.marks} == {"git", "libz.so.1"}


def test_an_archive_with_too_much_in_it_counts_as_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_MOST_MEMBERS", 1)
    files = {"a.js": "", "b.js": ""}
    wheel, package = _pypi(_wheel(files)), _npm(files)
    assert wheel is not None
    assert package is not None
    assert wheel.marks == {"open", "data"}
    assert package.marks == {"open"}


def test_peers_count_unless_they_are_optional() -> None:
    found = _npm(
        {},
        dependencies={"brush": "1"},
        peerDependencies={"wall": "1", "ladder": "1"},
        peerDependenciesMeta={"ladder": {"optional": True}},
    )
    assert found is not None
    assert found.requires == {"brush", "wall"}


def _read(name: str) -> Reading | None:
    requires = {"a": {"b", "fast:d"}, "b": {"c"}, "c": {"a"}}
    return Reading(frozenset({"1"}), frozenset(requires[name])) if name in requires else None


def test_what_is_required_is_followed_up_to_a_bound_and_not_for_extras() -> None:
    assert follow(["a"], _read, workers=1, most=10).keys() == {"a", "b", "c"}
    assert follow(["a"], _read, workers=1, most=2).keys() == {"a", "b"}


def test_what_was_fetched_is_kept(tmp_path: Path) -> None:
    source = tmp_path / "listing"
    source.write_bytes(b"one")
    fetcher = Fetcher(tmp_path / "cache")
    assert fetcher.get(source.as_uri()) == b"one"
    source.unlink()
    assert fetcher.get(source.as_uri()) == b"one"
    assert fetcher.get((tmp_path / "other").as_uri()) is None
