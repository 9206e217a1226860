"""What a PHP file says: the programs that it runs, and whether it may run or load anything else.

A text without a word that matters is not parsed. The others are read with tree-sitter: a call whose program stands
there as a literal is known, whatever else has to do with running programs or code is not. Sources: the PHP 8.3 manual
("Program execution", "PCNTL", "FFI", "Function handling", "Variable functions", "mail"), Symfony's Process component,
Laravel's "Processes".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from transformer.context import php_nodes as nodes
from transformer.context import trees
from transformer.context.command_text import runs_another
from transformer.context.trees import Mention, below, line_of, shown, text_of
from transformer.knowledge.programs import context_patterns

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_OWN = "php"
"""The ecosystem whose code is read here."""
RUNNING = frozenset({"exec", "shell_exec", "system", "passthru", "popen", "proc_open", "pcntl_exec", "expect_popen"})
_CODE = frozenset({"eval", "create_function", "assert"})
"""What may run code that is a text; of ``assert`` only what is given a text."""
_MAILING = frozenset({"mail", "mb_send_mail"})
"""Functions that run ``sendmail_path``."""
_CALLING = frozenset(
    {"call_user_func", "call_user_func_array", "forward_static_call", "forward_static_call_array", "func_overload"}
)
_ASKING = frozenset({"function_exists", "is_callable", "in_array", "extension_loaded", "method_exists", "defined"})
"""Functions that ask about a name and do not call it."""
_CLASSES = frozenset({"process", "phpprocess"})
_REFLECTING = frozenset({"reflectionfunction"})
_SUBPROCESSES = frozenset({"executablefinder", "phpexecutablefinder"})
_LIBRARIES = re.compile(r"\bFFI\b|\bdl\s*\(", re.IGNORECASE)
_PATTERN = re.compile(r"(?s)(.).*\1[a-zA-Z]*e[a-zA-Z]*")
"""A regular expression whose replacement is code (PHP 5: the modifier ``e``)."""
_ELSEWHERE = ("/usr/", "/opt/", "/etc/", "/var/lib/", "http:", "https:", "data:", "phar:")
"""Where included code lies that is none of the project's."""
_MATTERS = re.compile(
    r"\b(?:exec|shell_exec|system|passthru|popen|proc_open|pcntl_exec|expect_popen|mail|mb_send_mail|eval|create_function"
    r"|assert|call_user_func\w*|forward_static_call\w*|ReflectionFunction|\w*Process|\w*ExecutableFinder|FFI|dl)\b"
    r"|`|\$\w+\s*\(|\)\s*\(|[}\]]\s*\(|preg_replace\s*\(|\b(?:include|require)(?:_once)?\b"
    r"(?:[\s(]*['\"]|[^;]*['\"](?:/|\w+:))",
    re.IGNORECASE,
)
_IN_MARKUP = re.compile(
    r"`[^`\n]+`|\b(?:exec|shell_exec|system|passthru|popen|proc_open|pcntl_exec|eval|call_user_func\w*)\s*\(|\{php\}|\bProcess\b"
)


class PhpSource(Struct, frozen=True):
    """What one file says: ``commands`` are programs, ``libraries`` what it loads by name; ``dynamic`` is what may run
    any program or load any library, and ``code`` runs code that does not stand there, or calls what has a name that
    does not.
    """

    commands: tuple[Mention, ...] = ()
    libraries: tuple[Mention, ...] = ()
    dynamic: tuple[Mention, ...] = ()
    code: tuple[Mention, ...] = ()
    includes: tuple[Mention, ...] = ()
    """Files that are looked for where ``include_path`` says, too."""


def read(text: str) -> PhpSource:
    """Return what a file says; one that cannot be parsed may run anything."""
    if not _MATTERS.search(text):
        return PhpSource()
    tree = _parser().parse(text.encode("utf-8", "surrogatepass"))
    if tree.root_node.has_error:
        return PhpSource(dynamic=(Mention("it cannot be parsed", 1),))
    return _Reader().read(tree.root_node)


def read_markup(text: str) -> PhpSource:
    """Return what a template says that has PHP in marks of its own: a word that may run programs may do so."""
    lines = ((n, line) for n, line in enumerate(text.splitlines(), 1) if _IN_MARKUP.search(line))
    said = read(text) if "<?" in text else PhpSource()
    dynamic = tuple(Mention(line.strip()[:80], n) for n, line in lines)
    return PhpSource(said.commands, said.libraries, (*said.dynamic, *dynamic), said.code, said.includes)


@cache
def _parser() -> Parser:
    import tree_sitter_php
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_php.language_php()))


