"""The engine's command line, with a stand-in for it: every fault ends in bounded time with a clear answer."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from transformer.verify import engine
from transformer.verify.engine import BuildError, BuildOptions, Engine, EngineError, detect

_FAKE = """#!/bin/bash
printf '%s\\n' "$@" > "$FAKE_DIR/args.$(ls "$FAKE_DIR" | wc -l)"
case "$1" in
  version|info|buildx) exit 0;;
esac
word=$1
while [ $# -gt 0 ]; do [ "$1" = --iidfile ] && iid=$2; shift; done
eval "$FAKE_ANSWER"
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH but the shell's, with a docker that does what FAKE_ANSWER says."""
    tools, calls = tmp_path / "bin", tmp_path / "calls"
    tools.mkdir()
    calls.mkdir()
    (tools / "docker").write_text(_FAKE, encoding="utf-8")
    (tools / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("FAKE_DIR", str(calls))
    monkeypatch.setenv("FAKE_ANSWER", 'echo sha256:1 > "$iid"')
    monkeypatch.setattr(engine, "ENGINES", ("docker",))
    return calls


def calls(folder: Path) -> list[list[str]]:
    return [
        path.read_text(encoding="utf-8").splitlines()
        for path in sorted(folder.iterdir(), key=lambda p: int(p.suffix[1:]))
    ]


def test_no_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="install docker, podman or buildah"):
        detect(None)
    with pytest.raises(EngineError, match="install podman"):
        detect("podman")


def test_an_engine_that_does_not_answer(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = fake.parent / "bin" / "docker"
    tool.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    with pytest.raises(EngineError, match="does not answer"):
        detect("docker")


def test_a_build_gives_an_image_and_every_argument_is_one_word(fake: Path, tmp_path: Path) -> None:
    used = detect(None)
    options = BuildOptions(("A=$(touch x); `id`", "B=*"), ("id=s,src=/x y",), "none", "linux/amd64", no_cache=True)
    built = used.build(tmp_path, tmp_path / "Dockerfile", options, "build")
    assert built.image == "sha256:1"
    words = calls(fake)[-1]
    assert [w for w in words if w[:2] in {"A=", "B=", "id"}] == ["A=$(touch x); `id`", "B=*", "id=s,src=/x y"]
    assert words[words.index("--target") + 1] == "build"
    assert "--no-cache" in words
    assert used.label in words


def test_a_build_that_fails_shows_the_end_of_its_log(
    fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_ANSWER", "seq 1 100000; echo no such file >&2; exit 3")
    with pytest.raises(BuildError, match="does not build") as caught:
        Engine("docker").build(tmp_path, tmp_path / "Dockerfile", BuildOptions())
    assert "no such file" in caught.value.log
    assert len(caught.value.log) <= 8000
    assert len([c for c in calls(fake) if c[0] == "build"]) == 1


def test_a_transient_failure_is_tried_again(fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    again = f'[ -e {tmp_path}/second ] && echo sha256:2 > "$iid" && exit'
    answer = f"{again}; touch {tmp_path}/second; echo TLS handshake timeout; exit 1"
    monkeypatch.setenv("FAKE_ANSWER", answer)
    assert Engine("docker").build(tmp_path, tmp_path / "Dockerfile", BuildOptions()).image == "sha256:2"
    monkeypatch.setenv("FAKE_ANSWER", "echo connection reset by peer; exit 1")
    before = len(calls(fake))
    with pytest.raises(EngineError, match="no network"):
        Engine("docker").build(tmp_path, tmp_path / "Dockerfile", BuildOptions())
    assert len([c for c in calls(fake)[before:] if c[0] == "build"]) == 3


@pytest.mark.parametrize(
    ("answer", "gone", "said"),
    [
        ("echo 'write /x: no space left on device'; exit 1", False, "disk of the engine is full"),
        ("echo 'rpc error: EOF'; exit 1", True, "ended in the middle of the build"),
        ("exit 1", True, "ended in the middle of the build"),
        ("echo \"E: Could not resolve 'deb.example.org'\"; exit 1", False, "no network"),
    ],
)
def test_what_is_no_fault_of_the_dockerfile(
    fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, gone: bool, said: str
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setenv("FAKE_ANSWER", answer)
    used = Engine("docker")
    monkeypatch.setattr(used, "answers", lambda: not gone)
    with pytest.raises(EngineError, match=said) as caught:
        used.build(tmp_path, tmp_path / "Dockerfile", BuildOptions())
    assert not isinstance(caught.value, BuildError)


@pytest.mark.parametrize("said", ["ERESOLVE could not resolve", "test timed-out", "pip --timeout 9", "x: no such file"])
def test_what_only_sounds_like_the_network(
    fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("FAKE_ANSWER", f"echo '{said}'; exit 1")
    with pytest.raises(BuildError):
        Engine("docker").build(tmp_path, tmp_path / "Dockerfile", BuildOptions())


def test_a_build_that_hangs_ends_with_all_that_it_started(
    fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = f"9{tmp_path.stat().st_ino % 100000}.5"
    monkeypatch.setenv("FAKE_ANSWER", f"sleep {mark} & sleep {mark}")
    with pytest.raises(EngineError, match="not done after 1 s"):
        Engine("docker").build(tmp_path, tmp_path / "Dockerfile", BuildOptions(timeout=1))
    assert subprocess.run(["pgrep", "-f", f"sleep {mark}"], check=False, capture_output=True).stdout == b""


def test_a_flood_of_output_is_cut(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_ANSWER", "head -c 30000000 /dev/zero; head -c 30000000 /dev/zero >&2; exit 4")
    done = Engine("docker").run("sha256:1", 60)
    assert (done.status, len(done.stdout), len(done.stderr)) == (4, 1 << 20, 1 << 20)


def test_a_run_that_does_not_end_is_removed(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_ANSWER", '[ "$word" = rm ] || sleep 60')
    done = Engine("docker").run("sha256:1", 1)
    assert done.status is None
    removed = [c for c in calls(fake) if c[0] == "rm"]
    run = next(c for c in calls(fake) if c[0] == "run")
    assert removed[0][-1] == run[run.index("--name") + 1]
    assert "--network=none" in run
    assert not [word for word in run if "privileged" in word or "host" in word.partition("=")[2]]


def test_what_a_run_made_is_removed_by_its_label(fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used = Engine("docker")
    used.build(tmp_path, tmp_path / "Dockerfile", BuildOptions())
    monkeypatch.setenv("FAKE_ANSWER", "echo c1")
    used.clean()
    words = [" ".join(c) for c in calls(fake)]
    assert f"ps --all --quiet --filter label={used.label}" in words
    assert "rm --force --volumes c1" in words
    assert "rmi sha256:1" in words
    before = len(calls(fake))
    used.clean(keep=True)
    assert not [c for c in calls(fake)[before:] if c[0] == "rmi"]


def test_podman_and_buildah_make_dockers_format(fake: Path, tmp_path: Path) -> None:
    for name in ("podman", "buildah"):
        (fake.parent / "bin" / name).symlink_to("docker")
        Engine(name).build(tmp_path, tmp_path / "Dockerfile", BuildOptions())
        words = calls(fake)[-1]
        assert words[words.index("--format") + 1] == "docker"
    assert "only builds" in Engine("buildah").limits
