"""The order of the phases, which nothing else knows: parse, shell, effects, classify, plan, emit, validate."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from transformer.config import Options
from transformer.ir.diagnostic import Applicability, Diagnostic, Status
from transformer.ir.plan import OtherFile, Outcome, Plan, Refusal
from transformer.ir.source import Position, Source

if TYPE_CHECKING:
    from transformer.context.build_context import BuildContext
    from transformer.context.facts import Facts
    from transformer.ir.dockerfile import Dockerfile
    from transformer.ir.effects import Interpretation
    from transformer.ir.verdict import Analysis
    from transformer.knowledge.images import ImageConfig

Value = TypeVar("Value")


class Journal(Struct):
    """The values on the way from bytes to outcome, for ``explain --dump`` and for naming the phase that failed."""

    phase: str = ""
    values: dict[str, object] = field(default_factory=dict)

    def record(self, phase: str, make: Callable[[], Value]) -> Value:
        """Return what ``make`` returns, and remember it as the result of ``phase``."""
        self.phase = phase
        value = make()
        self.values[phase] = value
        return value


def transform(
    source: Source,
    options: Options,
    context: BuildContext | Callable[[], BuildContext] | None,
    journal: Journal | None = None,
) -> Outcome:
    """Return the answer for one file. It never raises: a failure of ours is an outcome as well (DF902).

    ``context`` may be what finds it: files of the repository say where it is, and are read for that.
    """
    journal = journal or Journal()
    try:
        if callable(context):
            found = journal.record("repository", context)
            return replace(_transform(source, options, found, journal), seen_from=str(found.root))
        return _transform(source, options, context, journal)
    except Exception as error:  # the one place: a bug of ours must not stop the run or show a traceback
        if os.environ.get("DOCKERFIX_DEBUG") == "1":
            raise
        message = f"{type(error).__name__} in {journal.phase}: {error}"
        return _failed(
            source, Diagnostic("DF902", message, Position(1, 1), "report it with the file, if you may show it")
        )


def _transform(source: Source, options: Options, context: BuildContext | None, journal: Journal) -> Outcome:
    dockerfile = journal.record("parse", lambda: _parse(source))
    if isinstance(dockerfile, Diagnostic):
        return _failed(source, dockerfile)
    left = journal.record("gates", lambda: _left_alone(dockerfile, options))
    if left is not None:
        return _refused(source, left, None)
    missing = journal.record("context", lambda: _missing(dockerfile, context))
    outcome = _analysed(source, dockerfile, options, None if missing else context, journal)
    said = (*missing, *_unused_pragmas(dockerfile, outcome, journal))
    return replace(outcome, diagnostics=(*outcome.diagnostics, *said)) if said else outcome


def _analysed(
    source: Source, dockerfile: Dockerfile, options: Options, context: BuildContext | None, journal: Journal
) -> Outcome:
    facts = journal.record("facts", lambda: _facts(dockerfile, options, context))
    base = facts.base.config if facts.base is not None else None
    interpretation = journal.record("effects", lambda: _interpret(dockerfile, context, base))
    analysis = journal.record("classify", lambda: _classify(dockerfile, interpretation, facts))
    if isinstance(analysis, Refusal):
        return _refused(source, analysis, interpretation)
    plan = journal.record("plan", lambda: _plan(dockerfile, interpretation, analysis, facts, options))
    if isinstance(plan, Refusal):
        return _refused(source, plan, interpretation, analysis)
    rewritten = journal.record("emit", lambda: _emit(dockerfile, plan, options))
    findings = journal.record("validate", lambda: _validate(dockerfile, rewritten, analysis, plan))
    if findings:
        return _failed(source, *findings)
    others = journal.record("other files", lambda: _others(plan))
    if isinstance(others, Refusal):
        return _refused(source, others, interpretation, analysis)
    outcome = replace(_split(source, analysis, plan, rewritten, options), others=others)
    return _decorated(outcome, dockerfile, plan, options) if options.template_dir else outcome


def _parse(source: Source) -> Dockerfile | Diagnostic:
    from transformer.parse.parser import parse

    return parse(source)


def _left_alone(dockerfile: Dockerfile, options: Options) -> Refusal | None:
    from transformer.classify.gates import left_alone

    return left_alone(dockerfile, reasons=options.require_reason)


def _unused_pragmas(dockerfile: Dockerfile, outcome: Outcome, journal: Journal) -> tuple[Diagnostic, ...]:
    """Return the names that pragmas keep for nothing; of a file that is wrong there is no more to say."""
    if outcome.status is Status.ERROR:
        return ()
    from transformer.classify.pragmas import unused

    walk, facts = journal.values["effects"], journal.values["facts"]
    return unused(dockerfile, walk, facts)  # type: ignore[arg-type]


def _missing(dockerfile: Dockerfile, context: BuildContext | None) -> tuple[Diagnostic, ...]:
    from transformer.context.sources import missing_sources

    return missing_sources(dockerfile, context) if context is not None else ()


def _facts(dockerfile: Dockerfile, options: Options, context: BuildContext | None) -> Facts:
    """Return what is known around the file: the base image, its release, the context."""
    from transformer.classify.pragmas import BUILD, RUNTIME, kept, marked
    from transformer.context.facts import Facts
    from transformer.knowledge import image, release
    from transformer.parse.variables import scope_at_from

    origin = next(i for i in dockerfile.instructions if i.keyword == "FROM")
    name = scope_at_from(dockerfile).expand(origin.args[0])
    mapped = dict(options.base_map).get(origin.args[0])
    base = (image(name.text) if name.known else None) or (image(mapped) if mapped else None)
    known = release((base.release if base is not None else None) or "")
    keep = frozenset((*options.keep, *kept(dockerfile)))
    place = context.dockerfile_path if context is not None else None
    return Facts(base, known, context, keep, place, marked(dockerfile, BUILD), marked(dockerfile, RUNTIME))


def _interpret(dockerfile: Dockerfile, context: BuildContext | None, base: ImageConfig | None) -> Interpretation:
    from transformer.effects.interpreter import interpret

    return interpret(dockerfile, context, base)


def _classify(dockerfile: Dockerfile, interpretation: Interpretation, facts: Facts) -> Analysis | Refusal:
    from transformer.classify.classify import classify

    return classify(dockerfile, interpretation, facts)


def _plan(
    dockerfile: Dockerfile, interpretation: Interpretation, analysis: Analysis, facts: Facts, options: Options
) -> Plan | Refusal:
    from transformer.plan.stages import plan

    return plan(dockerfile, interpretation, analysis, facts, options)


def _emit(dockerfile: Dockerfile, plan: Plan, options: Options) -> str:
    """Return the text that is validated: templates of the user's own come later, and may only add to it."""
    from transformer.emit.dockerfile import emit

    return emit(dockerfile, plan, replace(options, template_dir=""))


