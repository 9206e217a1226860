from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.context.yaml_nodes import documents


def test_nodes_know_their_line_and_merge_keys_are_followed() -> None:
    (found,) = documents("a: &a\n  x: 1\n  y: 2\nb:\n  <<: *a\n  y: 3\n")
    members = found.members()["b"].members()
    assert {key: node.text for key, node in members.items()} == {"x": "1", "y": "3"}
    assert [members["x"].line, members["y"].line] == [2, 6]
    assert found.get("b", "y", "z") is None
    assert found.get("a", "x") is not None


def test_several_documents() -> None:
    assert [one.text for one in documents("---\na\n---\n- b\n")] == ["a", None]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "- " * 20_000,
        "\n".join(" " * depth + "a:" for depth in range(3_000)),
        "a: [",
        "\t- a",
        "a: 1\n" * 100_000,
        "a: *nothing",
        "",
    ],
    ids=["flow", "block", "indented", "open", "tab", "large", "alias", "empty"],
)
def test_what_is_no_yaml_or_too_much_says_nothing(text: str) -> None:
    assert documents(text) == ()


def test_aliases_are_not_multiplied() -> None:
    lines = ["a0: &a0 [x, y]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    (found,) = documents("\n".join(lines))
    assert sorted(node.text or "" for node in found.scalars()) == ["x", "y"]


def test_a_mapping_that_merges_itself_ends() -> None:
    for found in documents("a: &a\n  <<: *a\n  x: 1\n"):
        assert found.get("a", "x") is not None


@given(st.text(alphabet="ab:-[]{}&*<|>\n \"'", max_size=60))
def test_any_text_is_read_or_says_nothing(text: str) -> None:
    for found in documents(text):
        list(found.scalars())
