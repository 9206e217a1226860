"""cmake: configured build trees, and what their CMakeLists.txt builds and installs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from transformer.ecosystems.call import Call, World, absolute
from transformer.ecosystems.native.configure import DEFAULT_PREFIX, option, unread_make
from transformer.ecosystems.native.names import build_only_name
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.knowledge.programs import programs
from transformer.shell import Expanded

if TYPE_CHECKING:
    from transformer.context.cmake import CMakeProject


def cmake(call: Call, world: World) -> Effects | None:
    """``cmake`` in its three modes: configure (remembers the prefix), ``--build`` and ``--install``."""
    texts = [w.text if w.known else w.prefix for w in call.words]
    if "--build" in texts:
        goals = [texts[i + 1] for i, t in enumerate(texts[:-1]) if t in {"--target", "-t"}]
        return cmake_build(option(call.words, "--build", world) or world.cwd, goals, world)
    if "--install" in texts:
        build = option(call.words, "--install", world) or world.cwd
        return _installed(build, call, world)
    if "-E" in texts or "-P" in texts:
        return None
    build = option(call.words, "-B", world) or _glued(texts, "-B", world) or world.cwd
    source = option(call.words, "-S", world) or _glued(texts, "-S", world) or _glued(texts, "-H", world)
    if source is None:
        operands = [
            t
            for i, t in enumerate(texts)
            if not t.startswith("-") and not (i and texts[i - 1] in {"-B", "-G", "-A", "-D", "-C"})
        ]
        source = absolute(operands[-1], world.cwd) if operands else world.cwd
    prefix = [w.text.partition("=")[2] if w.known else "" for w, t in zip(call.words, texts, strict=True)
              if t.startswith(("-DCMAKE_INSTALL_PREFIX=", "-DCMAKE_INSTALL_PREFIX:"))]  # fmt: skip
    given = absolute(prefix[-1], world.cwd) if prefix and prefix[-1] else None
    # cmake reads the variable since 3.29 (cmake-env-variables(7)): which version runs is not known
    world.prefixes[build] = given if prefix or "CMAKE_INSTALL_PREFIX" in world.env else DEFAULT_PREFIX
    world.downloads.setdefault(build, source)
    world.definitions[build] = _definitions(call.words)
    reads = (Path(source, tree=True),)
    return Effects(reads=reads, writes=(Write(Path(build, tree=True), Nature.SCRATCH),), toolchain="native")


def _definitions(words: tuple[Expanded, ...]) -> dict[str, str] | None:
    """Return the cache entries of ``-DNAME[:TYPE]=VALUE`` and ``-D NAME=VALUE``."""
    found: dict[str, str] = {}
    texts = [("-D" if i and words[i - 1].text == "-D" else "") + w.text for i, w in enumerate(words)]
    for word, text in zip(words, texts, strict=True):
        if text.startswith("-D") and "=" in text:
            if not word.known:
                return None
            name, _, value = text[2:].partition("=")
            found[name.partition(":")[0]] = value
    return found


def _glued(texts: list[str], option: str, world: World) -> str | None:
    found = [t[len(option) :] for t in texts if t.startswith(option) and len(t) > len(option)]
    return absolute(found[-1], world.cwd) if found else None


def _installed(build: str, call: Call, world: World) -> Effects | None:
    """``cmake --install DIR``; ``--prefix`` replaces the configured one, and of a component not all is installed."""
    given = option(call.words, "--prefix", world)
    if given is not None:
        world = replace(world, prefixes={**world.prefixes, build: given or None})
    if option(call.words, "--component", world) is not None:
        return unread_make(build, ["install"], {}, world)
    return cmake_build(build, ["install"], world)


def cmake_build(build: str, goals: list[str], world: World, variables: dict[str, str] | None = None) -> Effects | None:
    """Build or install a configured tree: by CMakeLists.txt where it came from the context and could be read.
    ``variables`` are those of a command line of make.
    """
    from transformer.context.cmake import read

    source, variables = world.downloads.get(build), variables or {}
    given = world.definitions.get(build)
    project = None
    if source is not None and given is not None:
        project = read(lambda name: world.read(absolute(name, source)), definitions=given)
    if project is None or not project.bounded:
        return unread_make(build, goals, variables, world)
    tree = Path(build, tree=True)
    reads = (tree, Path(source or build, tree=True))
    if "install" not in goals:
        products = tuple(_built(project, build, source or build))
        return Effects(reads=reads, writes=(*products, Write(tree, Nature.SCRATCH)), toolchain="native")
    prefix, root = world.prefixes.get(build), variables.get("DESTDIR", world.env.get("DESTDIR", ""))
    staged = bool(root) and not str(root).startswith("/")
    if not prefix or root is None or staged or any(not i.known or i.kind == "code" for i in project.installs):
        return unread_make(build, goals, variables, world)
    return Effects(reads=reads, writes=tuple(_cmake_installed(project, prefix, root)), toolchain="native")


def _built(project: CMakeProject, build: str, source: str) -> Iterator[Write]:
    """Yield what a build makes: programs by name; versioned libraries are chains of links, which only a directory
    carries.
    """
    for folder, name in project.executables:
        yield Write(Path(_output(posixpath.join(folder, name), build, source)), Nature.ARTIFACT)
    for folder, name, *_ in project.shared_libraries:
        place = _output(folder, build, source)
        inside = Path(build, tree=True).covers(Path(place))
        if place in programs().populated or place == source:
            yield Write(Path(absolute(name, place)), Nature.ARTIFACT)
        else:
            yield Write(Path(build if inside else place, tree=True), Nature.ARTIFACT)


def _output(path: str, build: str, source: str) -> str:
    """Return where a target is written: below the build tree, unless a directory elsewhere was given."""
    from transformer.context.cmake import SOURCE

    return absolute(source + path.removeprefix(SOURCE) if path.startswith(SOURCE) else path, build)


def _cmake_installed(project: CMakeProject, prefix: str, root: str) -> Iterator[Write]:
    """Yield what ``cmake --install`` writes below ``root`` (DESTDIR); headers and static libraries serve only other
    builds.
    """
    programs_ = {name for _, name in project.executables}
    for rule in project.installs:
        folder = absolute(root + absolute(rule.destination, prefix), "/")
        if not rule.names:
            yield Write(Path(folder, tree=True), Nature.ARTIFACT)
        for name in rule.names:
            base = posixpath.basename(name)
            if rule.kind == "directory":
                yield Write(Path(folder if name.endswith("/") else absolute(base, folder), tree=True), Nature.ARTIFACT)
            elif rule.kind == "targets" and name not in programs_:
                yield Write(Path(folder, tree=True), Nature.ARTIFACT)
            else:
                scratch = build_only_name(base)
                yield Write(Path(absolute(base, folder)), Nature.SCRATCH if scratch else Nature.ARTIFACT)