def _validate(dockerfile: Dockerfile, rewritten: str, analysis: Analysis, plan: Plan) -> tuple[Diagnostic, ...]:
    from transformer.knowledge import image
    from transformer.parse.variables import scope_at_from
    from transformer.validate import validate

    names = [scope_at_from(dockerfile).expand(name) for name in (plan.base_from, plan.base_to)]
    before, after = [image(name.text) if name.known else None for name in names]
    return validate(
        dockerfile, rewritten, analysis, plan, before.config if before else None, after.config if after else None
    )


def _others(plan: Plan) -> tuple[OtherFile, ...] | Refusal:
    """Return the other files as they have to become."""
    if not plan.others:
        return ()
    from transformer.context.retarget import other_files

    return other_files(plan.others, plan.stage)


def _decorated(outcome: Outcome, dockerfile: Dockerfile, plan: Plan, options: Options) -> Outcome:
    """Return the split as the templates of the user's own print it, or why they must not (DF601)."""
    from transformer.emit.dockerfile import emit
    from transformer.templating import TemplateError
    from transformer.validate.additions import additions

    try:
        text = emit(dockerfile, plan, options)
    except TemplateError as error:
        return _failed(outcome.source, Diagnostic("DF601", str(error), None, "mend the template"))
    found = additions(outcome.rewritten or "", text)
    if isinstance(found, Diagnostic):
        return _failed(outcome.source, found)
    return replace(outcome, rewritten=text, additions=found)


def _failed(source: Source, *diagnostics: Diagnostic) -> Outcome:
    return Outcome(source.path, Status.ERROR, Applicability.DISPLAY_ONLY, diagnostics, source)


def _refused(
    source: Source, refusal: Refusal, interpretation: Interpretation | None, analysis: Analysis | None = None
) -> Outcome:
    return Outcome(
        source.path,
        refusal.status,
        Applicability.DISPLAY_ONLY,
        refusal.diagnostics,
        source,
        steps=interpretation.steps if interpretation else (),
        verdicts=analysis.verdicts if analysis else (),
    )


def _split(source: Source, analysis: Analysis, plan: Plan, rewritten: str, options: Options) -> Outcome:
    """Return the split, or what it would be if it rests on something unproven and nobody asked for that."""
    limit = Applicability.UNSAFE if options.unsafe else Applicability.SAFE
    return Outcome(
        source.path,
        Status.REWRITTEN if plan.applicability <= limit else Status.REFUSED,
        plan.applicability,
        plan.diagnostics,
        source,
        rewritten=rewritten,
        steps=analysis.steps,
        verdicts=analysis.verdicts,
        plan=plan,
    )
