"""The C code of a Go program."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from transformer.context.build_context import BuildContext
from transformer.context.go_source.file import File
from transformer.context.literals import Code, Mention, pattern
from transformer.context.native_source import NativeProgram, read, scan

_FLAGS = r"(?m)^[ \t/]*#cgo\b([^:\n]*):([^\n]*)$"
_SUFFIXES = (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".m")
_KINDS = ("commands", "scripts", "dynamic_commands", "opens", "dynamic_opens")


def flags(files: Iterable[File]) -> frozenset[str]:
    """Return the words of the ``#cgo`` lines."""
    lines = (found for file in files if "C" in file.paths for found in pattern(_FLAGS).findall(file.source.text))
    return frozenset(word for _, words in lines for word in words.split())


def programs(context: BuildContext, file: File, offset: int) -> tuple[NativeProgram, NativeProgram]:
    """Return what the C code above the ``import "C"`` at an offset says, and that beside the file."""
    folder = posixpath.dirname(file.source.path)
    beside = [n for n in context.under(file.folder) if posixpath.dirname(n) == folder and n.endswith(_SUFFIXES)]
    preamble = pattern(_FLAGS).sub("", _above(file.source, offset))
    return scan(file.source.path, preamble), read(context, tuple(beside))


def mentions(program: NativeProgram) -> list[tuple[str, Mention]]:
    """Return what the C code runs and opens; a library that it loads may run anything."""
    found = [(kind, mention) for kind in _KINDS for mention in getattr(program, kind)]
    return [*found, *(("dynamic_commands", mention) for mention in (*program.loads, *program.dynamic_loads))]


def _above(source: Code, offset: int) -> str:
    """Return the text of the comments that stand directly above an offset."""
    text, end = "", offset
    for start, comment in reversed(source.comments):
        between = source.code[start + len(comment) : end] if start < offset else "-"
        if not between.replace("import", "").strip(" \t\r\n("):
            text, end = comment.removeprefix("/*").removeprefix("//").removesuffix("*/") + "\n" + text, start
    return text
