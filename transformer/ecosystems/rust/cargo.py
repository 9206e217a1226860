"""cargo: what its commands read, fetch, build and install (cargo 1.95, ``cargo help COMMAND``)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from msgspec.structs import replace

from transformer.context.cargo import Binary
from transformer.ecosystems.call import Arguments, Call, World, absolute, parse_arguments, resolve
from transformer.ecosystems.rust.packages import Package, Workspace, programs_of, selected, workspace
from transformer.ecosystems.rust.places import (
    Output,
    all_settings,
    cargo_home,
    install_folder,
    output,
    rustup_home,
)
from transformer.ecosystems.rust.scripts import unbounded
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Distribution, Effects, Library, Nature, Need, Path, Write
from transformer.knowledge.commands import command
from transformer.knowledge.loader import rows

NAME = "rust"
_ASKING = frozenset({"--version", "-V", "-vV", "--help", "-h", "--list", "-Vv"})
_PACKAGES = ("-p", "--package")
_KINDS = frozenset({"--lib", "--bins", "--tests", "--benches", "--examples", "--all-targets"})
"""Options that say which kinds of targets are built."""


def cargo(call: Call, world: World) -> Effects | None:
    """Return what a call of cargo does; None for one that is not known."""
    words = list(call.words)
    while words and words[0].known and words[0].text.startswith("+"):
        words.pop(0)
    if not words or (words[0].known and words[0].text in _ASKING):
        return _asked(world)
    inside = parse_arguments(call.spec, tuple(words))
    verb = inside.operands[0] if inside.operands else None
    if inside.unknown or verb is None or not verb.known:
        return None
    own = command(f"{call.name} {verb.text}")  # `--bin` has a value, but for these
    if own is not None:
        inside = parse_arguments(own, tuple(words))
        if inside.unknown:
            return None
    operands = inside.operands[1:]
    directory = inside.value("-C")
    if directory is not None:
        if not directory.known:
            return None
        world = replace(world, cwd=absolute(directory.text, world.cwd))
    handler = _VERBS.get(verb.text)
    said = all_settings(world)
    if handler is None or said is None or any(verb.text in one.aliases for _, one in said):
        return None
    return handler(replace(inside, operands=operands), world)


def _build(arguments: Arguments, world: World) -> Effects | None:
    """``cargo build``: programs and libraries in the directory of the profile; the rest of the target directory is
    intermediate.
    """
    place = _manifest_folder(arguments, world)
    found = workspace(place, world) if place is not None else None
    where = output(arguments, found.folder if found is not None else place or world.cwd, world)
    if place is None or where is None or where.dynamic or where.linked:
        return None
    base = _sources_and_caches(world, where.top, place if found is None else found.folder)
    needs = () if where.static else (Need(Library("libc.so.6"), "linked with the C library", world.position),)
    products = _products(arguments, found, where, world) if found is not None else None
    if products is None:
        # what is built is not known: all of the directory that it lies in
        products = (Write(Path(where.folder, tree=True), Nature.ARTIFACT),)
    packages = found.packages if found is not None else ()
    if any(p.manifest.dynamic for p in packages):
        return None
    asked = arguments.value("--out-dir", "--artifact-dir")
    if asked is not None:
        folder = resolve(asked, world.cwd)
        if folder is None or folder.tree:
            return None
        copies = (replace(w, path=Path(_moved(w.path.path, where.folder, folder.path), w.path.tree)) for w in products)
        products = (*copies, *(replace(w, nature=Nature.SCRATCH) for w in products))
    assumed = tuple(_assumptions(packages, world))
    return replace(base, writes=(*products, *base.writes), needs=needs, assumptions=assumed)


def _products(arguments: Arguments, found: Workspace, where: Output, world: World) -> tuple[Write, ...] | None:
    """Return the programs and libraries of the packages that are asked for; None if they are not known."""
    chosen = _chosen(arguments, found)
    if chosen is None:
        return None
    only = [v for option, _, v in arguments.values if option == "--bin"]
    examples = [v for option, _, v in arguments.values if option == "--example"]
    if any(not v.known or set(v.text) & set("*?[") for v in (*only, *examples)):
        return None
    writes = [Write(Path(f"{where.folder}/examples/{v.text}"), Nature.ARTIFACT) for v in examples]
    if only:
        return (*writes, *(Write(Path(f"{where.folder}/{v.text}"), Nature.ARTIFACT) for v in only))
    kinds = arguments.flags & _KINDS
    every = not kinds and not examples and not any(o in {"--test", "--bench"} for o, _, _ in arguments.values)
    for package in chosen:
        names = _built(package, programs_of(package, world), arguments)
        if names is None:
            return None
        if every or kinds & {"--bins", "--all-targets"}:
            writes += [Write(Path(f"{where.folder}/{name}"), Nature.ARTIFACT) for name in names]
        if every or kinds & {"--lib", "--all-targets"}:
            writes += _library(package, where)
    if kinds & {"--examples", "--all-targets"}:
        writes.append(Write(Path(f"{where.folder}/examples", tree=True), Nature.SCRATCH))
    return tuple(writes)


def _built(package: Package, binaries: tuple[Binary, ...], arguments: Arguments) -> list[str] | None:
    """Return the names of the programs that are built with the features that are asked for; None if these are not
    known.
    """
    asked = [v for option, _, v in arguments.values if option in {"-F", "--features"}]
    if any(not v.known for v in asked) and any(b.required for b in binaries):
        return None
    names = (name.rpartition("/")[2] for v in asked for name in re.split(r"[\s,]+", v.text))
    on = package.manifest.enabled(
        frozenset(names),
        default="--no-default-features" not in arguments.flags,
        every="--all-features" in arguments.flags,
    )
    return [b.name for b in binaries if b.required <= on]


def _library(package: Package, where: Output) -> Iterator[Write]:
    """Yield the libraries that other programs may load; an archive serves only other builds."""
    name, kinds = package.manifest.library, package.manifest.kinds
    if "cdylib" in kinds:
        yield Write(Path(f"{where.folder}/lib{name}.so"), Nature.ARTIFACT)
    if "staticlib" in kinds:
        yield Write(Path(f"{where.folder}/lib{name}.a"), Nature.SCRATCH)


def _chosen(arguments: Arguments, found: Workspace) -> tuple[Package, ...] | None:
    names = [v for option, _, v in arguments.values if option in _PACKAGES]
    left = [v for option, _, v in arguments.values if option == "--exclude"]
    if any(not v.known for v in (*names, *left)):
        return None
    if names:
        return selected(found, tuple(v.text for v in names))
    if arguments.flags & {"--workspace", "--all"}:
        out = {v.text for v in left}
        plain = not any(set(name) & set("*?[") for name in out)
        return tuple(p for p in found.packages if p.manifest.name not in out) if plain else None
    return found.here


def _assumptions(packages: tuple[Package, ...], world: World) -> Iterator[Diagnostic]:
    """Yield what is taken for granted of build scripts: that no program reads what they write beside the sources."""
    script = next((s for p in packages if (s := unbounded(p, world))), "")
    if script:
        cure = "let it write below OUT_DIR only, or check with a real build"
        yield Diagnostic("DF414", f"{script} may write files beside the sources", world.position, cure)


def _install(arguments: Arguments, world: World) -> Effects | None:
    """``cargo install``: programs go to bin below the root that is asked for, cargo's home by default."""
    folder = install_folder(arguments, world)
    if folder is None or any(not v.known for v in (*arguments.operands, *(v for _, _, v in arguments.values))):
        return None
    path, asked = arguments.value("--path"), [v.text for o, _, v in arguments.values if o in {"--bin", "--example"}]
    place = absolute(path.text, world.cwd) if path is not None else None
    registry = [w.text.partition("@")[0] for w in arguments.operands]
    if place is None and not registry and arguments.value("--git") is None:
        return None
    names = asked or _installed_names(place, registry, arguments, world)
    top = (folder,) if place is None else ()
    where = output(arguments, place or world.cwd, world)
    if not names or where is None or where.dynamic or where.linked:
        return None
    root = _workspace_folder(place, world) if place is not None else None
    target = output(arguments, root, world) if root is not None else None
    base = _sources_and_caches(world, target.top if target is not None else None, root or place, *top)
    programs = tuple(Write(Path(f"{folder}/bin/{name}"), _use_of(name)) for name in names)
    noted = tuple(Write(Path(f"{folder}/{name}"), Nature.SCRATCH) for name in (".crates.toml", ".crates2.json"))
    needs = () if where.static else (Need(Library("libc.so.6"), "linked with the C library", world.position),)
    return replace(
        base, writes=(*programs, *noted, *base.writes), needs=needs, distributions=tuple(_foreign(registry, arguments))
    )


