"""RUN --mount: what is written there leaves nothing in the image, and files of the context can be read there."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from transformer.context.build_context import BuildContext
from transformer.ecosystems.call import absolute
from transformer.ir.dockerfile import Instruction
from transformer.ir.effects import Copied, Effects, Nature, Path, Write


def targets(instruction: Instruction, cwd: str) -> tuple[Path, ...]:
    """Return the targets of the mounts of a RUN, but for secrets."""
    found = ((_target(options), options) for options in _mounts(instruction))
    return tuple(Path(absolute(t, cwd), tree=True) for t, options in found if t and _type(options) != "secret")


def bound(instruction: Instruction, cwd: str, context: BuildContext | None) -> Iterator[Copied]:
    """Yield the files of the context that are bound to a place while a RUN runs, as if COPY had brought them."""
    for options in _mounts(instruction) if context is not None else ():
        source, target = options.get("source") or options.get("src") or "", _target(options)
        name = source.removeprefix("./").strip("/")
        own = _type(options) == "bind" and "from" not in options and "$" not in source + target
        if own and target and context is not None and context.is_file(name):
            yield Copied(instruction.index, name, absolute(target, cwd), directory=False)


def _mounts(instruction: Instruction) -> Iterator[dict[str, str]]:
    for flag in instruction.flags:
        if flag.name == "mount" and flag.value:
            yield dict(part.partition("=")[::2] for part in flag.value.split(","))


def _target(options: dict[str, str]) -> str:
    return options.get("target") or options.get("dst") or options.get("destination") or ""


def _type(options: dict[str, str]) -> str:
    return options.get("type", "bind")


def without_mounts(effects: Effects, mounts: tuple[Path, ...], built: set[Path]) -> Effects:
    """Return what a step leaves and finds outside of the mounts of its RUN. ``built`` are those that a command wrote
    into: what a later command of the RUN takes from there is no more at hand when it is repeated elsewhere.
    """
    if not mounts:
        return effects
    wrote = {m for m in mounts for w in effects.writes if m.covers(w.path) and w.nature is not Nature.CACHE}
    built |= wrote
    touched = sorted(built if effects.toolchain else wrote)
    made = tuple(Write(m, Nature.SCRATCH, must=False, carriable=False) for m in touched)
    writes = tuple(w for w in effects.writes if not any(m.covers(w.path) for m in mounts))
    gone = tuple(m for m in mounts if effects.toolchain or m not in built)
    reads = tuple(r for r in effects.reads if not (isinstance(r, Path) and any(m.covers(r) for m in gone)))
    removes = tuple(r for r in effects.removes if not any(m.covers(r) for m in mounts))
    thins = tuple(t for t in effects.thins if not any(m.covers(t) for m in mounts))
    return replace(effects, writes=(*writes, *made), reads=reads, removes=removes, thins=thins)
