"""The plan of a split, ready to be printed, or the refusal; and the outcome for one file."""

from __future__ import annotations

from msgspec import Struct

from transformer.ir.diagnostic import Applicability, Diagnostic, Status
from transformer.ir.effects import Step
from transformer.ir.source import Source, Span
from transformer.ir.verdict import OtherBuild, PackageFate, Reason, Verdict


class TextEdit(Struct, frozen=True):
    """Replace a span of the source by ``text`` ("" deletes it)."""

    span: Span
    text: str


class Kept(Struct, frozen=True):
    """The instruction's own bytes in the final stage, after ``edits`` (the runtime part of a RUN)."""

    instruction: int
    edits: tuple[TextEdit, ...] = ()


class Added(Struct, frozen=True):
    """A line of ours, standing where the instruction ``origin`` stood: ``COPY --from``, ``RUN ldconfig``, a restated
    ENV.
    """

    origin: int
    text: str


FinalLine = Kept | Added


class Artifact(Struct, frozen=True):
    """A path that is carried from the builder; ``chown`` is "" or the value of COPY's --chown."""

    path: str
    chown: str
    reasons: tuple[Reason, ...]
    step: int


class LeftBehind(Struct, frozen=True):
    """Something of the old image that the new one does not have, and why nothing live needs it. ``kind``: package,
    file, variable.
    """

    kind: str
    name: str
    reason: str


class Plan(Struct, frozen=True):
    """A split.

    The builder is the original up to ``builder_end`` (an instruction index, inclusive) without the ``moved``
    instructions, with ``builder_edits`` applied (``AS build``, a pinned tag) and ``builder_lines`` added at its end.
    The final stage is ``final_from`` (the text of its FROM) and the ``final`` lines in order.
    """

    stage: str
    from_instruction: int
    builder_end: int
    moved: tuple[int, ...]
    builder_edits: tuple[TextEdit, ...]
    builder_lines: tuple[str, ...]
    final_from: str
    final: tuple[FinalLine, ...]
    base_from: str
    base_to: str
    base_reason: str
    applicability: Applicability
    diagnostics: tuple[Diagnostic, ...]
    artifacts: tuple[Artifact, ...]
    packages: tuple[PackageFate, ...]
    left_behind: tuple[LeftBehind, ...]
    saving: int | None
    """Predicted saving in bytes of installed size; None when the tables cannot tell."""
    guarded: bool = False
    """A check of what is carried was asked for."""
    others: tuple[OtherBuild, ...] = ()
    """Who needs the build stage, and how its file is changed."""


class Refusal(Struct, frozen=True):
    """No split: ``status`` is UNCHANGED (it would bring nothing) or REFUSED (it cannot be done safely)."""

    status: Status
    diagnostics: tuple[Diagnostic, ...]


class OtherFile(Struct, frozen=True):
    """Another file that changes with the Dockerfile: a Compose file whose services build the build stage.

    ``place`` is where it lies, ``path`` as diagnostics name it.
    """

    place: str
    path: str
    before: str
    after: str
    services: tuple[str, ...]


class Outcome(Struct, frozen=True):
    """The answer for one file. ``rewritten`` is the new text when there is one (for a refused unsafe split: what it
    would be).
    """

    path: str
    status: Status
    applicability: Applicability
    diagnostics: tuple[Diagnostic, ...]
    source: Source
    rewritten: str | None = None
    steps: tuple[Step, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    plan: Plan | None = None
    additions: tuple[str, ...] = ()
    """Instructions and comments that templates of the user's own added to the rewrite."""
    others: tuple[OtherFile, ...] = ()
    """What has to change together with the Dockerfile."""
    seen_from: str = ""
    """The directory that the paths of other files, in diagnostics and reasons, are relative to."""
