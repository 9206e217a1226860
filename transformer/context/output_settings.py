"""Where the settings of a JavaScript build tool send what it builds: JSON with comments, or JavaScript that is read.

A path that stands there as a literal, alone or joined to the directory of the file, is known; anything else is not.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from transformer.context import javascript_nodes as js
from transformer.context.javascript_source import parser
from transformer.context.trees import line_of, text_of
from transformer.knowledge.programs import OutputKeys, output_keys

if TYPE_CHECKING:
    from tree_sitter import Node

_DEPTH = 5
"""How many settings files may extend each other."""
_SCRIPTS = 50
"""How many files of a build script are followed."""
_OUTSIDE = re.compile(r"\.\.(/|$)|/[A-Za-z]")
"""A path upwards, or one from the root; a route of a web server looks like that as well."""
_HERE = frozenset({"__dirname", "import.meta.dirname", "process.cwd()"})
_JOINS = ("join", "resolve")


class Outputs(Struct, frozen=True):
    """``directories`` and ``files`` are absolute image paths; ``doubts`` are the settings that are not literals."""

    directories: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    doubts: tuple[str, ...] = ()


def outputs(path: str, read: Callable[[str], str | None], depth: int = 0) -> Outputs:
    """Return what the settings file at an image path says; in doubt if it cannot be read or parsed."""
    text = read(path)
    if text is None:
        return Outputs(doubts=(path,))
    data = path.endswith(".json")
    tree = parser("tsx").parse(f"({text})".encode() if data else text.encode("utf-8", "replace"))
    if tree.root_node.has_error:
        return Outputs(doubts=(path,))
    reader = _Reader(path, list(js.nodes(tree.root_node)))
    found = reader.outputs()
    bases = reader.values("extends") if data and depth < _DEPTH else ()
    named = (base if base.endswith(".json") else f"{base}.json" for base in bases)
    inherited = (outputs(base, read, depth + 1) for base in named if read(base) is not None)
    return found if found != Outputs() else next((one for one in inherited if one != Outputs()), found)


class _Reader:
    """Finds the settings of one file."""

    def __init__(self, path: str, nodes: list[Node]) -> None:
        self.path, self.folder, self.nodes = path, posixpath.dirname(path), nodes
        self.constants = {
            text_of(node.child_by_field_name("name")): js.value_of(node)
            for node in nodes
            if node.type == "variable_declarator"
        }

    def outputs(self) -> Outputs:
        """Return where the file says that what is built goes."""
        keys = output_keys()
        if any(text_of(value) == "true" for name, value in self._settings() if name in keys.disabling):
            return Outputs()
        root = self._root(keys)
        directories: set[str] = set()
        files: set[str] = set()
        doubts: list[str] = []
        doubts += [place for place in self._referred() if not place.startswith(self.folder.rstrip("/") + "/")]
        for name, value in self._named(keys):
            place = self._path(value, root) if value is not None and root is not None else None
            if place is None:
                doubts.append(f"{self.path}:{line_of(value) if value is not None else 1} ({name})")
            else:
                (files if name in keys.files else directories).add(place)
        return Outputs(frozenset(directories), frozenset(files), tuple(doubts))

    def values(self, name: str) -> tuple[str, ...]:
        """Return the paths that a setting names, without those that cannot be read."""
        found = (self._path(value, self.folder) for key, value in self._settings() if key == name and value is not None)
        return tuple(place for place in found if place is not None)

    def _referred(self) -> tuple[str, ...]:
        """Return the other projects that are built with this one (TypeScript, "Project References")."""
        return self.values("path") if posixpath.basename(self.path).startswith("tsconfig") else ()

    def _root(self, keys: OutputKeys) -> str | None:
        """Return the directory that relative paths start from; None if that is not known."""
        for name, value in self._settings():
            if name in keys.roots and value is not None and value.type not in {"true", "false"}:
                return self._path(value, self.folder)
        return self.folder

    def _named(self, keys: OutputKeys) -> Iterator[tuple[str, Node | None]]:
        """Yield the settings that name an output, and what the functions that write are given."""
        for node in self.nodes:
            if node.type == "call_expression":
                callee = text_of(node.child_by_field_name("function")).rpartition(".")[2]
                if callee in keys.calls:
                    yield callee, js.argument(node, 0)
        for name, value in self._settings():
            inside = js.key_above(value) in keys.sections if value is not None else False
            plain = value is None or value.type not in {"object", "arrow_function", "function_expression", "false"}
            if plain and (name in keys.keys or (name in keys.inside and inside)):
                yield name, value

    def _settings(self) -> Iterator[tuple[str, Node | None]]:
        for node in self.nodes:
            if node.type == "pair":
                yield text_of(node.child_by_field_name("key")).strip("'\"`"), js.value_of(node)
            elif node.type == "assignment_expression":
                left = node.child_by_field_name("left")
                if left is not None and left.type == "member_expression":
                    yield text_of(left.child_by_field_name("property")), js.value_of(node)
            elif node.type == "shorthand_property_identifier":
                yield text_of(node), self.constants.get(text_of(node))

    def _path(self, node: Node | None, base: str, depth: int = 0) -> str | None:
        """Return the absolute path that an expression is; None if that is not known."""
        node = js.unwrapped(node)
        text = js.string_of(node)
        if text is not None:
            return None if "\\" in text else posixpath.normpath(posixpath.join(base, text))
        if node is None or depth > _DEPTH:
            return None
        if text_of(node) in _HERE:
            return self.folder
        if node.type == "identifier":
            return self._path(self.constants.get(text_of(node)), base, depth + 1)
        callee = text_of(node.child_by_field_name("function"))
        if node.type == "call_expression" and callee.rpartition(".")[2] in _JOINS:
            return self._joined(node, depth)
        if node.type == "call_expression" and callee.endswith("fileURLToPath"):
            return self._path(js.argument(node, 0), self.folder, depth + 1)
        if node.type == "new_expression" and text_of(node.child_by_field_name("constructor")) == "URL":
            return self._path(js.argument(node, 0), self.folder, depth + 1)
        return None

    def _joined(self, call: Node, depth: int) -> str | None:
        place = self.folder
        arguments = call.child_by_field_name("arguments")
        for one in arguments.named_children if arguments is not None else ():
            found = self._path(one, place, depth + 1)
            if found is None:
                return None
            place = found
        return place


def script_doubts(path: str, read: Callable[[str], str | None]) -> tuple[str, ...]:
    """Return why a build script of the project, or one that it loads, may write outside of its directory: it names a
    path there, or takes one from elsewhere.
    """
    doubts: list[str] = []
    todo, seen = [path], set[str]()
    while todo and len(seen) < _SCRIPTS:
        place = todo.pop()
        text = read(place)
        if place in seen or (text is None and place != path):
            continue
        seen.add(place)
        if text is None:
            return (f"{path} was not read",)
        doubts += outputs(place, read).doubts
        tree = parser("tsx").parse(text.encode("utf-8", "replace"))
        for node in js.nodes(tree.root_node):
            literal = js.string_of(node)
            if literal is None:
                continue
            if js.is_source(node) and literal.startswith("."):
                todo += _modules(posixpath.normpath(posixpath.join(posixpath.dirname(place), literal)))
            elif not js.is_source(node) and _OUTSIDE.match(literal):
                doubts.append(f"{place}:{line_of(node)} ({literal})")
    return tuple(doubts) if len(seen) < _SCRIPTS else (*doubts, f"{path} loads too many files")


def _modules(base: str) -> list[str]:
    """Return the files that a relative import may mean (Node, "Loading from files")."""
    return [base, *(f"{base}{end}" for end in (".js", ".mjs", ".cjs", ".ts", "/index.js", "/index.ts"))]
