"""``dockerfix verify``: what is compared, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct, to_builtins

from transformer.config import Options
from transformer.inputs import UnreadableError, build_context, context_root, find, read
from transformer.interruption import ends_in_order
from transformer.ir.diagnostic import Applicability, Diagnostic
from transformer.ir.plan import Outcome
from transformer.ir.source import Source
from transformer.knowledge import image
from transformer.parse.parser import parse
from transformer.pipeline import transform
from transformer.report import verification as report
from transformer.verify.behaviour import Asked
from transformer.verify.engine import BuildOptions, Engine, EngineError, detect
from transformer.verify.procedure import Pair, Trial
from transformer.verify.verdict import Status, Verification

_READER = "elftools"
_EXIT = {Status.EQUIVALENT: 0, Status.DIFFERS: 1, Status.UNVERIFIABLE: 2}
_FROM = re.compile(r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)", re.IGNORECASE | re.MULTILINE)


class Request(Struct, frozen=True):
    """What to compare and how: ``against`` and ``since`` name the other Dockerfile; without, it is our own rewrite."""

    path: str
    options: Options
    build: BuildOptions
    asked: Asked
    against: str | None = None
    since: str | None = None
    engine: str | None = None
    keep: bool = False
    format: str = "text"
    verbose: bool = False
    colour: bool = False


class RequestError(Exception):
    """There is nothing to compare; the message says why and what to do."""


def run(request: Request, put: Callable[[str], None], tell: Callable[[str], None]) -> int:
    """Verify and print; return 0 for equivalent, 1 for a difference, 2 where nothing can be said."""
    pair = _pair(request)
    verdict = compare(pair, request, tell)
    plain = to_builtins(verdict, str_keys=True)
    render = {"text": report.text, "json": report.json_v1, "markdown": report.markdown}[request.format]
    put(render(str(pair.dockerfile), plain, verbose=request.verbose, colour=request.colour))
    return _EXIT[verdict.status]


def compare(pair: Pair, request: Request, tell: Callable[[str], None]) -> Verification:
    """Return the verdict about two Dockerfiles; what was made is removed, also when the run is interrupted.

    Raises RequestError, before anything is built, if there is no engine or no reader of ELF files.
    """
    if find_spec(_READER) is None:
        raise RequestError(f"{_READER} reads compiled programs, and is not there: pip install 'dockerfix[verify]'")
    try:
        engine = detect(request.engine)
    except EngineError as error:
        raise RequestError(str(error)) from None
    if engine.limits:
        tell(engine.limits)
    with ends_in_order():
        try:
            return Trial(engine, pair, request.build, request.asked, tell).verdict()
        finally:
            _clean(engine, request.keep, tell)


def failure(outcome: Outcome, options: Options, tell: Callable[[str], None]) -> str:
    """Build a rewrite beside its original and return why it is not equivalent, "" if it is."""
    request = Request(outcome.path, options, BuildOptions(), Asked())
    verdict = compare(pair_of(outcome, options), request, tell)
    if verdict.status is Status.EQUIVALENT:
        return ""
    first = next((f"{one.law} {one.what}: {one.cause}" for one in verdict.differences), verdict.reason)
    more = len(verdict.differences) - 1
    return f"{verdict.status.value}: {first}" + (f" and {more} more" if more > 0 else "")


def pair_of(outcome: Outcome, options: Options) -> Pair:
    """Return a file and its rewrite as what is compared; raises RequestError without one."""
    if outcome.rewritten is None:
        reasons = "; ".join(f"{d.code} {d.message}" for d in outcome.diagnostics) or "nothing is to be changed"
        raise RequestError(f"{outcome.path}: there is no rewrite to verify: {reasons}")
    path = Path(outcome.path)
    old = outcome.source.to_bytes()
    new = outcome.rewritten.encode("utf-8", "surrogateescape")
    left = outcome.plan.left_behind if outcome.plan else ()
    gone = [item for item in left if item.kind == "variable"]
    entries = {entry for item in gone for entry in re.findall(r"(?<!\S)/[^\s,:]+", item.reason)}
    return Pair(
        context_root(path, options.context),
        path,
        old,
        new,
        frozenset({i.name for i in gone} | entries),
        {i.name: i.reason for i in left},
        _labels(outcome.additions),
    )


def _labels(additions: tuple[str, ...]) -> frozenset[str]:
    """Return the names of the labels among what templates of the user's own added."""
    lines = [line for line in additions if not line.startswith("#")]
    found = parse(Source.from_bytes("", "\n".join(["FROM scratch", *lines]).encode("utf-8", "surrogateescape")))
    if isinstance(found, Diagnostic):
        return frozenset()
    return frozenset(name.strip("\"'") for i in found.instructions if i.keyword == "LABEL" for name, _ in i.pairs())


def _pair(request: Request) -> Pair:
    path = _dockerfile(request.path)
    try:
        current = read(str(path))
        if request.since is not None:
            from transformer.vcs import RevisionError, content_at

            try:
                before = content_at(path, request.since)
            except RevisionError as error:
                raise RequestError(f"{path}: {error}") from None
            return given(path, before, current, request.options)
    except UnreadableError as error:
        raise RequestError(f"{path}: {error}") from None
    if request.against is not None:
        try:
            return given(path, current, read(request.against), request.options)
        except UnreadableError as error:
            raise RequestError(f"{request.against}: {error}") from None
    return pair_of(_rewrite(path, current, request.options), request.options)


def _rewrite(path: Path, content: bytes, options: Options) -> Outcome:
    context = None if options.no_context else build_context(path, options.context)
    outcome = transform(Source.from_bytes(str(path), content), options, context)
    if outcome.applicability is not Applicability.SAFE and not options.unsafe and outcome.rewritten is not None:
        raise RequestError(f"{path}: the rewrite is unsafe: --unsafe verifies it")
    return outcome


def given(path: Path, old: bytes, new: bytes, options: Options) -> Pair:
    """Return two given Dockerfiles as what is compared; the variables of an SDK image that its runtime image lacks may
    go. Raises RequestError for two that are the same.
    """
    if old == new:
        raise RequestError(f"{path}: both Dockerfiles are the same")
    may_go: set[str] = set()
    for name in _FROM.findall(old.decode("utf-8", "surrogateescape"))[:1]:
        base = image(name)
        if base is not None and base.runtime is not None:
            may_go |= set(base.runtime.env_only_in_sdk)
            may_go |= set(str(base.config.env.get("PATH", "") if base.config else "").split(":"))
    return Pair(context_root(path, options.context), path, old, new, frozenset(may_go))


def _dockerfile(path: str) -> Path:
    """Return the one Dockerfile that a path means."""
    found = list(find((path,)))
    if len(found) == 1 and found[0].problem:
        raise RequestError(f"{path}: {found[0].problem}")
    if len(found) != 1:
        many = f"{len(found)} Dockerfiles: name one" if found else "no Dockerfile"
        raise RequestError(f"{path}: there is {many}")
    return Path(found[0].path)


def _clean(engine: Engine, keep: bool, tell: Callable[[str], None]) -> None:
    try:
        engine.clean(keep=keep)
    except EngineError as error:
        tell(f"what this run made could not be removed (label {engine.label}): {error}")
