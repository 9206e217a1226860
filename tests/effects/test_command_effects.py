"""What commands write, remove and leave alone where that follows from more than their operands (their manual pages)."""

from __future__ import annotations

import pytest

from transformer.effects.interpreter import interpret
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.ir.source import Source
from transformer.parse.parser import parse


def effects_of(command: str) -> Effects:
    """Return the effects of the last command of a RUN in /src, with Go's GOPATH."""
    text = f"FROM debian:bookworm\nENV GOPATH=/go\nWORKDIR /src\nRUN {command}\n"
    dockerfile = parse(Source.from_bytes("Dockerfile", text.encode()))
    assert isinstance(dockerfile, Dockerfile)
    return interpret(dockerfile, None, None).steps[-1].effects


WRITTEN = [
    ("env GOBIN=/app go install example.com/x", ("/app/x",)),
    ("env -u GOBIN go install example.com/x", ("/go/bin/x",)),
    ("env -C /other go build -o x .", ("/other/x",)),
    ("env --chdir=/other touch x", ("/other/x",)),
    ("sudo GOBIN=/app go install example.com/x", ("/app/x",)),
    ("sudo -u app touch x", ("/src/x",)),
    ("go env -w GOBIN=/app && go install example.com/x", ("/app/x",)),
    ("go env -w GOBIN=/app && go env -u GOBIN && go install example.com/x", ("/go/bin/x",)),
    ("go build -o /usr/local/bin example.com/x", ("/usr/local/bin/x",)),
    ("awk '{ print $1 > \"/etc/x\" }' list", ("/etc/x",)),
    ("awk '$1 > 3 { print; printf \"a > b\\n\" }' list", ()),
    ("awk '/a|b/ { print > \"/dev/stderr\" }' list", ()),
    ("uniq -c list", ()),
    ("uniq list /etc/x", ("/etc/x",)),
    ("sed -e 's/a/b/w' list", ()),
    ("sed 's,/usr,/opt,g; s/ w / x /' list", ()),
    ("gzip /srv/x", ("/srv/x.gz",)),
    ("gzip -d /srv/x.gz", ("/srv/x",)),
    ("xz -9 -T 0 /srv/x", ("/srv/x.xz",)),
    ("gunzip -c /srv/x.gz", ()),
    ("gunzip /srv/x.tgz", ("/srv/x.tar",)),
    ("curl -fsSL --output-dir /opt/d -O https://example.com/x.txt", ("/opt/d/x.txt",)),
    ("curl -fsSL --output-dir /opt/d -o y https://example.com/x.txt", ("/opt/d/y",)),
    ("curl -fsSLOJ https://example.com/x.txt", ("/src",)),
    ("curl -fsSLO 'https://example.com/x{1,2}.txt'", ("/src",)),
    ("wget -q -P /opt/d -i list", ("/opt/d",)),
    ("cd $(mktemp -d)", ()),
    ("d=$(mktemp -d) && touch $d/x", ("/tmp/tmp.d/x",)),
    ("git clone --bare https://example.com/x.git", ("/src/x.git",)),
    ("git clone --bare https://example.com/x.git /srv/x", ("/srv/x",)),
    ("git init /srv/x", ("/srv/x",)),
    ("git config --system a.b c", ("/etc/gitconfig",)),
    ("git config --global a.b c", ("/root/.gitconfig",)),
    ("git config -f /srv/x a.b c", ("/srv/x",)),
    ("git config --get a.b", ()),
    ("protoc --descriptor_set_out=/srv/x.pb x.proto", ("/src", "/srv/x.pb")),
    ("bison -o /srv/x.c x.y", ("/src", "/srv/x.c")),
    ("protoc --cpp_out=. x.proto", ("/src",)),
    ("objcopy --strip-all x", ("/src/x",)),
    ("objcopy -O binary x /srv/x.bin", ("/srv/x.bin",)),
    ("patchelf --set-rpath /opt x", ("/src/x",)),
    ("patchelf --set-rpath /opt --output /srv/y x", ("/srv/y",)),
    ("pushd /opt && touch a && popd && touch b", ("/src/b",)),
    ("trap 'rm -rf /tmp/x' EXIT", ()),
]


