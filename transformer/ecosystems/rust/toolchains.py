"""rustup, its installer, and rustc itself (The rustup book, "Installation", "Environment variables"; ``rustc --help``,
1.95).
"""

from __future__ import annotations

import posixpath

from msgspec.structs import replace

from transformer.ecosystems.call import Arguments, Call, World, absolute, resolve
from transformer.ecosystems.rust.cargo import NAME, cargo
from transformer.ecosystems.rust.places import cargo_home, output, rustup_home
from transformer.ir.effects import Effects, Library, Nature, Need, Path, Write
from transformer.knowledge.commands import command
from transformer.shell import Expanded

_RUN = 2
"""How many words stand before the command line of ``rustup run TOOLCHAIN``."""
_LIBRARIES = {"lib": "lib{}.rlib", "rlib": "lib{}.rlib", "staticlib": "lib{}.a", "proc-macro": "lib{}.so"}
_UNLINKED = frozenset({"asm", "llvm-bc", "llvm-ir", "mir", "obj", "metadata", "dep-info"})


def rustup(call: Call, world: World) -> Effects | None:
    """``rustup``: toolchains and their parts are fetched into its home; ``rustup run`` starts one of their tools."""
    words = call.arguments.operands
    if words and words[0].known and words[0].text == "run" and len(words) > _RUN:
        return _run(call, world)
    if not all(w.known for w in words):
        return None
    return _toolchain(world)


def rustup_init(call: Call, world: World) -> Effects | None:
    """rustup's installer: the toolchain goes to its home, the programs to cargo's, and profiles of the home directory
    get a line that puts these first.
    """
    home, place = cargo_home(world), world.env.get("HOME") or world.home()
    if home is None or place is None or call.arguments.unknown:
        return None
    world.profiles.add(f"{home}/env")
    base = _toolchain(world)
    edited = [f"{place.rstrip('/')}/{name}" for name in (".profile", ".bash_profile", ".bashrc", ".zshenv")]
    writes = [Write(Path(home, tree=True), Nature.CACHE), *(Write(Path(p), Nature.CACHE, must=False) for p in edited)]
    return replace(base, writes=(*base.writes, *writes))


def rustc(call: Call, world: World) -> Effects | None:
    """``rustc``: one crate, a program unless it says otherwise; its name is that of the source."""
    arguments = call.arguments
    if arguments.unknown or any(not v.known for _, _, v in arguments.values):
        return None
    if not arguments.operands:
        return Effects(toolchain=NAME)
    source = resolve(arguments.operands[0], world.cwd)
    options = [v.text for o, _, v in arguments.values if o in {"-C", "--codegen", "-l", "-L"}]
    where = output(Arguments(frozenset(), _triple(arguments), (), ()), world.cwd, world)
    if source is None or source.tree or len(arguments.operands) > 1 or where is None:
        return None
    linked = any(o in {"-l", "-L"} for o, _, _ in arguments.values) or any("link-arg" in o for o in options)
    if linked or "prefer-dynamic" in " ".join(options):
        return None
    target, scratch = _made(arguments, source.path, world)
    static = where.static or "+crt-static" in " ".join(options)
    needs = () if static or scratch else (Need(Library("libc.so.6"), "linked with the C library", world.position),)
    write = Write(target, Nature.SCRATCH if scratch else Nature.ARTIFACT)
    folder = Path(posixpath.dirname(source.path), tree=True)
    return Effects(reads=(folder,), writes=(write,), needs=needs, toolchain=NAME)


def _made(arguments: Arguments, source: str, world: World) -> tuple[Path, bool]:
    """Return what is written, and whether it serves only other builds."""
    named = arguments.value("--crate-name")
    name = named.text if named is not None else posixpath.basename(source).removesuffix(".rs")
    kind = arguments.value("--crate-type")
    emitted = arguments.value("--emit")
    scratch = emitted is not None and set(emitted.text.split(",")) <= _UNLINKED
    form = "lib{}.so" if kind is not None and kind.text == "cdylib" else "{}"
    form = _LIBRARIES.get(kind.text, form) if kind is not None else form
    scratch = scratch or (kind is not None and kind.text in _LIBRARIES)
    asked, folder = arguments.value("-o"), arguments.value("--out-dir")
    if asked is not None:
        return Path(absolute(asked.text, world.cwd)), scratch
    base = absolute(folder.text, world.cwd) if folder is not None else world.cwd
    return Path(absolute(form.format(name.replace("-", "_") if form != "{}" else name), base)), scratch


def _triple(arguments: Arguments) -> tuple[tuple[str, str, Expanded], ...]:
    return tuple(one for one in arguments.values if one[0] == "--target")


def _run(call: Call, world: World) -> Effects | None:
    """``rustup run nightly cargo build``"""
    at = next(i for i, w in enumerate(call.words) if w.known and w.text == "run")
    inner = call.words[at + _RUN :]
    spec = command(inner[0].text) if inner and inner[0].known else None
    return (
        cargo(replace(call, spec=spec, words=inner[1:]), world) if spec is not None and spec.name == "cargo" else None
    )


def _toolchain(world: World) -> Effects:
    places = [p for p in (rustup_home(world), cargo_home(world)) if p is not None]
    trees = [places[0], *(f"{p}/bin" for p in places[1:])] if places else []
    return Effects(writes=tuple(Write(Path(p, tree=True), Nature.CACHE) for p in trees), toolchain=NAME)
