"""What the names of a JavaScript file mean: modules that run programs, and functions of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from transformer.context import javascript_nodes as js
from transformer.context.trees import text_of
from transformer.knowledge.programs import runner_modules

if TYPE_CHECKING:
    from tree_sitter import Node

BOUND_BY = {"variable_declarator": "name", "assignment_expression": "left"}
"""Nodes that give a name a value, and where the name is."""


def module_of(name: str) -> str | None:
    """Return the module that runs programs, by its name in ``import`` and ``require``; None for any other."""
    plain = name.removeprefix("node:")
    return plain if plain in runner_modules().modules else None


class Names:
    """Collects what names stand for; ``unknown`` is told of what is not followed."""

    def __init__(self, unknown: Callable[[Node], None]) -> None:
        self.unknown = unknown
        self.functions: dict[str, str] = {}
        """Names of functions that run programs, and which function each is."""
        self.modules: dict[str, str] = {}
        """Names of modules that do, and which module each is."""
        self.binding: set[int] = set()
        """Nodes that got a name."""

    def imported(self, node: Node) -> None:
        """Take the names that an ``import`` brings."""
        old = next((c for c in node.named_children if c.type == "import_require_clause"), None)
        name = js.string_of((old or node).child_by_field_name("source")) or ""
        module = module_of(name)
        clause = next((c for c in node.named_children if c.type == "import_clause"), None)
        if name.removeprefix("node:") in runner_modules().anything or (module is not None and old is not None):
            self.unknown(node)
        if module is None or clause is None or any(text_of(c) == "type" for c in node.children):
            return
        for child in clause.named_children:
            if child.type == "named_imports":
                for one in child.named_children:
                    self._function(module, one.child_by_field_name("alias"), one.child_by_field_name("name"))
            else:
                self._module(text_of(child if child.type == "identifier" else child.named_children[0]), module)

    def _function(self, module: str, alias: Node | None, name: Node | None) -> None:
        if name is not None and _runs(module, text_of(name)):
            self.functions[text_of(alias or name)] = text_of(name)

    def _module(self, name: str, module: str) -> None:
        self.modules[name] = module
        own = runner_modules().modules[module]
        if own:
            self.functions[name] = own

    def bind(self, node: Node) -> None:
        """A name for a module (``const cp = require('child_process')``), its functions, or one of them promisified."""
        target, value = node.child_by_field_name(BOUND_BY[node.type]), js.value_of(node)
        if target is None or value is None:
            return
        module = self.module_in(value)
        function = self.function_in(value)
        if module is not None and target.type == "object_pattern":
            for one in target.named_children:
                self._unpack(module, one)
            self.binding.add(value.id)
        elif module is not None and target.type == "identifier":
            self._module(text_of(target), module)
            self.binding.add(value.id)
        elif function and target.type == "identifier":
            self.functions[text_of(target)] = function
            self.binding.add(value.id)

    def _unpack(self, module: str, one: Node) -> None:
        """One name of ``const {exec, spawn: run} = module``."""
        alias = one.child_by_field_name("value")
        if one.type == "shorthand_property_identifier_pattern":
            self._function(module, None, one)
        elif one.type == "pair_pattern" and alias is not None and alias.type == "identifier":
            self._function(module, alias, one.child_by_field_name("key"))
        else:
            self.unknown(one)

    def module_in(self, node: Node | None) -> str | None:
        """Return the module that an expression is: a name of it, ``require`` or ``import`` with its name."""
        if node is None:
            return None
        if node.type == "identifier":
            return self.modules.get(text_of(node))
        if node.type == "call_expression" and text_of(node.child_by_field_name("function")) in {"require", "import"}:
            return module_of(js.string_of(js.argument(node, 0)) or "")
        return None

    def function_in(self, node: Node | None) -> str:
        """Return which function that runs programs an expression is; "" if it is none."""
        node = js.unwrapped(node)
        if node is None:
            return ""
        if node.type == "identifier":
            return self.functions.get(text_of(node), "")
        if node.type == "member_expression":
            name = text_of(node.child_by_field_name("property"))
            module = self.module_in(js.unwrapped(node.child_by_field_name("object")))
            return name if module is not None and _runs(module, name) else ""
        if node.type == "call_expression" and text_of(node.child_by_field_name("function")).endswith("promisify"):
            return self.function_in(js.argument(node, 0))
        return ""


def _runs(module: str, function: str) -> bool:
    """Whether a function of a module runs a program."""
    known = runner_modules()
    return function in known.only[module] if module in known.only else function not in known.harmless