def _use_of(program: str) -> Nature:
    """Return what an installed program is: a command of cargo's own is started by cargo alone."""
    return Nature.SCRATCH if program.startswith("cargo-") else Nature.ARTIFACT


def _foreign(registry: list[str], arguments: Arguments) -> Iterator[Distribution]:
    """Yield the packages that are installed from elsewhere; what only cargo starts runs nowhere without it."""
    if arguments.value("--git") is not None:
        yield Distribution(NAME, "", False, "cargo install --git")
    elif arguments.value("--path") is None:
        table = _registry_programs()
        for name in registry:
            if not all(program.startswith("cargo-") for program in table.get(name, name).split()):
                yield Distribution(NAME, name, False, "cargo install")


def _installed_names(place: str | None, registry: list[str], arguments: Arguments, world: World) -> list[str]:
    """Return the programs that are installed; nothing if they are not known."""
    if place is not None:
        found = workspace(place, world)
        own = next((p for p in found.packages if p.folder == place), None) if found is not None else None
        return (_built(own, programs_of(own, world), arguments) or []) if own is not None else []
    table = _registry_programs()
    known = [table.get(name, name if name.startswith("cargo-") else "").split() for name in registry]
    return [name for some in known for name in some] if all(known) else []


def _registry_programs() -> dict[str, str]:
    return {crate: programs for crate, programs in rows("crate-programs.tsv")}


