"""The formats that tools read: their text to the byte, and what must hold for every fixture."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sarif_pydantic import Sarif

from tests.cases import all_cases, solved
from tests.report import outcomes
from transformer.ir.plan import Outcome
from transformer.report.diff import changes, unified_diff
from transformer.report.documents import Document, document, relative
from transformer.report.formats import renderer
from transformer.report.remarks import remarks
from transformer.rules import RULES

_FILES = {"sarif": "sarif.json", "github": "github.txt", "github-review": "github-review.json", "gitlab": "gitlab.json"}
GOLDEN = Path(__file__).with_name("golden")


def printed(name: str, *found: Document) -> str:
    return "".join(renderer(name)(found))


def of_fixture(name: str) -> Document:
    return document(replace(solved(name).outcome, path=f"{name}/Dockerfile", seen_from=name))


def every_fixture() -> list[Document]:
    return [of_fixture(case.name) for case in all_cases()]


@pytest.mark.parametrize("name", _FILES)
def test_each_kind_of_answer_is_printed_as_before(name: str, update: bool) -> None:
    text = printed(name, *(document(make()) for make in outcomes.ALL))
    if name == "sarif":
        log = json.loads(text)
        log["runs"][0]["tool"]["driver"]["rules"] = []
        text = json.dumps(log, indent=1) + "\n"
    file = GOLDEN / _FILES[name]
    if update:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), "pytest tests/report --update writes it"


@pytest.mark.parametrize("name", _FILES)
def test_no_file_is_no_remark(name: str) -> None:
    text = printed(name)
    if name == "github":
        assert not text
    else:
        assert not re.search(r"DF\d{3}", json.dumps(_without_rules(json.loads(text))))


def _without_rules(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_rules(one) for key, one in value.items() if key != "rules"}
    return [_without_rules(one) for one in value] if isinstance(value, list) else value


def test_the_log_of_all_fixtures_is_sarif() -> None:
    text = printed("sarif", *every_fixture())
    log = Sarif.model_validate_json(text)
    assert log.version == "2.1.0"
    (run,) = json.loads(text)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"].endswith(".") for rule in rules)
    results = run["results"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in results)
    assert all(one["message"]["text"] and one["partialFingerprints"] for one in results)
    prints = [one["partialFingerprints"]["dockerfix/v1"] for one in results]
    assert len(prints) == len(set(prints))


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_a_fix_gives_the_new_file(case: Any) -> None:
    report = of_fixture(case.name)
    (run,) = json.loads(printed("sarif", report))["runs"]
    fixes = [fix for one in run["results"] for fix in one.get("fixes", [])]
    assert bool(fixes) == (report.status == "rewritten")
    for fix in fixes:
        (change,) = fix["artifactChanges"]
        assert change["artifactLocation"]["uri"] == f"{case.name}/Dockerfile"
        assert _replaced(report.before, change["replacements"]) == report.after


def _replaced(text: str, replacements: list[dict[str, Any]]) -> str:
    """Apply SARIF replacements, of which all regions are those of the old text."""
    starts = [0, *(match.end() for match in re.finditer("\n", text)), len(text) + 1]
    for one in reversed(replacements):
        region = one["deletedRegion"]
        assert (region["startColumn"], region["endColumn"]) == (1, 1)
        start, end = (min(starts[region[key] - 1], len(text)) for key in ("startLine", "endLine"))
        text = text[:start] + one["insertedContent"]["text"] + text[end:]
    return text


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_all_suggestions_together_give_the_new_file(case: Any) -> None:
    report = of_fixture(case.name)
    lines = report.before.split("\n")
    for comment in reversed(json.loads(printed("github-review", report))["comments"]):
        first = comment.get("start_line", comment["line"])
        assert 1 <= first <= comment["line"] <= len(lines)
        suggested = comment["body"].partition("suggestion\n")[2].removesuffix("`````\n")
        lines[first - 1 : comment["line"]] = suggested.split("\n")[:-1]
    assert "\n".join(lines).rstrip("\n") == report.after.rstrip("\n")


def test_a_moved_step_is_no_new_remark() -> None:
    def prints(make: Callable[[], Outcome], lines: int) -> list[str]:
        outcome = make()
        steps = tuple(replace(s, position=replace(s.position, line=s.position.line + lines)) for s in outcome.steps)
        found = tuple(
            replace(d, position=replace(d.position, line=d.position.line + lines)) if d.position else d
            for d in outcome.diagnostics
        )
        return [one.fingerprint for one in remarks(document(replace(outcome, steps=steps, diagnostics=found)))]

    for make in outcomes.ALL:
        assert prints(make, 0) == prints(make, 3)
    assert prints(outcomes.refused, 0) != prints(outcomes.failed, 0)


def test_what_a_file_says_starts_no_workflow_command() -> None:
    outcome = outcomes.refused("a,b:c\n::error::d/Dockerfile")
    told = replace(outcome, diagnostics=(replace(outcome.diagnostics[0], message="x\n::set-env::%0A", path=""),))
    text = printed("github", document(told))
    assert text.count("\n") == 1
    assert "file=a%2Cb%3Ac%0A%3A%3Aerror%3A%3Ad/Dockerfile" in text
    assert "::x%0A::set-env::%250A" in text


def test_nothing_is_said_of_a_file_that_is_well_as_it_is() -> None:
    assert not list(remarks(document(outcomes.unchanged())))


def test_paths_of_other_files_are_as_seen_from_here() -> None:
    report = document(replace(outcomes.refused("x/Dockerfile"), seen_from="x"))
    assert [one.path for one in report.findings] == ["x/start.sh"]
    assert report.steps == document(replace(outcomes.refused("x/Dockerfile"), seen_from="")).steps
    below = relative(document(replace(outcomes.unsafe("/p/x/Dockerfile"), seen_from="/p/x")), Path("/p"))
    assert below.path == "x/Dockerfile"
    assert below.diff.startswith("--- a/x/Dockerfile\n+++ b/x/Dockerfile\n")
    above = relative(document(replace(outcomes.refused("/p/x/Dockerfile"), seen_from="/q")), Path("/p"))
    assert [one.path for one in above.findings] == ["/q/start.sh"]


@pytest.mark.parametrize(
    ("before", "after"),
    [("", "a\n"), ("a\n", "b\n"), ("a", "a\nb"), ("a\nb\n", "x\na\nb\ny\n"), ("a\r\nb", "b"), ("a\nb\n", "a\n")],
)
def test_changes_make_the_one_of_the_other(before: str, after: str) -> None:
    lines = re.findall(r"[^\n]*\n|[^\n]+", before)
    for change in reversed(list(changes(before, after))):
        lines[change.first - 1 : change.last] = [change.text]
    assert "".join(lines) == after


def _ends(text: str) -> list[str]:
    """Return a Dockerfile with other line ends, and without the last one."""
    crlf = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return [text, crlf, text.rstrip("\r\n"), crlf.rstrip("\r\n")]


def test_git_applies_the_diffs_of_all_fixtures(tmp_path: Path) -> None:
    wanted: dict[Path, bytes] = {}
    diffs: list[str] = []
    for case in all_cases():
        outcome = solved(case.name).outcome
        if outcome.rewritten is None:
            continue
        texts = zip(_ends(outcome.source.text), _ends(outcome.rewritten), strict=True)
        for number, (before, after) in enumerate(texts):
            file = tmp_path / f"{case.name}.{number}/Dockerfile"
            file.parent.mkdir()
            file.write_bytes(before.encode("utf-8", "surrogateescape"))
            wanted[file] = after.encode("utf-8", "surrogateescape")
            diffs.append(unified_diff(str(file.relative_to(tmp_path)), before, after))
    assert len(wanted) > 400
    patch = "".join(diffs).encode("utf-8", "surrogateescape")
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(command, cwd=tmp_path, input=patch, check=True, env={"PATH": os.environ["PATH"], "HOME": "/nowhere"})
    assert {file: file.read_bytes() for file in wanted} == wanted


@pytest.mark.parametrize("name", [*_FILES, "json", "markdown", "html"])
def test_the_same_answers_are_the_same_bytes(name: str) -> None:
    found = [of_fixture(case.name) for case in all_cases()[::20]]
    assert printed(name, *found) == printed(name, *found)