class _Reader(trees.Reader):
    """Walks the tree once."""

    own = _OWN

    def __init__(self) -> None:
        super().__init__()
        self.libraries: set[Mention] = set()
        self.includes: set[Mention] = set()

    def read(self, root: Node) -> PhpSource:
        """Return what the file says."""
        self.judge(below(root))
        return PhpSource(*trees.in_order(self.commands, self.libraries, self.dynamic, self.code, self.includes))

    def _on_shell_command_expression(self, node: Node) -> None:
        self._script(nodes.literal(node), node)

    def _on_function_call_expression(self, node: Node) -> None:
        called = node.child_by_field_name("function")
        given = nodes.arguments(node)
        if called is None or called.type not in {"name", "qualified_name", "relative_name"}:
            if called is not None and not nodes.is_plain_callable(called):
                self.code.add(shown(node))
            return
        name = nodes.base_name(called)
        if name in RUNNING:
            self._run(name, given, node)
        elif name in _MAILING:
            self.commands |= {Mention(mailer, line_of(node)) for mailer in context_patterns()[_OWN]["mailers"]}
        elif name == "dl":
            self._unknown(node)
        elif given and _runs_code(name, given[0]):
            self.code.add(shown(node))

    def _on_string(self, node: Node) -> None:
        """The name of a function that runs programs, as a value: whatever is given it may call it."""
        text = (nodes.literal(node) or "").lstrip("\\").lower()
        if text in RUNNING | {"eval", "create_function", "assert"} and nodes.asked_by(node) not in _ASKING:
            self._unknown(node)

    _on_encapsed_string = _on_string

    def _on_namespace_use_clause(self, node: Node) -> None:
        """``use function exec as run``: a name of its own for what runs programs."""
        names = [nodes.base_name(c) for c in node.named_children if c.type in {"name", "qualified_name"}]
        if names and names[0] in RUNNING and text_of(node.parent).startswith("use function"):
            self._unknown(node)

    def _on_object_creation_expression(self, node: Node) -> None:
        made = next((c for c in node.named_children if c.type in {"name", "qualified_name"}), None)
        name = nodes.base_name(made) if made is not None else ""
        given = nodes.arguments(node)
        if name in _CLASSES:
            self._run("process", given, node)
        elif name in _SUBPROCESSES or (name in _REFLECTING and not (given and nodes.literal(given[0]))):
            self._unknown(node)

    def _on_scoped_call_expression(self, node: Node) -> None:
        scope, name = (nodes.base_name(node.child_by_field_name(field)) for field in ("scope", "name"))
        given = nodes.arguments(node)
        if scope == "ffi":
            self._library(name, given, node)
        elif scope == "process":
            if name in {"run", "start", "fromshellcommandline"}:
                self._run("shell" if name == "fromshellcommandline" else "process", given, node)
            elif name not in {"fake", "result", "assertran"}:
                self._unknown(node)

    def _on_include_expression(self, node: Node) -> None:
        self._included(node)

    _on_include_once_expression = _on_include_expression
    _on_require_expression = _on_include_expression
    _on_require_once_expression = _on_include_expression

    def _included(self, node: Node) -> None:
        """Code of another place than the project is not read."""
        found = (text_of(c).lstrip("\"'") for c in below(node) if c.type in {"string", "encapsed_string"})
        if any(said.startswith(_ELSEWHERE) for said in found):
            self.code.add(shown(node))
        alone = nodes.literal(node.named_children[0]) if node.named_child_count == 1 else None
        if alone and not alone.startswith(("/", "./", "../")):
            self.includes.add(Mention(alone, line_of(node)))

    def _library(self, name: str, given: list[Node], node: Node) -> None:
        said = nodes.literal(given[1]) if name == "cdef" and len(given) > 1 else None
        if said:
            self.libraries.add(Mention(said, line_of(node)))
        elif name in {"load", "scope"} or (name == "cdef" and len(given) > 1):
            self._unknown(node)

    def _run(self, name: str, given: list[Node], node: Node) -> None:
        """A list of words, or one text for a shell."""
        if not given:
            return
        first = given[0]
        words = [nodes.literal(n) for n in nodes.elements(first)] if first.type == "array_creation_expression" else None
        if name == "pcntl_exec":
            words = [nodes.literal(first)]
        if words is None:
            self._script(nodes.literal(first), node)
        elif not words or words[0] is None or runs_another(tuple(w or "" for w in words), _OWN):
            self._unknown(node)
        else:
            self.commands.add(Mention(words[0], line_of(node)))


def _runs_code(name: str, first: Node) -> bool:
    """Whether a function runs code that is a text, or calls what has a name that does not stand there."""
    if name in _CODE:
        return name != "assert" or first.type in {"string", "encapsed_string", "heredoc"}
    if name in _CALLING:
        return not (nodes.literal(first) or nodes.is_plain_callable(first) or nodes.is_method(first))
    return name == "preg_replace" and _PATTERN.fullmatch(nodes.literal(first) or "") is not None


def strings(text: str) -> Iterator[str]:
    """Yield the literals of a text that may be files of the system."""
    yield from (found["name"] for found in _FILES.finditer(text))


_FILES = re.compile(r"['\"(\[](?P<name>/[\w./+-]+(?=['\"#*\])])|[\w -]+\.(?:ttf|ttc|otf|pfb)(?=['\"]))")
