"""Which programs run others, or files of the project, as command lines in code say."""

from __future__ import annotations

import pytest

from transformer.context.command_text import commands_of, runs_another


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("npm run build", "python"),
        ("npm run build", "node"),
        ("npx prisma migrate deploy", "node"),
        ("rake report", "ruby"),
        ("pip install -r plugins.txt", "python"),
        ("python3 -m pip install x", "python"),
        ("python setup.py build_ext", "python"),
        ("composer run-script post", "php"),
        ("sh -c x", "node"),
    ],
)
def test_files_of_the_project_say_what_runs(line: str, own: str) -> None:
    assert runs_another(tuple(line.split()), own)
    assert commands_of(line, own) is None


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("npm ls", "node"),
        ("pip freeze", "python"),
        ("python3 -m http.server", "python"),
        ("python worker.py", "python"),
        ("node worker.js", "node"),
        ("ruby worker.rb", "ruby"),
        ("bundle --version", "ruby"),
        ("git log", "python"),
    ],
)
def test_others_are_programs_like_any(line: str, own: str) -> None:
    assert not runs_another(tuple(line.split()), own)
    assert commands_of(line, own) == (line.split(maxsplit=1)[0],)