def _workspace_folder(place: str, world: World) -> str | None:
    found = workspace(place, world)
    return found.folder if found is not None else None


def _manifest_folder(arguments: Arguments, world: World) -> str | None:
    named = arguments.value("--manifest-path")
    if named is None:
        return world.cwd
    return posixpath.dirname(absolute(named.text, world.cwd)) if named.known else None


def _checked(arguments: Arguments, world: World) -> Effects | None:
    """``cargo check``, ``test``, ``doc`` …: nothing that they make is for use; tests run the project's code below its
    directory.
    """
    place = _manifest_folder(arguments, world)
    found = workspace(place, world) if place is not None else None
    where = output(arguments, found.folder if found is not None else place or world.cwd, world)
    return None if place is None or where is None else _sources_and_caches(world, where.top, place, sources=True)


def _fetched(arguments: Arguments, world: World) -> Effects | None:
    """``cargo fetch``, ``vendor``: what is fetched are sources."""
    return _sources_and_caches(world, None, _manifest_folder(arguments, world), sources=True)


def _relocked(arguments: Arguments, world: World) -> Effects | None:
    """``cargo update``, ``add``: the lock file of the context is no more what is built."""
    base = _sources_and_caches(world, None, _manifest_folder(arguments, world), sources=True)
    return replace(base, distributions=(Distribution(NAME, "", False, "cargo update"),))


def _started(arguments: Arguments, world: World) -> Effects | None:
    """``cargo init``, ``new``: a manifest and a source, of a directory's name by default."""
    named = [w for w in arguments.operands if w.known]
    folder = absolute(named[0].text, world.cwd) if named else world.cwd
    if len(named) != len(arguments.operands):
        return None
    writes = [Path(f"{folder}/{name}") for name in ("Cargo.toml", ".gitignore")]
    writes += [Path(f"{folder}/{name}", tree=True) for name in ("src", ".git")]
    return Effects(writes=tuple(Write(p, Nature.SOURCE) for p in writes), toolchain=NAME)


def _cleaned(arguments: Arguments, world: World) -> Effects | None:
    """``cargo clean``: without options the target directory is gone."""
    place = _manifest_folder(arguments, world)
    found = workspace(place, world) if place is not None else None
    where = output(arguments, found.folder if found is not None else place or world.cwd, world)
    if where is None:
        return None
    parts = arguments.flags & {"--release", "-r", "--doc", "--dry-run", "-n"}
    parts |= {o for o, _, _ in arguments.values if o in {*_PACKAGES, "--profile", "--target"}}
    return Effects(removes=() if parts else (Path(where.top, tree=True),), toolchain=NAME)


