"""The calls in Go sources that name a command or a file."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, field

from transformer.context.build_context import BuildContext
from transformer.context.go_source import cgo
from transformer.context.go_source.constants import Constants, literal
from transformer.context.go_source.file import File
from transformer.context.go_source.imports import RUNS_ANYTHING, RUNS_GO
from transformer.context.go_source.tables import METHODS, calls, network_drivers, packages
from transformer.context.literals import SHOWN, Mention, pattern
from transformer.context.native_source.scripts import RUNNERS, plain_command

_MAX_MENTIONS = 5_000
_SCRIPT = ("sh", "-c", "script")
_GO = "go"


@dataclass(slots=True)
class Findings:
    """What was found, by kind."""

    constants: Constants
    complete: bool
    found: list[tuple[str, Mention]] = field(default_factory=list)

    def note(self, kind: str, mention: Mention) -> None:
        """Take a mention."""
        self.found.append((kind, mention))


def search(findings: Findings, context: BuildContext, file: File) -> None:
    """Note what a source imports and calls."""
    for imported in file.imported:
        _import(findings, context, file, imported)
    for found in calls().finditer(file.source.code):
        if len(findings.found) >= _MAX_MENTIONS:
            findings.complete = False
            return
        _name(findings, file, found)


def _import(findings: Findings, context: BuildContext, file: File, imported: tuple[str, str, int]) -> None:
    name, path, offset = imported
    if path in RUNS_GO:
        findings.note("commands", file.source.mention(offset, _GO))
    if path in RUNS_ANYTHING or (name == "." and path in packages()):
        findings.note("dynamic_commands", file.source.mention(offset, path))
        findings.note("dynamic_opens", file.source.mention(offset, path))
    for program in cgo.programs(context, file, offset) if path == "C" else ():
        findings.complete &= program.complete
        findings.found += cgo.mentions(program)


def _name(findings: Findings, file: File, found: re.Match[str]) -> None:
    """Note one ``package.Function``, or a method that takes file names."""
    code, start, name = file.source.code, found.start(), found[1]
    receiver = pattern(r"(\w+)\s*\Z").search(code, max(0, start - SHOWN), start)
    row = packages().get(file.names.get(receiver[1], ""), {}) if receiver else {}
    opening = pattern(r"\s*([({]?)").match(code, found.end())
    bracket = opening[1] if opening else ""
    if name not in row and not (name in METHODS and bracket == "("):
        return
    kind, places = row[name] if name in row else ("opens", METHODS[name])
    begin = receiver.start() if receiver else start
    if name == "Cmd" and bracket != "{" and code[max(0, begin - 2) : begin].rstrip().endswith("*"):
        return
    if bracket != "(" or not places or opening is None:
        findings.note(_dynamic(kind), file.source.mention(begin, end=found.end() + 20))
    else:
        _call(findings, file, (kind, places), (begin, opening.end() - 1))


def _call(findings: Findings, file: File, named: tuple[str, str], at: tuple[int, int]) -> None:
    (kind, places), (begin, opening) = named, at
    arguments = file.source.arguments(opening)
    if arguments is None:
        findings.note(_dynamic(kind), file.source.mention(begin, end=opening + SHOWN))
        return
    driver = literal(findings.constants, file, *arguments[0]) if kind == "data" and arguments else None
    if driver in network_drivers() or (kind == "commands" and _runner(findings, file, arguments[int(places) :])):
        return
    for place in range(len(arguments)) if places == "*" else map(int, places):
        _argument(findings, file, kind, arguments[place] if place < len(arguments) else at)


def _argument(findings: Findings, file: File, kind: str, at: tuple[int, int]) -> None:
    start, end = at
    value = literal(findings.constants, file, start, end)
    if value is None:
        findings.note(_dynamic(kind), file.source.mention(start, end=end))
    elif kind == "data":
        findings.note("opens", file.source.mention(start, value.removeprefix("file:").partition("?")[0]))
    elif kind == "directory":
        findings.note("opens", file.source.mention(start, value or "."))  # http.Dir("") is the current directory
    elif value and not (kind == "uses_timezones" and value in {"UTC", "Local"}):
        findings.note(kind, file.source.mention(start, value))


def _runner(findings: Findings, file: File, arguments: list[tuple[int, int]]) -> bool:
    """Note ``sh -c …`` and the like as a whole; whether it was one."""
    values = [literal(findings.constants, file, *argument) for argument in arguments]
    runs = values and values[0] is not None and (posixpath.basename(values[0]) in RUNNERS or "-exec" in values)
    if not runs:
        return False
    words = [value for value in values if value is not None]
    start, end = arguments[0][0], arguments[-1][1]
    findings.note("commands", file.source.mention(start, values[0]))
    inner = plain_command(words[2]) if words[1:2] == ["-c"] and len(words) == len(values) == len(_SCRIPT) else None
    if inner:
        findings.note("commands", file.source.mention(start, inner))
    elif len(words) == len(values) > 1:
        findings.note("scripts", file.source.mention(start, shlex.join(words)))
    elif len(values) > 1:
        findings.note("dynamic_commands", file.source.mention(start, end=end))
    return True


def _dynamic(kind: str) -> str:
    return {"commands": "dynamic_commands", "uses_timezones": "uses_timezones"}.get(kind, "dynamic_opens")
