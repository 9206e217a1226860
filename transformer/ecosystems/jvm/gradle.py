"""Gradle: what a build leaves in the build directories of its projects.

Source: Gradle 8 user guide ("The Java Plugin", "The Application Plugin", "The Directories and Files Gradle Uses").
"""

from __future__ import annotations

import posixpath

from transformer.context.gradle_files import GradleFile, read
from transformer.ecosystems.call import Arguments, Call, World, absolute, parse_arguments
from transformer.ecosystems.jvm.places import NAME, built, unbounded
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.knowledge.programs import jvm_packages

_FILES = ("build.gradle", "build.gradle.kts")
_BUILD = "build"
_PRODUCTS = ("libs", "install", "distributions", "quarkus-app")
"""Where products are: each holds all that its programs need, unless a manifest names other files."""
_SAYING = frozenset({"-v", "--version", "-h", "--help", "-?"})
_MOVING = ("buildDir", "org.gradle.project.buildDir")


def gradle(call: Call, world: World) -> Effects | None:
    """Return what a call of Gradle does; None for one that is not known."""
    arguments = parse_arguments(call.spec, call.words)
    if arguments.unknown or not all(w.known for w in arguments.operands):
        return None
    if arguments.flags & _SAYING:
        return Effects(toolchain=NAME)
    asked = arguments.value("-p", "--project-dir")
    if asked is not None and not asked.known:
        return None
    root = absolute(asked.text if asked is not None else ".", world.cwd)
    if root == "/":
        return None
    files = _build_files(root, world)
    assumptions = tuple(_unread(files, arguments, world))
    elsewhere = any(f.elsewhere for f in files.values()) or _moves(arguments)
    writes = [Write(Path(posixpath.join(root, ".gradle"), tree=True), Nature.CACHE)]
    loading = any(f.loading for f in files.values())
    for folder in sorted({root, *(posixpath.dirname(file) for file in files)}):
        place = posixpath.join(folder, _BUILD)
        writes.append(Write(Path(place, tree=True), Nature.SCRATCH))
        # with a class path in a manifest, files beside them may be loaded
        names = () if loading else _PRODUCTS
        writes += [Write(Path(posixpath.join(place, name), tree=True), Nature.SCRATCH, must=False) for name in names]
    writes += [Write(Path(root, tree=True), Nature.SCRATCH, must=False)] if elsewhere else []
    return built(world, *writes, assumptions=assumptions, root=root)


def _build_files(root: str, world: World) -> dict[str, GradleFile]:
    """Return the build files below a directory that could be read."""
    names: set[str] = set()
    for copied in world.copies if world.context is not None else ():
        if not copied.directory:
            names.add(copied.target)
        elif world.context is not None:
            names |= {copied.arrival(f) for f in world.context.under(copied.source)}
    prefix = root.rstrip("/") + "/"
    paths = sorted(n for n in names if n.startswith(prefix) and posixpath.basename(n) in _FILES)
    texts = {path: world.read(path) for path in paths}
    return {path: read(text) for path, text in texts.items() if text is not None}


def _unread(files: dict[str, GradleFile], arguments: Arguments, world: World) -> list[Diagnostic]:
    """Return what is taken for granted of where the build writes."""
    tasks = [w.text.rpartition(":")[2] for w in arguments.operands]
    strange = sorted({t for t in tasks if t not in jvm_packages("tasks")})
    notes = [f"what the task {name} writes is not known" for name in strange]
    if not files:
        notes.append("its build file was not read: where it writes is not known")
    notes += [f"{path} names places outside of the project" for path, file in files.items() if file.outside]
    given = {o for o, _, _ in arguments.values} & {"-I", "--init-script", "-b", "--build-file", "-c", "--settings-file"}
    notes += ["an option names another build file"] if given else []
    return [unbounded(world, note) for note in notes]


def _moves(arguments: Arguments) -> bool:
    """Whether a property of the command line moves the build directory."""
    return any(value.text.startswith(_MOVING) for _, _, value in arguments.values)
