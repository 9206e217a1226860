"""Command lines of the running image that build: the toolchain is needed at run time then."""

from __future__ import annotations

import fnmatch
import posixpath

from transformer.ecosystems.call import absolute
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Interpretation
from transformer.ir.source import Position
from transformer.knowledge.commands import command
from transformer.knowledge.programs import context_patterns, programs


def build_at_run_time(
    words: tuple[str, ...], walk: Interpretation, position: Position, path: str, *, main: bool
) -> Diagnostic | None:
    """Return DF410 for a command line that calls a build tool, or that starts the image with a source file."""
    line = f"`{' '.join(words)}`"
    if _is_build_tool(words[0], walk):
        cure = "start the built program itself" if main else "take the build tool out of what runs"
        return Diagnostic("DF410", f"{line} runs a build tool at run time", position, cure, path)
    source = next((w for w in words[1:] if main and _is_source(w)), None)
    if source is None:
        return None
    message = f"{line} is given the source file {source}: it builds at run time"
    return Diagnostic("DF410", message, position, "start the built program itself", path)


def _is_build_tool(name: str, walk: Interpretation) -> bool:
    """Whether the tables call it a build tool; not a program of the image's own that is only named like one."""
    target = absolute(name, walk.cwd)
    spec = command(posixpath.basename(name))
    wrapper = spec is not None and spec.style == "wrapper"
    if "/" in name and posixpath.dirname(target) not in programs().program_directories and not wrapper:
        return False
    made = (w.path for s in walk.steps for w in s.effects.writes if "/" in name and not w.path.tree)
    return spec is not None and bool(spec.toolchain) and all(p.path != target for p in made)


def _is_source(word: str) -> bool:
    """Whether an argument is a source file of a compiled language by its name."""
    name = posixpath.basename(word)
    rows = context_patterns().values()
    return any(fnmatch.fnmatchcase(name, pattern) for row in rows for pattern in row.get("sources", []))
