"""Cargo's own files: manifests, lock files, settings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.context.cargo import Binary, Locked, lock, manifest, settings

PACKAGE = '[package]\nname = "my-tool"\nversion = "1.2.3"\n'


def test_defaults() -> None:
    found = manifest(PACKAGE)
    assert found is not None
    assert (found.name, found.version, found.library, found.script) == ("my-tool", "1.2.3", "my_tool", "build.rs")
    assert (found.workspace, found.found_binaries, found.binaries) == (False, True, ())


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ('[[bin]]\nname = "a"\npath = "b.rs"\n', "binaries", (Binary("a", "b.rs"),)),
        ('[[bin]]\nname = "a"\nrequired-features = ["x"]\n', "binaries", (Binary("a", "", frozenset({"x"})),)),
        ('[lib]\nname = "other"\ncrate-type = ["cdylib"]\n', "library", "other"),
        ('[lib]\ncrate-type = ["cdylib"]\n', "kinds", frozenset({"cdylib"})),
        ("[lib]\nproc-macro = true\n", "kinds", frozenset({"proc-macro"})),
        ('[lib]\ncrate-type = ["dylib"]\n', "dynamic", True),
        ('[workspace]\nmembers = ["a/*"]\n', "members", ("a/*",)),
        ('[workspace]\nmembers = ["a/*"]\n', "workspace", True),
    ],
)
def test_manifest(text: str, field: str, value: object) -> None:
    assert getattr(manifest(PACKAGE + text), field) == value


@pytest.mark.parametrize(
    ("text", "script"), [('build = "make.rs"', "make.rs"), ("build = false", ""), ("build = true", "build.rs")]
)
def test_build_scripts(text: str, script: str) -> None:
    found = manifest(PACKAGE + text + "\n")
    assert found is not None
    assert found.script == script


def test_dependencies() -> None:
    found = manifest(
        PACKAGE + '[dependencies]\na = "1"\nb = { package = "real-b", path = "../b" }\nc.workspace = true\n'
        '[dev-dependencies]\nd = "1"\n[build-dependencies]\ne = "1"\n[target."cfg(unix)".dependencies]\nf = "1"\n'
    )
    assert found is not None
    assert [(d.name, d.path, d.inherited, d.runs) for d in found.dependencies] == [
        ("a", "", False, True),
        ("real-b", "../b", False, True),
        ("c", "", True, True),
        ("d", "", False, False),
        ("e", "", False, False),
        ("f", "", False, True),
    ]


@pytest.mark.parametrize(
    ("asked", "default", "every", "on"),
    [
        ((), True, False, {"default", "a"}),
        ((), False, False, set()),
        (("b",), False, False, {"b", "c", "dep:d"}),
        ((), True, True, {"default", "a", "b", "c", "dep:d"}),
    ],
)
def test_features(asked: tuple[str, ...], default: bool, every: bool, on: set[str]) -> None:
    found = manifest(PACKAGE + '[features]\ndefault = ["a"]\na = []\nb = ["c", "dep:d"]\nc = []\n')
    assert found is not None
    assert found.enabled(frozenset(asked), default=default, every=every) == on


def test_lock() -> None:
    text = 'version = 3\n[[package]]\nname = "a"\nversion = "0.1.0"\ndependencies = ["b 1.0.0"]\n'
    text += '[[package]]\nname = "b"\nversion = "1.0.0"\nsource = "registry+x"\n'
    assert lock(text) == (Locked("a", "0.1.0", "", ("b 1.0.0",)), Locked("b", "1.0.0", "registry+x", ()))


def test_settings() -> None:
    text = '[build]\ntarget = "t"\ntarget-dir = "out"\nrustflags = "-C a"\n[target.x]\nrustflags = ["-l", "z"]\n'
    found = settings(text + '[install]\nroot = "/r"\n[alias]\nxtask = "run"\n[source.crates-io]\nreplace-with = "v"\n')
    assert found is not None
    assert (found.target, found.target_folder, found.install_root) == ("t", "out", "/r")
    assert (found.flags, found.aliases, found.vendored) == (("-C", "a", "-l", "z"), frozenset({"xtask"}), True)


@pytest.mark.parametrize("text", ["[", "package = 1", "[package]\nname = 'a'\n[[bin]]\npath = 'x'", "bin = 3"])
def test_unreadable_manifests(text: str) -> None:
    assert manifest(text) is None


@given(st.text(alphabet='[]={}"\n.,abinpackgewors 1', max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (manifest, lock, settings):
        read(text)