def _read_only(arguments: Arguments, world: World) -> Effects | None:
    return _asked(world)


def _cooked(arguments: Arguments, world: World) -> Effects | None:
    """``cargo chef prepare`` and ``cook``: a recipe, and the dependencies in the target directory (its README)."""
    verb = arguments.operands[0].text if arguments.operands and arguments.operands[0].known else ""
    recipe = arguments.value("--recipe-path")
    path = resolve(recipe, world.cwd) if recipe is not None else Path(absolute("recipe.json", world.cwd))
    if path is None or verb not in {"prepare", "cook"}:
        return None
    if verb == "prepare":
        return replace(_asked(world), writes=(Write(path, Nature.SCRATCH),))
    where = output(arguments, world.cwd, world)
    return None if where is None else _sources_and_caches(world, where.top, world.cwd, sources=True)


def _queried(arguments: Arguments, world: World) -> Effects | None:
    """``cargo sqlx prepare``: what the queries were checked against, beside the sources."""
    verb = arguments.operands[0].text if arguments.operands and arguments.operands[0].known else ""
    return _sources_and_caches(world, None, world.cwd, sources=True) if verb == "prepare" else None


def _subcommand(arguments: Arguments, world: World) -> Effects | None:
    """``cargo auditable build``: cargo's own command with something around it."""
    if not arguments.operands or not arguments.operands[0].known:
        return None
    handler = _VERBS.get(arguments.operands[0].text)
    return None if handler is None else handler(replace(arguments, operands=arguments.operands[1:]), world)


_VERBS = {
    **dict.fromkeys(("build", "b"), _build),
    "install": _install,
    "binstall": _install,
    "auditable": _subcommand,
    "zigbuild": _build,
    **dict.fromkeys(
        ("check", "c", "test", "t", "bench", "doc", "d", "clippy", "nextest", "build-deps", "build-dependencies"),
        _checked,
    ),
    **dict.fromkeys(("fetch", "vendor", "generate-lockfile", "fmt", "fix"), _fetched),
    **dict.fromkeys(("update", "add", "remove", "rm", "upgrade"), _relocked),
    **dict.fromkeys(("init", "new"), _started),
    "clean": _cleaned,
    "chef": _cooked,
    "sqlx": _queried,
    **dict.fromkeys(
        (
            "metadata", "tree", "version", "help", "search", "pkgid", "locate-project", "read-manifest",
            "verify-project", "audit", "deny", "outdated", "udeps", "login", "info", "cache", "machete",
        ),
        _read_only,
    ),
}  # fmt: skip


def _asked(world: World) -> Effects:
    return Effects(reads=(Path(world.cwd, tree=True),), toolchain=NAME)


def _moved(path: str, before: str, after: str) -> str:
    return after + path[len(before) :]


def _sources_and_caches(
    world: World, top: str | None, folder: str | None, *also: str, sources: bool = False
) -> Effects:
    """Return the effects that every fetching or building call has: it reads the package, keeps what it fetched in its
    home, and intermediate products in the target directory ``top``.
    """
    read = folder or world.cwd
    caches = [f"{home}/{name}" for home in (cargo_home(world),) if home for name in ("registry", "git")]
    caches += [f"{home}/{n}" for home in (rustup_home(world),) if home for n in ("toolchains", "downloads", "tmp")]
    writes = [Write(Path(c, tree=True), Nature.CACHE) for c in caches]
    writes += [Write(Path(absolute("Cargo.lock", read)), Nature.SOURCE, must=False)] if not also else []
    writes += [Write(Path(read, tree=True), Nature.SOURCE, must=False)] if sources else []
    writes += [Write(Path(top, tree=True), Nature.SCRATCH)] if top is not None else []
    reads = tuple(Path(one, tree=True) for one in dict.fromkeys((read, world.cwd)))
    return Effects(reads=reads, writes=tuple(writes), toolchain=NAME)
