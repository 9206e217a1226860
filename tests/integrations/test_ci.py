"""The hooks, the action, the job and our own image: read by their schemas, and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integrations.steps import REPO, bash, filled, git, linked, repository
from transformer.api import transform
from transformer.inputs import find
from transformer.ir.diagnostic import Status

ACTION = REPO / ".github/actions/dockerfix/action.yml"
JOB = REPO / ".gitlab/dockerfix.yml"
HOOKS = REPO / ".pre-commit-hooks.yaml"


def _loaded(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _module(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "words",
    [
        ("check_jsonschema", "--builtin-schema", "vendor.github-actions", str(ACTION)),
        ("check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", str(JOB)),
        ("pre_commit", "validate-manifest", str(HOOKS)),
    ],
    ids=["action", "job", "hooks"],
)
def test_the_definitions_fit_their_schemas(words: tuple[str, ...]) -> None:
    done = _module(*words)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hooks_take_what_a_search_finds(tmp_path: Path) -> None:
    names = ["Dockerfile", "Dockerfile.prod", "app.Dockerfile", "dockerfile", "Containerfile", "web/app.dockerfile"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = {os.path.relpath(item.path, tmp_path) for item in find([str(tmp_path)])}
    for hook in _loaded(HOOKS):
        pattern = re.compile(hook["files"])
        assert found == {name for name in names if pattern.search(name)} == set(names)
        assert not pattern.search("docs/Dockerfiles.md")


class _Action:
    """One run of the action's main step, in this environment."""

    def __init__(self, tmp_path: Path, **inputs: str) -> None:
        tree = repository(tmp_path / "tree")
        linked(tmp_path / "runner/dockerfix")
        self.summary, self.output, self.tree = tmp_path / "summary", tmp_path / "output", tree
        action = _loaded(ACTION)
        values = {name: one["default"] for name, one in action["inputs"].items()}
        values |= {name.replace("_", "-"): value for name, value in inputs.items()}
        step = action["runs"]["steps"][1]
        assert "${{" not in step["run"], "what somebody gives must not become part of a script"
        env = {name: filled(text, values) for name, text in step["env"].items()}
        env |= {"RUNNER_TEMP": str(tmp_path / "runner"), "GITHUB_OUTPUT": str(self.output)}
        env["GITHUB_STEP_SUMMARY"] = str(self.summary)
        self.done = bash(step["run"], tree, env)


def test_the_action_annotates_and_sums_up(tmp_path: Path) -> None:
    run = _Action(tmp_path, sarif="log.sarif")
    assert run.done.returncode == 0, run.done.stderr
    assert "::warning file=app/Dockerfile,line=1" in run.done.stdout
    assert "rewritten=1" in run.output.read_text()
    assert "### dockerfix: 2 files: 1 rewritten, 1 unchanged" in run.summary.read_text()
    assert json.loads((run.tree / "log.sarif").read_text())["version"] == "2.1.0"


def test_the_action_looks_only_at_what_changed_and_fails_if_asked(tmp_path: Path) -> None:
    run = _Action(tmp_path, since="HEAD~1", fail_on="rewritten refused")
    assert run.done.returncode == 0, run.done.stderr
    assert "rewritten=0" in run.output.read_text()
    again = _Action(tmp_path / "again", paths="app\nplain", fail_on="rewritten refused")
    assert again.done.returncode == 1


def test_inputs_of_the_action_are_words_and_no_script(tmp_path: Path) -> None:
    run = _Action(tmp_path, paths="$(touch evil)\napp; touch evil", options="--stage=x`touch evil`")
    assert run.done.returncode == 2
    assert not (run.tree / "evil").exists()


def test_the_job_writes_its_reports(tmp_path: Path) -> None:
    tree = repository(tmp_path / "tree")
    job = _loaded(JOB)["dockerfix"]
    linked(tree / ".dockerfix-venv")
    for line in job["script"][2:]:
        done = bash(line, tree, job["variables"])
        assert done.returncode == 0, done.stderr
    report = json.loads((tree / job["artifacts"]["reports"]["codequality"]).read_text())
    assert [one["location"]["path"] for one in report] == ["app/Dockerfile"]
    (diff,) = job["artifacts"]["paths"]
    subprocess.run(["git", "-C", str(tree), "apply", diff], check=True)
    failing = bash(job["script"][-1], tree, {**job["variables"], "DOCKERFIX_WORDS": "--fail-on refused"})
    assert failing.returncode == 0
    git(tree, "checkout", "-q", ".")
    failing = bash(job["script"][-1], tree, {**job["variables"], "DOCKERFIX_WORDS": "--fail-on rewritten"})
    assert failing.returncode == 1


def test_our_own_image_has_two_stages_and_we_leave_it_alone() -> None:
    outcome = transform(REPO / ".docker/Dockerfile")
    assert outcome.status is Status.UNCHANGED
    assert [diagnostic.code for diagnostic in outcome.diagnostics] == ["DF404"]


def test_written_as_one_stage_we_would_split_it(tmp_path: Path) -> None:
    builder, _, final = (REPO / ".docker/Dockerfile").read_text(encoding="utf-8").partition("\n\nFROM ")
    rest = [line for line in final.splitlines()[1:] if not line.startswith("COPY --from")]
    single = builder.replace(" AS build", "") + "\n" + "\n".join(rest) + "\n"
    file = tmp_path / "Dockerfile"
    file.write_text(single.replace("python:3.12-slim-bookworm", "python:3.12-bookworm"), encoding="utf-8")
    outcome = transform(file)
    assert outcome.rewritten is not None, outcome.diagnostics
    assert "COPY --from=build /opt/dockerfix /opt/dockerfix" in outcome.rewritten
