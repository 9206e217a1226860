"""What a smaller image lacks: files of the old one that are named, and what a slim image keeps packages from
unpacking, translations and documentation (TRAPS 5, measured).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from transformer.ir.diagnostic import Diagnostic
from transformer.knowledge.images import image
from transformer.knowledge.loader import rows
from transformer.plan.draft import Draft
from transformer.plan.system_files import files_of_packages


def missed(draft: Draft, reference: str, kept_text: str) -> Iterator[Diagnostic]:
    """Yield that the new base leaves out what the image asks for by its language, or names.

    ``kept_text`` is all text that the final stage repeats. Nothing is missed if the old base left it out as well.
    """
    base, new = draft.facts.base, image(reference)
    file, where = next(files_of_packages(draft), ("", ""))
    if file:
        message = f"{where} names {file}, which may be a file of {draft.origin.args[0]} that {reference} lacks"
        cure = "put the file into the context, or check with a real build"
        yield Diagnostic("DF508", message, draft.origin.position, cure)
    if base is None or new is None or not new.excludes or base.excludes:
        return
    cure = "use a base that keeps them with --base-map, or check with a real build"
    language = next(_languages(draft), "")
    if language:
        message = f"{reference} leaves out translations of packages, and {language} asks for them"
        yield Diagnostic("DF508", message, draft.origin.position, cure)
    named = next((path for path in new.excludes if _is_named(path, draft, kept_text)), None)
    if named is not None:
        message = f"{reference} leaves out what packages have in {named}, which the image names"
        yield Diagnostic("DF508", message, draft.origin.position, cure)


def _languages(draft: Draft) -> Iterator[str]:
    """Yield the variables of the final image that ask for messages in a language."""
    for name, pattern in rows("locale-rules.tsv"):
        value = draft.walk.env.get(name, "")
        if value is None or not re.fullmatch(pattern, value):
            yield name if value is None else f"{name}={value}"


def _is_named(path: str, draft: Draft, kept_text: str) -> bool:
    """Whether a kept line or the program names something below the directory, and the file did not put it there."""
    text = "\n".join((kept_text, *(text for facts in draft.analysis.facts for text in facts.strings)))
    return path in text and re.search(rf"(?<![\w./-]){re.escape(path)}\b", text) is not None
