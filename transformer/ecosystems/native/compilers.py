"""Compilers and linkers, and the tools that work on their products."""

from __future__ import annotations

import posixpath

from transformer.ecosystems.call import Call, World, absolute, resolve, tail
from transformer.ir.effects import ANY_LIBRARY, Effects, Library, Nature, Need, Path, Write
from transformer.knowledge.programs import programs
from transformer.shell import Expanded

_STOPS_BEFORE_LINKING = frozenset({"-c", "-S", "-E", "-M", "-MM", "-fsyntax-only"})
_NOT_LINKED = frozenset({".o", ".obj", ".lo", ".a", ".la"})


def compiled(call: Call, world: World) -> Effects | None:
    """Effects of one compiler run: its sources are read, its output is a product, an object file is scratch."""
    output, stops, sources, flags = _compiler_words(call)
    if stops is None and output is None and not sources:
        return Effects(toolchain="native")
    reads = tuple(p for p in (resolve(s, world.cwd) for s in sources) if p is not None)
    if output is None:
        name = "a.out" if stops is None else "."
        target: Path | None = Path(absolute(name, world.cwd), tree=name == ".")
    else:
        target = resolve(output, world.cwd)
    if target is None:
        target = Path("/<an output path that is not known>")
    scratch = stops is not None or posixpath.splitext(target.path)[1] in _NOT_LINKED
    if target.path == "/dev/null":
        return Effects(reads=reads, toolchain="native")
    write = Write(target, Nature.SCRATCH if scratch else Nature.ARTIFACT)
    unknown = () if all(w.known for w in call.words) else (_any_library(world),)
    return Effects(reads=reads, writes=(write,), toolchain="native", needs=(*_linked(flags, world), *unknown))


def _compiler_words(call: Call) -> tuple[Expanded | None, str | None, list[Expanded], list[str]]:
    output, stops, sources, flags = None, None, [], []
    words = list(call.words)
    while words:
        word = words.pop(0)
        text = word.text if word.known else word.prefix
        if text == "-o" and words:
            output = words.pop(0)
        elif text in _STOPS_BEFORE_LINKING:
            stops = text
        elif text in call.spec.valued and words:
            flags.append(text + (words.pop(0).text or ""))
        elif text.startswith("-o") and text != "-o" and call.name not in {"ld"}:
            output = tail(word, 2)
        elif text.startswith("-") or not (word.known or text):
            flags.append(text)
        else:
            sources.append(word)
    return output, stops, sources, flags


def _linked(flags: list[str], world: World) -> tuple[Need, ...]:
    if "-static" in flags:
        return ()
    table = programs().compiler_libraries
    single = [one for flag in flags for one in _separate(flag)]
    names = [name for flag in single for name in table.get(flag, "").split()]
    names += [f"lib{f[2:]}.so" for f in single if f.startswith("-l") and f != "-l" and f not in table]
    return tuple(Need(Library(n), f"the program is linked with {n}", world.position) for n in names)


def _separate(flag: str) -> tuple[str, ...]:
    """Return the flags that one with a list of values stands for: ``-fsanitize=address,undefined``."""
    name, equals, values = flag.partition("=")
    return tuple(f"{name}={value}" for value in values.split(",")) if equals and name.startswith("-f") else (flag,)


def _any_library(world: World) -> Need:
    """Return the need of a program that is linked by words nobody knows: those of pkg-config, of a variable."""
    return Need(ANY_LIBRARY, "the program may be linked with it", world.position)


def archive_library(call: Call, world: World) -> Effects | None:
    """``ar``: its members go into a static library, which serves only the build."""
    operands = [w for w in call.words[1:] if not w.text.startswith("-")]
    target = resolve(operands[0], world.cwd) if operands else None
    return None if target is None else Effects(writes=(Write(target, Nature.SCRATCH),), toolchain="native")


def edit_last(call: Call, world: World) -> Effects | None:
    """``chrpath`` and ``patchelf`` change their last operand in place, or with ``--output`` write another file."""
    target = resolve(call.words[-1], world.cwd) if call.words else None
    output = call.arguments.value("--output")
    made = target if output is None else resolve(output, world.cwd)
    if target is None or made is None:
        return None
    return Effects(reads=(target,), writes=(Write(made, Nature.ARTIFACT),), toolchain="native")


def object_copy(call: Call, world: World) -> Effects | None:
    """``objcopy IN [OUT]``: changes its file in place, or writes another one."""
    paths = [resolve(w, world.cwd) for w in call.arguments.operands]
    if not paths or any(p is None for p in paths):
        return None
    first, *rest = [p for p in paths if p is not None]
    return Effects(reads=(first,), writes=(Write((rest or [first])[0], Nature.ARTIFACT),), toolchain="native")
