"""What a requirement file and a lock file of Python name, on Linux."""

from __future__ import annotations

import json

import pytest

from transformer.context.requirements import locked, read_requirements, requirement


@pytest.mark.parametrize(
    ("line", "names"),
    [
        pytest.param("flask==3.0", ["flask"], id="no condition"),
        pytest.param("pywin32==306 ; sys_platform == 'win32'", [], id="another system"),
        pytest.param('pyobjc; platform_system=="Darwin" and python_version > "3.8"', [], id="another system, and more"),
        pytest.param("colorama ; os_name == 'nt' or extra == 'x'", ["colorama"], id="one of two conditions"),
        pytest.param("uvloop ; sys_platform != 'win32'", ["uvloop"], id="every other system"),
        pytest.param("tomli ; python_version < '3.11'", ["tomli"], id="a version of Python"),
        pytest.param("win32 # sys_platform == 'win32'", ["win32"], id="a comment"),
    ],
)
def test_what_is_for_another_system_is_not_installed(line: str, names: list[str]) -> None:
    found = read_requirements("requirements.txt", {"requirements.txt": line}.get)
    assert found is not None
    assert [item.name for item in found.items] == names


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param(
            "Pipfile.lock",
            json.dumps({"default": {"flask": {}, "pywin32": {"markers": "sys_platform == 'win32'"}}}),
            id="pipenv",
        ),
        pytest.param(
            "poetry.lock",
            '[[package]]\nname = "flask"\n[[package]]\nname = "pywin32"\nmarkers = "sys_platform == \\"win32\\""\n',
            id="poetry",
        ),
    ],
)
def test_a_lock_file_names_what_is_installed_here(path: str, text: str) -> None:
    assert [item.name for item in locked(path, text) or ()] == ["flask"]


@pytest.mark.parametrize("text", ["[]", '"x"', "{", '{"default": ["flask"]}'])
def test_what_is_no_lock_file_is_not_read_as_one(text: str) -> None:
    assert locked("Pipfile.lock", text) is None


@pytest.mark.parametrize(
    ("text", "extras"),
    [
        pytest.param("uvicorn", (), id="none"),
        pytest.param("uvicorn[standard]==0.30", ("standard",), id="one"),
        pytest.param("celery[ redis, Auth ]>=5", ("auth", "redis"), id="several"),
    ],
)
def test_extras_are_parts_that_are_asked_for(text: str, extras: tuple[str, ...]) -> None:
    assert requirement(text).extras == extras
