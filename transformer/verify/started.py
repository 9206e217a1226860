"""What an image starts: its command lines, where its words lead, and the commands that scripts on the way call."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from msgspec import Struct

from transformer.knowledge.programs import programs
from transformer.shell import parse_script, unwrap
from transformer.shell.command_lines import commands, unwrapped
from transformer.verify.config import environment, type_config
from transformer.verify.image import Image
from transformer.verify.verdict import Difference

Line = tuple[str, ...]
_MOST_LINES = 10_000
_CAUSE = "what is called stayed behind: install its package in the final stage, or carry it"


class Place(Struct, frozen=True):
    """An image with what its config says about where names are looked up."""

    image: Image
    folder: str
    variables: Mapping[str, str]

    def find(self, word: str) -> str | None:
        """Return the file that a command's name leads to: by its path, else in the directories of PATH."""
        folders = [self.folder] if "/" in word else self.variables.get("PATH", "").split(":")
        found = (self.image.resolve(posixpath.join(self.folder, f, word)) for f in folders if word)
        return next((path for path in found if path is not None), None)

    def text(self, word: str) -> tuple[str, str] | None:
        """Return path and text of the source that a word leads to; None for what is no source of the image's own."""
        path = self.image.resolve(posixpath.join(self.folder, word)) or self.find(word)
        return None if path is None or path not in self.image.texts else (path, self.image.texts[path])


def place(image: Image, config: type_config) -> Place:
    """Return an image with its working directory and variables."""
    return Place(image, config.get("WorkingDir") or "/", environment(config))


def lines_of(config: type_config) -> Iterator[tuple[str, Line]]:
    """Yield the command lines of ENTRYPOINT with CMD and of HEALTHCHECK, each with what has it."""
    started = (*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ()))
    yield from (("the image", line) for line in _inside(started))
    kind, *words = (config.get("Healthcheck") or {}).get("Test") or ("NONE",)
    if kind == "CMD-SHELL":
        yield from (("HEALTHCHECK", line) for line in _lines(" ".join(words)))
    elif kind == "CMD":
        yield from (("HEALTHCHECK", line) for line in _inside(tuple(words)))


def lost_commands(old: Place, new: Place, config: type_config) -> Iterator[Difference]:
    """Yield the commands that the image starts, or a script on the way calls, and that only the old image has."""
    todo = list(lines_of(config))
    told, read = set[str](), set[str]()
    for _ in range(_MOST_LINES):
        if not todo:
            return
        caller, line = todo.pop(0)
        name = line[0]
        if old.find(name) is not None and new.find(name) is None and name not in told:
            told.add(name)
            yield Difference("E2", name, f"{caller} calls it: {old.find(name)}", "it is not there", _CAUSE)
        elif name not in told and (path := new.find(name)) is not None and path in new.image.files:
            told.add(name)
            yield from lost_interpreter(old, new, path)
        for word in line:
            found = new.text(word)
            if found is not None and found[0] not in read and _is_shell(found[1], name):
                read.add(found[0])
                todo += [(found[0], inner) for inner in _lines(found[1])]


def lost_interpreter(old: Place, new: Place, path: str) -> Iterator[Difference]:
    """Yield the interpreter of a script that only the old image has: named by its path, or through env."""
    words = [word for word in new.image.files[path].head.removeprefix("#!").split() if not word.startswith("-")]
    called = words[1:2] if words and posixpath.basename(words[0]) == "env" else []
    for name in (*words[:1], *called):
        if (name.startswith("/") or name in called) and old.find(name) is not None and new.find(name) is None:
            yield Difference("E2", path, f"runs by {name}", f"lacks {name}", "its interpreter stayed behind")


def _inside(words: Line) -> Iterator[Line]:
    """Yield a command line, what stands behind its wrappers, and the commands of ``sh -c``."""
    if not words:
        return
    yield words
    script = unwrap(words)
    if script is not None:
        yield from (line.words for line in commands(script) if line.words)
    inner = unwrapped(words)
    if inner and inner != words:
        yield from _inside(inner)


def _lines(text: str) -> Iterator[Line]:
    for line in commands(parse_script(text)):
        if line.words:
            yield from _inside(line.words)


def _is_shell(text: str, caller: str) -> bool:
    """Whether a text is read as a shell script: by its first line, or because a shell or ``.`` is given it."""
    first = text.partition("\n")[0].removeprefix("#!").split()
    names = [posixpath.basename(word) for word in first[:2]] if text.startswith("#!") else [posixpath.basename(caller)]
    return bool({*programs().shells, ".", "source"} & set(names))
