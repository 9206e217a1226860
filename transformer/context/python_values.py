"""What an expression of a Python script surely is: a string or a list of words. Nodes are told by their type's name."""

from __future__ import annotations

import posixpath
import shlex
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from transformer.context.python_calls import CALLS, meanings

UNKNOWN = "\u2039unknown\u203a"
"""Stands for an argument that is not literal."""
_MAX_DEPTH = 40
_HARMLESS = frozenset({"print", "len", "repr", "str", "list", "tuple", "shlex.join", *CALLS})
_HARMLESS_METHODS = frozenset({"join", "debug", "info", "warning", "error"})
_LOOKED_THROUGH = frozenset(
    {"Name", "BinaryOperation", "List", "Tuple", "Element", "StarredElement", "Subscript", "Arg"}
)
_GROWING = {("append",), ("extend",)}

Value = str | tuple[str, ...] | None


def name_of(node: Any) -> str:
    """Return an identifier as Python reads it."""
    name: str = node.value
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def dotted(node: Any) -> tuple[str, ...]:
    """Return a name and its attributes; "?" stands for any other expression."""
    parts: list[str] = []
    while type(node).__name__ == "Attribute":
        parts.append(name_of(node.attr))
        node = node.value
    parts.append(name_of(node) if type(node).__name__ == "Name" else "?")
    return tuple(reversed(parts))


def literal(node: Any) -> str | None:
    """Return the text of a plain string, or of bytes that are ASCII."""
    value = node.evaluated_value
    if isinstance(value, bytes):
        return value.decode("ascii") if value.isascii() else None
    return value if isinstance(value, str) else None


class Values:
    """The names of one script: what they are bound to, and how often they are bound, seen, and followed."""

    def __init__(self) -> None:
        self.aliases: dict[str, set[str]] = {}
        self.constants: dict[str, Any] = {}
        self.visits, self.bound, self.followed = Counter[str](), Counter[str](), Counter[str]()
        self.grown: set[str] = set()

    def names(self, node: Any) -> tuple[str, ...]:
        """Return what a name or an attribute may stand for."""
        return tuple(meanings(dotted(node), self.aliases))

    def follow(self, call: Any) -> None:
        """Count the names in a call that surely changes none of them, but by adding to the end of a list."""
        parts = dotted(call.func)
        if parts[1:] in _GROWING:
            self.followed[parts[0]] += 1
            self.grown.add(parts[0])
        elif parts[-1] in _HARMLESS_METHODS or any(name in _HARMLESS for name in self.names(call.func)):
            self.followed.update(name for arg in call.args for name in _inside(arg))

    def value(self, node: Any, depth: int = 0) -> Value:
        """Return the value of an expression; None if it is not literal."""
        fold = getattr(self, f"_fold_{type(node).__name__}", None)
        found: Value = fold(node, depth + 1) if fold is not None and depth < _MAX_DEPTH else None
        return found

    def word(self, node: Any, depth: int = 0) -> str:
        """Return the value of an expression that is one word."""
        value = self.value(node, depth)
        return value if isinstance(value, str) else UNKNOWN

    def _fold_SimpleString(self, node: Any, depth: int) -> Value:
        return literal(node)

    def _fold_ConcatenatedString(self, node: Any, depth: int) -> Value:
        texts: list[str | None] = []
        while type(node).__name__ == "ConcatenatedString":
            texts.append(literal(node.left) if type(node.left).__name__ == "SimpleString" else None)
            node = node.right
        texts.append(literal(node) if type(node).__name__ == "SimpleString" else None)
        return None if None in texts else "".join(text or "" for text in texts)

    def _fold_List(self, node: Any, depth: int) -> Value:
        words: list[str] = []
        for element in node.elements:
            value = self.value(element.value, depth)
            if type(element).__name__ == "StarredElement":
                words += value if isinstance(value, tuple) else (UNKNOWN,)
            else:
                words.append(value if isinstance(value, str) else UNKNOWN)
        return tuple(words)

    _fold_Tuple = _fold_List

    def _fold_BinaryOperation(self, node: Any, depth: int) -> Value:
        left, right = self.value(node.left, depth), self.value(node.right, depth)
        if type(node.operator).__name__ != "Add":
            return None
        if isinstance(left, str) and isinstance(right, str):
            return left + right
        if isinstance(left, tuple):
            return (*left, *(right if isinstance(right, tuple) else (UNKNOWN,)))
        return None

    def _fold_Name(self, node: Any, depth: int) -> Value:
        """A name that is bound once, to a literal that nothing changes."""
        name = name_of(node)
        if self.bound[name] != 1 or name not in self.constants:
            return None
        value = self.value(self.constants[name], depth)
        fixed = type(self.constants[name]).__name__ != "List" or self.visits[name] == 1 + self.followed[name]
        if isinstance(value, tuple) and name in self.grown:
            value = (*value, UNKNOWN)
        return value if fixed else None

    def _fold_Attribute(self, node: Any, depth: int) -> Value:
        return "python3" if "sys.executable" in self.names(node) else None

    def _fold_Subscript(self, node: Any, depth: int) -> Value:
        value = self.value(node.value, depth)
        index = getattr(node.slice[0].slice, "value", None) if len(node.slice) == 1 else None
        first = getattr(index, "value", None) == "0"
        return value[0] if first and isinstance(value, tuple) and value else None

    def _fold_Call(self, node: Any, depth: int) -> Value:
        if any(arg.keyword is not None or arg.star for arg in node.args):
            return None
        names, texts = self.names(node.func), [self.value(arg.value, depth) for arg in node.args]
        plain = [text for text in texts if isinstance(text, str)]
        if len(plain) != len(texts):
            return None
        if "shlex.split" in names and plain:
            return split(plain[0])
        if {"os.path.join", "pathlib.Path", "ctypes.util.find_library", "str", "os.fspath"} & {*names} and plain:
            return posixpath.join(*plain)
        if type(node.func).__name__ == "Attribute" and name_of(node.func.attr) == "split" and not plain:
            text = self.value(node.func.value, depth)
            return tuple(text.split()) if isinstance(text, str) else None
        return None


def split(text: str) -> Value:
    """Return the words of a command line as ``shlex`` does it."""
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return None


def _inside(node: Any) -> Iterator[str]:
    """Yield the names in an expression that only reads them."""
    stack = [node]
    while stack:
        node = stack.pop()
        kind = type(node).__name__
        if kind == "Name":
            yield name_of(node)
        elif kind in _LOOKED_THROUGH:
            stack += [child for child in node.children if child is not getattr(node, "keyword", None)]


def keywords(call: Any) -> Mapping[str, Any]:
    """Return the arguments of a call that are given by name; "**" stands for those that are not seen."""
    found = {name_of(arg.keyword): arg.value for arg in call.args if arg.keyword is not None}
    return found | dict.fromkeys("**" for arg in call.args if arg.star == "**")


def positional(call: Any) -> list[Any]:
    """Return the arguments that are given by place, up to the first that is spread."""
    found = []
    for arg in call.args:
        if arg.star == "*":
            break
        if arg.keyword is None and not arg.star:
            found.append(arg.value)
    return found
