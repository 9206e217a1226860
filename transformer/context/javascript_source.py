"""What a JavaScript or TypeScript file says: the programs that it runs, and whether it may run or load anything else.

A text without a word that matters is not parsed. The others are read with tree-sitter (the grammars of TypeScript read
JavaScript as well): a call whose program stands there as a literal is known, whatever else has to do with a module that
runs programs is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from transformer.context import javascript_nodes as js
from transformer.context import trees
from transformer.context.command_text import runs_another
from transformer.context.javascript_names import BOUND_BY, Names, module_of
from transformer.context.trees import Mention, line_of, shown, text_of
from transformer.knowledge.programs import runner_modules

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_WORDS = (
    r"\bdlopen\b|\bbinding\b|\.node\b|\beval\b|\bFunction\b|mainModule|_load\b|createRequire"
    r"|constructor\s*\.\s*constructor|\bvm\b|\\[ux]|\brequire\b|\bimport\s*\("
)
"""Words without which nothing is run or loaded but what stands in an ``import``; names may be written with escapes."""
_LITERAL = re.compile(r"\b(?:require|import)\s*\(\s*(['\"`])([^'\"`$\\]*)\1\s*\)")
"""Any other module by its name."""
_OWN = "node"
"""The ecosystem whose code is read here."""
_PLAIN_BINDINGS = frozenset({"util", "buffer", "constants", "natives", "fs", "config"})
"""Parts of Node itself that run nothing (lodash and others ask for their types)."""
_OWN_FILES = re.compile(r"['\"`]\.{1,2}/|(?:path\.)?(?:join|resolve)\(\s*__dirname\b|new URL\(\s*['\"`]\.{1,2}/")


@dataclass(frozen=True, slots=True)
class JavaScriptSource:
    """What one file says: ``commands`` are programs, ``dynamic`` is what may run any program or load any library.

    ``dynamic_imports`` bring in modules by names that do not stand there, and ``dynamic_code`` runs code that does not.
    """

    commands: tuple[Mention, ...] = ()
    dynamic: tuple[Mention, ...] = ()
    dynamic_imports: tuple[Mention, ...] = ()
    dynamic_code: tuple[Mention, ...] = ()


def read(text: str, *, typescript: bool = False) -> JavaScriptSource:
    """Return what a file says; one that cannot be parsed may run anything."""
    matters = _matters()
    if not matters.search(_LITERAL.sub(lambda found: found[0] if matters.search(found[2]) else "", text)):
        return JavaScriptSource()
    code = text.encode("utf-8", "surrogatepass")
    tree = parser("typescript" if typescript else "tsx").parse(code)
    if tree.root_node.has_error:
        return JavaScriptSource(dynamic=(Mention("it cannot be parsed", 1),))
    return _Reader().read(tree.root_node)


@cache
def _matters() -> re.Pattern[str]:
    known = runner_modules()
    return re.compile("|".join((_WORDS, *(rf"{re.escape(name)}\b" for name in (*known.modules, *known.anything)))))


@cache
def parser(grammar: str) -> Parser:
    """Return the parser of a grammar: ``tsx`` or ``typescript``."""
    import tree_sitter_typescript
    from tree_sitter import Language, Parser

    table = {"tsx": tree_sitter_typescript.language_tsx, "typescript": tree_sitter_typescript.language_typescript}
    return Parser(Language(table[grammar]()))


class _Reader(trees.Reader):
    """Walks the tree twice: for what names mean, and for what is done with them."""

    own = _OWN

    def __init__(self) -> None:
        super().__init__()
        self.known = runner_modules()
        self.imports: set[Mention] = set()
        self.names = Names(self._unknown)

    def read(self, root: Node) -> JavaScriptSource:
        """Return what the file says."""
        nodes = list(js.nodes(root))
        for node in nodes:
            if node.type == "import_statement":
                self.names.imported(node)
        for _ in range(3):  # `const run = promisify(exec)` may stand below another name for exec
            for node in nodes:
                if node.type in BOUND_BY:
                    self.names.bind(node)
        self.judge(nodes)
        return JavaScriptSource(*trees.in_order(self.commands, self.dynamic, self.imports, self.code))

    # ----------------------------------------------------------------------------------------------------- what is done
    def _on_call_expression(self, node: Node) -> None:
        callee = js.unwrapped(node.child_by_field_name("function"))
        name = text_of(callee)
        if name in {"require", "import"}:
            self._required(node)
        elif name in {"eval", "Function"}:
            self.code.add(shown(node))
        elif name.endswith(("createRequire", "._load")):
            if not (name.endswith("createRequire") and js.is_named(node.parent, "require")):
                self.imports.add(shown(node))
        elif name.endswith((".dlopen", ".binding")) and js.string_of(js.argument(node, 0)) not in _PLAIN_BINDINGS:
            self._unknown(node)
        elif self.names.function_in(callee) and not name.endswith("promisify"):
            self._run(self.names.function_in(callee), node)

    def _on_new_expression(self, node: Node) -> None:
        if text_of(node.child_by_field_name("constructor")) == "Function":
            self.code.add(shown(node))

    def _on_string(self, node: Node) -> None:
        """The name of such a module elsewhere may be required by it."""
        if module_of(js.string_of(node) or "") and not js.is_source(node):
            self._unknown(node)

    def _on_identifier(self, node: Node) -> None:
        name = text_of(node)
        known = name in self.names.functions or name in self.names.modules
        if name in {"eval", "Function"} and not js.is_callee(node) and not js.is_asked(node):
            self.code.add(shown(node))
        if known and not self._is_followed(node):
            self._unknown(node)

    def _on_property_identifier(self, node: Node) -> None:
        """``new Worker(code, {eval: true})``"""
        if text_of(node) == "eval":
            self.code.add(shown(node))

    def _on_shorthand_property_identifier(self, node: Node) -> None:
        if text_of(node) in self.names.functions or text_of(node) in self.names.modules:
            self._unknown(node)

    def _on_member_expression(self, node: Node) -> None:
        """``cp.exec`` that is neither called nor given a name is handed around; so is all that is not known by name."""
        name = text_of(node.child_by_field_name("property"))
        if name in {"mainModule", "_load"}:
            self.imports.add(shown(node))
        if name == "constructor" and text_of(node).count(name) > 1:
            self.code.add(shown(node))
        if self.names.function_in(node) and not self._is_followed(node):
            self._unknown(node)

    def _on_subscript_expression(self, node: Node) -> None:
        if self.names.module_in(js.unwrapped(node.child_by_field_name("object"))) is not None:
            self._unknown(node)

    def _is_followed(self, node: Node) -> bool:
        """Whether what becomes of a name is known: it is called, asked for a function, or given another name."""
        parent = node.parent
        while parent is not None and parent.type in js.WRAPPERS:
            node, parent = parent, parent.parent
        if parent is None or node.id in self.names.binding:
            return True
        if parent.type in BOUND_BY:
            return node.id in self.names.binding or parent.child_by_field_name(BOUND_BY[parent.type]) == node
        if parent.type == "arguments":
            call = parent.parent
            wrapped = call is not None and text_of(call.child_by_field_name("function")).endswith("promisify")
            return wrapped and call is not None and (call.id in self.names.binding or js.is_callee(call))
        patterns = {"object_pattern", "pair_pattern", "shorthand_property_identifier_pattern"}
        return parent.type in {"member_expression", "import_specifier", "import_clause", *patterns} or js.is_callee(
            node
        )

    def _required(self, node: Node) -> None:
        argument = js.argument(node, 0)
        name = js.string_of(argument) or ""
        own = argument is not None and _OWN_FILES.match(text_of(argument)) is not None
        anything = name.endswith(".node") or name.removeprefix("node:") in runner_modules().anything
        lost = module_of(name) is not None and not self._is_known(node)
        if anything or lost:
            self._unknown(node)
        elif not (name or own):
            self.imports.add(shown(node))

    def _is_known(self, node: Node) -> bool:
        """Whether a module that runs programs gets a name, or is asked for a function at once."""
        parent = node.parent
        while parent is not None and parent.type in js.WRAPPERS:
            parent = parent.parent
        return node.id in self.names.binding or (parent is not None and parent.type == "member_expression")

    def _run(self, function: str, node: Node) -> None:
        first = js.string_of(js.argument(node, 0))
        if text_of(js.argument(node, 0)) == "process.execPath":
            return
        shell = "shell" in text_of(node.child_by_field_name("arguments"))
        if (
            first is None
            or not first.strip()
            or (function not in self.known.shell | self.known.program)
            or "\\" in first
        ):
            self._unknown(node)
        elif function in self.known.shell or shell or " " in first:
            self._script(first, node)
        elif runs_another(_strings(node), _OWN):
            self._unknown(node)
        else:
            self.commands.add(Mention(first, line_of(node)))


def _strings(call: Node) -> tuple[str, ...]:
    """Return the texts in the arguments of a call, also in lists, in their order."""
    arguments = call.child_by_field_name("arguments")
    nodes = sorted(js.nodes(arguments), key=lambda node: node.start_byte) if arguments is not None else ()
    return tuple(text for node in nodes if (text := js.string_of(node)))
