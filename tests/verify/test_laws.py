"""The laws, without an engine: each way in which a rewrite can go wrong must be a difference with law and cause."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.verify.archives import image
from transformer.verify.behaviour import Behaviour, Page, compare, masked
from transformer.verify.config import compare_config
from transformer.verify.engine import Result
from transformer.verify.files import compare_files, noise_of, renumbered
from transformer.verify.image import Entry
from transformer.verify.packages import owners, packages
from transformer.verify.verdict import Difference

FILE = Entry("file", 0o755, 0, 0, "aa", 10)
OTHER = replace(FILE, content="bb")
DIRECTORY = Entry("directory", 0o755, 0, 0)

CONFIG: dict[str, Any] = {
    "User": "app",
    "Cmd": ["x"],
    "Entrypoint": ["/app"],
    "WorkingDir": "/srv",
    "ExposedPorts": {"80/tcp": {}},
    "Volumes": {"/data": {}},
    "StopSignal": "SIGINT",
    "Healthcheck": {"Test": ["CMD", "true"]},
    "Shell": ["/bin/bash", "-c"],
    "OnBuild": ["RUN true"],
    "Labels": {"a": "b"},
    "Env": ["PATH=/go/bin:/usr/bin", "GOPATH=/go", "A=b=c"],
}


def config_findings(new: dict[str, Any], may_go: str = "", files: dict[str, Entry] | None = None) -> list[Difference]:
    return list(compare_config(CONFIG, new, image(files), frozenset(may_go.split())))


def test_an_equal_config_gives_no_finding() -> None:
    labels = {"a": "b", "org.dockerfix.lab": "test"}
    assert config_findings({**CONFIG, "Labels": labels}) == []


def test_null_and_empty_are_the_same() -> None:
    assert list(compare_config({"Cmd": None, "Env": None}, {"Cmd": []}, image(), frozenset())) == []


@pytest.mark.parametrize(("new", "fields"), [("/", []), (None, []), ("/srv", ["WorkingDir"])])
def test_no_directory_is_the_root_directory(new: str | None, fields: list[str]) -> None:
    found = compare_config({"WorkingDir": ""}, {"WorkingDir": new}, image(), frozenset())
    assert [one.what for one in found] == fields


@pytest.mark.parametrize("key", CONFIG)
def test_each_lost_key_is_found(key: str) -> None:
    assert config_findings({name: value for name, value in CONFIG.items() if name != key})


@pytest.mark.parametrize(
    "env",
    [
        pytest.param(["PATH=/go/bin:/usr/bin", "GOPATH=/go", "A=b"], id="changed"),
        pytest.param(["PATH=/go/bin:/usr/bin", "GOPATH=/go", "A=b=c", "B="], id="new"),
        pytest.param(["PATH=/go/bin:/usr/bin", "GOPATH=/go"], id="gone"),
        pytest.param(["PATH=/usr/bin:/go/bin", "GOPATH=/go", "A=b=c"], id="path in another order"),
    ],
)
def test_a_changed_variable_is_found(env: list[str]) -> None:
    assert config_findings({**CONFIG, "Env": env})


def test_a_variable_may_go_if_that_is_accounted_for() -> None:
    env = ["PATH=/go/bin:/usr/bin", "A=b=c"]
    assert config_findings({**CONFIG, "Env": env}, "GOPATH") == []
    (found,) = config_findings({**CONFIG, "Env": env}, "GOPATHS")
    assert (found.law, found.what, found.old) == ("E1", "variable GOPATH", "/go")


def test_an_entry_of_path_may_go_if_it_is_empty_and_accounted_for() -> None:
    new = {**CONFIG, "Env": ["PATH=/usr/bin", "GOPATH=/go", "A=b=c"]}
    assert config_findings(new, "/go/bin") == []
    assert config_findings(new)
    assert config_findings(new, "/usr/local/go/bin")
    assert config_findings(new, "/go/bin", {"/go/bin/app": FILE})


@pytest.mark.parametrize(
    ("old", "new", "old_base", "new_base"),
    [
        pytest.param(FILE, FILE, None, None, id="carried as it was"),
        pytest.param(OTHER, FILE, None, FILE, id="the new base's own"),
        pytest.param(None, FILE, None, FILE, id="only in the new base"),
        pytest.param(FILE, None, None, None, id="left behind"),
        pytest.param(replace(DIRECTORY, mode=0o1777), DIRECTORY, replace(DIRECTORY, mode=0o1777), None, id="passage"),
    ],
)
def test_an_explained_file_is_no_finding(
    old: Entry | None, new: Entry | None, old_base: Entry | None, new_base: Entry | None
) -> None:
    assert not file_findings("/x", old, new, old_base, new_base)


@pytest.mark.parametrize(
    ("old", "new", "old_base", "new_base"),
    [
        pytest.param(FILE, OTHER, None, None, id="content"),
        pytest.param(FILE, replace(FILE, mode=0o4755), None, None, id="mode"),
        pytest.param(FILE, replace(FILE, uid=1000), None, None, id="owner"),
        pytest.param(FILE, replace(FILE, gid=1000), None, None, id="group"),
        pytest.param(replace(FILE, attributes=(("cap", "x"),)), FILE, None, None, id="capability"),
        pytest.param(Entry("link", 0, 0, 0, "a.so.1"), FILE, None, None, id="link followed"),
        pytest.param(None, FILE, None, None, id="foreign"),
        pytest.param(None, FILE, FILE, FILE, id="removal of a base file undone"),
        pytest.param(OTHER, FILE, FILE, FILE, id="change of a base file undone"),
        pytest.param(replace(DIRECTORY, uid=5), DIRECTORY, None, None, id="directory of the author"),
    ],
)
def test_an_unexplained_file_is_a_finding(
    old: Entry | None, new: Entry | None, old_base: Entry | None, new_base: Entry | None
) -> None:
    (found,) = file_findings("/x", old, new, old_base, new_base)
    assert found.law in {"E2", "E3"}
    assert found.cause


def file_findings(path: str, *entries: Entry | None) -> list[Difference]:
    return list(compare_files(*(image({path: entry} if entry else {}) for entry in entries)))


@pytest.mark.parametrize(
    "path", ["/var/lib/dpkg/status", "/etc/ld.so.cache", "/etc/shadow", "/run/lock", "/root/.cache/x"]
)
def test_noise_is_no_finding(path: str) -> None:
    assert not file_findings(path, FILE, OTHER, None, None)


@pytest.mark.parametrize("path", ["/var/lib/dpkgs", "/etc/shadows", "/opt/var/log/x", "/etc/passwords"])
def test_what_looks_like_noise_is_a_finding(path: str) -> None:
    assert file_findings(path, FILE, OTHER, None, None)


@pytest.mark.parametrize(
    ("old", "new", "law", "cause"),
    [
        (FILE, replace(FILE, uid=1000), "E2", "--chown"),
        (FILE, replace(FILE, mode=0o644), "E2", "chmod"),
        (replace(FILE, attributes=(("cap", "x"),)), FILE, "E2", "capability"),
        (Entry("link", 0, 0, 0, "a.so.1"), FILE, "E2", "symbolic link"),
        (FILE, OTHER, "E2", "content"),
        (None, FILE, "E3", "did not"),
    ],
)
def test_the_cause_is_named(old: Entry | None, new: Entry, law: str, cause: str) -> None:
    (found,) = file_findings("/x", old, new, None, None)
    assert found.law == law
    assert cause in found.cause


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("app:x:1000:1000::/home/app:/bin/sh", True),
        ("app:x:1001:1000::/home/app:/bin/sh", False),
        ("_ssh:x:105:65534::/run/sshd:/usr/sbin/nologin", True),
        ("new:x:106:65534::/:/usr/sbin/nologin", False),
        ("intruder:x:0:0::/root:/bin/sh", False),
    ],
)
def test_accounts_may_have_other_system_numbers_and_none_is_new(line: str, same: bool) -> None:
    path = "/etc/passwd"
    old = image(
        {path: FILE}, {path: "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n_ssh:x:101:65534:::\n"}
    )
    new = image({path: OTHER}, {path: f"root:x:0:0::/root:/bin/sh\n{line}\n"})
    assert (list(compare_files(old, new, image(), image())) == []) is same


def test_every_kind_of_noise_says_what_it_is() -> None:
    assert noise_of("/var/lib/dpkg/info/x.list") == "dpkg"
    assert noise_of("/app/__pycache__/x.cpython-312.pyc") == "bytecode"
    assert noise_of("/usr/lib/x86_64-linux-gnu/gdk-pixbuf-2.0/2.10.0/loaders.cache") == "loaders"
    assert noise_of("/app/main.py") == ""


def test_packages_and_their_files() -> None:
    status = "Package: a\nStatus: install ok installed\n\nPackage: b\nStatus: deinstall ok config-files\n"
    found = image(
        texts={
            "/var/lib/dpkg/status": status,
            "/lib/apk/db/installed": "C:1\nP:musl\nV:1\n",
            "/var/lib/dpkg/info/a:amd64.list": "/usr\n/usr/bin/a\n",
        }
    )
    assert packages(found) == {"a", "musl"}
    assert owners(found) == {"/usr": "a", "/usr/bin/a": "a"}


def test_files_must_belong_to_the_same_names() -> None:
    owned = replace(FILE, uid=999, gid=102)
    old = image({"/data": owned}, {"/etc/passwd": "app:x:999:102::/:/bin/sh\n", "/etc/group": "app:x:102:\n"})
    cases = [
        ("app:x:999:101::/:/bin/sh\n", "app:x:101:\n", ["belongs to nobody"]),
        ("app:x:999:101::/:/bin/sh\n", "app:x:101:\n_ssh:x:102:\n", ["belongs to _ssh"]),
        ("app:x:998:102::/:/bin/sh\nweb:x:999:1::/:/bin/sh\n", "app:x:102:\n", ["belongs to web"]),
        ("app:x:999:102::/:/bin/sh\n", "app:x:102:\n", []),
        ("", "", []),
    ]
    for passwd, group, found in cases:
        new = image({"/data": owned}, {"/etc/passwd": passwd, "/etc/group": group})
        assert [one.new for one in compare_files(old, new, image(), image())] == found
    assert list(compare_files(old, new, image(), image({"/data": owned}))) == []


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        pytest.param((1500, "app"), (1501, "app"), False, id="an author's number"),
        pytest.param((102, "app"), (100, "web"), False, id="another name"),
        pytest.param((102, "app"), (100, "app"), True, id="a number that packages give"),
    ],
)
def test_system_accounts_are_compared_by_name(old: tuple[int, str], new: tuple[int, str], same: bool) -> None:
    was, now = (
        image({"/data": replace(FILE, uid=number)}, {"/etc/passwd": f"{name}:x:{number}:0::/:/bin/sh\n"})
        for number, name in (old, new)
    )
    assert (list(compare_files(was, now, image(), image())) == []) is same
    assert bool(list(renumbered(was, now))) is same
    assert list(renumbered(was, was)) == []


RESULT = Result(0, b"Hello\n", b"", 1.0)
PAGE = Page("/", 200, "text/html", b"hi")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (Behaviour(RESULT), Behaviour(replace(RESULT, seconds=2.0)), ""),
        (Behaviour(RESULT), Behaviour(replace(RESULT, status=1)), "run: exit status"),
        (Behaviour(RESULT), Behaviour(replace(RESULT, status=None)), "run: exit status"),
        (Behaviour(RESULT), Behaviour(replace(RESULT, stdout=b"hello\n")), "run: output"),
        (Behaviour(RESULT), Behaviour(replace(RESULT, stderr=b"oh\n")), "run: messages"),
        (Behaviour(pages=(PAGE,)), Behaviour(pages=(PAGE,)), ""),
        (Behaviour(pages=(PAGE,)), Behaviour(pages=(replace(PAGE, status=404),)), "GET /"),
        (Behaviour(pages=(PAGE,)), Behaviour(pages=(replace(PAGE, content_type="text/plain"),)), "GET /"),
        (Behaviour(pages=(PAGE,)), Behaviour(failure="it ended with status 1: no library"), "start"),
        (Behaviour(pages=(PAGE,), health="healthy"), Behaviour(pages=(PAGE,), health="unhealthy"), "health"),
        (Behaviour(failure="no port"), Behaviour(failure="no port"), ""),
    ],
)
def test_behaviour(old: Behaviour, new: Behaviour, what: str) -> None:
    assert [one.what for one in compare(old, new)] == ([what] if what else [])
    assert all(one.law == "E4" and one.cause for one in compare(old, new))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"2026-11-26 10:11:12 started", b"2026-11-27 00:01:02 started"),
        (b"[12] worker pid: 7", b"[8] worker pid: 11"),
        (b"took 1.5 ms", b"took 12 ms"),
        (b"container 0123456789ab", b"container ba9876543210"),
        (b"listening on 172.17.0.2:80", b"listening on 172.18.0.3:80"),
        (b"at 0x7fffdeadbeef", b"at 0x7fffcafebabe"),
    ],
)
def test_what_changes_from_run_to_run_is_masked(one: bytes, other: bytes) -> None:
    assert masked(one) == masked(other)


@pytest.mark.parametrize(("one", "other"), [(b"Hello", b"hello"), (b"3 files", b"4 files"), (b"", b"x")])
def test_what_a_program_says_is_not_masked(one: bytes, other: bytes) -> None:
    assert masked(one) != masked(other)
