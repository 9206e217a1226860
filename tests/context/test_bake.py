"""Bake files: what their targets build, in HCL and in JSON, and whom the answer concerns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from transformer.context.bake import Target, targets
from transformer.context.consumers import consumers_of, context_of, forget
from transformer.context.repository import Repository

HCL = """
variable "TAG" { default = "latest" }
variable "REGISTRY" {
  default = "registry.example.com"
}
group "default" { targets = ["app"] }
target "common" {
  args = { GO_VERSION = "1.22", "PROXY" = null }
}
target "app" {
  inherits   = ["common"]
  context    = "./services/app"
  dockerfile = "Dockerfile.prod"
  tags       = ["${REGISTRY}/app:${TAG}", "app:${NOWHERE}"]
  contexts   = { base = "target:tools", other = "docker-image://alpine" }
  args = {
    VERSION = TAG
    DEBUG   = true
    HOW     = notequal("", TAG) ? "a" : "b"
  }
}
target "tools" {}
target "inline" { dockerfile-inline = "FROM scratch" }
target "remote" { context = "https://example.org/x.git" }
"""


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget()


def read(folder: Path, **files: str) -> dict[str, Target]:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {target.name: target for target in targets(Repository(folder), tuple(files))}


def test_a_target_says_what_it_builds(tmp_path: Path) -> None:
    found = read(tmp_path, **{"docker-bake.hcl": HCL})
    assert found.keys() == {"app", "tools"}
    app = found["app"].build
    assert (app.dockerfile, app.context, app.line) == ("services/app/Dockerfile.prod", "services/app", 10)
    assert app.names == ("registry.example.com/app:latest", "app:$UNKNOWN")
    assert dict(app.arguments) == {"GO_VERSION": "1.22", "VERSION": "latest", "DEBUG": "true", "HOW": "$UNKNOWN"}
    assert found["app"].bases == ("tools",)
    assert (found["tools"].build.dockerfile, found["tools"].build.context) == ("Dockerfile", ".")


def test_json_says_the_same(tmp_path: Path) -> None:
    table = {
        "variable": {"TAG": {"default": "9"}},
        "target": {"app": {"dockerfile": "D", "args": {"A": "${TAG}.1", "B": None}, "tags": ["x:${TAG}"]}, "no": 3},
    }
    (app,) = read(tmp_path, **{"docker-bake.json": json.dumps(table)}).values()
    assert (app.build.dockerfile, app.build.arguments, app.build.names) == ("D", (("A", "9.1"),), ("x:9",))


def test_the_files_of_a_directory_are_one_and_the_override_comes_last(tmp_path: Path) -> None:
    plain = 'target "app" {\n  args = { A = "1", B = "2" }\n  dockerfile = "D"\n}\n'
    (app,) = read(
        tmp_path, **{"docker-bake.override.hcl": 'target "app" { args = { B = "3" } }\n', "docker-bake.hcl": plain}
    ).values()
    assert app.build.dockerfile == "D"
    assert dict(app.build.arguments) == {"A": "1", "B": "3"}


@pytest.mark.parametrize(
    "text",
    ["{", 'target "a" { inherits = ["a"] }', "target {}", '= "x"', 'target "a" { args = ' + "[" * 5000, "\0", 'x "${'],
)
def test_what_is_no_bake_file_says_nothing_and_breaks_nothing(tmp_path: Path, text: str) -> None:
    read(tmp_path, **{"docker-bake.hcl": text})
    assert read(tmp_path, **{"docker-bake.json": "[" * 100_000}) == {}


def test_the_context_is_the_one_that_bake_gives(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker/Dockerfile").touch()
    (tmp_path / "docker-bake.hcl").write_text('target "a" { dockerfile = "docker/Dockerfile" }\n')
    assert context_of(tmp_path / "docker/Dockerfile") == tmp_path
    (tmp_path / "compose.yaml").write_text("services: {a: {build: docker}}\n")
    forget()
    assert context_of(tmp_path / "docker/Dockerfile") is None, "they do not agree"


def test_who_builds_on_the_image_is_found(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("Dockerfile", "Other"):
        (tmp_path / name).write_text("FROM scratch\n")
    text = 'target "a" {}\ntarget "b" {\n  dockerfile = "Other"\n  contexts = { a = "target:a" }\n}\n'
    (tmp_path / "docker-bake.hcl").write_text(text)
    (base,) = consumers_of(tmp_path / "Dockerfile").bases
    assert (base.path, base.line, base.text) == ("docker-bake.hcl", 2, "b")
    assert not consumers_of(tmp_path / "Other").bases
