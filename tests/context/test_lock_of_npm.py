"""Which packages of a lock file of npm are installed here."""

from __future__ import annotations

import json

import pytest

from transformer.context.package_json import locked


@pytest.mark.parametrize(
    ("systems", "there"),
    [
        (None, True),
        ([], True),
        (["linux"], True),
        (["darwin", "linux"], True),
        (["!win32"], True),
        (["darwin"], False),
        (["win32", "darwin"], False),
        (["!linux"], False),
        ("darwin", True),
    ],
)
def test_packages_for_other_systems_are_left_out(systems: list[str] | str | None, *, there: bool) -> None:
    entry = {"version": "2.3.3", "optional": True, **({} if systems is None else {"os": systems})}
    text = json.dumps({"lockfileVersion": 3, "packages": {"": {}, "node_modules/fsevents": entry}})
    found = locked("/app", lambda path: text if path.endswith("package-lock.json") else None)
    assert found is not None
    assert ("fsevents" in found.names) is there
