"""Files that run an image in a way of their own: platforms, tests of images, programs that use a container library.

They are not read as what they are. Of files that platforms read (``containers.toml``), every value that begins with the
name of a known command is a command line. Of all others, what stands near the image's name is kept as words: what is
called there may be called in the image.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator

from transformer.context.image_users import ImageUse, image_name
from transformer.knowledge.commands import command
from transformer.knowledge.programs import container_tools, programs

_VALUE = re.compile(r"""(?:[:=(\[,-][ \t]*|\b\w+[ \t]+)(?:"([^"\n]+)"|'([^'\n]+)'|(?<=[:-][ ])([^"'\[{\n]+))""")
"""A value in TOML, YAML, JSON or a call: in quotes, or plain behind ``key:`` and ``-``."""
_PROBE = re.compile(r"^[ \t]*(?:RUN|-)[ \t]+(.+)$|^[ \t]{2,}([\w./-]+ [^:\n]*):[ \t]*$", re.MULTILINE)
"""``RUN`` of an Earthfile, an element of a list, and a command that is a key (goss)."""
_AROUND = 20
"""How many lines before and behind an image's name may be about it."""
_SHORT = 4
"""Names of images of this length stand in any text."""


def is_platform(path: str, text: str) -> bool:
    """Whether what the file runs runs in the image of the Dockerfile beside it."""
    name = posixpath.basename(path)
    rules = container_tools().platforms.items()
    return any(fnmatch.fnmatchcase(name, p) and re.search(mark, text, re.MULTILINE) for p, mark in rules)


def platform_uses(path: str, text: str) -> Iterator[ImageUse]:
    """Yield what such a file runs in the image, and all that it names."""
    yield ImageUse(path, 1, named=text)
    for found in (*_VALUE.finditer(text), *_PROBE.finditer(text)):
        value = next(filter(None, found.groups()), "").strip()
        if _is_command(value):
            line = text.count("\n", 0, found.start()) + 1
            yield ImageUse(path, line, beside=(("/bin/sh", "-c", value),))


def uses_near(path: str, text: str, names: frozenset[str]) -> Iterator[ImageUse]:
    """Yield the parts of a file that stand around one of the image's names, as words that it may be given."""
    lines: list[str] = []
    for name in sorted(image_name(n) for n in names):
        if len(name) < _SHORT or "$" in name:
            continue
        for found in re.finditer(rf"(?<![\w.-])(?:[\w.:-]+/)*{re.escape(name)}(?![\w/-])", text):
            lines = lines or text.split("\n")
            line = text.count("\n", 0, found.start())
            near = "\n".join(lines[max(0, line - _AROUND) : line + _AROUND])
            yield ImageUse(path, line + 1, name, named=near)


def _is_command(text: str) -> bool:
    name = posixpath.basename(text.split(maxsplit=1)[0]) if text.split() else ""
    known = programs()
    return name in known.shells or (command(name) is not None and name not in known.builtins)
