"""What C and C++ sources of a build context say: what they run, load and open. Read as words, not preprocessed."""

from __future__ import annotations

from transformer.context.build_context import BuildContext
from transformer.context.literals import Mention
from transformer.context.native_source.program import NativeProgram
from transformer.context.native_source.scripts import MANAGERS, RUNNERS

__all__ = ["MANAGERS", "RUNNERS", "Mention", "NativeProgram", "read", "scan"]


def read(context: BuildContext, roots: tuple[str, ...]) -> NativeProgram:
    """Return what the C and C++ files at and below the given context paths say."""
    from transformer.context.native_source.reading import read_files

    return read_files(context, roots)


def scan(path: str, text: str) -> NativeProgram:
    """Return what one text of C says."""
    from transformer.context.native_source.reading import read_texts

    return read_texts([(path, text)])
