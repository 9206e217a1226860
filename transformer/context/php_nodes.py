"""Nodes of tree-sitter-php's trees: what their texts say, without judging it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transformer.context.trees import below, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_CLOSURES = frozenset({"anonymous_function", "anonymous_function_creation_expression", "arrow_function"})
_SCOPES = _CLOSURES | {"function_definition", "method_declaration", "program"}


def base_name(node: Node | None) -> str:
    """Return the last part of a qualified name, in lower case: PHP's names of functions and classes have no other."""
    return text_of(node).rpartition("\\")[2].lower()


def arguments(call: Node) -> list[Node]:
    """Return the values that a call is given; a name before one is left out."""
    given = next((c for c in call.named_children if c.type == "arguments"), None)
    values = [c for c in given.named_children if c.type == "argument"] if given is not None else []
    return [v.named_children[-1] for v in values if v.named_children]


def elements(array: Node) -> list[Node]:
    """Return the values of an array."""
    items = [c for c in array.named_children if c.type == "array_element_initializer"]
    return [i.named_children[-1] for i in items if i.named_children]


def literal(node: Node) -> str | None:
    """Return the text of a string or a command in which nothing is computed; strings that are joined are one."""
    if node.type == "parenthesized_expression" and node.named_child_count == 1:
        return literal(node.named_children[0])
    if node.type == "binary_expression" and text_of(node.child_by_field_name("operator")) == ".":
        parts = [literal(c) for c in node.named_children]
        return None if None in parts else "".join(p or "" for p in parts)
    if node.type not in {"string", "encapsed_string", "shell_command_expression", "nowdoc", "heredoc"}:
        return None
    inside = [c for c in node.named_children if c.type not in {"heredoc_start", "heredoc_end"}]
    if node.type in {"heredoc", "nowdoc"}:
        inside = [c for body in inside for c in body.named_children]
    plain = all(c.type in {"string_content", "nowdoc_string"} for c in inside)
    return "".join(text_of(c) for c in inside) if plain else None


def asked_by(node: Node) -> str:
    """Return the name of the function that a value is an argument of, also in an array; "" without one."""
    above = node.parent
    while above is not None and above.type in {
        "argument",
        "arguments",
        "array_element_initializer",
        "array_creation_expression",
    }:
        above = above.parent
    if above is None or above.type != "function_call_expression":
        return ""
    return base_name(above.child_by_field_name("function"))


def is_method(node: Node) -> bool:
    """Whether a value is a pair of an object or a class and a method: no function of the language is one."""
    return node.type == "array_creation_expression" and len(elements(node)) > 1


def is_plain_callable(node: Node) -> bool:
    """Whether what is called stands in the code: a closure, or a variable that is a parameter or is given one there.

    What others give a parameter stands in their code.
    """
    while node.type in {"parenthesized_expression", "assignment_expression"}:
        node = node.named_children[-1]
    if node.type in _CLOSURES or node.type in {"object_creation_expression", "new_expression"}:
        return True
    if node.type != "variable_name":
        return False
    scope = node.parent
    while scope is not None and scope.type not in _SCOPES:
        scope = scope.parent
    return scope is not None and _is_given(text_of(node), scope)


def _is_given(name: str, scope: Node) -> bool:
    """Whether a variable is a parameter of a function, or only closures and literals are assigned to it there."""
    if name in _parameters(scope):
        return True
    values = [
        n.child_by_field_name("right")
        for n in below(scope)
        if n.type == "assignment_expression" and text_of(n.child_by_field_name("left")) == name
    ]
    return bool(values) and all(
        v is not None and (v.type in _CLOSURES or v.type == "object_creation_expression" or literal(v)) for v in values
    )


def _parameters(scope: Node) -> frozenset[str]:
    """Return the parameters of a function, and of the closures' functions around it that it takes along (``use``)."""
    found: set[str] = set()
    given = scope.child_by_field_name("parameters")
    for one in given.named_children if given is not None else ():
        found |= {text_of(c) for c in one.named_children if c.type == "variable_name"}
    above = scope.parent if scope.type in _CLOSURES else None
    while above is not None and above.type not in _SCOPES:
        above = above.parent
    return frozenset(found) | (_parameters(above) if above is not None else frozenset())
