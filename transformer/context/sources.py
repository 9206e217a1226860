"""Whether a directory is the build context of a Dockerfile: what COPY and ADD name must be there."""

from __future__ import annotations

from transformer.context.build_context import BuildContext, normal
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Dockerfile
from transformer.parse.variables import scope_at_from


def missing_sources(dockerfile: Dockerfile, context: BuildContext) -> tuple[Diagnostic, ...]:
    """Return a finding for each plain source of COPY and ADD that the directory lacks.

    One is enough to doubt the directory as a whole: Dockerfiles often lie in a folder below their context.
    """
    found: list[Diagnostic] = []
    scope = scope_at_from(dockerfile)
    for instruction in dockerfile.instructions:
        if instruction.keyword in {"COPY", "ADD"} and instruction.flag("from") is None:
            for word in instruction.args[: -1 if not instruction.heredocs else 0]:
                source = scope.expand(word)
                if source.known and _plain(source.text) and not _there(context, source.text):
                    message = f"{source.text} is not in the context directory, so nothing in that was read"
                    found.append(Diagnostic("DF419", message, instruction.position, "name the context: --context DIR"))
        scope = scope.after(instruction)
    return tuple(found)


def _plain(source: str) -> bool:
    """Whether a source is one path: no address, no pattern."""
    return "://" not in source and not source.startswith("git@") and not any(c in source for c in "*?[")


def _there(context: BuildContext, source: str) -> bool:
    path = context.root / normal(source)
    return path.exists() or path.is_symlink()
