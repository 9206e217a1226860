"""One Dockerfile from its path to its outcome: what the command line, batch runs and other programs call."""

from __future__ import annotations

from pathlib import Path

from transformer import pipeline
from transformer.cache import Cache
from transformer.config import Options
from transformer.inputs import STDIN, Input, UnreadableError, build_context, read
from transformer.ir.diagnostic import Applicability, Diagnostic, Status
from transformer.ir.plan import Outcome
from transformer.ir.source import Source


def transform(path: str | Path, options: Options | None = None) -> Outcome:
    """Return the answer for the Dockerfile at ``path``. Nothing is written; it never raises for what a file holds.

    ``outcome.status`` says what it is, ``outcome.rewritten`` the new text or None.
    """
    return outcome_of(Input(str(path), str(path)), options or Options())


def outcome_of(item: Input, options: Options, journal: pipeline.Journal | None = None) -> Outcome:
    """Return the answer for one input of a run; an input that cannot be read is an error (DF104)."""
    if item.problem:
        return _unusable(item.path, item.problem)
    try:
        source = Source.from_bytes(item.path, read(item.path))
    except UnreadableError as error:
        return _unusable(item.path, str(error))
    return _answer(source, item.path, options, journal)


def outcome_of_text(path: str, text: str, options: Options) -> Outcome:
    """Return the answer for a Dockerfile as it stands in an editor: with this text, at ``path``."""
    return _answer(Source.from_bytes(path, text.encode("utf-8", "surrogateescape")), path, options, None)


def _answer(source: Source, path: str, options: Options, journal: pipeline.Journal | None) -> Outcome:
    if options.no_context or (path == STDIN and options.context is None):
        return pipeline.transform(source, options, None, journal)
    cache = None if options.no_cache else Cache()
    file = Path("Dockerfile" if path == STDIN else path)
    return pipeline.transform(source, options, lambda: build_context(file, options.context, cache), journal)


def _unusable(path: str, reason: str) -> Outcome:
    cure = "give the path of a Dockerfile, or of a directory to search"
    source = Source.from_bytes(path, b"")
    diagnostic = Diagnostic("DF104", reason, None, cure)
    return Outcome(path, Status.ERROR, Applicability.DISPLAY_ONLY, (diagnostic,), source)
