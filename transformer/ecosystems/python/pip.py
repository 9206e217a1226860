"""pip: what it reads, where it installs, and what that needs at run time."""

from __future__ import annotations

import posixpath
from collections.abc import Set

from msgspec.structs import replace

from transformer.context.requirements import Requirement, project_requirements, read_requirements, requirement
from transformer.ecosystems.call import Arguments, Call, World, absolute, parse_arguments, resolve
from transformer.ecosystems.python.schemes import SYSTEM, caches, places, prefix
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Command, Distribution, Effects, Nature, Need, Path, Write
from transformer.knowledge.modules import closure
from transformer.knowledge.programs import programs
from transformer.shell import Expanded

NAME = "python"
_DATA_FILES = ("data_files", "data-files", "shared-data", "external-data", "scheme", "include =")
"""Words of build files that send files elsewhere (setuptools, hatchling, flit and poetry: their own documentation)."""
_PURE = frozenset({"list", "show", "freeze", "check", "debug", "help", "inspect", "hash", "search", "index"})


def pip(call: Call, world: World) -> Effects | None:
    """Return what a call of pip does; None for one that is not known."""
    first = next((i for i, w in enumerate(call.words) if not w.text.startswith("-")), None)
    if first is None:
        return Effects() if all(w.known for w in call.words) else None
    verb, words = call.words[first].text, (*call.words[:first], *call.words[first + 1 :])
    if verb in _PURE:
        return Effects()
    if verb == "cache":
        return Effects(writes=tuple(Write(c, Nature.CACHE) for c in caches(world)), toolchain=NAME)
    arguments = parse_arguments(call.spec, words)
    if arguments.unknown or any(role == "unknown" for _, role, _ in arguments.values):
        return None
    match verb:
        case "install":
            return install(arguments, call.program, world)
        case "uninstall":
            return removed(arguments, call.program, world)
        case "download" | "wheel":
            return _fetched(arguments, world)
        case "config":
            place = world.home()
            return Effects(writes=(Write(Path(f"{place}/.config/pip/pip.conf"), Nature.DATA),)) if place else None
    return None


def by_names(call: Call, world: World) -> Effects | None:
    """Return what ``easy_install NAME…`` does: it installs like pip."""
    return None if call.arguments.unknown else install(call.arguments, call.program, world)


def install(arguments: Arguments, program: str, world: World) -> Effects | None:
    """Return the effects of ``pip install`` with these arguments."""
    tree = prefix(arguments, program, world)
    if tree is None:
        return None
    wanted, files = asked(arguments, world)
    if wanted is None:
        return None
    own = [Path(absolute(r.path, world.cwd), tree=True) for r in wanted if r.path]
    found = tuple(_distributions(wanted, arguments, world))
    if tree == SYSTEM and not own and found and {d.name for d in found} <= _brought(world):
        return _replaced(tree, found, world)
    plain = is_plain(found, world) and all(_without_data(p, world) for p in own)
    writes = [Write(p, Nature.MODULES) for p in places(tree, world, plain=plain)]
    writes += [Write(p, Nature.MODULES, must=False) for p in own if not posixpath.splitext(p.path)[1]]
    done = installed(tuple(writes), (*files, *own), found, world)
    newer = not arguments.flags.isdisjoint({"-U", "--upgrade"})
    moved = {d.name for d in found if d.exact} | {r.name for r in wanted if newer or r.bounded}
    return replace(done, assumptions=replacing(tree, moved, world))


def _brought(world: World) -> frozenset[str]:
    """Return the modules that the image has in its own prefix."""
    image = world.image
    table = programs().brought.get(image.family, {}) if image is not None else {}
    minor = int(image.version.split(".")[1]) if image is not None and image.version.count(".") else 0
    return frozenset(name for name, before in table.items() if not before or minor < before)


def replacing(tree: Path, moved: Set[str], world: World) -> tuple[Diagnostic, ...]:
    """Return the finding that an installation takes files of the image away, among others that it brings: the base of
    the final stage has them again. ``moved`` are modules of which another version may be needed.
    """
    names = sorted(moved & _brought(world)) if tree == SYSTEM else []
    if not names:
        return ()
    message = f"{', '.join(names)} may replace what the image has, and COPY takes nothing away: old files would be back"
    return (Diagnostic("DF414", message, world.position, "install it in a RUN of its own, before the others"),)


def _replaced(tree: Path, found: tuple[Distribution, ...], world: World) -> Effects:
    """Return the effects of ``pip install --upgrade pip``: files of the image go, which no COPY can say, so it is done
    again where they are.
    """
    done = installed(tuple(Write(p, Nature.MODULES) for p in places(tree, world, plain=True)), (), found, world)
    gone = tuple(Path(f"{places(tree, world, plain=True)[0].path}/{d.name}", tree=True) for d in found)
    return replace(done, removes=gone, toolchain="")


def is_plain(found: tuple[Distribution, ...], world: World) -> bool:
    """Whether all that is installed is known to go into site-packages and bin."""
    if world.image is None or any(not d.name for d in found):
        return False
    known = closure(NAME, (d.name for d in found), world.image.release, follow=not all(d.locked for d in found))
    return not known.unknown and not known.data


