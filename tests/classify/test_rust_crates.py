"""Which crates become part of a program, and what is known of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext
from transformer.context.cargo import Locked
from transformer.ecosystems.rust.crates import _covers, crate, known, used
from transformer.ir.plan import Outcome

REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"
HEAD = '[package]\nname = "tool"\nversion = "0.1.0"\nedition = "2021"\n'


def locked(name: str, version: str = "1.0.0", *needs: str, source: str = REGISTRY) -> str:
    lines = "".join(f' "{one}",\n' for one in needs)
    where = f'source = "{source}"\n' if source else ""
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\n{where}dependencies = [\n{lines}]\n'


def outcome_of(folder: Path, manifest: str, lock: str | None, base: str = "rust:1.75-bookworm") -> Outcome:
    (folder / "src").mkdir()
    (folder / "src/main.rs").write_text("fn main() {}\n")
    (folder / "Cargo.toml").write_text(HEAD + manifest)
    if lock is not None:
        (folder / "Cargo.lock").write_text(f"version = 3\n{lock}")
    text = f'FROM {base}\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\nCMD ["target/release/tool"]\n'
    return answer(text.encode(), options(()), BuildContext(folder)).outcome


def final(folder: Path, manifest: str, lock: str | None) -> str:
    outcome = outcome_of(folder, manifest, lock)
    assert (outcome.status.value, outcome.applicability.name) == ("rewritten", "SAFE"), outcome.diagnostics
    return (outcome.rewritten or "").rpartition("FROM ")[2]


SLIM, FULL = "debian:bookworm-slim\n", "buildpack-deps:bookworm\n"
STRANGE = "strange-words-of-ours"


@pytest.mark.parametrize(
    ("manifest", "lock", "base"),
    [
        pytest.param("", locked("tool", source=""), SLIM, id="no crates"),
        pytest.param("", None, SLIM, id="no crates and no lock file"),
        pytest.param('[dependencies]\nserde = "1"\n', None, FULL, id="no lock file"),
        pytest.param('[dependencies]\nserde = "1"\n', locked("tool", "0.1.0", "serde", source="")
                     + locked("serde", "1.0.200"), SLIM, id="a known crate"),
        pytest.param(f'[dependencies]\n{STRANGE} = "1"\n', locked("tool", "0.1.0", STRANGE, source="")
                     + locked(STRANGE), FULL, id="an unknown crate"),
        pytest.param(f'[dev-dependencies]\n{STRANGE} = "1"\n', locked("tool", "0.1.0", STRANGE, source="")
                     + locked(STRANGE), SLIM, id="for tests alone"),
        pytest.param(f'[build-dependencies]\n{STRANGE} = "1"\n', locked("tool", "0.1.0", STRANGE, source="")
                     + locked(STRANGE), SLIM, id="for the build script alone"),
        pytest.param('[dependencies]\nserde = "1"\n', locked("tool", "0.1.0", "serde", source="")
                     + locked("serde", "1.0.200", STRANGE) + locked(STRANGE), SLIM, id="what a crate builds with"),
        pytest.param('[dependencies]\nserde = "1"\n', locked("tool", "0.1.0", "serde", source="")
                     + locked("serde", "999.0.0"), FULL, id="a version that was not read"),
        pytest.param('[dependencies]\nserde = "1"\n', locked("tool", "0.1.0", "serde", source="")
                     + locked("serde", "1.0.200", source="git+https://example.org/serde"), FULL, id="a repository"),
        pytest.param(f'[dependencies]\nx = {{ package = "{STRANGE}", version = "1" }}\n',
                     locked("tool", "0.1.0", STRANGE, source="") + locked(STRANGE), FULL, id="under another name"),
        pytest.param('[dependencies]\nother = { path = "../other" }\n', locked("tool", "0.1.0", "other", source="")
                     + locked("other", source=""), FULL, id="a package that is elsewhere"),
        pytest.param('[dependencies]\nlibloading = "0.8"\n', locked("tool", "0.1.0", "libloading", source="")
                     + locked("libloading", "0.8.1"), FULL, id="a crate that loads anything"),
    ],
)  # fmt: skip
def test_the_base_follows_from_the_crates(tmp_path: Path, manifest: str, lock: str | None, base: str) -> None:
    assert final(tmp_path, manifest, lock).startswith(base)


def test_libraries_and_data() -> None:
    found = known([Locked("openssl-sys", "0.9.100", REGISTRY, ()), Locked("pq-sys", "0.4.8", REGISTRY, ())])
    assert [name for name, _ in found.libraries] == ["libcrypto.so", "libpq.so", "libssl.so"]
    assert [kind for kind, _ in found.kinds] == ["certificates"]
    assert found.unread == ()


def test_several_versions_of_one_crate() -> None:
    lines = (
        Locked("tool", "0.1.0", "", ("a 2.0.0", "b")),
        Locked("a", "1.0.0", REGISTRY, ()),
        Locked("a", "2.0.0", REGISTRY, ()),
        Locked("b", "1.0.0", REGISTRY, ("a 1.0.0",)),
        Locked("c", "1.0.0", REGISTRY, ()),
    )
    found = used(lines, ["tool"], lambda one: frozenset({"a"}) if one.name == "b" else None)
    assert sorted((one.name, one.version) for one in found) == [
        ("a", "1.0.0"), ("a", "2.0.0"), ("b", "1.0.0"), ("tool", "0.1.0"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("version", "covered"),
    [
        ("0.9.0", False),
        ("1.0.0", True),
        ("1.4.9", True),
        ("1.5.0", True),
        ("1.5.1", False),
        ("2.0.0", False),
        ("x", False),
    ],
)
def test_versions(version: str, covered: bool) -> None:
    assert _covers(("1.5.0",), version) is covered
    assert _covers((), version) is False


def test_macros_need_nothing_at_run_time() -> None:
    found = crate("serde_derive")
    assert found is not None
    assert ("macro" in found.marks, found.requires) == (True, frozenset())
