"""Maven: what a build leaves in the directories of its projects.

Sources: Maven 3.9 "Introduction to the Build Lifecycle", "POM Reference", the pages of its plugins (jar, war,
dependency, assembly, shade), Spring Boot 3 "Maven Plugin", Quarkus 3 "Maven tooling".
"""

from __future__ import annotations

import posixpath

from transformer.context.pom import Pom, projects, runs_with
from transformer.ecosystems.call import Arguments, Call, World, absolute, parse_arguments
from transformer.ecosystems.jvm.places import NAME, built, unbounded
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.knowledge.programs import jvm_packages

_TARGET = "target"
_SAYING = frozenset({"-v", "--version", "-h", "--help"})
_LATE = frozenset({"none", "pre-integration-test", "integration-test", "verify", "install", "deploy"})
"""Phases behind package, or none."""
_RELOCATING = ("-DoutputDirectory", "-Dmaven.repo.local", "-Dmdep", "-DbuildDirectory", "-Doutput")
_OUTSIDE = ("/", "${user.home}", "${java.io.tmpdir}", "${env.", "..")


def maven(call: Call, world: World) -> Effects | None:
    """Return what a call of Maven does; None for one that is not known."""
    arguments = parse_arguments(call.spec, call.words)
    if arguments.unknown:
        return None
    if arguments.flags & _SAYING:
        return Effects(toolchain=NAME)
    goals = [w.text if w.known else "" for w in arguments.operands]
    asked = arguments.value("-f", "--file")
    if asked is not None and not asked.known:
        return None
    place = absolute(asked.text if asked is not None else ".", world.cwd)
    pom = place if place.endswith(".xml") else posixpath.join(place, "pom.xml")
    known = all(g in jvm_packages("phases") or g.startswith(jvm_packages("goals")) for g in goals)
    found = projects(pom, world.read) if world.context is not None else None
    root = posixpath.dirname(pom)
    if goals and all(g.startswith(jvm_packages("fetching")) for g in goals):
        return built(world, root=root)
    if root == "/":
        return None  # among the files of the image
    assumptions = tuple(_unread(found, goals, arguments, world)) if not known or found is None or goals else ()
    if not known:
        assumptions = (*assumptions, unbounded(world, f"what the goals {' '.join(goals)} write is not known"))
    if found is None:
        writes = [Write(Path(posixpath.join(root, _TARGET), tree=True), Nature.SCRATCH)]
    else:
        packages = any(g in jvm_packages("packaging") for g in goals)
        asked_goals = frozenset(g.rpartition(":")[2] for g in goals)
        writes = [w for p in found for w in _written(p, asked_goals, packages, _chosen(p, arguments, found))]
    moved = _moved(arguments, world)
    assumptions += (unbounded(world, "an option says that its output goes elsewhere"),) if moved is None else ()
    named = (v.text.partition("=")[2] for o, _, v in arguments.values if o == "-D" and v.text.startswith("file="))
    files = tuple(Path(absolute(name, world.cwd)) for name in named)
    return built(world, *writes, *(moved or ()), reads=files, assumptions=assumptions, root=root)


def _written(pom: Pom, asked: frozenset[str], packages: bool, chosen: bool) -> list[Write]:
    """Return what is written for one project: its directory of output, and the product if that needs nothing else."""
    target = Path(posixpath.join(pom.folder, _TARGET), tree=True)
    writes = [Write(target, Nature.SCRATCH)]
    if packages and pom.product and _stands_alone(pom, asked) and not _astray(pom):
        # one that is only built because another needs it may not be there, and is in that one
        nature = Nature.ARTIFACT if chosen else Nature.SCRATCH
        writes.append(Write(Path(f"{target.path}/{pom.product}"), nature, must=chosen))
    for place in pom.directories:
        inside = place.removeprefix("./")
        if (
            inside
            and not inside.startswith(_OUTSIDE)
            and "${" not in inside
            and not inside.startswith((_TARGET, "src/"))
        ):
            writes.append(Write(Path(absolute(inside, pom.folder), tree=True), Nature.SCRATCH))
    return writes


def _stands_alone(pom: Pom, asked: frozenset[str]) -> bool:
    """Whether the product holds all that it needs: a plugin puts everything into it, or there is nothing else."""
    for name, goal in (w.split(":") for w in jvm_packages("whole")):
        plugins = [p for p in pom.plugins if p.name == name]
        bound = goal in asked.union(*(p.goals for p in plugins)) or pom.parent in jvm_packages("binding")
        if bound and any(p.used for p in plugins):
            return True
    return not (list(runs_with(pom)) or pom.parent)


def _astray(pom: Pom) -> bool:
    """Whether a plugin names the product otherwise, or makes it load files beside it."""
    names = {"classifier", "finalName", "shadedArtifactAttached", "outputFile", "addClasspath", "Class-Path"}
    names |= {
        "classpathPrefix",
        "layout",
        "outputDirectory",
        "directory",
        "shadedClassifierName",
        "skip",
        "excludeGroupIds",
    }
    makers = {w.partition(":")[0] for w in jvm_packages("whole")} | set(jvm_packages("makers"))
    texts = [text for p in pom.plugins if p.name in makers for text in p.texts]
    return any((tag in names and value) or (tag == "phase" and value in _LATE) for tag, value in texts)


def _chosen(pom: Pom, arguments: Arguments, found: tuple[Pom, ...]) -> bool:
    """Whether the project is surely built: all are, or it is one of those that are asked for."""
    asked = arguments.value("-pl", "--projects")
    if asked is None or len(found) == 1:
        return True
    names = asked.text.split(",") if asked.known else []
    return any(pom.folder.endswith(f"/{n}") or n.rpartition(":")[2] == pom.artifact for n in names)


def _unread(found: tuple[Pom, ...] | None, goals: list[str], arguments: Arguments, world: World) -> list[Diagnostic]:
    """Return what is taken for granted of where the build writes."""
    if found is None:
        return [unbounded(world, "its pom.xml was not read: where it writes is not known")]
    parents = {p.parent for p in found} - {"", *jvm_packages("parents")}
    notes = [f"its parent {name} was not read: it may say where the output goes" for name in sorted(parents)]
    running = {p.name for pom in found for p in pom.plugins if p.name in jvm_packages("running") and p.goals}
    notes += [f"{name} runs what the pom says, which may write anywhere" for name in sorted(running)]
    places = [d for pom in found for d in pom.directories if d.startswith(_OUTSIDE) or "${" in d]
    notes += [f"its pom names {places[0]}, which is not below the project"] if places else []
    return [unbounded(world, note) for note in notes]


def _moved(arguments: Arguments, world: World) -> list[Write] | None:
    """Return what properties of the command line send elsewhere; None if they name no place."""
    found: list[Write] = []
    for option, _, value in arguments.values:
        if option not in {"-D", "--define"} or not f"-D{value.text or value.prefix}".startswith(
            jvm_packages("relocating")
        ):
            continue
        name, _, place = value.text.partition("=")
        if not value.known or not place:
            return None
        if name in {"outputDirectory", "maven.repo.local", "mdep.outputDirectory"}:
            found.append(Write(Path(absolute(place, world.cwd), tree=True), Nature.SCRATCH))
        elif name in {"output", "buildDirectory"}:
            return None
    return found