def _without_data(project: Path, world: World) -> bool:
    """Whether a project's build files say nothing of files outside of its modules (setuptools, hatch, flit)."""
    texts = [world.read(f"{project.path}/{name}") for name in ("pyproject.toml", "setup.cfg", "setup.py")]
    return any(texts) and not any(word in (t or "") for t in texts for word in _DATA_FILES)


def installed(
    writes: tuple[Write, ...], reads: tuple[Path, ...], found: tuple[Distribution, ...], world: World
) -> Effects:
    """Return the effects that every installation into a tree has: caches, and what the installed may need."""
    return Effects(
        reads=reads,
        writes=(*writes, *(Write(c, Nature.CACHE) for c in caches(world))),
        needs=(Need(Command("python3"), "what is installed runs in it", world.position),),
        distributions=found,
        toolchain=NAME,
    )


def removed(arguments: Arguments, program: str, world: World) -> Effects | None:
    """Return the effects of ``pip uninstall``: the tree is changed where it was made."""
    tree = prefix(arguments, program, world)
    if tree is None:
        return None
    wanted, files = asked(arguments, world)
    names = frozenset(r.name for r in wanted or (Requirement(),))
    if tree == SYSTEM and _brought(world) & (names if all(names) else _brought(world)):
        return _taken(tree, files, world)
    return Effects(reads=files, writes=(Write(tree, Nature.MODULES, must=False),), toolchain=NAME)


def _taken(tree: Path, files: tuple[Path, ...], world: World) -> Effects:
    """Return the effects of ``pip uninstall`` of what the image has: no COPY can say it, so it is done again."""
    changed = places(tree, world, plain=True)
    return Effects(reads=files, writes=tuple(Write(p, Nature.MODULES, must=False) for p in changed), thins=changed)


def asked(arguments: Arguments, world: World) -> tuple[tuple[Requirement, ...] | None, tuple[Path, ...]]:
    """Return what is to be installed, and the files that say so; None where a word is not known.

    A file that cannot be read asks for something that is not known (a requirement without a name).
    """
    found: list[Requirement] = []
    files: list[Path] = []
    words = [(w, False) for w in arguments.operands]
    words += [(v, True) for _, role, v in arguments.values if role == "editable"]
    for word, editable in words:
        if word.glob:
            found.append(Requirement())
        elif not word.known:
            return None, ()
        else:
            found.append(requirement(word.text, editable=editable and "://" not in word.text))
    for _, role, value in arguments.values:
        if role not in {"requirements", "constraints"}:
            continue
        items, more = _from_file(value, world)
        files += more
        found += items if role == "requirements" else ()
    return tuple(found), tuple(files)


def _from_file(value: Expanded, world: World) -> tuple[tuple[Requirement, ...], tuple[Path, ...]]:
    path = resolve(value, world.cwd)
    if path is None or path.tree or "://" in value.text:
        return (Requirement(),), (path,) if path is not None else ()
    read = read_requirements(path.path, world.read)
    if read is None:
        return (Requirement(),), (path,)
    folder = posixpath.dirname(path.path)
    items = (replace(r, locked=r.locked or read.locked) for r in read.items)
    placed = (replace(r, path=absolute(r.path, world.cwd if r.path == "." else folder)) if r.path else r for r in items)
    return tuple(placed), tuple(Path(f) for f in read.files)


def _distributions(wanted: tuple[Requirement, ...], arguments: Arguments, world: World) -> list[Distribution]:
    """Return what is installed by name, and what the projects that are installed depend on."""
    files = [v.text for _, role, v in arguments.values if role == "requirements"]
    said = files[0] if files else "pip install"
    alone = "--no-deps" in arguments.flags
    found = [Distribution(NAME, r.name, r.exact, said, r.locked or alone, r.extras) for r in wanted if not r.path]
    if not alone:
        for place in (r.path for r in wanted if r.path):
            found += own_dependencies(absolute(place, world.cwd), world)
    return found


def own_dependencies(folder: str, world: World) -> list[Distribution]:
    """Return what the project in an image directory depends on."""
    needed = project_requirements(folder, world.read)
    return [
        Distribution(NAME, r.name, r.exact, folder, extras=r.extras)
        for r in ((Requirement(),) if needed is None else needed)
    ]


def _fetched(arguments: Arguments, world: World) -> Effects | None:
    """``pip download`` and ``pip wheel``: archives go to a directory, the working directory by default."""
    asked_for = arguments.value("-d", "--dest", "-w", "--wheel-dir")
    place = resolve(asked_for, world.cwd) if asked_for is not None else Path(world.cwd)
    if place is None:
        return None
    wanted, files = asked(arguments, world)
    own = tuple(Path(absolute(r.path, world.cwd), tree=True) for r in wanted or () if r.path)
    write = Write(Path(place.path, tree=True), Nature.DOWNLOAD)
    return Effects(
        reads=(*files, *own), writes=(write, *(Write(c, Nature.CACHE) for c in caches(world))), toolchain=NAME
    )
