"""Commands on files whose effects follow from the roles of their operands, and a few that need a hand."""

from __future__ import annotations

import posixpath

from msgspec import Struct
from msgspec.structs import replace

from transformer.ecosystems.call import Call, World, absolute, resolve
from transformer.effects.combine import opaque
from transformer.ir.effects import Account, Effects, Nature, Need, Path, Write
from transformer.knowledge.commands import command
from transformer.knowledge.programs import programs
from transformer.shell import Expanded

_NATURES = {
    "write": Nature.DATA,
    "download": Nature.DOWNLOAD,
    "directory": Nature.DIRECTORY,
    "scratch": Nature.SCRATCH,
    "artifact": Nature.ARTIFACT,
}


def by_roles(call: Call, world: World) -> Effects:
    """Return the effects that the command's table gives its options and operands."""
    arguments = call.arguments
    if arguments.unknown and not call.spec.lenient:
        return opaque(f"option {arguments.unknown[0]} of {call.name} is not known")
    pairs = [(role, value) for _, role, value in arguments.values if role not in {"none", "target", "user", "cwd"}]
    roles = call.spec.operands
    if roles and roles[0] in {"copy", "move", "link"}:
        moved = _transfer(call, world, roles[0])
        return moved if not pairs else opaque(f"{call.name} is used in a way that is not known")
    if roles:
        operands = arguments.operands
        pairs += [(roles[min(i, len(roles) - 1)].rstrip("*"), w) for i, w in enumerate(operands)]
    return _by_pairs(call, world, pairs)


def _by_pairs(call: Call, world: World, pairs: list[tuple[str, Expanded]]) -> Effects:
    reads: list[Path] = []
    writes: list[Write] = []
    removes: list[Path] = []
    for role, word in pairs:
        if role == "none" or word.text == "-":
            continue
        path = resolve(word, world.cwd)
        if path is None:
            if call.spec.lenient:
                continue
            return opaque(f"a path of {call.name} is not known")
        if role == "read":
            reads.append(path)
        elif role == "remove":
            removes.append(_removed(word, path, world))
        elif role == "edit":
            edited = replace(path, tree=path.tree or bool(call.arguments.flags & {"-R", "--recursive"}))
            reads.append(edited)
            writes.append(Write(edited, Nature.DATA))
        else:
            if role == "directory" and not path.tree:
                world.directories.add(path.path)
            special = role == "directory" and call.arguments.value("-m", "--mode") is not None
            writes.append(Write(path, Nature.DATA if special else _NATURES[role]))
    who = call.arguments.operands[:1] if call.spec.accounts else ()
    owner = _given(call.spec.accounts, who)
    return Effects(reads=(*reads, *_accounts(who)), writes=tuple(writes), removes=tuple(removes), owner=owner)


def _given(kind: str, words: tuple[Expanded, ...]) -> str:
    """Return whom chown or chgrp gives its files to. A dot between user and group is what chown took before POSIX."""
    if not words:
        return "?" if kind else ""
    if not words[0].known:
        return "?"
    text = words[0].text if ":" in words[0].text else words[0].text.replace(".", ":", 1)
    return f":{text}" if kind == "group" else text


def _accounts(words: tuple[Expanded, ...]) -> tuple[Account, ...]:
    names = [n for w in words if w.known for n in w.text.split(":")]
    return tuple(Account(n) for n in names if n and not n.isdigit() and n != "root")


def _removed(word: Expanded, path: Path, world: World) -> Path:
    """A removal takes the whole tree; a pattern keeps its text, and ``dir/*`` is all of ``dir``."""
    found = matched(word, path, world)
    whole = word.glob and posixpath.basename(found.path) == "*"
    return Path(posixpath.dirname(found.path) if whole else found.path, tree=True)


def matched(word: Expanded, path: Path, world: World) -> Path:
    """Return what a word surely takes away where ``path`` is what it may name: a pattern keeps its text, which fits no
    more than it says, and so does a name that is not known, which fits nothing.
    """
    return path if word.known and not word.glob else Path(absolute(word.text, world.cwd), tree=True)


def is_directory(path: str, world: World) -> bool:
    """Whether an image path is known to be a directory."""
    known = programs()
    source = world.context_path(path)
    in_context = source is not None and world.context is not None and world.context.is_directory(source)
    return path in known.populated or path in known.skeleton or path in world.directories or in_context


def _transfer(call: Call, world: World, kind: str) -> Effects:
    """cp, mv, ln, rsync: the operands but the last are read, the last is written, or into, if it is a directory."""
    words = list(call.arguments.operands)
    target = call.arguments.value("-t", "--target-directory")
    if target is None and len(words) > 1:
        target = words.pop()
    if target is None and kind == "link" and words:
        target = Expanded(".", True, ".", False)
    if target is None or not words:
        return opaque(f"{call.name} without source or target")
    place = resolve(target, world.cwd)
    sources = [resolve(w, world.cwd) for w in words]
    if place is None or any(s is None for s in sources):
        return opaque(f"a path of {call.name} is not known")
    into = place.tree or target.text.endswith(("/", "/.")) or len(words) > 1 or is_directory(place.path, world)
    into = into and not call.arguments.flags & {"-T", "--no-target-directory"}
    arrival = _Arrival(words, place, into)
    if kind == "link":
        return _linked(call, world, arrival)
    recursive = bool(call.arguments.flags & {"-r", "-R", "-a", "--recursive", "--archive", "-d"}) or kind == "move"
    reads = [replace(s, tree=s.tree or recursive) for s in sources if s is not None]
    writes = [Write(p, Nature.DATA) for p in _arrivals(arrival, reads, recursive, world)]
    gone = zip(words, reads, strict=True) if kind == "move" else ()
    removes = tuple(matched(w, p, world) for w, p in gone)
    return Effects(reads=tuple(reads), writes=tuple(writes), removes=removes)


