"""From an image with a development kit to its sibling that only runs programs: what the two do not have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Path, Step
from transformer.ir.verdict import Phase
from transformer.knowledge.images import BaseImage
from transformer.knowledge.loader import rows
from transformer.plan.draft import Draft

SIBLINGS = frozenset({"swap", "parent"})
"""Rules that lead to an image with the same virtual machine, without its development kit."""


def unproven(draft: Draft, base: BaseImage, new: BaseImage | None) -> Iterator[Diagnostic]:
    """Yield what the choice of the sibling takes for granted."""
    yield from _only_there(draft, base)
    yield from _differing(draft, base, new)


def names_version(base: BaseImage) -> bool:
    """Whether the tag of an image says which version of the language its parent has."""
    found = re.match(r"[0-9]+", (base.parent or "").partition(":")[2])
    words = base.tag.split("-")
    rest = "-".join(words[1:] if words[0][:1].isdigit() else words)  # the version of the build tool itself stands first
    return found is not None and re.search(rf"(?<![0-9.]){found[0]}(?![0-9.])", rest) is not None


def _only_there(draft: Draft, base: BaseImage) -> Iterator[Diagnostic]:
    """Yield that something names a file of the old image's own kit, which the smaller one keeps elsewhere or lacks."""
    pattern = "|".join(row[0] for row in rows("kit-places.tsv"))
    texts = [*(s.text for s in draft.analysis.steps if _is_kept(draft, s)), *sorted(draft.analysis.words)]
    texts += [x.resource.path for x in draft.analysis.live if isinstance(x.resource, Path)]
    texts += [v or "" for n, v in draft.walk.env.items() if n not in draft.walk.inherited and n != "PATH"]
    texts += [t for f in draft.analysis.facts for t in sorted(f.strings)]
    found = next((m[0] for t in texts for m in (re.search(pattern, t),) if m is not None), "")
    if found:
        message = f"{found} is named, which {base.reference} has for its own tools"
        yield Diagnostic("DF508", message, draft.origin.position, "check with a real build")


def _differing(draft: Draft, base: BaseImage, new: BaseImage | None) -> Iterator[Diagnostic]:
    """Yield that what the two images are configured with was not read for these very tags."""
    configs = (base.config, new.config if new is not None else None)
    if any(config is None or not config.proven for config in configs):
        message = f"what {base.reference} and its runtime image are configured with is not known for these tags"
        yield Diagnostic(
            "DF508", message, draft.origin.position, "use a tag that is listed, or check with a real build"
        )


def _is_kept(draft: Draft, step: Step) -> bool:
    return step.index in draft.verdicts and draft.verdicts[step.index].phase is Phase.RUNTIME and step.keyword == "RUN"
