"""The context as the image has it: what steps change in it is not what is read here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from msgspec.structs import replace as with_

from transformer.context.build_context import BuildContext
from transformer.context.edits import edited
from transformer.context.facts import Facts
from transformer.ir.effects import Interpretation, Path


def as_in_the_image(facts: Facts, walk: Interpretation) -> Facts:
    """Return what is known around the file, with the texts of changed files unknown."""
    context = facts.context
    changed = frozenset(_changed(context, walk)) if context is not None else frozenset()
    return with_(facts, context=replace(context, changed=changed)) if context is not None and changed else facts


def _changed(context: BuildContext, walk: Interpretation) -> Iterator[str]:
    """Yield the files of the context that COPY brings to where a later step writes."""
    runs = [step for step in walk.steps if step.keyword == "RUN"]
    edits = [(step.instruction, path) for step in runs for path in edited(step.effects, step.text)]
    for copied in walk.copies if edits else ():
        target = Path(copied.target, copied.directory)
        later = [path for at, path in edits if at > copied.instruction and path.overlaps(target)]
        for name in context.under(copied.source) if later else ():
            if any(path.covers(Path(copied.arrival(name))) for path in later):
                yield name