class _Arrival(Struct, frozen=True):
    """Where ``words`` arrive: at ``place``, or below it with ``into``."""

    words: list[Expanded]
    place: Path
    into: bool


def _arrivals(arrival: _Arrival, sources: list[Path], recursive: bool, world: World) -> list[Path]:
    """Return the paths that a copy writes; a directory of unknown content arrives as a tree."""
    place = arrival.place
    if not arrival.into:
        known = is_directory(posixpath.dirname(place.path), world) and not recursive
        return [replace(place, tree=not known or (sources[0].tree and recursive))]
    found = []
    for word, source in zip(arrival.words, sources, strict=True):
        name = posixpath.basename(word.text.rstrip("/"))
        if not word.known or word.glob or name in {"", ".", ".."} or source.path == "/":
            return [Path(place.path, tree=True)]
        found.append(Path(absolute(name, place.path), tree=recursive))
    return found


def _linked(call: Call, world: World, arrival: _Arrival) -> Effects:
    """A link is written by name; COPY would follow it, so it is never carried by itself."""
    names = [posixpath.basename(w.text.rstrip("/")) for w in arrival.words]
    place = arrival.place.path
    targets = [Path(absolute(n, place)) for n in names] if arrival.into else [Path(place)]
    writes = tuple(Write(t, Nature.DATA, carriable=False) for t in targets)
    if call.arguments.flags & {"-s", "--symbolic"}:
        # a relative target is looked up from where the link is (symlink(7))
        found = [resolve(w, posixpath.dirname(t.path)) for w, t in zip(arrival.words, targets, strict=False)]
        needs = tuple(Need(p, "a link leads there", world.position) for p in found if p is not None)
        return Effects(writes=writes, needs=needs)
    return Effects(
        reads=tuple(p for p in (resolve(w, world.cwd) for w in arrival.words) if p is not None), writes=writes
    )


def install(call: Call, world: World) -> Effects:
    """``install``: copies, or with -d makes directories."""
    if "-d" in call.arguments.flags or "-d" in call.arguments.unknown or "--directory" in call.arguments.unknown:
        paths = [resolve(w, world.cwd) for w in call.arguments.operands]
        if any(p is None for p in paths):
            return opaque("a path of install is not known")
        return Effects(writes=tuple(Write(p, Nature.DIRECTORY) for p in paths if p is not None))
    if call.arguments.unknown:
        return opaque(f"option {call.arguments.unknown[0]} of install is not known")
    effects = _transfer(call, world, "copy")
    owner = call.arguments.value("-o", "--owner"), call.arguments.value("-g", "--group")
    given = tuple(w for w in owner if w is not None)
    return replace(effects, reads=(*effects.reads, *_accounts(given)), owner="?" if given else "")


def patch(call: Call, world: World) -> Effects:
    """``patch`` edits files below its directory."""
    folder = call.arguments.value("-d", "--directory")
    tree = Path(world.cwd if folder is None else absolute(folder.text, world.cwd), tree=True)
    return Effects(reads=(tree,), writes=(Write(tree, Nature.DATA, must=False),))


def dd(call: Call, world: World) -> Effects:
    """``dd``: of= is written, if= is read."""
    found = dict(w.text.partition("=")[::2] for w in call.words if w.known)
    if len(found) < len(call.words):
        return opaque("an argument of dd is not known")
    target, source = found.get("of"), found.get("if")
    writes = (Write(Path(absolute(target, world.cwd)), Nature.DATA),) if target and target != "/dev/null" else ()
    return Effects(reads=(Path(absolute(source, world.cwd)),) if source else (), writes=writes)


_CHANGING = {"-delete", "-exec", "-execdir", "-ok", "-okdir", "-fprint", "-fprintf", "-fls"}


def find(call: Call, world: World) -> Effects:
    """``find``: reads its trees; with an action it changes them, by removing or by the program that it runs."""
    starts: list[Path] = []
    texts = [w.text if w.known else w.prefix for w in call.words]
    first = next((i for i, t in enumerate(texts) if t.startswith(("-", "(", "!"))), len(texts))
    for word in call.words[:first] or (Expanded(".", True, ".", False),):
        path = resolve(word, world.cwd)
        if path is None:
            return opaque("a path of find is not known")
        starts.append(replace(path, tree=True))
    if not _CHANGING & set(texts):
        return Effects(reads=tuple(starts))
    run = [texts[i + 1] for i, t in enumerate(texts[:-1]) if t in {"-exec", "-execdir"}]
    found = changed_below(tuple(starts), run)
    return replace(found, thins=tuple(starts)) if "-delete" in texts else found


def changed_below(starts: tuple[Path, ...], run: list[str]) -> Effects:
    """Return the effects of running the programs ``run`` on files below ``starts`` (``find -exec``, ``find |
    xargs``).
    """
    toolchain = ""
    thins: tuple[Path, ...] = ()
    for name in run:
        spec = command(posixpath.basename(name))
        if spec is None or spec.effect not in {"files", "sed", "decompress"}:
            return opaque(f"{name} is run on found files")
        toolchain = toolchain or spec.toolchain
        thins = starts if {"remove*", "remove", "move"} & set(spec.operands) else thins
    writes = tuple(Write(p, Nature.DATA, must=False, carriable=False) for p in starts)
    return Effects(reads=starts, writes=writes, thins=thins, toolchain=toolchain, programs=tuple(run))
