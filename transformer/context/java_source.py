"""What a Java file says: the programs that it runs, what it loads, the files that it opens, what of the JDK it uses.

A text without a word that matters is not parsed. The others are read with tree-sitter: a call whose program stands
there as a literal is known, whatever else has to do with running programs is not. Sources: Java SE 21 API
(ProcessBuilder, Runtime, System, java.io.File, java.nio.file.Path and Files), JNA's Native.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from transformer.context import trees
from transformer.context.command_text import runs_another
from transformer.context.trees import Mention, below, line_of, text_of
from transformer.knowledge.programs import jvm_packages, programs

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_OWN = "jvm"
"""The ecosystem whose code is read here."""
_WORDS = re.compile(r"\bProcessBuilder\b|\bexec\b|\bloadLibrary\b|\bload\b|\bSymbolLookup\b|\bnativeLinker\b")
_LOADERS = frozenset({"System", "Native", "Runtime.getRuntime()", "java.lang.System", "com.sun.jna.Native"})
_NAMED = re.compile(r"\b(?:Runtime|ProcessBuilder|ProcessImpl|UNIXProcess)\s*\.\s*class\b")
_IN_TEXT = re.compile(r"\bjava\.lang\.(?:Runtime|ProcessBuilder|ProcessImpl|UNIXProcess)\b")
"""Classes that may be asked for their methods: as values, and by their names in texts."""
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|(\"\"\".*?\"\"\"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)+')", re.DOTALL)
_STRING = re.compile(r"\"\"\"(.*?)\"\"\"|\"((?:[^\"\\\n]|\\.)*)\"", re.DOTALL)
_OPENING = re.compile(
    r"\bnew\s+(?:java\.io\.|java\.net\.|java\.util\.(?:zip|jar|logging)\.)?(?:File|FileInputStream|FileReader|FileOutputStream|FileWriter"
    r"|RandomAccessFile|PrintWriter|PrintStream|Formatter|ZipFile|JarFile|FileSystemResource|UrlResource|FileHandler"
    r"|URL|URI)\s*(?P<new>\()|\b(?:Paths\s*\.\s*get|Path\s*\.\s*of|URI\s*\.\s*create|getPath|resolve|resolveSibling"
    r"|ResourceUtils\s*\.\s*getFile|getResource)\s*(?P<call>\()"
)
_ONE = re.compile(r"\s*\"((?:[^\"\\\n]|\\.)*)\"\s*[,)]")
_ESCAPED = re.compile(r"\\u+00(?:22|5[cC])")
"""Quotes and backslashes as Unicode escapes, which are read before anything else (JLS 3.3)."""
_DESKTOP = re.compile(r"\b(?:java\.awt|javax\.swing|javax\.imageio|javax\.print|java\.beans\.BeanInfo)\b")
_MIME = re.compile(r"\bprobeContentType\b")
_LISTS = frozenset({"asList", "of", "singletonList", "newArrayList"})


class JavaSource(Struct, frozen=True):
    """What one file says: ``commands`` are programs; ``dynamic`` is what may run any program, load any library or use
    what only a JDK has; ``opens`` are the names of files, ``computed`` says that some are put together; ``strings``
    are all texts; ``desktop``: it draws; ``mime``: it looks up media types.
    """

    commands: tuple[Mention, ...] = ()
    dynamic: tuple[Mention, ...] = ()
    opens: tuple[str, ...] = ()
    computed: bool = False
    strings: frozenset[str] = frozenset()
    desktop: bool = False
    mime: bool = False


def read(text: str) -> JavaSource:
    """Return what a file says; one that cannot be parsed may run anything."""
    plain = _COMMENT.sub(lambda m: m[1] or "\n" * m[0].count("\n"), text)
    commands: set[Mention] = set()
    dynamic = {Mention(f"{m[0]}", plain.count("\n", 0, m.start()) + 1) for m in _matters().finditer(plain)}
    dynamic |= {Mention(m[0], plain.count("\n", 0, m.start()) + 1) for m in _NAMED.finditer(plain)}
    dynamic |= {Mention(text[:80], 1) for text in _strings(plain) if _IN_TEXT.search(text)}
    escaped = _ESCAPED.search(plain) or "\\u" in _STRING.sub("", plain)
    if _WORDS.search(plain) or escaped:
        tree = _parser().parse(text.encode("utf-8", "surrogatepass"))
        if tree.root_node.has_error or escaped:
            return JavaSource(dynamic=(Mention("it cannot be parsed", 1),), computed=True, strings=_strings(plain))
        reader = _Reader()
        reader.read(tree.root_node)
        commands |= reader.commands
        dynamic |= reader.dynamic
    opens, computed = _opened(plain)
    return JavaSource(
        tuple(sorted(commands)),
        tuple(sorted(dynamic)),
        opens,
        computed,
        _strings(plain),
        _DESKTOP.search(plain) is not None,
        _MIME.search(plain) is not None,
    )


def _strings(plain: str) -> frozenset[str]:
    return frozenset(a or b for a, b in _STRING.findall(plain))


def _opened(plain: str) -> tuple[tuple[str, ...], bool]:
    """Return the names of files that stand where one is opened, and whether others do that are put together."""
    opens: list[str] = []
    computed = False
    for found in _OPENING.finditer(plain):
        literal = _ONE.match(plain, found.end())
        if literal is not None and plain[literal.end() - 1] == ")":
            opens.append(literal[1].removeprefix("file:"))
        else:
            computed = True
    return tuple(dict.fromkeys(opens)), computed


@cache
def _matters() -> re.Pattern[str]:
    """Return the pattern of packages that only a JDK has, and of those that run programs for others."""
    only, runners = jvm_packages("only_in_jdk"), jvm_packages("runners")
    names = "|".join(re.escape(name) for name in (*only, *runners))
    return re.compile(rf"\b(?:{names})\b|\bjavax\.tools\.\*|\bjava\.util\.spi\.\*")


@cache
def _parser() -> Parser:
    import tree_sitter_java
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_java.language()))


class _Reader(trees.Reader):
    """Walks the tree once."""

    own = _OWN

    def __init__(self) -> None:
        super().__init__()
        self.empty: list[Node] = []
        self.told = False

    def read(self, root: Node) -> None:
        """Judge all nodes; a builder that is given nothing is told later what it runs, or by somebody else."""
        self.judge(below(root))
        for node in self.empty if not self.told else ():
            self._unknown(node)

    def _on_object_creation_expression(self, node: Node) -> None:
        if _last(node.child_by_field_name("type")) != "ProcessBuilder":
            return
        given = _arguments(node)
        if given:
            self._run(given, node)
        else:
            self.empty.append(node)
        if node.child_by_field_name("body") is not None or any(c.type == "class_body" for c in node.children):
            self._unknown(node)

    def _on_method_reference(self, node: Node) -> None:
        if re.search(r"ProcessBuilder|::\s*(exec|load|loadLibrary)\b", text_of(node)):
            self._unknown(node)

    def _on_superclass(self, node: Node) -> None:
        if "ProcessBuilder" in text_of(node):
            self._unknown(node)

    def _on_method_invocation(self, node: Node) -> None:
        name, target, given = (
            text_of(node.child_by_field_name("name")),
            node.child_by_field_name("object"),
            _arguments(node),
        )
        self.told = self.told or (name == "command" and bool(given))
        if name in {"exec", "command"} and given:
            self._exec(name, target, given, node)
        elif (name == "load" and text_of(target) in _LOADERS) or name in {
            "loadLibrary",
            "libraryLookup",
            "nativeLinker",
        }:
            self._unknown(node)

    def _exec(self, name: str, target: Node | None, given: list[Node], node: Node) -> None:
        """``exec`` of Runtime takes a text that it splits at blanks, or an array; ``command`` of a builder a list."""
        text = _literal(given[0])
        if name == "exec" and text is not None:
            words = text.split()
            if not words or runs_another(tuple(words), _OWN):
                self._unknown(node)
            else:
                self.commands.add(Mention(words[0], line_of(node)))
        else:
            self._run(given if name == "command" else given[:1], node)

    def _run(self, given: list[Node], node: Node) -> None:
        """The words of a command line, or one list of them; the first is the program."""
        words = [w for argument in given for w in _words(argument)]
        first = words[0] if words else None
        if first is None:
            self._unknown(node)
        elif first.rpartition("/")[2] in programs().shells:
            script = words[2] if words[1:2] == ["-c"] and len(words) == 3 else None  # noqa: PLR2004
            self.commands.add(Mention(first, line_of(node)))
            self._script(script, node)
        elif runs_another(tuple(w or "" for w in words), _OWN):
            self._unknown(node)
        else:
            self.commands.add(Mention(first, line_of(node)))


def _words(node: Node) -> list[str | None]:
    """Return the words that an argument stands for: of a list or array that stands there, or one; None if not known."""
    if node.type == "method_invocation" and text_of(node.child_by_field_name("name")) in _LISTS:
        return [_literal(n) for n in _arguments(node)]
    if node.type == "array_creation_expression":
        values = node.child_by_field_name("value")
        return [_literal(n) for n in values.named_children] if values is not None else [None]
    if node.type == "object_creation_expression":
        given = _arguments(node)
        return _words(given[0]) if len(given) == 1 else [None]
    return [_literal(node)]


def _arguments(node: Node) -> list[Node]:
    arguments = node.child_by_field_name("arguments")
    return [c for c in arguments.named_children if "comment" not in c.type] if arguments is not None else []


def _literal(node: Node) -> str | None:
    """Return the text of a string in which nothing is escaped."""
    if node.type != "string_literal" or any(c.type == "escape_sequence" for c in node.named_children):
        return None
    return "".join(text_of(c) for c in node.named_children)


def _last(node: Node | None) -> str:
    return text_of(node).rpartition(".")[2]
