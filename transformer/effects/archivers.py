"""Archivers: what is unpacked has unknown content."""

from __future__ import annotations

import posixpath

from msgspec import Struct, field
from msgspec.structs import replace

from transformer.ecosystems.call import Call, World, absolute, resolve
from transformer.effects.combine import opaque
from transformer.effects.files import matched
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.shell import Expanded

_TAR_MODES = {"--extract": "x", "--get": "x", "--create": "c", "--list": "t"}
_TAR_VALUED = frozenset({"--exclude", "--strip-components", "--transform", "--owner", "--group"})


class _TarWords(Struct):
    """What tar is told: what to do (x, c or t), with which archive, in which directory, with which members."""

    mode: str = ""
    archive: Expanded | None = None
    folder: Expanded | None = None
    members: list[Expanded] = field(default_factory=list)


def tar(call: Call, world: World) -> Effects:
    """``tar``: extraction fills a directory with unknown content, creation writes the archive."""
    words = _tar_words(call)
    if words.folder is not None and not words.folder.known:
        return opaque("the directory of tar is not known")
    place = world.cwd if words.folder is None else absolute(words.folder.text, world.cwd)
    named = words.archive if words.archive is not None and words.archive.text != "-" else None
    source = resolve(named, world.cwd) if named is not None else None
    reads = () if source is None else (source,)
    if words.mode == "t":
        return Effects(reads=reads)
    if words.mode == "x":
        write = Write(Path(place, tree=True), Nature.DOWNLOAD)
        return Effects(reads=reads, writes=(write,), unpacks=place)
    if words.mode == "c":
        inputs = tuple(p for p in (resolve(m, place) for m in words.members) if p is not None)
        trees = tuple(replace(p, tree=True) for p in inputs)
        return Effects(reads=trees, writes=tuple(Write(p, Nature.DATA) for p in reads))
    return opaque("tar is used in a way that is not known")


def _tar_words(call: Call) -> _TarWords:
    found = _TarWords()
    queue = list(call.words)
    first = True
    while queue:
        word = queue.pop(0)
        dashed = word.text.startswith("-")
        if word.text.startswith("--"):
            _tar_option(found, word, queue)
        elif word.known and (first or dashed):
            _tar_letters(found, word.text, queue)
        elif not dashed:
            found.members.append(word)
        first = False
    return found


def _tar_letters(found: _TarWords, text: str, queue: list[Expanded]) -> None:
    """Take a bundle of letters (``xzf``, ``-xzf``); behind a dash, ``f`` may have its value attached."""
    letters = text.lstrip("-")
    found.mode = found.mode or next((c for c in letters if c in "xct"), "")
    for at, letter in enumerate(letters):
        if letter == "f" and text.startswith("-") and not letters.endswith("f"):
            found.archive = Expanded(letters[at + 1 :], True, "", False)
            return
        if letter == "f" and queue:
            found.archive = queue.pop(0)
        elif letter == "C" and queue:
            found.folder = queue.pop(0)


def _tar_option(found: _TarWords, word: Expanded, queue: list[Expanded]) -> None:
    """Take a long option, with its value attached or in the next word."""
    name, attached, text = word.text.partition("=")
    if name in {"--directory", "--file"} and (attached or queue):
        value = Expanded(text, word.known, "", word.glob) if attached else queue.pop(0)
        if name == "--directory":
            found.folder = value
        else:
            found.archive = value
    elif not attached and name in _TAR_MODES:
        found.mode = _TAR_MODES[name]
    elif not attached and name in _TAR_VALUED and queue:
        queue.pop(0)


def unzip(call: Call, world: World) -> Effects:
    """``unzip``: fills -d or the working directory."""
    if call.arguments.unknown:
        return opaque(f"option {call.arguments.unknown[0]} of unzip is not known")
    folder = call.arguments.value("-d")
    place = world.cwd if folder is None else absolute(folder.text, world.cwd)
    reads = tuple(p for p in (resolve(w, world.cwd) for w in call.arguments.operands[:1]) if p is not None)
    if folder is not None and not folder.known:
        return opaque("the directory of unzip is not known")
    return Effects(reads=reads, writes=(Write(Path(place, tree=True), Nature.DOWNLOAD),), unpacks=place)


_SUFFIXES = {".tgz": ".tar", ".tbz2": ".tar", ".tbz": ".tar", ".txz": ".tar"}
_TO_OUTPUT = frozenset({"-c", "--stdout", "--to-stdout", "-t", "--test", "-l", "--list"})


def decompress(call: Call, world: World) -> Effects:
    """``gunzip`` and its kin replace a file by one without the suffix; ``gzip`` and its kin by one with it, unless -d
    is given.
    """
    if call.arguments.unknown:
        return opaque(f"option {call.arguments.unknown[0]} of {call.name} is not known")
    flags = call.arguments.flags
    paths = [resolve(w, world.cwd) for w in call.arguments.operands]
    if any(p is None for p in paths):
        return opaque(f"a file of {call.name} is not known")
    found = tuple(p for p in paths if p is not None)
    if flags & _TO_OUTPUT:
        return Effects(reads=found)
    suffix = "" if flags & {"-d", "--decompress", "--uncompress"} else call.spec.modes.get("", "")
    results = tuple(Write(p if p.tree else Path(_renamed(p.path, suffix)), Nature.DOWNLOAD) for p in found)
    gone = zip(call.arguments.operands, found, strict=True) if not flags & {"-k", "--keep"} else ()
    return Effects(reads=found, writes=results, removes=tuple(matched(w, p, world) for w, p in gone))


def _renamed(path: str, suffix: str) -> str:
    stem, old = posixpath.splitext(path)
    return path + suffix if suffix else stem + _SUFFIXES.get(old, "")
