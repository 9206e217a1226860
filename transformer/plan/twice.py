"""What a kept step does to a carried path, after the builder did it already."""

from __future__ import annotations

import re

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Path, Step
from transformer.ir.verdict import Phase
from transformer.plan.draft import Draft, Refused

_ONCE = re.compile(
    r">>|\b(?:mv|patch|tee\s+-a|sed\s[^;&|]*-i\S*|cp\s[^;&|]*-\w*[rRa]\w*)\b|\bmkdir\s+(?!-\w*p|--parents)|\bln\s+(?!-\w*f|--force)"
)
"""Commands that do not give the same, or fail, when they are done a second time: append, move, link, copy into."""


def refuse_twice(draft: Draft) -> None:
    """Raise Refused (DF506) where the final stage would repeat on a carried path what came over with it.

    The builder ends after such a step, so that COPY brings its work along: ``echo x >> conf`` would append twice.
    """
    for path, maker in draft.analysis.carried:
        for step in draft.analysis.steps[maker + 1 :]:
            if step.instruction <= draft.end and _repeated(draft, step) and _spoils(step, path):
                message = f"`{step.text}` changes {path} in the build stage, and would do it again in the final one"
                cure = "move it behind the last build step, or into the RUN that makes the path"
                raise Refused(Diagnostic("DF506", message, step.position, cure))


def _repeated(draft: Draft, step: Step) -> bool:
    verdict = draft.verdicts.get(step.index)
    return step.keyword == "RUN" and verdict is not None and verdict.phase is Phase.RUNTIME


def _spoils(step: Step, path: Path) -> bool:
    return _ONCE.search(step.text) is not None and any(path.covers(w.path) for w in step.effects.writes)
