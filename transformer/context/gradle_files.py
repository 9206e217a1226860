"""Gradle's build files, read without running them: what they name, and whether that is all that they say.

Sources: Gradle 8 user guide ("Declaring dependencies", "Sharing dependency versions", "Working With Files"), read as
text: a build file is a program, so whatever has another form than those below counts as not read.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from msgspec import Struct

_COMMENT = re.compile(r"(?m)(?<![:\"'/\w])//.*$|/\*.*?\*/", re.DOTALL)
_BLOCK = re.compile(r"(?m)^\s*(?:\w+\s*[.(].*)?\bdependencies\s*\{")
_SCRIPT = re.compile(r"\bbuildscript\s*\{")
_SINGLE = r"['\"]([\w.$-]+):([\w.$-]+)(?::([^'\"]*))?['\"]"
_COORDINATES = re.compile(_SINGLE)
_MAP = re.compile(
    r"group\s*[:=]\s*['\"]([\w.-]+)['\"]\s*,\s*name\s*[:=]\s*['\"]([\w.-]+)['\"](?:\s*,\s*version\s*[:=]\s*['\"]([^'\"]*)['\"])?"
)
_CATALOG = re.compile(r"\blibs((?:\.[\w]+)+)")
_PROJECT = re.compile(r"\bproject\s*\(")
_TEST = re.compile(
    r"^(?:test\w*|androidTest\w*|integrationTest\w*|annotationProcessor|compileOnly\w*|providedCompile|kapt\w*|ksp\w*"
    r"|developmentOnly|checkstyle|pmd|jacoco\w*|errorprone\w*|spotbugs\w*|classpath|asciidoctor\w*|lombok|itest\w*)\b"
)
"""Configurations of what is not there when the program runs ("The Java Plugin", "Dependency management")."""
_LINE = re.compile(r"^(?P<how>[A-Za-z]\w*)\s*[(\s'\"]")
_BOM = re.compile(rf"\bmavenBom\s*\(?\s*{_SINGLE}")
_PLUGIN = re.compile(r"""(?:\bid\s*\(?\s*|\bapply\s*\(?\s*plugin\s*[:=]\s*)['"]([\w.-]+)['"]""")
_VERSIONED = re.compile(r"""\bid\s*\(?\s*['"]([\w.-]+)['"]\s*\)?\s*version\s*\(?\s*['"]([^'"]+)['"]""")
_BUILD_PLUGIN = re.compile(r"""classpath\s*\(?\s*['"]([\w.-]+):[\w-]+-gradle-plugin:([^'"]+)['"]""")
"""The older way: a plugin of the build script, by the group of its module."""
_PLAIN_PLUGIN = re.compile(r"(?m)^\s*(?:`([\w-]+)`|(java|application|war|idea|eclipse|jacoco|groovy|scala)\s*$)")
_OUTPUT = re.compile(
    r"\b(?:buildDir|buildDirectory|destinationDir(?:ectory)?|distsDir\w*|libsDir\w*|archivesDir\w*|sourceSets|doLast"
    r"|doFirst|into|exec|javaexec|Exec|Copy|Sync|copy|ant\.\w+|task|tasks\.(?:register|create)|apply\s*\(?\s*from"
    r"|allprojects\s*\{\s*buildDir)\b"
)
"""Words of what may write elsewhere, or run anything."""
_OUTSIDE = re.compile(
    r"""['"](?:/|\.\./|~)[^'"\s]*['"]|user\.home|java\.io\.tmpdir|\brootDir\b.*\.\.|https?://\S+\.gradle\b"""
)
_CLASS_PATH = re.compile(r"Class-Path|classpath\s*[=(]|manifest\.classpath", re.IGNORECASE)


class GradleFile(Struct, frozen=True):
    """What a build file says. ``modules`` are (GROUP/ARTIFACT, version); ``strange`` are lines of its dependencies that
    have another form; ``catalog`` names of the version catalog; ``elsewhere``: it may write outside of the build
    directory, ``outside``: it names places outside of the project; ``loading``: products may load files beside them.
    """

    modules: tuple[tuple[str, str], ...]
    catalog: tuple[str, ...]
    strange: tuple[str, ...]
    plugins: tuple[str, ...]
    elsewhere: bool
    outside: bool
    loading: bool
    versions: tuple[tuple[str, str], ...] = ()
    """Plugins with their versions."""


def read(text: str) -> GradleFile:
    """Return what a build file says."""
    plain = _COMMENT.sub("", text)
    without_script = _without(plain, _SCRIPT)
    modules: list[tuple[str, str]] = []
    catalog: list[str] = []
    strange: list[str] = []
    for block in _blocks(without_script, _BLOCK):
        for line in _statements(block):
            _take(line, modules, catalog, strange)
    boms = [(f"{g}/{a}", v or "") for g, a, v in _BOM.findall(plain)]
    modules += [bom for bom in boms if "$" not in bom[0]]
    strange += ["mavenBom"] if plain.count("mavenBom") > len(boms) else []
    plugins = [m[1] for m in _PLUGIN.finditer(plain)]
    plugins += [
        a or b for a, b in _PLAIN_PLUGIN.findall("\n".join(_blocks(plain, re.compile(r"(?m)^\s*plugins\s*\{"))))
    ]
    strange += ["alias"] if re.search(r"\balias\s*\(", plain) else []
    return GradleFile(
        tuple(dict.fromkeys(modules)),
        tuple(dict.fromkeys(catalog)),
        tuple(dict.fromkeys(strange)),
        tuple(dict.fromkeys(plugins)),
        _OUTPUT.search(without_script) is not None,
        _OUTSIDE.search(without_script) is not None,
        _CLASS_PATH.search(without_script) is not None,
        (*((m[1], m[2]) for m in _VERSIONED.finditer(plain)), *((m[1], m[2]) for m in _BUILD_PLUGIN.finditer(plain))),
    )


def catalog(text: str) -> dict[str, str] | None:
    """Return the modules of a version catalog (GROUP/ARTIFACT) by their names, with dots; None if it cannot be read."""
    try:
        table: dict[str, Any] = tomllib.loads(text)
        entries = table.get("libraries", {}).items()
        found = {_accessor(name): _module(value) for name, value in entries}
        bundles = table.get("bundles", {}).items()
        return found | {_accessor(f"bundles.{n}"): " ".join(found[_accessor(v)] for v in names) for n, names in bundles}
    except (tomllib.TOMLDecodeError, AttributeError, TypeError, KeyError, ValueError):
        return None


def _accessor(name: str) -> str:
    return re.sub(r"[-_]", ".", name)


def _module(value: Any) -> str:
    if isinstance(value, str):
        group, artifact = value.split(":")[:2]
    elif "module" in value:
        group, artifact = value["module"].split(":")[:2]
    else:
        group, artifact = value["group"], value["name"]
    return f"{group}/{artifact}"


def _take(line: str, modules: list[tuple[str, str]], names: list[str], strange: list[str]) -> None:
    """Take one statement of a block of dependencies."""
    how = _LINE.match(line)
    if how is None or _TEST.match(line):
        if how is None and line.strip("{} ;"):
            strange.append(line[:60])
        return
    found = [(f"{g}/{a}", v or "") for g, a, v in (*_COORDINATES.findall(line), *_MAP.findall(line))]
    named = [m[1].strip(".") for m in _CATALOG.finditer(line)]
    if any("$" in name for name, _ in found) or not (found or named or _PROJECT.search(line)):
        strange.append(line[:60])
        return
    modules += found
    names += [re.sub(r"\.get$", "", name) for name in named]


def _statements(block: str) -> list[str]:
    """Return the statements of a block at its own level: one that goes on in brackets is one."""
    found: list[str] = []
    depth, current = 0, ""
    for line in block.splitlines():
        depth += (
            line.count("{") + line.count("(") + line.count("[") - line.count("}") - line.count(")") - line.count("]")
        )
        current = f"{current} {line.strip()}".strip()
        if depth <= 0 and not current.endswith(","):
            found += [current] if current else []
            depth, current = 0, ""
    return [*found, current] if current else found


def _blocks(text: str, start: re.Pattern[str]) -> list[str]:
    """Return the texts between the braces of blocks."""
    return [text[m.end() : _end(text, m.end())] for m in start.finditer(text)]


def _without(text: str, start: re.Pattern[str]) -> str:
    match = start.search(text)
    return text if match is None else text[: match.start()] + text[_end(text, match.end()) + 1 :]


def _end(text: str, at: int) -> int:
    """Return where the block ends that starts before ``at``."""
    depth = 1
    for place in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text)
