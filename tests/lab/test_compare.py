"""The comparer, without an engine: each way in which a rewrite can go wrong must be a finding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.lab.behaviour import Page, compare_behaviour
from tests.lab.compare import compare_config, compare_files, compare_lists
from tests.lab.engine import Result
from tests.lab.image import Entry

FILE = Entry("file", 0o755, 0, 0, "aa")
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


def config_findings(new: dict[str, Any], report: str = "", files: dict[str, Entry] | None = None) -> list[str]:
    return list(compare_config(CONFIG, new, files or {}, report))


def test_an_equal_config_gives_no_finding() -> None:
    labels = {"a": "b", "org.dockerfix.lab": "test"}
    assert config_findings({**CONFIG, "Labels": labels}) == []


def test_null_and_empty_are_the_same() -> None:
    assert list(compare_config({"Cmd": None, "Env": None}, {"Cmd": []}, {}, "")) == []


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


def test_a_variable_may_go_if_the_report_names_it() -> None:
    env = ["PATH=/go/bin:/usr/bin", "A=b=c"]
    assert config_findings({**CONFIG, "Env": env}, "dropped: GOPATH") == []
    assert config_findings({**CONFIG, "Env": env}, "dropped: GOPATHS")


def test_an_entry_of_path_may_go_if_it_is_empty_and_named() -> None:
    new = {**CONFIG, "Env": ["PATH=/usr/bin", "GOPATH=/go", "A=b=c"]}
    assert config_findings(new, "PATH no longer has /go/bin") == []
    assert config_findings(new)
    assert config_findings(new, "PATH no longer has /usr/local/go/bin")
    assert config_findings(new, "PATH no longer has /go/bin", {"/go/bin/app": FILE})


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
    assert file_findings("/x", old, new, old_base, new_base)


def file_findings(path: str, *entries: Entry | None) -> list[str]:
    old, new, old_base, new_base = ({path: entry} if entry else {} for entry in entries)
    return list(compare_files(old, new, old_base, new_base))


@pytest.mark.parametrize(
    "path", ["/var/lib/dpkg/status", "/etc/ld.so.cache", "/etc/shadow", "/run/lock", "/root/.cache/x"]
)
def test_noise_is_no_finding(path: str) -> None:
    assert not file_findings(path, FILE, OTHER, None, None)


@pytest.mark.parametrize("path", ["/var/lib/dpkgs", "/etc/shadows", "/opt/var/log/x", "/etc/passwords"])
def test_what_looks_like_noise_is_a_finding(path: str) -> None:
    assert file_findings(path, FILE, OTHER, None, None)


def test_accounts_may_lack_those_of_packages_left_behind_but_gain_none() -> None:
    old = replace(FILE, lines=frozenset({"root:0", "app:998", "_ssh:101"}))
    fewer = replace(OTHER, lines=frozenset({"root:0", "app:998"}))
    moved = replace(OTHER, lines=frozenset({"root:0", "app:997"}))
    assert not file_findings("/etc/passwd", old, fewer, None, None)
    assert file_findings("/etc/passwd", old, moved, None, None) == ["/etc/passwd: app:997 is new"]


def test_lists_of_the_case() -> None:
    old = {"/app": FILE, "/app.c": FILE, "/usr/bin/gcc": FILE}
    lists = {"present": ["/app"], "absent": ["/app.c"], "commands_absent": ["gcc"]}
    assert not list(compare_lists(old, {"/app": FILE}, **lists))
    assert list(compare_lists(old, {}, **lists)) == ["/app: missing"]
    assert list(compare_lists(old, {"/app": OTHER}, **lists))
    assert list(compare_lists(old, {"/app": FILE, "/app.c": FILE}, **lists)) == ["/app.c: still there"]
    assert list(compare_lists(old, {"/app": FILE, "/usr/bin/gcc": FILE}, **lists)) == ["/usr/bin/gcc: still there"]


def test_lists_that_prove_nothing_are_findings() -> None:
    lists = {"present": ["/app"], "absent": ["/app.c"], "commands_absent": ["gcc"]}
    assert len(list(compare_lists({}, {"/app": FILE}, **lists))) == len(lists)


def test_behaviour() -> None:
    result = Result(0, "Hello\n", "")
    page = Page("/", 200, "text/html", b"hi")
    assert not list(compare_behaviour(result, result))
    assert not list(compare_behaviour((page,), (page,)))
    assert list(compare_behaviour(result, replace(result, status=1)))
    assert list(compare_behaviour(result, replace(result, stdout="hello\n")))
    assert list(compare_behaviour((page,), (replace(page, content_type="application/octet-stream"),)))
    assert list(compare_behaviour(Result(127, "", "not found"), Result(127, "", "not found")))
