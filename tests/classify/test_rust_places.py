"""Where cargo puts programs: options, settings, variables, workspaces; and what is not followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext
from transformer.ir.plan import Outcome

PACKAGE = '[package]\nname = "{}"\nversion = "0.1.0"\nedition = "2021"\n'
MAIN = "fn main() {}\n"
BASE = "rust:1.75-slim-bookworm"


def outcome_of(folder: Path, files: dict[str, str], text: str) -> Outcome:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return answer(text.encode(), options(()), BuildContext(folder)).outcome


def carried(folder: Path, files: dict[str, str], text: str) -> list[str]:
    """Return what is carried of the split, which is safe."""
    outcome = outcome_of(folder, files, text)
    assert (outcome.status.value, outcome.applicability.name) == ("rewritten", "SAFE"), outcome.diagnostics
    assert outcome.plan is not None
    return sorted(artifact.path for artifact in outcome.plan.artifacts)


def simple(lines: str, program: str) -> str:
    return f'FROM {BASE}\nWORKDIR /app\nCOPY . .\n{lines}\nCMD ["{program}"]\n'


@pytest.mark.parametrize(
    ("lines", "program"),
    [
        ("RUN cargo build", "/app/target/debug/tool"),
        ("RUN cargo build --release", "/app/target/release/tool"),
        ("RUN cargo b -r --locked -j 4", "/app/target/release/tool"),
        ("RUN cargo +nightly build --release -Z build-std", "/app/target/release/tool"),
        ("RUN cargo build --profile dist --features a,b", "/app/target/dist/tool"),
        ("RUN cargo build --profile=dev", "/app/target/debug/tool"),
        ("RUN cargo build --release --target-dir /out", "/out/release/tool"),
        ("ENV CARGO_TARGET_DIR=/out\nRUN cargo build --release", "/out/release/tool"),
        ("RUN CARGO_TARGET_DIR=../out cargo build --release", "/out/release/tool"),
        ("RUN cargo build --target x86_64-unknown-linux-gnu", "/app/target/x86_64-unknown-linux-gnu/debug/tool"),
        ("ENV CARGO_BUILD_TARGET=x86_64-unknown-linux-gnu\nRUN cargo build -r",
         "/app/target/x86_64-unknown-linux-gnu/release/tool"),
        ("WORKDIR /\nRUN cargo build --release --manifest-path app/Cargo.toml", "/app/target/release/tool"),
        ("RUN cargo -C /app build --release", "/app/target/release/tool"),
        ("RUN cargo build --release --bin tool", "/app/target/release/tool"),
        ("RUN cargo build --release --package tool --bins", "/app/target/release/tool"),
        ("RUN cargo build --release --artifact-dir /dist -Z unstable-options", "/dist/tool"),
        ("RUN cargo install --path .", "/usr/local/cargo/bin/tool"),
        ("RUN cargo install --locked --path . --root /opt/tool", "/opt/tool/bin/tool"),
        ("ENV CARGO_INSTALL_ROOT=/opt\nRUN cargo install --path .", "/opt/bin/tool"),
        ("ENV CARGO_HOME=/c\nRUN cargo install --path .", "/c/bin/tool"),
        ("RUN cargo build --release && cp target/release/tool /usr/bin/tool", "/usr/bin/tool"),
        ("RUN cargo build --release && mv ./target/release/tool /srv/ && cargo clean", "/srv/tool"),
        ("RUN cargo test --release && cargo clippy && cargo build --release", "/app/target/release/tool"),
        ("RUN rustup target add x86_64-unknown-linux-gnu && cargo build", "/app/target/debug/tool"),
        ("RUN cargo install cargo-auditable && cargo auditable build --release", "/app/target/release/tool"),
        ("RUN cargo install cargo-chef && cargo chef prepare && cargo chef cook --release && cargo build --release",
         "/app/target/release/tool"),
        ("RUN cargo build --release\nRUN useradd app && chown -R app:app /app && chmod -R o-w .",
         "/app/target/release/tool"),
        ("RUN rustc -O src/main.rs -o /usr/local/bin/tool", "/usr/local/bin/tool"),
        ("RUN rustc --out-dir /out src/main.rs", "/out/main"),
        ("RUN --mount=type=cache,target=/app/target cargo build --release && cp target/release/tool /t", "/t"),
    ],
)  # fmt: skip
def test_one_program(tmp_path: Path, lines: str, program: str) -> None:
    files = {"Cargo.toml": PACKAGE.format("tool"), "src/main.rs": MAIN}
    assert carried(tmp_path, files, simple(lines, program)) == [program]


def test_a_first_build_in_a_directory_that_is_given_away(tmp_path: Path) -> None:
    lines = 'RUN mkdir src && echo "fn main() {}" > src/main.rs\nCOPY Cargo.toml .\n'
    lines += "RUN cargo build --release && rm src/*.rs target/release/deps/tool*\nCOPY . .\n"
    lines += "RUN cargo build --release\nRUN useradd app && chown -R app /app"
    text = simple(lines, "target/release/tool").replace("COPY . .\n", "", 1)
    outcome = outcome_of(tmp_path, {"Cargo.toml": PACKAGE.format("tool"), "src/main.rs": MAIN}, text)
    assert outcome.rewritten is not None
    final = outcome.rewritten[outcome.rewritten.rindex("\nFROM ") :]
    assert "COPY --from=build /app/target/release/tool /app/target/release/tool\n" in final
    assert "chown -R app /app" in final
    assert "rm " not in final


@pytest.mark.parametrize("given", ["/app/target", "/app/target/release"])
def test_a_directory_of_the_build_that_is_given_away(tmp_path: Path, given: str) -> None:
    lines = f"RUN cargo build --release\nRUN useradd -u 900 app && chown -R app:app {given}"
    files = {"Cargo.toml": PACKAGE.format("tool"), "src/main.rs": MAIN}
    outcome = outcome_of(tmp_path, files, simple(lines, "/app/target/release/tool"))
    assert "COPY --from=build /app/target /app/target\n" in (outcome.rewritten or "")


@pytest.mark.parametrize(
    "lines",
    [
        "RUN cargo leptos build",
        "RUN cargo xtask dist",
        "RUN cargo run --release -- --generate",
        "RUN cargo build --release --unheard-of",
        'RUN cargo build --release --config build.target-dir=\\"/x\\"',
        "RUN cargo rustc --release -- -C prefer-dynamic",
        "ENV RUSTFLAGS=-Cprefer-dynamic\nRUN cargo build --release",
        "ENV RUSTFLAGS=-lz\nRUN cargo build --release",
        "RUN cargo install --git https://example.org/tool",
        "RUN cargo install strange-tool-of-ours",
        "RUN rustc -C link-arg=-lz src/main.rs",
        "ARG PROFILE\nRUN cargo build --profile $PROFILE",
    ],
)
def test_not_followed(tmp_path: Path, lines: str) -> None:
    files = {"Cargo.toml": PACKAGE.format("tool"), "src/main.rs": MAIN}
    outcome = outcome_of(tmp_path, files, simple(lines, "/app/target/release/tool"))
    assert outcome.applicability.name != "SAFE" or outcome.status.value == "refused", outcome.rewritten


@pytest.mark.parametrize(
    ("extra", "programs"),
    [
        ({"src/bin/more.rs": MAIN}, ["more", "tool"]),
        ({"src/bin/more/main.rs": MAIN, "src/bin/more/part.rs": ""}, ["more", "tool"]),
        ({"src/lib.rs": ""}, ["tool"]),
        ({"examples/show.rs": MAIN, "tests/t.rs": "", "benches/b.rs": ""}, ["tool"]),
    ],
)
def test_found_programs(tmp_path: Path, extra: dict[str, str], programs: list[str]) -> None:
    files = {"Cargo.toml": PACKAGE.format("tool"), "src/main.rs": MAIN, **extra}
    places = [f"/app/target/release/{name}" for name in programs]
    assert carried(tmp_path, files, simple("RUN cargo build --release", places[-1])) == places


def test_named_programs(tmp_path: Path) -> None:
    text = PACKAGE.format("tool") + 'autobins = false\n[[bin]]\nname = "first"\npath = "src/main.rs"\n'
    files = {"Cargo.toml": text, "src/main.rs": MAIN, "src/bin/more.rs": MAIN}
    place = "/app/target/release/first"
    assert carried(tmp_path, files, simple("RUN cargo build --release", place)) == [place]


def test_examples(tmp_path: Path) -> None:
    files = {"Cargo.toml": PACKAGE.format("tool"), "src/lib.rs": "", "examples/show.rs": MAIN}
    place = "/app/target/debug/examples/show"
    assert carried(tmp_path, files, simple("RUN cargo build --example show", place)) == [place]


def test_a_shared_library(tmp_path: Path) -> None:
    text = PACKAGE.format("my-plugin") + '[lib]\ncrate-type = ["cdylib", "rlib"]\n'
    files = {"Cargo.toml": text, "src/lib.rs": "", "src/main.rs": MAIN}
    places = ["/app/target/release/libmy_plugin.so", "/app/target/release/my-plugin"]
    assert carried(tmp_path, files, simple("RUN cargo build --release", places[1])) == places


WORKSPACE = {
    "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\nexclude = ["crates/apart"]\n',
    "crates/one/Cargo.toml": PACKAGE.format("one"),
    "crates/one/src/main.rs": MAIN,
    "crates/two/Cargo.toml": PACKAGE.format("two") + '[dependencies]\nthree = { path = "../../three" }\n',
    "crates/two/src/main.rs": MAIN,
    "three/Cargo.toml": PACKAGE.format("three"),
    "three/src/lib.rs": "",
    "crates/apart/Cargo.toml": PACKAGE.format("apart"),
    "crates/apart/src/main.rs": MAIN,
}


@pytest.mark.parametrize(
    ("lines", "programs"),
    [
        ("RUN cargo build --release", ["one", "two"]),
        ("RUN cargo build --release --workspace --exclude one", ["two"]),
        ("RUN cargo build --release -p two", ["two"]),
        ("RUN cargo build --release --bin two", ["two"]),
        ("RUN cd crates/two && cargo build --release", ["two"]),
        ("WORKDIR /app/crates/two\nRUN cargo build --release", ["two"]),
        ("RUN cargo build --release --manifest-path crates/two/Cargo.toml", ["two"]),
    ],
)
def test_workspaces(tmp_path: Path, lines: str, programs: list[str]) -> None:
    places = [f"/app/target/release/{name}" for name in programs]
    assert carried(tmp_path, WORKSPACE, simple(lines, places[-1])) == places


def test_a_package_that_is_no_member(tmp_path: Path) -> None:
    place = "/app/crates/apart/target/release/apart"
    lines = "RUN cd crates/apart && cargo build --release"
    assert carried(tmp_path, WORKSPACE, simple(lines, place)) == [place]


def test_a_package_that_is_not_there(tmp_path: Path) -> None:
    outcome = outcome_of(tmp_path, WORKSPACE, simple("RUN cargo build -r -p other", "/app/target/release/one"))
    assert outcome.plan is None or [a.path for a in outcome.plan.artifacts] == ["/app/target/release"]


def test_the_installer_of_rustup(tmp_path: Path) -> None:
    files = {"Cargo.toml": PACKAGE.format("tool"), "src/main.rs": MAIN}
    head = "FROM debian:bookworm\nRUN apt-get update && apt-get install -y curl gcc\n"
    tail = 'WORKDIR /app\nCOPY . .\nRUN {}cargo build --release\nCMD ["/app/target/release/tool"]\n'
    place = ["/app/target/release/tool"]
    for line, before in (
        ("RUN curl https://sh.rustup.rs -sSf | sh -s -- -y", '. "$HOME/.cargo/env" && '),
        ("RUN curl -sSf https://sh.rustup.rs | bash -s -- -y --default-toolchain nightly", "/root/.cargo/bin/"),
        ("RUN wget -qO- https://sh.rustup.rs | sh -s -- --profile minimal -y", "source /root/.cargo/env; "),
        ("RUN curl https://sh.rustup.rs -o up.sh && sh up.sh -y && rm up.sh", "PATH=/root/.cargo/bin:$PATH "),
        ("RUN wget https://static.rust-lang.org/rustup/dist/x86_64-unknown-linux-gnu/rustup-init && "
         "chmod +x rustup-init && ./rustup-init -y --no-modify-path && rm rustup-init", ". /root/.cargo/env && "),
    ):  # fmt: skip
        assert carried(tmp_path, files, f"{head}{line}\n{tail.format(before)}") == place


@pytest.mark.parametrize(
    "line",
    [
        "RUN curl https://sh.rustup.rs.example.org | sh -s -- -y",
        "RUN curl https://example.org/sh.rustup.rs | sh -s -- -y",
        "RUN curl https://sh.rustup.rs | tee /usr/local/bin/x | sh -s -- -y",
        "RUN curl https://sh.rustup.rs https://example.org/x | sh -s -- -y",
        "RUN curl https://sh.rustup.rs | sh -c 'cat >/x'",
        "RUN curl https://sh.rustup.rs -o up.sh && echo evil >>up.sh && sh up.sh -y",
    ],
)
def test_other_installers(tmp_path: Path, line: str) -> None:
    files = {"Cargo.toml": PACKAGE.format("tool"), "src/main.rs": MAIN}
    text = f"FROM debian:bookworm\n{line}\nENV PATH=/root/.cargo/bin:$PATH\nWORKDIR /app\nCOPY . .\n"
    outcome = outcome_of(tmp_path, files, text + 'RUN cargo build -r\nCMD ["/app/target/release/tool"]\n')
    assert outcome.applicability.name != "SAFE" or outcome.status.value != "rewritten"
