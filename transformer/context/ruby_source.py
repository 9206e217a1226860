"""What a Ruby file says: the programs that it runs, and whether it may run or load anything else.

A text without a word that matters is not parsed. The others are read with tree-sitter: a call whose program stands
there as a literal is known, whatever else has to do with running programs or code is not. Sources: Ruby 3.3's
documentation of Kernel, Process, IO, Open3, PTY and Fiddle; rake 13's FileUtils; the ffi gem's FFI::Library.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from transformer.context import trees
from transformer.context.command_text import runs_another
from transformer.context.trees import Mention, below, line_of, shown, text_of
from transformer.knowledge.programs import programs

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_OWN = "ruby"
"""The ecosystem whose code is read here."""
_RUNNING = frozenset({"system", "exec", "spawn", "sh"})
"""What any object may call without a receiver: Kernel's functions, and rake's."""
_RUN_NOW = frozenset({"run"})
_TOLD = _RUN_NOW | {"command"}
"""What thor runs and whenever writes into a crontab, if it is a text (the README of thor and whenever 1.0)."""
_TASK = "rake"
_MODULES = frozenset({"Kernel", "Process", "IO", "Open3", "PTY", "Bundler", "FileUtils", "Rake"})
_EXPORTED = re.compile(r"(?:\w+_)?(?:system|exec|spawn|popen\w*|capture[23]e?|pipeline\w*|getpty|sh)")
"""The functions of these modules that run programs."""
_EVALUATING = frozenset({"eval", "instance_eval", "class_eval", "module_eval", "class_exec", "syscall"})
_SENDING = frozenset({"send", "__send__", "method", "instance_method"})
_SENT = ("system", "exec", "spawn", "sh", "eval", "instance_eval", "class_eval", "module_eval", "syscall", "open", "`")
"""What may not be sent under a name that is put together."""
_NAMING = _SENDING | {"public_send", "public_method", "alias_method", "define_method"}
_CODE = frozenset({"ERB", "Fiddle", "RubyVM"})
_ALONE = frozenset({"Open3", "PTY", "Kernel"})
"""Modules whose functions run programs: as a value of their own they may be asked for any of them."""
_HARMLESS = frozenset({"ERB::Util", "Fiddle::DLError"})
_OPENING = frozenset({"open", "read", "readlines", "foreach", "write", "binread"})
_WORDS = (
    rf"\b(?:{'|'.join(sorted(_RUNNING | _EVALUATING | _NAMING | _CODE | _ALONE))}|\w+_(?:system|exec|spawn)|popen\w*"
    r"|run|command|rake|capture[23]e?|pipeline\w*|getpty|ffi_lib|dlopen|alias)\b|`|%x|['\"]\|"
)
_MARKED = re.compile(r"<%(?!%|#)[-=]{0,2}(.*?)-?%>", re.DOTALL)
_IN_MARKUP = re.compile(r"`|%x|\b(?:system|exec|spawn|popen\w*|capture[23]e?|\w*eval|send|__send__|ERB|Open3)\b")


class RubySource(Struct, frozen=True):
    """What one file says: ``commands`` are programs, ``libraries`` what it loads by name; ``dynamic`` is what may run
    any program or load any library, and ``code`` runs code that does not stand there, or calls what has a name that
    does not.
    """

    commands: tuple[Mention, ...] = ()
    libraries: tuple[Mention, ...] = ()
    dynamic: tuple[Mention, ...] = ()
    code: tuple[Mention, ...] = ()


def read(text: str) -> RubySource:
    """Return what a file says; one that cannot be parsed may run anything."""
    if not _matters().search(text):
        return RubySource()
    tree = _parser().parse(text.encode("utf-8", "surrogatepass"))
    if tree.root_node.has_error:
        return RubySource(dynamic=(Mention("it cannot be parsed", 1),))
    return _Reader().read(tree.root_node)


def read_page(text: str) -> RubySource:
    """Return what a template says between ``<%`` and ``%>`` (ERB)."""
    return read("\n".join(_MARKED.findall(text)))


def read_markup(text: str) -> RubySource:
    """Return what a template of a language says that is not parsed: a word that may run programs may do so."""
    lines = ((n, line) for n, line in enumerate(text.splitlines(), 1) if _IN_MARKUP.search(line))
    return RubySource(dynamic=tuple(Mention(line.strip()[:80], n) for n, line in lines))


@cache
def _matters() -> re.Pattern[str]:
    loaded = (rf"['\"]{re.escape(name)}['\"]" for name in programs().ruby_compiling)
    return re.compile("|".join((_WORDS, *loaded, *(rf"\b{name}\b" for name in programs().ruby_runners))))


@cache
def _parser() -> Parser:
    import tree_sitter_ruby
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_ruby.language()))


class _Reader(trees.Reader):
    """Walks the tree once."""

    own = _OWN

    def __init__(self) -> None:
        super().__init__()
        self.libraries: set[Mention] = set()
        self.runners = programs().ruby_runners

    def read(self, root: Node) -> RubySource:
        """Return what the file says."""
        self.judge(below(root))
        return RubySource(*trees.in_order(self.commands, self.libraries, self.dynamic, self.code))

    def _on_subshell(self, node: Node) -> None:
        self._script(_literal(node), node)

    def _on_alias(self, node: Node) -> None:
        if any(_EXPORTED.fullmatch(text_of(child).lstrip(":")) for child in node.named_children[1:]):
            self._unknown(node)

    def _on_constant(self, node: Node) -> None:
        """``Open3`` as a value, or mixed in, may be asked for anything; so may what runs code."""
        name, whole = text_of(node), _qualified(node)
        parent = whole.parent
        role = "" if parent is None else parent.type
        asked = parent is not None and parent.child_by_field_name("receiver") == whole
        if role in {"module", "class"} or text_of(whole).removeprefix("::").partition("::")[0] != name:
            return  # it is defined here, or is another module's
        if (name in _ALONE and not asked) or not self.runners.isdisjoint({name, text_of(whole).removeprefix("::")}):
            self._unknown(whole)
        elif name in _CODE and text_of(whole) not in _HARMLESS:
            self.code.add(shown(whole))

    def _on_call(self, node: Node) -> None:
        receiver, name = node.child_by_field_name("receiver"), text_of(node.child_by_field_name("method"))
        given = _arguments(node)
        if name in _EVALUATING and any(a.type != "block_argument" for a in given):
            self.code.add(shown(node))
        elif name in _NAMING and given:
            self._named(name, text_of(receiver).removeprefix("::"), given[:2], node)
        elif name == "ffi_lib":
            self._library(given, node)
        elif name == "dlopen" or (name == "require" and given and _literal(given[0]) in programs().ruby_compiling):
            self._unknown(node)
        elif _runs(name, receiver) or _is_told(name, node, given):
            self._run(name, given, node)
        elif name == _TASK and receiver is None and given and given[0].type == "string":
            self._unknown(node)  # the tasks of a project are only read where the image runs them
        elif name in _OPENING and given and (_literal(given[0]) or text_of(given[0])).lstrip("\"'").startswith("|"):
            self._unknown(node)

    def _named(self, name: str, receiver: str, given: list[Node], node: Node) -> None:
        """``send(:system, …)``: a name that is not known may be any; one of those that run programs is not followed."""
        if any(_EXPORTED.fullmatch(_literal(a) or "") for a in given):
            self._unknown(node)
        elif (name in _SENDING or receiver in _MODULES) and _may_be_sent(given[0]):
            self.code.add(shown(node))

    def _library(self, given: list[Node], node: Node) -> None:
        for argument in given:
            name = _literal(argument)
            if name is None and text_of(argument) not in {"FFI::Library::LIBC", "FFI::CURRENT_PROCESS"}:
                self._unknown(node)
            elif name is not None:
                self.libraries.add(Mention(name, line_of(node)))

    def _run(self, name: str, given: list[Node], node: Node) -> None:
        """A list of words, or one text for a shell; an environment before and options behind it change nothing."""
        words = [a for a in given if a.type not in {"hash", "pair", "block_argument"}]
        listed = name == "popen" and words and words[0].type == "array"
        if name == "popen":
            words = [a for a in words[0].named_children if a.type != "hash"] if listed else words[:1]
        first = _literal(words[0]) if words else None
        if not given:
            return
        if first is None or name.startswith("pipeline"):
            self._unknown(node)
        elif len(words) == 1 and not listed:
            self._script(first, node)
        elif runs_another((first, *(_literal(w) or "" for w in words[1:])), _OWN):
            self._unknown(node)
        else:
            self.commands.add(Mention(first, line_of(node)))


def _runs(name: str, receiver: Node | None) -> bool:
    """Whether a method of the modules that run programs, or of any object of its own, runs one."""
    if receiver is None or text_of(receiver) == "self":
        return name in _RUNNING
    return text_of(receiver).removeprefix("::") in _MODULES and _EXPORTED.fullmatch(name) is not None


def _is_told(name: str, node: Node, given: list[Node]) -> bool:
    """Whether a method that is told what to run, for now or for later, is called with a text: what is defined under a
    name has a block.
    """
    told = name in _TOLD and node.child_by_field_name("receiver") is None
    defined = name not in _RUN_NOW and node.child_by_field_name("block") is not None
    return told and not defined and bool(given) and given[0].type == "string"


def _may_be_sent(node: Node) -> bool:
    """Whether a name that is put together may be one of those that run programs or code."""
    if _literal(node) is not None:
        return False
    if node.type not in {"string", "delimited_symbol"}:
        return True
    parts = (".*" if c.type == "interpolation" else re.escape(text_of(c)) for c in node.named_children)
    pattern = re.compile("".join(parts), re.DOTALL)
    return any(pattern.fullmatch(name) for name in _SENT)


def _qualified(node: Node) -> Node:
    """Return the whole of ``::Kernel`` and ``TTY::Command`` for a constant that stands in it."""
    while node.parent is not None and node.parent.type == "scope_resolution":
        node = node.parent
    return node


def _arguments(call: Node) -> list[Node]:
    arguments = call.child_by_field_name("arguments")
    return [c for c in arguments.named_children if c.type != "comment"] if arguments is not None else []


def _literal(node: Node) -> str | None:
    """Return the text of a string, a command or a symbol in which nothing is computed."""
    if node.type == "simple_symbol":
        return text_of(node).removeprefix(":")
    if node.type not in {"string", "subshell", "delimited_symbol"}:
        return None
    if any(c.type not in {"string_content", "escape_sequence"} for c in node.named_children):
        return None
    return "".join(text_of(c) for c in node.named_children if c.type == "string_content") if _plain(node) else None


def _plain(node: Node) -> bool:
    return not any(c.type == "escape_sequence" for c in node.named_children)
