"""What makes the original fail to build, as far as it can be seen: then there is nothing to be equivalent to."""

from __future__ import annotations

from collections.abc import Iterator

from transformer.context.build_context import BuildContext
from transformer.context.facts import Facts
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Account, Interpretation, Nature, Path, Step
from transformer.knowledge.programs import programs


def broken(walk: Interpretation, known: Facts) -> Iterator[Diagnostic]:
    """Yield an installation that waits for an answer, a compiler's input that nothing brings, an account that nothing
    has made.
    """
    sources = [Path(p, tree=True) for p in programs().package_sources]
    configured = False
    for step in walk.steps:
        configured = configured or any(p.covers(w.path) for p in sources for w in step.effects.writes)
        for install in step.effects.installs:
            names = {w.name for w in install.packages}
            asks = known.release.closure(names, recommends=install.recommends) - names
            if not install.assume_yes and not configured and asks:
                cure = f"add -y: {install.manager} install -y …"
                yield Diagnostic("DF417", f"`{step.text}` waits for an answer that nobody gives", step.position, cure)
    yield from _missing_inputs(walk, known.context)
    yield from _missing_accounts(walk)


def _missing_accounts(walk: Interpretation) -> Iterator[Diagnostic]:
    """Yield each command that names an account which only a later one makes."""
    made = {name: step.index for step in reversed(walk.steps) for name in step.effects.accounts}
    for step in walk.steps:
        for name in (r.name for r in step.effects.reads if isinstance(r, Account)):
            if made.get(name, -1) > step.index:
                message = f"nothing has made the account {name} before `{step.text}` names it"
                yield Diagnostic("DF416", message, step.position, "make the account first")


def _missing_inputs(walk: Interpretation, context: BuildContext | None) -> Iterator[Diagnostic]:
    """Yield each file that a compiler is given and that nothing before it brings, or that is ignored."""
    seen = context if context is not None and context.complete else None
    if seen is not None:
        yield from _ignored(walk, seen)
    brought: list[Path] = []
    for step in walk.steps:
        if step.effects.opaque or step.effects.unsupported:
            return
        if step.effects.toolchain == "native" and step.keyword == "RUN":
            yield from _unbrought(step, brought)
        brought += _brought(step, walk, seen)


def _ignored(walk: Interpretation, context: BuildContext) -> Iterator[Diagnostic]:
    for copied in walk.copies:
        plain = not any(c in copied.source for c in "*?[") and copied.source not in {"", "."}
        if plain and not context.match(copied.source):
            position = next(s.position for s in walk.steps if s.instruction == copied.instruction)
            message = f"{copied.source} is excluded by .dockerignore, so the build fails here"
            yield Diagnostic("DF416", message, position, "take it out of .dockerignore")


def _unbrought(step: Step, brought: list[Path]) -> Iterator[Diagnostic]:
    for read in step.effects.reads:
        inside = f"{read}/" if isinstance(read, Path) else ""
        there = any(p.overlaps(read) or p.path.startswith(inside) for p in brought) if isinstance(read, Path) else True
        if isinstance(read, Path) and not read.tree and not there:
            message = f"nothing brings {read} into the image before `{step.text}` reads it"
            cure = f"add COPY or ADD for {read.path.rpartition('/')[2]}"
            yield Diagnostic("DF416", message, step.position, cure)


def _brought(step: Step, walk: Interpretation, context: BuildContext | None) -> Iterator[Path]:
    """Yield what a step brings: single files instead of a directory of the context that was seen."""
    for write in step.effects.writes:
        if context is not None and write.path.tree:
            copies = (c for c in walk.copies if c.directory and c.target == write.path.path)
            yield from (Path(c.arrival(name)) for c in copies for name in context.under(c.source))
        if context is None or not write.path.tree or write.nature is not Nature.CONTEXT:
            yield write.path
