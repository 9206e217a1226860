"""What a project's Java and the modules that it is built with run, load and open, as far as that is known.

A program that stands there as a literal is needed; code that may run or load anything else, or that uses what only a
JDK has, leaves the facts open. So does what nobody read: other languages, archives, a module that no table has.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator

from transformer.context.gradle_files import GradleFile, catalog
from transformer.context.gradle_files import read as read_gradle
from transformer.context.java_source import JavaSource, read
from transformer.context.pom import Dependency, projects, runs_with
from transformer.ecosystems.call import Project
from transformer.ecosystems.jvm.places import NAME
from transformer.ecosystems.modules import modules_known
from transformer.ir.effects import Command, Distribution, Need
from transformer.ir.source import Position
from transformer.ir.verdict import ProgramFacts, Reason
from transformer.knowledge.modules import versions
from transformer.knowledge.programs import context_patterns, jvm_packages, programs

_MAX_FILES, _MAX_TOTAL = 5_000, 20_000_000
_DEEP = 12
"""How many parts of a path a text is compared with."""
_LOOSE = re.compile(r"SNAPSHOT|^LATEST$|^RELEASE$|latest\.|[\[\]()+$]")
"""Versions that may be another one tomorrow (Maven "Version Range Specification", Gradle "Dynamic versions")."""
_MAJOR = re.compile(r"[0-9]+")
_SOURCE = re.compile(r"(?:^|/)src(?:/|$)")
_NAMED_SOURCE = re.compile(r"(?<![\w.-])src(?:/[\w.@-]+)*(?![\w.-])")
"""The part of a text that leads into the source tree: ``filesystem:src/main/resources``."""
_IN_SETTINGS = re.compile(r"(?<![\w./-])[./\w-]*\bsrc/[\w./-]+")
_EVALUATED = re.compile(
    r"java\.lang\.(?:Runtime|ProcessBuilder)|template\.utility\.(?:Execute|ObjectConstructor)|\bexecuteCommand\b"
    r"|(?i:\bcreate\s+(?:or\s+replace\s+)?(?:force\s+)?alias\b)|SystemCommandTasklet|(?:^|[\"'])[\w./-]*\w\.java(?:$|[\"'])"
)
"""Classes that run programs, in expressions and templates; changes of Liquibase that do; Java in H2's SQL; sources that
are compiled when they are asked for (Vert.x' manual, "Deploying verticles by name").
"""
_OTHER_LAYOUT = re.compile(r"ourceDirectory>|\bsourceSets\b|build-helper|\bsrcDirs?\b|<sources>")
"""Words of build files that say where sources lie: then those of tests may be among them."""
_GRADLE = ("build.gradle", "build.gradle.kts")
_CATALOG = "libs.versions.toml"
_HERE = "."


def facts(project: Project) -> ProgramFacts:
    """Return the facts of the programs that are built from a project's directories."""
    context, table = project.context, context_patterns()[NAME]
    files = sorted({f for folder in project.folders for f in context.under(folder)})
    standard = not any(_OTHER_LAYOUT.search(context.read(f) or "") for f in files if _fits(f, table["recipes"]))
    own = [f for f in files if f.endswith(".java") and not (standard and _is_test(f))]
    texts = {f: context.read(f) for f in own} if len(own) <= _MAX_FILES else {}
    said = {f: read(t) for f, t in texts.items() if t is not None}
    readable = context.complete and len(said) == len(own) and bool(own)
    readable = readable and sum(len(t or "") for t in texts.values()) <= _MAX_TOTAL
    vague = [f"{f}:{m.line} (`{m.text}`)" for f, s in said.items() for m in s.dynamic]
    vague += [f for f in files if _fits(f, table["foreign"]) and not _fits(f, table["wrappers"]) and not _is_test(f)]
    vague += [
        f
        for f in context.under(".")
        if _fits(f, table["binaries"]) and not (_fits(f, table["wrappers"]) or _is_test(f))
    ]
    vague += [f"{f} (`{m[0]}`)" for f, s in said.items() for t in s.strings if (m := _EVALUATED.search(t)) is not None]
    vague += list(_evaluated(files, project))
    installed = tuple(_distributions(project, files))
    modules = modules_known(NAME, installed, project.release)
    closed = readable and not vague and not modules.unread
    commands = any(s.commands for s in said.values())
    computed = any(s.computed for s in said.values())
    opens = {name for s in said.values() for name in s.opens}
    opens |= _entries(files) & {text for s in said.values() for text in map(_plain, s.strings)}
    why = Reason("not all code was read that may use it" if not closed else "the program looks up media types")
    kinds = tuple(programs().data_packages) if not closed else ("media-types",)
    data = kinds if not closed or any(s.mime for s in said.values()) else ()
    loose = {d.name for d in installed if d.name and not d.exact}
    desktop = any(s.desktop for s in said.values()) or not closed
    return ProgramFacts(
        NAME,
        closed and not commands and not computed and not installed,
        closed,
        frozenset(text for s in said.values() for text in s.strings),
        frozenset(opens | set(_of_sources(said, files, project))),
        tuple(_needs(said)),
        tuple((kind, why) for kind in data),
        modules.unread or (tuple(vague) if readable else ("the project's own code",)),
        (*modules.packages, *_drawn(fonts=desktop or bool(installed), windows=desktop)),
        tuple(sorted(loose)),
        read=readable,
        calls_itself=True,
        embeds=True,
    )


def _drawn(*, fonts: bool, windows: bool) -> Iterator[tuple[str, Reason]]:
    """Yield the packages that drawing needs: any module may write text into an image, few open windows."""
    kinds = (("fonts", fonts), ("windows", windows))
    for package in (p for kind, used in kinds if used for p in jvm_packages(kind)):
        yield package, Reason("the program may draw")


def _entries(files: list[str]) -> frozenset[str]:
    """Return the paths of what lies beside the source tree, and all parts of them: many classes of the JDK open what
    a text names, and not all of them are known here.
    """
    beside = [f.split("/") for f in files if not _SOURCE.search(f)]
    longest = _DEEP if len(beside) <= _MAX_FILES else 1
    return frozenset("/".join(part) for path in beside for part in _runs(path, longest))


def _runs(path: list[str], longest: int) -> Iterator[list[str]]:
    """Yield the parts of a path that follow one another."""
    for at in range(len(path)):
        yield from (path[at:end] for end in range(at + 1, min(len(path), at + longest) + 1))


def _plain(text: str) -> str:
    return text.removeprefix("file:").removeprefix("./").strip("/")


def _needs(said: dict[str, JavaSource]) -> Iterator[Need]:
    for file, source in said.items():
        for mention in source.commands:
            why = f"{file}:{mention.line} runs it"
            yield Need(Command(mention.text), why, Position(mention.line, 1), file)


def _of_sources(said: dict[str, JavaSource], files: list[str], project: Project) -> Iterator[str]:
    """Yield the parts of the source tree that code or settings name: these stay, whatever else is there."""
    for source in said.values():
        for text in source.strings:
            found = _NAMED_SOURCE.findall(text)
            if found:
                yield from (*found, _plain(text))
            elif text in {_HERE, "./", ""} and source.computed:
                yield _HERE
    patterns = context_patterns()[NAME]["settings_files"]
    for file in files:
        if _fits(file, patterns) and not _fits(file, context_patterns()[NAME]["recipes"]) and not _is_test(file):
            yield from _IN_SETTINGS.findall(project.context.read(file) or "")


def _evaluated(files: list[str], project: Project) -> Iterator[str]:
    """Yield the resources that run something, or may: scripts, pages and queries that name what does."""
    table = context_patterns()[NAME]
    inside = [f for f in files if _SOURCE.search(f) and not _is_test(f)]
    yield from (f for f in inside if _fits(f, table["scripts"]))
    yield from (f for f in inside if _fits(f, table["pages"]))
    texts = [f for f in inside if _fits(f, table["texts"])]
    for file in texts:
        found = _EVALUATED.search(project.context.read(file) or "")
        if found is not None:
            yield f"{file} (`{found[0]}`)"


def _distributions(project: Project, files: list[str]) -> Iterator[Distribution]:
    """Yield the modules that build files name for the time when the program runs."""
    poms = [f for f in files if posixpath.basename(f) == "pom.xml" and not _is_test(f)]
    read = {path: projects(path, project.context.read) for path in poms}
    own = {f"{p.group}/{p.artifact}" for found in read.values() for p in found or ()}
    for path, found in read.items():
        if found is None:
            yield Distribution(NAME, "", False, path)
        for pom in found or ():
            parents = (Dependency(pom.parent, pom.parent_version, "", False),) if pom.parent else ()
            yield from (_asked(d, path) for d in (*runs_with(pom), *pom.imports, *parents) if d.name not in own)
    names = _catalog(project, files)
    own_names: set[str] = set()
    for path in (f for f in files if posixpath.basename(f) in _GRADLE and not _is_test(f)):
        yield from _of_gradle(path, project, names, own_names)


def _of_gradle(path: str, project: Project, names: dict[str, str], own: set[str]) -> Iterator[Distribution]:
    text = project.context.read(path)
    file = read_gradle(text) if text is not None else None
    if file is None:
        yield Distribution(NAME, "", False, path)
        return
    unknown = [p for p in file.plugins if p not in jvm_packages("plugins")]
    for strange in (*file.strange, *(f"the plugin {p}" for p in unknown)):
        yield Distribution(NAME, "", False, f"`{strange}` of {path}")
    for name, version in (*file.modules, *_by_plugins(file)):
        yield _known(name, version, path)
    for name in file.catalog:
        for module in names.get(name, "").split() or ("",):
            yield Distribution(NAME, module, bool(module), f"libs.{name} of {path}")


def _by_plugins(file: GradleFile) -> Iterator[tuple[str, str]]:
    """Yield the modules whose version a plugin fixes, and that of all that it manages."""
    managed = dict(word.split("=") for word in jvm_packages("managing"))
    yield from ((managed[plugin], version) for plugin, version in file.versions if plugin in managed)


def _catalog(project: Project, files: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in (f for f in files if posixpath.basename(f) == _CATALOG):
        found |= catalog(project.context.read(file) or "") or {}
    return found


def _asked(dependency: Dependency, path: str) -> Distribution:
    said = path if dependency.name else f"{path} (a name that is put together)"
    return _known(dependency.name, dependency.version, said)


def _known(name: str, version: str, said: str) -> Distribution:
    """Return a module; one of a major version that was not read is as good as unknown."""
    major = _MAJOR.match(version)
    read = {m[0] for v in versions(NAME, name) if (m := _MAJOR.match(v)) is not None}
    if major is not None and read and major[0] not in read:
        return Distribution(NAME, "", False, f"version {version} of {name}")
    return Distribution(NAME, name, not _LOOSE.search(version), said)


def _is_test(file: str) -> bool:
    """Whether a file only serves tests, by the standard layout."""
    return any(folder in f"/{file}" for folder in context_patterns()[NAME]["test_folders"])


def _fits(file: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(posixpath.basename(file), pattern) for pattern in patterns)
