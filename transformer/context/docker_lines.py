"""Command lines of container tools in Makefiles, shell scripts and CI: what they build, run and execute."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import dropwhile

from transformer.context.image_users import ImageBuild, ImageUse, joined
from transformer.knowledge.commands import container_tools
from transformer.shell import parse_script
from transformer.shell.command_lines import commands

_CONTINUED = re.compile(r"\\\n[ \t]*")
_PREFIX = re.compile(r"^\s*[@+-]*\s*(?:(?:if|while|until|then|do|else|!)\s+)*")
_SUFFIX = re.compile(r";?\s*(?:then|do)\s*$")
_MAKE_VARIABLE = re.compile(r"\$\((\w+)\)")
_MOST_LINES = 300

type_options = dict[str, list[str]]


def users(text: str, path: str, line: int = 1) -> Iterator[ImageBuild | ImageUse]:
    """Yield the builds and uses of a text whose first line is ``line`` of ``path``. It is read line by line, so that
    one that is no shell hides no other.
    """
    for words, number in _lines(text, line):
        yield from _of(words, path, number)


def _lines(text: str, first: int) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the words of the commands of a container tool."""
    number, count = first, 0
    tools = container_tools()
    named = re.compile("|".join(map(re.escape, sorted(tools.programs | tools.compose))))
    for raw in re.findall(r"(?:[^\n\\]|\\\n|\\.)*(?:\n|\\?$)", text):
        if named.search(raw) and not raw.lstrip().startswith("#") and count < _MOST_LINES:
            count += 1
            plain = _SUFFIX.sub("", _PREFIX.sub("", _CONTINUED.sub(" ", raw).rstrip("\n")))
            plain = _MAKE_VARIABLE.sub(r"${\1}", plain).replace("$$", "$")
            yield from ((line.words, number) for line in commands(parse_script(plain)) if line.words)
        number += raw.count("\n")


def _of(words: tuple[str, ...], path: str, line: int) -> Iterator[ImageBuild | ImageUse]:
    tools = container_tools()
    words = tuple(dropwhile(lambda word: word in tools.before or word.startswith("-"), words))
    tool = posixpath.basename(words[0]) if words else ""
    if tool in tools.compose:
        yield from _composed(words[1:], path, line)
    elif tool in tools.programs:
        _, rest = _options(words[1:], "client")
        match rest:
            case ("compose", *more):
                yield from _composed(tuple(more), path, line)
            case ("build" | "bud", *more) | ("buildx" | "image" | "builder", "build", *more):
                yield from _built(tuple(more), path, line)
            case ("run" | "create", *more) | ("container", "run" | "create", *more):
                yield from _run(tuple(more), path, line)
            case ("exec", *more) | ("container", "exec", *more):
                options, inner = _options(tuple(more), "exec")
                if inner:
                    yield ImageUse(path, line, "", inner[0], (), inner[1:], cwd=_last(options, "-w", "--workdir"))


def _composed(words: tuple[str, ...], path: str, line: int) -> Iterator[ImageUse]:
    _, rest = _options(words, "compose")
    verb = rest[0] if rest else ""
    if verb in {"run", "exec"}:
        options, inner = _options(rest[1:], "compose-run" if verb == "run" else "exec")
        if len(inner) > 1:
            entry = tuple(_last(options, "--entrypoint").split()) or None
            entry = () if verb == "exec" else entry
            yield ImageUse(path, line, "", inner[0], entry, inner[1:], cwd=_last(options, "-w", "--workdir"))


def _run(words: tuple[str, ...], path: str, line: int) -> Iterator[ImageUse]:
    options, rest = _options(words, "run")
    if rest:
        entry = tuple(_last(options, "--entrypoint").split()) or None
        command = rest[1:] or None
        cwd, name = _last(options, "-w", "--workdir"), _last(options, "--name")
        yield ImageUse(path, line, rest[0], "", entry, command, cwd=cwd, container=name)


def _built(words: tuple[str, ...], path: str, line: int) -> Iterator[ImageBuild]:
    """Yield the build as seen from the repository's root and from the file's own directory: either may be meant."""
    options, rest = _options(words, "build")
    context = rest[0] if rest else "."
    file = _last(options, "-f", "--file")
    pairs = (one.partition("=") for one in options.get("--build-arg", ()) if "=" in one)
    arguments = tuple((name, value) for name, _, value in pairs)
    names = (*options.get("-t", ()), *options.get("--tag", ()))
    for folder in dict.fromkeys(("", path.rpartition("/")[0])):
        dockerfile = joined(folder, file) if file else joined(folder, context, "Dockerfile")
        yield ImageBuild(path, line, dockerfile, joined(folder, context), arguments, names)


def _options(words: tuple[str, ...], verb: str) -> tuple[type_options, tuple[str, ...]]:
    """Return the options in front, and what stands behind them."""
    booleans = frozenset(container_tools().booleans[verb])
    found: type_options = {}
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            break
        name, value = _option(word, booleans)
        if value is None and name not in booleans:
            value = rest.pop(0) if rest else ""
        found.setdefault(name, []).append(value or "")
    return found, tuple(rest)


def _option(word: str, booleans: frozenset[str]) -> tuple[str, str | None]:
    """Return an option's name and its value, None if that would be the next word."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return name, value if equals else None
    for index, letter in enumerate(word[1:], 2):
        if f"-{letter}" not in booleans:
            return f"-{letter}", word[index:].removeprefix("=") or None
    return f"-{word[-1]}", None


def _last(options: type_options, *names: str) -> str:
    return next((options[name][-1] for name in names if name in options), "")
