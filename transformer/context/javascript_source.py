"""What a JavaScript or TypeScript file says: the programs that it runs, and whether it may run or load anything else.

A text without a word that matters is not parsed. The others are read with tree-sitter (the grammars of TypeScript read
JavaScript as well): a call whose program stands there as a literal is known, whatever else has to do with a module that
runs programs is not.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from transformer.context import javascript_nodes as js
from transformer.context.native_source import RUNNERS

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_MATTERS = re.compile(
    r"child_process|execa\b|cross-spawn|shelljs|\bdlopen\b|\bbinding\b|\.node\b|\beval\b|\bFunction\b|mainModule|_load\b"
    r"|createRequire|constructor\s*\.\s*constructor|\bvm\b|\\[ux]|zx\b|\brequire\b|\bimport\s*\("
)
"""Words without which nothing is run or loaded but what stands in an ``import``; names may be written with escapes."""
_LITERAL = re.compile(r"\b(?:require|import)\s*\(\s*(['\"`])([^'\"`$\\]*)\1\s*\)")
"""Any other module by its name."""
_SHELL = {"exec", "execSync", "command", "commandSync", "execaCommand", "execaCommandSync"}
_PROGRAM = {"execFile", "execFileSync", "spawn", "spawnSync", "execa", "execaSync", "sync", "execaNode", "which"}
_HARMLESS = {"fork", "ChildProcess", "ExecException", "ExecaError"}
"""``fork`` runs node on a module, which is read as all others are."""
_MODULES = {"child_process": "", "execa": "execa", "cross-spawn": "spawn", "shelljs": ""}
"""Modules that run programs, and which function the module itself is."""
_ANYTHING = frozenset({"vm", "zx", "zx/globals", "shelljs/global"})
"""Modules that run any code, or any program by tagged templates and globals."""
_PLAIN_BINDINGS = frozenset({"util", "buffer", "constants", "natives", "fs", "config"})
"""Parts of Node itself that run nothing (lodash and others ask for their types)."""
_BOUND_BY = {"variable_declarator": "name", "assignment_expression": "left"}
_OWN_FILES = re.compile(r"['\"`]\.{1,2}/|(?:path\.)?(?:join|resolve)\(\s*__dirname\b|new URL\(\s*['\"`]\.{1,2}/")


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """A place: ``text`` is the program that is run, or the code if that is not known."""

    text: str
    line: int


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
    if not _MATTERS.search(_LITERAL.sub(lambda found: found[0] if _MATTERS.search(found[2]) else "", text)):
        return JavaScriptSource()
    code = text.encode("utf-8", "surrogatepass")
    tree = parser("typescript" if typescript else "tsx").parse(code)
    if tree.root_node.has_error:
        return JavaScriptSource(dynamic=(Mention("it cannot be parsed", 1),))
    return _Reader().read(tree.root_node)


@cache
def parser(grammar: str) -> Parser:
    """Return the parser of a grammar: ``tsx`` or ``typescript``."""
    import tree_sitter_typescript
    from tree_sitter import Language, Parser

    table = {"tsx": tree_sitter_typescript.language_tsx, "typescript": tree_sitter_typescript.language_typescript}
    return Parser(Language(table[grammar]()))


def _module_of(name: str) -> str | None:
    """Return the module that runs programs, by its name in ``import`` and ``require``; None for any other."""
    plain = name.removeprefix("node:")
    return plain if plain in _MODULES else None


class _Reader:
    """Walks the tree twice: for what names mean, and for what is done with them."""

    def __init__(self) -> None:
        self.commands: set[Mention] = set()
        self.dynamic: set[Mention] = set()
        self.imports: set[Mention] = set()
        self.code: set[Mention] = set()
        self.functions: dict[str, str] = {}
        """Names of functions that run programs, and which function each is."""
        self.modules: dict[str, str] = {}
        """Names of modules that do, and which module each is."""
        self.binding: set[int] = set()

    def read(self, root: Node) -> JavaScriptSource:
        """Return what the file says."""
        nodes = list(js.nodes(root))
        for node in nodes:
            if node.type == "import_statement":
                self._import(node)
        for _ in range(3):  # `const run = promisify(exec)` may stand below another name for exec
            for node in nodes:
                if node.type in _BOUND_BY:
                    self._bind(node)
        for node in nodes:
            self._judge(node)
        found = (self.commands, self.dynamic, self.imports, self.code)
        return JavaScriptSource(*(tuple(sorted(mentions)) for mentions in found))

    # -------------------------------------------------------------------------------------------------- what names mean
    def _import(self, node: Node) -> None:
        old = next((c for c in node.named_children if c.type == "import_require_clause"), None)
        name = js.string_of((old or node).child_by_field_name("source")) or ""
        module = _module_of(name)
        clause = next((c for c in node.named_children if c.type == "import_clause"), None)
        if name.removeprefix("node:") in _ANYTHING or (module is not None and old is not None):
            self._unknown(node)
        if module is None or clause is None or any(js.text_of(c) == "type" for c in node.children):
            return
        for child in clause.named_children:
            if child.type == "named_imports":
                for one in child.named_children:
                    self._function(module, one.child_by_field_name("alias"), one.child_by_field_name("name"))
            else:
                self._module(js.text_of(child if child.type == "identifier" else child.named_children[0]), module)

    def _function(self, module: str, alias: Node | None, name: Node | None) -> None:
        if name is not None and _runs(module, js.text_of(name)):
            self.functions[js.text_of(alias or name)] = js.text_of(name)

    def _module(self, name: str, module: str) -> None:
        self.modules[name] = module
        if _MODULES[module]:
            self.functions[name] = _MODULES[module]

    def _bind(self, node: Node) -> None:
        """A name for a module (``const cp = require('child_process')``), its functions, or one of them promisified."""
        target, value = node.child_by_field_name(_BOUND_BY[node.type]), js.value_of(node)
        if target is None or value is None:
            return
        module = self._module_in(value)
        function = self._function_in(value)
        if module is not None and target.type == "object_pattern":
            for one in target.named_children:
                self._unpack(module, one)
            self.binding.add(value.id)
        elif module is not None and target.type == "identifier":
            self._module(js.text_of(target), module)
            self.binding.add(value.id)
        elif function and target.type == "identifier":
            self.functions[js.text_of(target)] = function
            self.binding.add(value.id)

    def _unpack(self, module: str, one: Node) -> None:
        """One name of ``const {exec, spawn: run} = module``."""
        alias = one.child_by_field_name("value")
        if one.type == "shorthand_property_identifier_pattern":
            self._function(module, None, one)
        elif one.type == "pair_pattern" and alias is not None and alias.type == "identifier":
            self._function(module, alias, one.child_by_field_name("key"))
        else:
            self._unknown(one)

    def _module_in(self, node: Node | None) -> str | None:
        """Return the module that an expression is: a name of it, ``require`` or ``import`` with its name."""
        if node is None:
            return None
        if node.type == "identifier":
            return self.modules.get(js.text_of(node))
        if node.type == "call_expression" and js.text_of(node.child_by_field_name("function")) in {"require", "import"}:
            return _module_of(js.string_of(js.argument(node, 0)) or "")
        return None

    def _function_in(self, node: Node | None) -> str:
        """Return which function that runs programs an expression is; "" if it is none."""
        node = js.unwrapped(node)
        if node is None:
            return ""
        if node.type == "identifier":
            return self.functions.get(js.text_of(node), "")
        if node.type == "member_expression":
            name = js.text_of(node.child_by_field_name("property"))
            module = self._module_in(js.unwrapped(node.child_by_field_name("object")))
            return name if module is not None and _runs(module, name) else ""
        if node.type == "call_expression" and js.text_of(node.child_by_field_name("function")).endswith("promisify"):
            return self._function_in(js.argument(node, 0))
        return ""

    # ----------------------------------------------------------------------------------------------------- what is done
    def _judge(self, node: Node) -> None:
        judge = getattr(self, f"_on_{node.type}", None)
        if judge is not None:
            judge(node)

    def _on_call_expression(self, node: Node) -> None:
        callee = js.unwrapped(node.child_by_field_name("function"))
        name = js.text_of(callee)
        if name in {"require", "import"}:
            self._required(node)
        elif name in {"eval", "Function"}:
            self.code.add(_mention(node))
        elif name.endswith(("createRequire", "._load")):
            if not (name.endswith("createRequire") and js.is_named(node.parent, "require")):
                self.imports.add(_mention(node))
        elif name.endswith((".dlopen", ".binding")) and js.string_of(js.argument(node, 0)) not in _PLAIN_BINDINGS:
            self._unknown(node)
        elif self._function_in(callee) and not name.endswith("promisify"):
            self._run(self._function_in(callee), node)

    def _on_new_expression(self, node: Node) -> None:
        if js.text_of(node.child_by_field_name("constructor")) == "Function":
            self.code.add(_mention(node))

    def _on_string(self, node: Node) -> None:
        """The name of such a module elsewhere may be required by it."""
        if _module_of(js.string_of(node) or "") and not js.is_source(node):
            self._unknown(node)

    def _on_identifier(self, node: Node) -> None:
        name = js.text_of(node)
        known = name in self.functions or name in self.modules
        if name in {"eval", "Function"} and not js.is_callee(node) and not js.is_asked(node):
            self.code.add(_mention(node))
        if known and not self._is_followed(node):
            self._unknown(node)

    def _on_property_identifier(self, node: Node) -> None:
        """``new Worker(code, {eval: true})``"""
        if js.text_of(node) == "eval":
            self.code.add(_mention(node))

    def _on_shorthand_property_identifier(self, node: Node) -> None:
        if js.text_of(node) in self.functions or js.text_of(node) in self.modules:
            self._unknown(node)

    def _on_member_expression(self, node: Node) -> None:
        """``cp.exec`` that is neither called nor given a name is handed around; so is all that is not known by name."""
        name = js.text_of(node.child_by_field_name("property"))
        if name in {"mainModule", "_load"}:
            self.imports.add(_mention(node))
        if name == "constructor" and js.text_of(node).count(name) > 1:
            self.code.add(_mention(node))
        if self._function_in(node) and not self._is_followed(node):
            self._unknown(node)

    def _on_subscript_expression(self, node: Node) -> None:
        if self._module_in(js.unwrapped(node.child_by_field_name("object"))) is not None:
            self._unknown(node)

    def _is_followed(self, node: Node) -> bool:
        """Whether what becomes of a name is known: it is called, asked for a function, or given another name."""
        parent = node.parent
        while parent is not None and parent.type in js.WRAPPERS:
            node, parent = parent, parent.parent
        if parent is None or node.id in self.binding:
            return True
        if parent.type in _BOUND_BY:
            return node.id in self.binding or parent.child_by_field_name(_BOUND_BY[parent.type]) == node
        if parent.type == "arguments":
            call = parent.parent
            wrapped = call is not None and js.text_of(call.child_by_field_name("function")).endswith("promisify")
            return wrapped and call is not None and (call.id in self.binding or js.is_callee(call))
        patterns = {"object_pattern", "pair_pattern", "shorthand_property_identifier_pattern"}
        return parent.type in {"member_expression", "import_specifier", "import_clause", *patterns} or js.is_callee(
            node
        )

    def _required(self, node: Node) -> None:
        argument = js.argument(node, 0)
        name = js.string_of(argument) or ""
        own = argument is not None and _OWN_FILES.match(js.text_of(argument)) is not None
        anything = name.endswith(".node") or name.removeprefix("node:") in _ANYTHING
        lost = _module_of(name) is not None and not self._is_known(node)
        if anything or lost:
            self._unknown(node)
        elif not (name or own):
            self.imports.add(_mention(node))

    def _is_known(self, node: Node) -> bool:
        """Whether a module that runs programs gets a name, or is asked for a function at once."""
        parent = node.parent
        while parent is not None and parent.type in js.WRAPPERS:
            parent = parent.parent
        return node.id in self.binding or (parent is not None and parent.type == "member_expression")

    def _run(self, function: str, node: Node) -> None:
        first = js.string_of(js.argument(node, 0))
        if js.text_of(js.argument(node, 0)) == "process.execPath":
            return
        shell = "shell" in js.text_of(node.child_by_field_name("arguments"))
        if first is None or not first.strip() or (function not in _SHELL | _PROGRAM) or "\\" in first:
            self._unknown(node)
        elif function in _SHELL or shell or " " in first:
            self._script(first, node)
        elif first.rpartition("/")[2] in RUNNERS or "-exec" in js.text_of(node.child_by_field_name("arguments")):
            self._unknown(node)
        else:
            self.commands.add(Mention(first, js.line_of(node)))

    def _script(self, script: str, node: Node) -> None:
        """A script for a shell: plain commands with pipes and lists of them are known."""
        for part in re.split(r"\|\||&&|[;|]", script):
            try:
                words = shlex.split(part)
            except ValueError:
                words = []
            plain = words and not re.search(r"[$`()<{}]|(?<!2)>(?!&1)", part) and "=" not in words[0]
            if not plain or words[0].rpartition("/")[2] in RUNNERS or "-exec" in words:
                self._unknown(node)
                return
            self.commands.add(Mention(words[0], js.line_of(node)))

    def _unknown(self, node: Node) -> None:
        self.dynamic.add(_mention(node))


def _mention(node: Node) -> Mention:
    return Mention(" ".join(js.text_of(node).split())[:80], js.line_of(node))


def _runs(module: str, function: str) -> bool:
    """Whether a function of a module runs a program: shelljs does what its functions are named for by itself."""
    return function == "exec" if module == "shelljs" else function not in _HARMLESS
