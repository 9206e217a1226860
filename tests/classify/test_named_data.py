"""Data of the full image that something names, or that a function of the C library reads, is in the new image too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext

RUST = "FROM rust:1.75-bookworm\nWORKDIR /app\nCOPY . .\n{}\nRUN cargo build --release\nCMD {}\n"
C = "FROM gcc:12-bookworm\nWORKDIR /app\nCOPY . .\n{}\nRUN gcc -o /usr/local/bin/tool main.c\nCMD {}\n"
GO = "FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY . .\n{}\nRUN go build -o /usr/local/bin/tool .\nCMD {}\n"
TOOL, CARGO_TOOL = '["tool"]', '["target/release/tool"]'
MANIFEST = '[package]\nname = "tool"\nversion = "0.1.0"\nedition = "2021"\n'
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def final(folder: Path, text: str, code: str) -> str:
    """Return the final stage of a safe split of a program with that code."""
    (folder / "src").mkdir()
    worlds = {
        "rust": {"Cargo.toml": MANIFEST, "src/main.rs": f"fn main() {{ {code} }}\n"},
        "gcc": {"main.c": f"#include <netdb.h>\n#include <stdio.h>\nint main(void) {{ {code} return 0; }}\n"},
        "golang": {"main.go": f"package main\n\nfunc main() {{ {code} }}\n", "go.mod": "module tool\n\ngo 1.22\n"},
    }
    for name, content in worlds[text.split()[1].partition(":")[0]].items():
        (folder / name).write_text(content)
    outcome = answer(text.encode(), options(()), BuildContext(folder)).outcome
    assert outcome.status.value == "rewritten", outcome.diagnostics
    assert outcome.rewritten is not None
    return outcome.rewritten[outcome.rewritten.rindex("\nFROM ") :]


@pytest.mark.parametrize(
    ("text", "code", "package"),
    [
        (RUST.format("", CARGO_TOOL), 'std::fs::read("/etc/mime.types");', "media-types"),
        (RUST.format("", CARGO_TOOL), f'std::fs::read("{CERTIFICATES}");', "ca-certificates"),
        (RUST.format(f"ENV SSL_CERT_FILE={CERTIFICATES}", CARGO_TOOL), "", "ca-certificates"),
        (RUST.format("ENV SSL_CERT_DIR=/etc/ssl/certs", CARGO_TOOL), "", "ca-certificates"),
        (RUST.format("", f'["target/release/tool", "--ca={CERTIFICATES}"]'), "", "ca-certificates"),
        (RUST.format("", f"target/release/tool --ca {CERTIFICATES}"), "", "ca-certificates"),
        (RUST.format("", CARGO_TOOL), "unsafe { libc::getservbyname(a, b) };", "netbase"),
        (C.format("", TOOL), 'fopen("/etc/mime.types", "r");', "media-types"),
        (C.format("", TOOL), 'fopen("/etc/services", "r");', "netbase"),
        (C.format("", TOOL), 'getaddrinfo("localhost", "http", 0, 0);', "netbase"),
        (C.format("", TOOL), 'getprotobyname("tcp");', "netbase"),
        (C.format(f"ENV CURL_CA_BUNDLE={CERTIFICATES}", TOOL), "", "ca-certificates"),
        (GO.format(f"ENV SSL_CERT_FILE={CERTIFICATES}", TOOL), "", "ca-certificates"),
    ],
)
def test_data_that_is_named(tmp_path: Path, text: str, code: str, package: str) -> None:
    assert package in final(tmp_path, text, code)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (RUST.format("", CARGO_TOOL), ""),
        (RUST.format("ENV OWN=/app/etc/ssl/certs", CARGO_TOOL), 'std::fs::read("/etc/os-release");'),
        (RUST.format("ENV OWN=/etc/ssl-of-ours", CARGO_TOOL), 'std::fs::read("/etc/mime.types.d/x");'),
        (C.format("", TOOL), 'getaddrinfo("localhost", "80", 0, 0);'),
        (C.format("", TOOL), 'getaddrinfo("localhost", NULL, 0, 0);'),
        (GO.format("", TOOL), ""),
    ],
)
def test_nothing_is_named(tmp_path: Path, text: str, code: str) -> None:
    assert "apt-get" not in final(tmp_path, text, code)


GIT = "RUN git config --{} user.name bot"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (GIT.format("global"), 'std::process::Command::new("git").arg("log").status();'),
        (GIT.format("system"), 'std::process::Command::new("git").arg("log").status();'),
        ("RUN git config -f /root/.gitconfig user.name bot", 'std::process::Command::new("git").status();'),
    ],
)
def test_settings_of_a_program_that_runs(tmp_path: Path, lines: str, code: str) -> None:
    assert lines in final(tmp_path, RUST.format(lines, CARGO_TOOL), code)


def test_settings_of_a_program_that_only_builds(tmp_path: Path) -> None:
    assert "git" not in final(tmp_path, RUST.format(GIT.format("global"), CARGO_TOOL), "")
