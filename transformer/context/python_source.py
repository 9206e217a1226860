"""What a Python script of the build context says: what it runs, loads, imports and opens.

The text is read with libcst (for any Python 3; 195 ms to import, so only if a word in its code matters), never run.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

from transformer.context.python_calls import NAMED, UNSEEN, exported, kind_of, within
from transformer.context.python_judge import Judge
from transformer.context.python_plain import plain
from transformer.context.python_said import Mention, PythonSource
from transformer.context.python_text import MAX_TEXT, readable
from transformer.context.python_values import dotted, literal, name_of
from transformer.knowledge.programs import programs

if TYPE_CHECKING:
    import libcst as cst

_ASKING = frozenset({"isinstance", "issubclass", "hasattr"})
_BINDING = {
    **dict.fromkeys(("AssignTarget", "AnnAssign", "AugAssign", "For", "CompFor", "NamedExpr", "Del"), "target"),
    **dict.fromkeys(("AsName", "Param", "FunctionDef", "ClassDef", "MatchAs", "MatchStar"), "name"),
    "MatchMapping": "rest",
}
"""Nodes that give a name a value, and where the name is."""
_QUIET = frozenset({"Import", "ImportFrom", "Annotation"})
_LEAVES = frozenset({"SimpleWhitespace", "Newline", "Comment", "FormattedStringText"})
_NAMES = frozenset({"Name", "SimpleString", "Integer"})
"""Nodes with nothing below them but parentheses; to ask libcst for its children is slow."""
_TEXTS = frozenset({"SimpleWhitespace", "Newline", "SimpleString", "FormattedStringText"})
_NEWLINE = re.compile(r"\r\n?|\n")


def read(text: str, most: int = MAX_TEXT) -> PythonSource | None:
    """Return what a script says; None if it cannot be parsed, or is longer than ``most`` characters."""
    return plain(text, most) or parsed(text, most)


def parsed(text: str, most: int = MAX_TEXT) -> PythonSource | None:
    """Return what a script says whose code has words that matter; None as ``read`` does."""
    text = text.removeprefix("\ufeff")
    if not readable(text, most):
        return None
    import libcst as cst

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _Reader(cst.parse_module(text)).source()
    except (cst.ParserSyntaxError, cst.CSTValidationError, ValueError, SyntaxError, RecursionError, MemoryError):
        return None


class _Reader:
    """Walks the tree once, in the order of the text; names and calls are judged when all imports are known."""

    def __init__(self, module: cst.Module) -> None:
        self.module, self.line, self.quiet = module, 1, 0
        self.judge = Judge(module)
        self.values = self.judge.values
        self.calls: list[tuple[cst.Call, int]] = []
        self.mentions: list[tuple[cst.BaseExpression, int]] = []
        self.parts: set[int] = set()
        self.labels: set[int] = set()
        self.strings: set[str] = set()

    def source(self) -> PythonSource:
        """Return what the script says."""
        self._walk()
        kinds: dict[str, list[Mention]] = {}
        named = not NAMED.isdisjoint(self.strings)
        for kind, mention in sorted(self.judge.judged(self.calls, self.mentions)):
            kinds.setdefault("dynamic_commands" if named and kind == "dynamic_imports" else kind, []).append(mention)
        modules = {mention.text for mention in kinds.get("imported", ())}
        return PythonSource(
            imports=frozenset(modules),
            relative=self.judge.relative,
            strings=frozenset(self.strings),
            **{kind: tuple(mentions) for kind, mentions in kinds.items()},
        )

    # ------------------------------------------------------------------------------------------------------- the walk
    def _walk(self) -> None:
        """Visit every node before its children; an explicit stack, so that no depth is too deep."""
        stack: list[Any] = [self.module]
        while stack:
            node = stack.pop()
            if node is None:
                self.quiet -= 1
                continue
            kind = type(node).__name__
            handler = getattr(self, f"_on_{kind}", None)
            if handler is not None:
                handler(node)
            if kind in _BINDING:
                self._bind(getattr(node, _BINDING[kind]))
            if kind in _QUIET or (kind == "Call" and dotted(node.func)[0] in _ASKING):
                self.quiet += 1
                stack.append(None)
            if kind in _TEXTS:
                self.line += len(_NEWLINE.findall("\n" if node.value is None else node.value))
            if kind not in _LEAVES and not (kind in _NAMES and not node.lpar):
                stack += reversed(node.children)

    def _bind(self, target: Any) -> None:
        """Count every name in what is assigned to; one more than there are costs only a constant."""
        stack = [target] if target is not None else []
        while stack:
            node = stack.pop()
            if type(node).__name__ == "Name":
                self.values.bound[name_of(node)] += 1
            stack += node.children

    def _on_Import(self, node: cst.Import) -> None:
        for alias in node.names:
            full = ".".join(dotted(alias.name))
            top = full.partition(".")[0]
            self._import(full)
            if alias.asname is not None:
                self._alias(name_of(alias.asname.name), full)
            else:
                self._alias(top, top)

    def _on_ImportFrom(self, node: cst.ImportFrom) -> None:
        module = ".".join(dotted(node.module)) if node.module is not None else ""
        self.judge.relative |= bool(node.relative)
        if not node.relative:
            self._import(module)
        if not isinstance(node.names, (list, tuple)):
            for name in exported(module):
                self._alias(name, f"{module}.{name}")
                self.values.visits[name] += 1
            return
        for alias in node.names:
            name = name_of(alias.name)
            self._unseen(f"{module}.{name}")
            self._alias(name_of(alias.asname.name) if alias.asname else name, f"{module}.{name}")

    def _import(self, module: str) -> None:
        self.judge.imported(module, self.line)
        self._unseen(module)

    def _unseen(self, module: str) -> None:
        if within(module, UNSEEN + programs().python_runners):
            self.judge.found.add((kind_of(module), Mention(f"import {module}", self.line)))

    def _alias(self, name: str, full: str) -> None:
        self.values.aliases.setdefault(name, set()).add(full)
        self.values.bound[name] += 1

    def _on_Call(self, node: cst.Call) -> None:
        self.calls.append((node, self.line))
        self.parts.add(id(node.func))

    def _on_Attribute(self, node: cst.Attribute) -> None:
        self.labels.add(id(node.attr))
        self.parts.add(id(node.value))
        self._mention(node)

    def _on_Name(self, node: cst.Name) -> None:
        if id(node) not in self.labels:
            self.values.visits[name_of(node)] += not self.quiet
            self._mention(node)

    def _mention(self, node: cst.BaseExpression) -> None:
        if id(node) not in self.parts and not self.quiet:
            self.mentions.append((node, self.line))

    def _on_Arg(self, node: cst.Arg) -> None:
        self.labels.add(id(node.keyword))

    def _on_FunctionDef(self, node: cst.FunctionDef | cst.ClassDef) -> None:
        self.labels.add(id(node.name))

    _on_ClassDef = _on_FunctionDef

    def _on_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._assigned(node.target, node.value)

    def _on_Assign(self, node: cst.Assign) -> None:
        if len(node.targets) == 1:
            self._assigned(node.targets[0].target, node.value)

    def _assigned(self, target: Any, value: Any) -> None:
        if type(target).__name__ == "Name":
            self.parts.add(id(target))
            self.values.constants[name_of(target)] = value

    def _on_SimpleString(self, node: cst.SimpleString) -> None:
        self.strings.add(literal(node) or "")

    def _on_FormattedStringText(self, node: cst.FormattedStringText) -> None:
        self.strings.add(node.value)
