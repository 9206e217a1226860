"""The dumps of explain: every value, no noise, the same text each time."""

from __future__ import annotations

from tests.report.outcomes import STEPS, VERDICTS
from transformer.ir.source import Source
from transformer.parse.parser import parse
from transformer.report.dump import dump


def test_a_file() -> None:
    assert dump(parse(Source.from_bytes("x", b"# hi\nFROM a\n"))) == (
        "Dockerfile\n"
        "  escape: '\\\\'\n"
        "  comments:\n"
        "    - Comment\n"
        "        text: '# hi'\n"
        "        span: 0..5\n"
        "  instructions:\n"
        "    - Instruction\n"
        "        index: 0\n"
        "        keyword: 'FROM'\n"
        "        span: 5..11\n"
        "        text: 'FROM a'\n"
        "        position: 2:1\n"
        "        logical: 'FROM a'\n"
        "        args: ['a']\n"
        "        exec_form: False\n"
        "        body: 5\n"
        "  newline: '\\n'\n"
    )


def test_values_inside_values() -> None:
    assert dump({"b": {1: STEPS[:1]}, "a": frozenset({"y", "x"}), "none": None}) == (
        "b:\n"
        "  1:\n"
        "    - Step\n"
        "        index: 0\n"
        "        instruction: 0\n"
        "        keyword: 'RUN'\n"
        "        command: 0\n"
        "        position: 3:1\n"
        "        text: 'apt-get install -y gcc libpq-dev curl'\n"
        "        cwd: '/'\n"
        "        user: 'root'\n"
        "        moved: False\n"
        "        effects:\n"
        "          Effects\n"
        "            shell_state: False\n"
        "            config: False\n"
        "a: ['x', 'y']\n"
    )


def test_a_phase_is_its_name() -> None:
    assert "  phase: build\n" in dump(VERDICTS[1])
