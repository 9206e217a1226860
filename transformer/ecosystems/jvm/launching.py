"""Command lines of the virtual machine: what it loads, and what else it is told to open.

Source: JDK 21 "The java Command" (options, ``@argfile``, class path wildcards).
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Iterator

from transformer.ecosystems.call import absolute
from transformer.ir.verdict import Started
from transformer.knowledge.commands import command

_PATHS = frozenset({"-cp", "-classpath", "--class-path", "-p", "--module-path", "--upgrade-module-path"})
_MODULES = "--add-modules"
"""A module that only a JDK has, asked for, and the machine does not start."""
_MAIN = frozenset({"-m", "--module"})
_WITH_VALUE = _PATHS | _MAIN | {"-jar", _MODULES, "--add-exports", "--add-opens", "--add-reads", "--limit-modules"}
_WITH_VALUE |= {"--source", "--enable-native-access", "--patch-module", "-d", "--describe-module"}
_LOADING = ("-javaagent:", "-agentpath:", "-Xbootclasspath/a:", "-Xbootclasspath/p:", "-Xbootclasspath:")
_AGENT = "-agentlib:"
_RUNNING = re.compile(r"-XX:On(?:OutOfMemory)?Error=(?P<line>.+)", re.DOTALL)
"""Command lines that a shell runs when something fails; ``%p`` is the number of the process, which names nothing."""
_OWN_AGENT = re.compile(r"-agentlib:(?:jdwp|hprof)\b.*")
"""The agents that every runtime image has (OpenJDK make/common/Modules.gmk, JRE_TOOL_MODULES)."""
_CACHES = re.compile(r"/\.(?:m2|gradle)(?:/|$)")
_FILE = re.compile(r"[\w.@+~*-]*[/.][\w./@+~*-]*")
"""A word that may be the name of a file."""
_DEPTH = 5


def started(words: tuple[str, ...], cwd: str, read: Callable[[str], str | None]) -> Started:
    """Return what a command line starts: only ``java`` is looked into."""
    spec = command(posixpath.basename(words[0]))
    if spec is None or spec.effect != "java":
        return Started()
    line = _Line(cwd, read)
    line.take(list(words[1:]), 0)
    if any(_CACHES.search(absolute(name, cwd)) for name in line.code):
        line.unread = line.unread or "a class path that leads into a cache"
    return Started(
        scripts=tuple(line.scripts),
        unread=line.unread,
        code=tuple(dict.fromkeys(line.code)),
        opens=tuple(dict.fromkeys(line.opens)),
    )


class _Line:
    """The loop state of ``started``."""

    def __init__(self, cwd: str, read: Callable[[str], str | None]) -> None:
        self.cwd, self.read = cwd, read
        self.code: list[str] = []
        self.opens: list[str] = []
        self.scripts: list[str] = []
        self.unread = ""
        self.asked = False
        self.main = False

    def take(self, queue: list[str], depth: int) -> None:
        """Take the words of the command line, or of an argument file."""
        while queue and not self.main:
            self._option(queue.pop(0), queue, depth)
        self.opens += [name for word in queue for name in _files(word)]
        if depth == 0 and not self.asked:
            self.code.append(self.cwd)  # the class path by default

    def _option(self, word: str, queue: list[str], depth: int) -> None:
        name, equals, value = word.partition("=")
        if name in _WITH_VALUE:
            self._valued(name, value if equals else (queue.pop(0) if queue else ""))
        elif word.startswith(_LOADING):
            self._load(word.partition(":")[2])
        elif word.startswith(_AGENT):
            self.unread = self.unread or ("" if _OWN_AGENT.fullmatch(word) else word)
        elif (run := _RUNNING.fullmatch(word)) is not None:
            self.scripts.append(run["line"].replace("%p", "1").strip("'\""))
        elif word.startswith("@"):
            self._file(word[1:], depth)
        elif word.startswith("-"):
            self.opens += [found for part in (value, word.partition(":")[2]) for found in _files(part)]
        elif not word.startswith(("$", '"$')):
            self.main = True

    def _valued(self, name: str, value: str) -> None:
        if name == "-jar":
            self._main([value])
        elif name in _PATHS:
            self._path(value)
        elif name in _MAIN:
            self.main = self.asked = True
        elif name == _MODULES:
            self.unread = self.unread or (f"{name} {value}" if "jdk." in value or "ALL" in value else "")

    def _main(self, names: list[str]) -> None:
        self.asked = self.main = True
        self.code += names
        self.unread = self.unread or next((n for n in names if n.startswith(("$", '"$'))), "")

    def _path(self, value: str) -> None:
        self.asked = True
        for entry in value.split(":"):
            plain = entry.removesuffix("*").rstrip("/") or ("." if entry in {"", "*"} else entry)
            self.code.append(plain)
            self.unread = self.unread or (entry if "$" in entry else "")

    def _load(self, value: str) -> None:
        """``-javaagent:FILE=OPTIONS``, ``-Xbootclasspath/a:A:B``."""
        name, _, options = value.partition("=")
        self.code += [entry for entry in name.split(":") if entry]
        self.opens += list(_files(options))
        self.unread = self.unread or (name if "$" in name else "")

    def _file(self, name: str, depth: int) -> None:
        text = self.read(absolute(name, self.cwd)) if depth < _DEPTH else None
        self.opens.append(name)
        if text is None:
            self.unread = self.unread or f"@{name}"
            return
        try:
            words = shlex.split("\n".join(part for part in text.splitlines() if not part.lstrip().startswith("#")))
        except ValueError:
            self.unread = self.unread or f"@{name}"
            return
        self.take(words, depth + 1)


def _files(text: str) -> Iterator[str]:
    """Yield what may be names of files in a value: ``file:./config/,classpath:/``."""
    for part in re.split(r"[,;:=]", text):
        plain = part.strip("'\"")
        if _FILE.fullmatch(plain) and not plain.startswith("-") and plain.strip("./"):
            yield plain
