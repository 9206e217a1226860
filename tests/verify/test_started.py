"""What an image starts: commands and interpreters that only the old image has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.verify.archives import at, image, tree
from transformer.verify.files import needed_files
from transformer.verify.started import lost_commands

ENV = ["PATH=/usr/bin:/opt/bin"]
OLD = ("/usr/bin/curl", "/usr/bin/env", "/usr/bin/tool", "/opt/bin/app", "/bin/sh", "/usr/bin/tini")


def lost(config: dict[str, Any], sources: dict[str, str], *new: str) -> list[str]:
    """Return the names of the commands that are lost when only ``new`` is left of what the old image has."""
    config = {"Env": ENV, "WorkingDir": "/srv", **config}
    before, after = tree(*OLD, sources=sources), tree(*new, sources=sources)
    return [one.what for one in lost_commands(at(before, **config), at(after, **config), config)]


RUN = '#!/bin/sh\n. ./settings\nif [ -n "$WAIT" ]; then curl -f "$WAIT"; fi\nexec app "$@"\n'


@pytest.mark.parametrize(
    ("config", "sources", "new", "names"),
    [
        pytest.param({}, {}, (), [], id="nothing is started"),
        pytest.param({"Cmd": ["unheard-of"]}, {}, (), [], id="the old image has it not either"),
        pytest.param({"Cmd": ["app", "curl"]}, {}, ("/opt/bin/app",), [], id="an argument is no command"),
        pytest.param({"Cmd": ["app"]}, {}, ("/usr/bin/app",), [], id="in another directory of PATH"),
        pytest.param({"Cmd": ["./run"]}, {"/srv/run": "#!/usr/bin/tool\ncurl x"}, OLD[2:3], [], id="no shell script"),
        pytest.param({"Cmd": ["app"]}, {"/srv/run": "#!/bin/sh\ncurl x"}, OLD[3:], [], id="a script nobody runs"),
        pytest.param({"Cmd": ["./run"]}, {"/srv/run": "#!/bin/sh\ncd x; echo curl"}, OLD[4:], [], id="builtins"),
        pytest.param({"Cmd": ["app"]}, {}, (), ["app"], id="what is started"),
        pytest.param({"Cmd": ["/bin/sh", "-c", "curl x && app"]}, {}, OLD[3:5], ["curl"], id="shell form"),
        pytest.param({"Entrypoint": ["tini", "--"], "Cmd": ["app"]}, {}, OLD[5:], ["app"], id="behind a wrapper"),
        pytest.param({"Cmd": ["./run"]}, {"/srv/run": RUN}, OLD[3:5], ["curl"], id="a script calls it"),
        pytest.param({"Cmd": ["/bin/sh", "run"]}, {"/srv/run": "curl x"}, OLD[3:5], ["curl"], id="given to a shell"),
        pytest.param(
            {"Cmd": ["./run"]},
            {"/srv/run": RUN, "/srv/settings": "#!/bin/sh\nx=$(tool -x)"},
            (*OLD[:2], *OLD[3:5]),
            ["tool"],
            id="a script that a script sources",
        ),
        pytest.param(
            {"Cmd": ["app"], "Healthcheck": {"Test": ["CMD-SHELL", "curl -f http://localhost || exit 1"]}},
            {},
            OLD[3:5],
            ["curl"],
            id="what HEALTHCHECK calls",
        ),
        pytest.param(
            {"Cmd": ["app"], "Healthcheck": {"Test": ["CMD", "curl"]}},
            {},
            OLD[3:4],
            ["curl"],
            id="HEALTHCHECK by words",
        ),
        pytest.param({"Cmd": ["app"], "Healthcheck": {"Test": ["NONE"]}}, {}, OLD[3:4], [], id="no HEALTHCHECK"),
    ],
)
def test_lost_commands(config: dict[str, Any], sources: dict[str, str], new: tuple[str, ...], names: list[str]) -> None:
    assert lost(config, sources, *new) == names


def test_scripts_that_call_each_other_end() -> None:
    sources = {"/srv/a": "#!/bin/sh\n./b", "/srv/b": "#!/bin/sh\n./a; curl"}
    assert lost({"Cmd": ["./a"]}, sources, "/bin/sh") == ["curl"]


@pytest.mark.parametrize("line", ["#!/usr/bin/tool -x", "#!/usr/bin/env tool", "#!/usr/bin/env -S tool -x"])
def test_a_script_needs_its_interpreter(line: str) -> None:
    script = {"/opt/run": line + "\n"}
    old, new = tree(*OLD, sources=script), tree("/usr/bin/env", sources=script)
    (found,) = needed_files(at(old, Env=ENV), at(new, Env=ENV), image())
    assert (found.law, found.what, found.new.rpartition("/")[2].split()[-1]) == ("E2", "/opt/run", "tool")
    assert list(needed_files(at(old, Env=ENV), at(old, Env=ENV), image())) == []
    assert list(needed_files(at(new, Env=ENV), at(new, Env=ENV), image())) == []


def test_a_script_of_a_package_needs_it_only_if_it_is_called() -> None:
    script = {"/usr/bin/helper": "#!/usr/bin/tool\n", "/var/lib/dpkg/info/helpers.list": "/usr/bin/helper\n"}
    old, new = tree(*OLD, sources=script), tree(sources=script)
    assert list(needed_files(at(old), at(new), image())) == []
    called = {"Cmd": ["helper"], "Env": ["PATH=/usr/bin"]}
    found = list(lost_commands(at(old, **called), at(new, **called), called))
    assert [(one.law, one.what) for one in found] == [("E2", "/usr/bin/helper")]


def test_examples_need_none() -> None:
    script = {"/usr/share/doc/x/examples/rules": "#!/usr/bin/tool\n"}
    assert list(needed_files(at(tree(*OLD, sources=script)), at(tree(sources=script)), image())) == []
