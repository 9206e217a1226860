"""Command lines of container tools in Makefiles, shell scripts and CI: what they build, run and execute."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import dropwhile

from msgspec.structs import replace

from transformer.context.image_users import ImageBuild, ImageUse, joined
from transformer.knowledge.programs import container_tools
from transformer.shell import parse_script
from transformer.shell.command_lines import commands

_CONTINUED = re.compile(r"\\\n[ \t]*")
_PREFIX = re.compile(r"^\s*[@+-]*\s*(?:(?:if|while|until|then|do|else|!)\s+)*")
_SUFFIX = re.compile(r";?\s*(?:then|do)\s*$")
_MAKE_VARIABLE = re.compile(r"\$\((\w+)\)")
_LOGICAL = re.compile(r"(?:[^\n\\]|\\\n|\\.)*(?:\n|\\?$)")
"""A line with those that continue it."""
_ASSIGNMENT = re.compile(
    r"^[ \t]*(?:(?:export|local|readonly|override|set|define|let)[ \t]+)?(?P<name>\w+)[ \t]*[:?+]{0,2}=[ \t]*"
    r"(?P<quote>[\"']?)(?P<value>[^\n#]*?)(?P=quote)[ \t\r]*$",
    re.MULTILINE,
)
_VARIABLE = re.compile(r"\$\((\w+)\)|\$\{(\w+)\}|\$(\w+)|%(\w+)%")
_FOLDER = re.compile(r"(?:/[\w.-]+)*/$")
_STRING = re.compile(r"[\"']([^\"']*)[\"']")
_LONGEST = 500
_MOST_LINES = 300

type_options = dict[str, list[str]]


def users(text: str, path: str, line: int = 1, *, quoted: bool = False) -> Iterator[ImageBuild | ImageUse]:
    """Yield the builds and uses of a text whose first line is ``line`` of ``path``. It is read line by line, so that
    one that is no shell hides no other; with ``quoted`` the command lines stand in strings and lists of another
    language, or in the prose of a manual.
    """
    for words, number in _lines(text, line, quoted=quoted):
        for found in _of(words, path, number):
            whole = isinstance(found, ImageUse) and any("$" in word for word in found.command or ())
            yield replace(found, named=text) if whole else found


def _lines(text: str, first: int, *, quoted: bool) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the words of the commands of a container tool."""
    number, count = first, 0
    tool = _tool()
    known = _assigned(text) if tool.search(text) else {}
    for raw in _LOGICAL.findall(text):
        line = _substituted(raw, known) if known else raw
        if tool.search(line) and not raw.lstrip().startswith("#") and count < _MOST_LINES:
            count += 1
            plain = _SUFFIX.sub("", _PREFIX.sub("", _CONTINUED.sub(" ", line).rstrip("\r\n")))
            texts = _quoted(plain) if quoted else (_lead().sub("", plain),)
            for one in texts:
                shell = _MAKE_VARIABLE.sub(r"${\1}", one).replace("$$", "$")
                yield from ((found.words, number) for found in commands(parse_script(shell)) if found.words)
        number += raw.count("\n")


@cache
def _tool() -> re.Pattern[str]:
    """Return the pattern of a container tool's name, alone or at the end of a path."""
    tools = container_tools()
    names = "|".join(map(re.escape, sorted(tools.programs | tools.compose)))
    return re.compile(rf"(?<!\w)(?<!\w[.-])(?:{names})(?![\w-])")


@cache
def _lead() -> re.Pattern[str]:
    """Return what stands before a command in a Procfile, a unit of systemd and a crontab (crontab(5))."""
    user = rf"(?:\w+\s+(?=\S*{_tool().pattern}))?"
    return re.compile(rf"^\s*(?:[\w-]+:\s+|Exec\w+=[-@+!:|]*|(?:(?:[\d*/,-]+\s+){{5}}|@\w+\s+){user})")


def _assigned(text: str) -> dict[str, str]:
    """Return the variables that hold the beginning of a container tool's command line: ``DC = docker compose``."""
    known: dict[str, str] = {}
    for found in (*_ASSIGNMENT.finditer(text), *_ASSIGNMENT.finditer(text)):  # make looks names up when it needs them
        value = _substituted(found["value"], known)
        if _tool().search(value) and found["name"] not in value and len(value) < _LONGEST:
            known[found["name"]] = value
    return known


def _substituted(line: str, known: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda found: known.get(found[1] or found[2] or found[3] or found[4], found[0]), line)


def _quoted(line: str) -> Iterator[str]:
    """Yield the command lines in the strings of a line: whole ones, and lists of words (``["docker", "run"]``)."""
    for found in _tool().finditer(line):
        before, rest = _FOLDER.sub("", line[: found.start()]), line[found.start() :]
        quote = next((mark for mark in "\"'`" if before.count(mark) % 2), "")
        if quote and before.endswith(quote) and rest[len(found[0]) :].startswith(quote):
            listed = re.split(r"[])]", rest[len(found[0]) + 1 :])[0]
            yield shlex.join((found[0], *_STRING.findall(listed)))
        else:
            yield rest.partition(quote)[0] if quote else rest


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
