"""The quick reading of a Python script that runs, loads and opens nothing: only its imports and strings are needed.

It is read with tree-sitter, 20 times as fast as with libcst, and only if no word in its code names anything that
``python_calls`` knows. One word too many costs time, one too few would be a command that nobody sees.
"""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from transformer.context.python_calls import BUILTINS, CALLS, OBJECTS, RUNNING, TAILS, UNSEEN
from transformer.context.python_said import Mention, PythonSource
from transformer.context.python_text import MAX_TEXT, plain_encoding
from transformer.knowledge.programs import programs

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Query

_EVERYWHERE = ("os", "sys", "asyncio", "io", "logging")
"""Modules that most scripts import: only some of what they have matters."""
_BY_TAIL = frozenset(
    {"shutil.which", "types.FunctionType", "code.interact", "http.server.CGIHTTPRequestHandler", "pipes.Template"}
)
"""Functions whose names are rarer than their modules'."""
_QUERY = """[(string) (comment) (import_statement) (import_from_statement) (future_import_statement)] @node
[(print_statement) (exec_statement)] @old"""
_OPENING = re.compile(r"[a-zA-Z]*(\"{3}|'{3}|\"|')")
_FORMATTED = re.compile(rb"[a-zA-Z]*[ftFT]")


def plain(text: str, most: int = MAX_TEXT) -> PythonSource | None:
    """Return what a script imports and its strings; None if it may say more, is not Python 3 for sure, or is longer
    than ``most`` characters.
    """
    text = text.removeprefix("\ufeff")
    code = _encoded(text) if len(text) <= most and plain_encoding(text) else None
    if code is None:
        return None
    parser, query = _grammar()
    tree = parser.parse(code)
    if tree.root_node.has_error:
        return None
    from tree_sitter import QueryCursor

    found = QueryCursor(query).captures(tree.root_node)
    nodes = sorted(found.get("node", ()), key=lambda node: node.start_byte)
    if "old" in found or _matters(_bare(code, nodes)):
        return None
    imported, relative = _imports(node for node in nodes if node.type.startswith(("import", "future")))
    if not imported.keys().isdisjoint(_runners()):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strings = frozenset(t for node in nodes if node.type == "string" for t in _texts(code, node))
    return PythonSource(frozenset(imported), tuple(sorted(imported.values())), relative, strings=strings)


@cache
def _runners() -> frozenset[str]:
    """Return the packages of modules that run programs for others: their names are too common to be looked for."""
    return frozenset(name.partition(".")[0] for name in programs().python_runners)


@cache
def _grammar() -> tuple[Parser, Query]:
    import tree_sitter_python
    from tree_sitter import Language, Parser, Query

    language = Language(tree_sitter_python.language())
    return Parser(language), Query(language, _QUERY)


def _encoded(text: str) -> bytes | None:
    """Return the text's bytes; None if it has half a surrogate pair or a null byte, which no Python takes."""
    try:
        return text.encode() if "\0" not in text else None
    except UnicodeEncodeError:
        return None


def _bare(code: bytes, nodes: list[Node]) -> str:
    """Return the code without comments and strings; formatted strings have code in their braces and stay."""
    pieces, at = [], 0
    for node in nodes:
        quiet = node.type == "comment" or (node.type == "string" and not _formatted(code, node))
        if quiet and node.start_byte >= at:
            pieces += [code[at : node.start_byte], b" "]
            at = node.end_byte
    return b"".join((*pieces, code[at:])).decode("utf-8", "replace")


def _formatted(code: bytes, node: Node) -> bool:
    return _FORMATTED.match(code, node.start_byte, node.end_byte) is not None


def _matters(code: str) -> bool:
    """Whether the code names anything that matters, in any spelling of its identifiers."""
    return _words().search(code if code.isascii() else unicodedata.normalize("NFKC", code)) is not None


@cache
def _words() -> re.Pattern[str]:
    """Return the pattern of what matters.

    A module that is everywhere matters by its functions, and by itself where it is not just imported or asked for an
    attribute: it may get another name there, or be handed around.
    """
    words = {_word(name) for name in (*CALLS, *OBJECTS, *UNSEEN)} - {""}
    words |= programs().python_functions
    words |= {*map(re.escape, TAILS)} | {m.rpartition(".")[2] for m in RUNNING if m not in _EVERYWHERE}
    modules = "|".join(_EVERYWHERE)
    builtins = rf"(?<!\.)(?:{'|'.join(sorted(BUILTINS))})"
    handed = rf"(?<!import )(?:{modules})\b(?!\.\w)|(?:{modules})\s+as"
    return re.compile(rf"\b(?:{'|'.join(sorted(words))}|{builtins}|{handed})\b")


def _word(name: str) -> str:
    """Return the pattern of a word without which a function of the library is not named."""
    head, _, tail = name.rpartition(".")
    if not head:
        return "" if name in BUILTINS else re.escape(name)
    if head in _EVERYWHERE:
        return re.escape(name)
    return re.escape(tail if name in _BY_TAIL else head.partition(".")[0])


def _imports(nodes: Iterator[Node]) -> tuple[dict[str, Mention], bool]:
    """Return the first place of each top-level module, and whether modules of the own package are imported."""
    found: dict[str, Mention] = {}
    relative = False
    for node in nodes:
        for module in _modules(node):
            top = unicodedata.normalize("NFKC", module).partition(".")[0].strip()
            relative |= not top
            if top:
                found.setdefault(top, Mention(top, node.start_point.row + 1))
    return found, relative


def _modules(node: Node) -> Iterator[str]:
    """Yield the names of the modules that a statement imports; that of a relative import begins with a point."""
    if node.type == "future_import_statement":
        yield "__future__"
        return
    of = [node.child_by_field_name("module_name")] if node.type == "import_from_statement" else node.named_children
    for child in of:
        name = child.child_by_field_name("name") if child is not None and child.type == "aliased_import" else child
        if name is not None and name.type != "comment":
            yield (name.text or b"").decode("utf-8", "replace")


def _texts(code: bytes, node: Node) -> Iterator[str]:
    """Yield the texts of a string: its value, or those between the braces of a formatted one."""
    if _formatted(code, node):
        parts = (child.text or b"" for child in node.named_children if child.type == "string_content")
        yield from (part.decode("utf-8", "replace") for part in parts)
        return
    whole = code[node.start_byte : node.end_byte].decode("utf-8", "replace")
    opening = _OPENING.match(whole)
    if opening is not None and "\\" not in whole and "\r" not in whole:
        yield whole[opening.end() : len(whole) - len(opening[1])]
    else:
        yield _value(whole)


def _value(whole: str) -> str:
    """Return the value of a string with escapes; its text if Python would not take it."""
    try:
        value = ast.literal_eval(whole)
    except (ValueError, SyntaxError):
        return whole
    if isinstance(value, bytes):
        return value.decode("ascii") if value.isascii() else ""
    return str(value)