@pytest.mark.parametrize(("command", "written"), WRITTEN)
def test_where_a_command_writes(command: str, written: tuple[str, ...]) -> None:
    effects = effects_of(command)
    assert not effects.opaque
    assert tuple(sorted(w.path.path for w in effects.writes if w.nature is not Nature.CACHE)) == written


@pytest.mark.parametrize(
    "command",
    [
        "awk '{ print > $1 }' list",
        "awk '{ print | \"sort > x\" }' list",
        "awk '{ system(\"rm x\") }' list",
        "sed -n 'w /etc/x' list",
        "sed 's/a/b/w /etc/x' list",
        "gzip -r /srv",
        "exec > /etc/log",
        "trap 'cp a /etc/b' EXIT",
        "popd",
        "go env -w $(cat settings)",
        "go test -c -o /x .",
        "go tool link -o /x x.o",
        "git worktree add",
        "curl --output-dir $(pwd) -O https://example.com/x",
    ],
)
def test_what_is_not_followed(command: str) -> None:
    assert effects_of(command).opaque


@pytest.mark.parametrize(
    ("command", "removed"),
    [
        ("rm -rf /srv/a", ("/srv/a",)),
        ("rm -rf /srv/*", ("/srv",)),
        ("rm -rf /srv/*.log", ("/srv/*.log",)),
        ("rm -rf /srv/$(date +%Y)", ("/srv/$(date +%Y)",)),
        ("mv /srv/*.log /opt/", ("/srv/*.log",)),
        ("mv /srv/a /opt/", ("/srv/a",)),
        ("mv /srv/a-$(date +%Y) /opt/a", ("/srv/a-$(date +%Y)",)),
        ("gunzip /srv/*.gz", ("/srv/*.gz",)),
        ("gunzip /srv/a.gz", ("/srv/a.gz",)),
        ("gunzip -k /srv/a.gz", ()),
    ],
)
def test_what_is_surely_gone(command: str, removed: tuple[str, ...]) -> None:
    """A pattern takes what fits it, and a name that is not known nothing that is."""
    assert tuple(p.path for p in effects_of(command).removes) == removed


MOUNTED = [
    ("gcc -o /app main.c", (), ()),
    ("curl -o /src/x https://example.com/x && cp /src/x /etc/x", ("/src/x",), ("/etc/x",)),
    ("cp /src/x /etc/x", (), ("/etc/x",)),
]


@pytest.mark.parametrize(("command", "read", "written"), MOUNTED)
def test_what_is_at_hand_in_a_mount(command: str, read: tuple[str, ...], written: tuple[str, ...]) -> None:
    """What was there before is there again; what a command of the same RUN put there is not."""
    text = f"FROM debian:bookworm\nWORKDIR /src\nRUN --mount=type=cache,target=. {command}\n"
    dockerfile = parse(Source.from_bytes("Dockerfile", text.encode()))
    assert isinstance(dockerfile, Dockerfile)
    effects = interpret(dockerfile, None, None).steps[-1].effects
    assert tuple(r.path for r in effects.reads if isinstance(r, Path)) == read
    assert tuple(w.path.path for w in effects.writes if w.nature is Nature.DATA) == written


def test_a_program_of_sed_is_read_in_the_time_of_its_length() -> None:
    """Escapes that may be read in two ways took 97 seconds in a real Dockerfile: this would never end."""
    script = "\\\\t" * 4000
    assert effects_of(f"sed -i 's/{script}' list").writes == (Write(Path("/src/list"), Nature.DATA),)
    assert effects_of(f"sed -i '/{script}' list").writes == (Write(Path("/src/list"), Nature.DATA),)
