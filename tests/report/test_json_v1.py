"""The JSON contract: the schema holds, and keys never go away."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from tests.report import outcomes
from transformer.ir.plan import Outcome
from transformer.ir.source import Source
from transformer.report import json_v1
from transformer.report.documents import document

SCHEMA = json.loads(Path(json_v1.__file__).with_name("schema_v1.json").read_text("utf-8"))


def printed(*given: Outcome) -> dict[str, Any]:
    """Return what a consumer reads."""
    report: dict[str, Any] = json.loads("".join(json_v1.render(map(document, given))))
    return report


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_any_number_of_results(count: int) -> None:
    report = printed(*[outcomes.unchanged()] * count)
    jsonschema.validate(report, SCHEMA)
    assert report["version"] == 1
    assert len(report["results"]) == count


@pytest.mark.parametrize("make", outcomes.ALL)
def test_each_kind_of_outcome_fits_the_schema(make: Callable[[], Outcome]) -> None:
    jsonschema.validate(printed(make()), SCHEMA)


def test_the_schema_knows_every_key() -> None:
    (result,) = printed(outcomes.rewritten())["results"]
    assert set(result) == set(SCHEMA["$defs"]["result"]["properties"]) == set(SCHEMA["$defs"]["result"]["required"])


def test_a_refusal() -> None:
    assert printed(outcomes.refused("Dockerfile"))["results"] == [
        {
            "path": "Dockerfile",
            "status": "refused",
            "applicability": "display-only",
            "diagnostics": [
                {
                    "code": "DF410",
                    "name": "toolchain-at-run-time",
                    "severity": "error",
                    "message": "start.sh calls make",
                    "path": "start.sh",
                    "line": 7,
                    "column": 3,
                    "cure": "build in RUN, not in start.sh",
                }
            ],
            "steps": [
                {"line": 3, "command": "apt-get install -y gcc libpq-dev curl", "phase": None, "reasons": []},
                {"line": 4, "command": "gcc /build/hello.c -o /build/hello", "phase": None, "reasons": []},
                {"line": 5, "command": 'ENTRYPOINT ["/build/hello"]', "phase": None, "reasons": []},
            ],
            "artifacts": [],
            "packages": [],
            "runtime_packages": [],
            "left_behind": [],
            "base": None,
            "saving": None,
            "additions": [],
            "others": [],
            "diff": "",
        }
    ]


def test_a_split() -> None:
    (result,) = printed(outcomes.rewritten())["results"]
    entry = {"text": "ENTRYPOINT names /build/hello", "path": "", "line": 5, "column": 1}
    assert result["status"] == "rewritten"
    assert result["applicability"] == "safe"
    assert result["artifacts"] == [{"path": "/build/hello", "chown": "", "reasons": [entry]}]
    assert result["runtime_packages"] == ["libpq5", "curl"]
    assert result["left_behind"] == [
        {"kind": "file", "name": "/build/hello.c", "reason": "source code"},
        {"kind": "package", "name": "gcc", "reason": "as above"},
    ]
    assert result["base"] == {"from": "ubuntu:18.04", "to": "ubuntu:18.04", "reason": "it has no smaller variant"}
    assert result["saving"] == 128_400_000
    assert str(result["diff"]).startswith("--- a/app/Dockerfile\n+++ b/app/Dockerfile\n@@ ")
    assert [step["phase"] for step in result["steps"]] == ["both", "build", "runtime"]


def test_an_unsafe_split_is_refused_and_shown() -> None:
    (result,) = printed(outcomes.unsafe())["results"]
    assert (result["status"], result["applicability"]) == ("refused", "unsafe")
    assert result["diff"]


def test_stray_bytes_do_not_make_it_unreadable() -> None:
    source = Source.from_bytes("caf\udce9", outcomes.BEFORE.encode() + b"# \xe9\n")
    outcome = replace(outcomes.rewritten("caf\udce9"), source=source)
    text = "".join(json_v1.render([document(outcome)]))
    assert "\\udc" not in text.lower()
    assert printed(outcome)["results"][0]["path"] == "caf\ufffd"
