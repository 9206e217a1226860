"""Nodes of the JavaScript and TypeScript grammars: their texts, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from transformer.context.trees import text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_QUIET = frozenset(
    ("comment", "import_statement", "type_annotation", "type_arguments", "type_query", "interface_declaration")
)
WRAPPERS = frozenset({"await_expression", "parenthesized_expression", "as_expression", "non_null_expression"})
"""What stands around an expression without changing what it is."""


def nodes(root: Node) -> Iterator[Node]:
    """Yield all nodes but those of comments and types, an import only as a whole."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type == "import_statement" or node.type not in _QUIET:
            yield node
        if node.type not in _QUIET:
            stack += reversed(node.named_children)


def value_of(node: Node) -> Node | None:
    """Return what a declaration or an assignment gives its name."""
    return unwrapped(node.child_by_field_name("value") or node.child_by_field_name("right"))


def unwrapped(node: Node | None) -> Node | None:
    """Return an expression without parentheses, ``await`` and ``as``."""
    while node is not None and node.type in WRAPPERS and node.named_children:
        node = node.named_children[0]
    return node


def argument(call: Node, index: int) -> Node | None:
    """Return an argument of a call by its place; None if it has not so many."""
    arguments = call.child_by_field_name("arguments")
    given = [c for c in arguments.named_children if c.type != "comment"] if arguments is not None else []
    return given[index] if len(given) > index else None


def string_of(node: Node | None) -> str | None:
    """Return the text of a string, or of a template without braces; None for anything else."""
    if node is None or node.type not in {"string", "template_string"}:
        return None
    if any(child.type not in {"string_fragment", "escape_sequence"} for child in node.named_children):
        return None
    return text_of(node)[1:-1]


def is_callee(node: Node) -> bool:
    """Whether a node is what a call calls."""
    parent = node.parent
    return (
        parent is not None
        and parent.type in {"call_expression", "new_expression"}
        and node
        in (
            parent.child_by_field_name("function"),
            parent.child_by_field_name("constructor"),
        )
    )


def is_asked(node: Node) -> bool:
    """Whether a name only stands in ``x instanceof Function``."""
    parent = node.parent
    return parent is not None and parent.type == "binary_expression" and "instanceof" in map(text_of, parent.children)


def is_source(node: Node) -> bool:
    """Whether a string is the module of an import, a re-export of types, or a ``require``."""
    parent = node.parent
    if parent is None or parent.type in {"import_statement"}:
        return True
    call = parent.parent if parent.type == "arguments" else None
    return call is not None and text_of(call.child_by_field_name("function")) in {"require", "import"}


def is_named(node: Node | None, name: str) -> bool:
    """Whether a node declares a variable of this name."""
    return node is not None and node.type == "variable_declarator" and text_of(node.child_by_field_name("name")) == name


def key_above(node: Node) -> str:
    """Return the key of the object that holds the pair whose value a node is; "" without one."""
    pair = node.parent
    holder = pair.parent if pair is not None else None
    above = holder.parent if holder is not None else None
    key = above.child_by_field_name("key") if above is not None and above.type == "pair" else None
    return text_of(key).strip("'\"`")
